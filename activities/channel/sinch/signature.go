package sinch

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"jornada/activities/channel"
)

// Headers of a signed callback.
const (
	signatureHeader = "X-Sinch-Webhook-Signature"
	nonceHeader     = "X-Sinch-Webhook-Signature-Nonce"
	timeHeader      = "X-Sinch-Webhook-Signature-Timestamp"
	algorithmHeader = "X-Sinch-Webhook-Signature-Algorithm"
)

// algorithm is the only one that Sinch uses; a callback that names another was
// not made by the Sinch we know.
const algorithm = "HmacSHA256"

// signed says whether one of the webhook secrets signed exactly these bytes: the
// padded base64 of HMAC-SHA256 over the raw body, a dot, the nonce, a dot and the
// timestamp (docs/conversation/callbacks, "Validating callbacks"). How old the
// timestamp is does not matter: a callback that is played again has the key of
// the first, and no second effect.
func (d *Driver) signed(r channel.Request) bool {
	if named := r.Header.Get(algorithmHeader); named != "" && named != algorithm {
		return false
	}
	proof, err := base64.StdEncoding.DecodeString(r.Header.Get(signatureHeader))
	if err != nil {
		return false
	}
	valid := false
	for _, secret := range d.secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(r.Body)
		mac.Write([]byte("." + r.Header.Get(nonceHeader) + "." + r.Header.Get(timeHeader)))
		valid = hmac.Equal(mac.Sum(nil), proof) || valid
	}
	return valid
}
