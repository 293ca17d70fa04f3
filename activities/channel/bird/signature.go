package bird

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"jornada/activities/channel"
)

// signed says whether one of the signing keys signed exactly these bytes at
// exactly this address: messagebird-signature is the base64 HMAC-SHA256 of
//
//	timestamp \n address \n sha256(body)
//
// with the digest as its 32 bytes, not as hex. The timestamp is not held against
// our clock: Bird repeats a call for a day with the first one's time, and what is
// repeated has no second effect with us. No key, no proof: the answer is no.
func (d *Driver) signed(r channel.Request) bool {
	proof, err := base64.StdEncoding.DecodeString(r.Header.Get("Messagebird-Signature"))
	timestamp := r.Header.Get("Messagebird-Request-Timestamp")
	if err != nil || len(proof) == 0 || timestamp == "" || r.URL == nil {
		return false
	}
	valid := false
	for _, key := range d.signingKeys {
		valid = hmac.Equal(proof, signature(key, timestamp, r.URL.String(), r.Body)) || valid
	}
	return valid
}

// signature computes it.
func signature(key, timestamp, address string, body []byte) []byte {
	digest := sha256.Sum256(body)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(timestamp + "\n" + address + "\n"))
	mac.Write(digest[:])
	return mac.Sum(nil)
}
