package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"jornada/activities/channel"
)

// signed says whether one of the app secrets signed exactly these bytes:
// X-Hub-Signature-256 is "sha256=" and the hex HMAC-SHA256 of the raw body.
// Meta escapes non-ASCII in its own way, so the JSON must never be re-written
// first. No secret, no proof: the answer is no.
func (d *Driver) signed(r channel.Request) bool {
	given, ok := strings.CutPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256=")
	if !ok {
		return false
	}
	proof, err := hex.DecodeString(given)
	if err != nil {
		return false
	}
	valid := false
	for _, secret := range d.appSecrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(r.Body)
		valid = hmac.Equal(mac.Sum(nil), proof) || valid
	}
	return valid
}

// challenge answers Meta's verification of the webhook address.
func (d *Driver) challenge(r channel.Request) (channel.Response, error) {
	query := r.URL.Query()
	given := query.Get("hub.verify_token")
	if query.Get("hub.mode") != "subscribe" || d.verifyToken == "" ||
		subtle.ConstantTimeCompare([]byte(given), []byte(d.verifyToken)) != 1 {
		return channel.Response{Status: http.StatusForbidden}, channel.ErrSignature
	}
	return channel.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: query.Get("hub.challenge")}, nil
}
