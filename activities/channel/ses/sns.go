package ses

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // SNS's signature version 1 is RSA with SHA-1 by definition
	_ "crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"jornada/engine"
)

// envelope is what SNS wraps around every message
// (.../sns-message-and-json-formats.html). All its fields are text.
type envelope struct {
	Type             string
	MessageID        string `json:"MessageId"`
	TopicARN         string `json:"TopicArn"`
	Subject          *string
	Message          string
	Timestamp        string
	Token            string
	SubscribeURL     string
	SignatureVersion string
	Signature        string
	SigningCertURL   string
}

// The types of envelope.
const (
	notification = "Notification"
	subscribe    = "SubscriptionConfirmation"
	unsubscribed = "UnsubscribeConfirmation"
)

// text is what is signed: names and values, one a line, sorted by name. A
// notification without a subject leaves it out.
func (e *envelope) text() string {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	line("Message", e.Message)
	line("MessageId", e.MessageID)
	if e.Type == notification {
		if e.Subject != nil {
			line("Subject", *e.Subject)
		}
	} else {
		line("SubscribeURL", e.SubscribeURL)
	}
	line("Timestamp", e.Timestamp)
	if e.Type != notification {
		line("Token", e.Token)
	}
	line("TopicArn", e.TopicARN)
	line("Type", e.Type)
	return b.String()
}

// hashes are the two signature versions; which one, the topic's attribute
// SignatureVersion says.
var hashes = map[string]crypto.Hash{"1": crypto.SHA1, "2": crypto.SHA256}

// signed says whether SNS signed the envelope for our topic. A signature proves
// SNS, not SES: anybody can have SNS sign a message of a topic of their own, so
// the topic counts as much. It is compared first, and with it whoever does not
// know the topic makes us fetch nothing.
//
// The error is about fetching the certificate; the caller should come again.
func (d *Driver) signed(e *envelope) (bool, error) {
	hash, known := hashes[e.SignatureVersion]
	proof, err := base64.StdEncoding.DecodeString(e.Signature)
	if e.TopicARN != d.topicARN || !known || err != nil || !certificateAddress(e.SigningCertURL) {
		return false, nil //nolint:nilerr // what cannot be read proves nothing
	}
	key, err := d.keys.of(e.SigningCertURL)
	if err != nil || key == nil {
		return false, err
	}
	digest := hash.New()
	digest.Write([]byte(e.text()))
	return rsa.VerifyPKCS1v15(key, hash, digest.Sum(nil), proof) == nil, nil
}

// hostPattern is the names under which SNS answers. The whole name is matched,
// with the port that must not be there.
var hostPattern = regexp.MustCompile(`^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$`)

// ofSNS says whether an address is one of SNS itself, over TLS.
func ofSNS(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	return u, err == nil && u.Scheme == "https" && u.User == nil && hostPattern.MatchString(u.Host)
}

func certificateAddress(address string) bool {
	u, ok := ofSNS(address)
	return ok && strings.HasSuffix(u.Path, ".pem") && u.RawQuery == ""
}

// confirm answers the question whether we want the topic's messages, by visiting
// the address that SNS gives; only ever for the configured topic. The status
// tells SNS whether asking again makes sense.
func (d *Driver) confirm(e *envelope) (int, error) {
	if _, ok := ofSNS(e.SubscribeURL); !ok {
		return http.StatusBadRequest, engine.Errorf(engine.Invalid, "the address to confirm the subscription is none of Amazon SNS")
	}
	answer, failure := visit(d.client, e.SubscribeURL)
	switch {
	case failure != nil || answer.Status >= 500:
		return http.StatusServiceUnavailable, engine.Errorf(engine.Unavailable, "Amazon SNS could not be reached to confirm the subscription")
	case answer.Status != http.StatusOK:
		return http.StatusBadRequest, engine.Errorf(engine.Invalid,
			"Amazon SNS refused the confirmation (HTTP %d), as it does after some days; request a new one in AWS Console > SNS > Subscriptions", answer.Status)
	}
	return http.StatusOK, nil
}
