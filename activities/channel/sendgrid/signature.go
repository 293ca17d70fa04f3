package sendgrid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"jornada/activities/channel"
)

// The headers of a signed call.
const (
	signatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	timestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// signed says whether SendGrid signed exactly these bytes: an ECDSA signature in
// ASN.1, Base64, over the SHA-256 of the timestamp's text and the raw body. The
// body ends with a line break, which counts. The timestamp is not compared with
// a clock: SendGrid repeats a call for a day, and a call that somebody else
// repeats has no second effect.
func (d *Driver) signed(r channel.Request) bool {
	timestamp := r.Header.Get(timestampHeader)
	proof, err := base64.StdEncoding.DecodeString(r.Header.Get(signatureHeader))
	if err != nil || timestamp == "" {
		return false
	}
	hash := sha256.New()
	hash.Write([]byte(timestamp))
	hash.Write(r.Body)
	return ecdsa.VerifyASN1(d.key, hash.Sum(nil), proof)
}

// publicKey reads the key as SendGrid shows it (DER in Base64), with or without
// the lines that PEM puts around it.
func publicKey(text string) (*ecdsa.PublicKey, bool) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "-----") {
			b.WriteString(strings.TrimSpace(line))
		}
	}
	der, err := base64.StdEncoding.DecodeString(b.String())
	if err != nil {
		return nil, false
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(*ecdsa.PublicKey)
	return key, err == nil && ok && key.Curve == elliptic.P256()
}
