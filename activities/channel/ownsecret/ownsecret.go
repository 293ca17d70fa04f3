// Package ownsecret proves webhooks of providers that sign nothing: a secret of
// our own comes with every call, in a header that the provider lets us add, or in
// the query of the address where it does not.
//
// It is a weaker proof than a signature, since it does not cover the body: who
// reads one call can forge others. The header is better than the query, which
// proxies like to write into their logs.
//
// # Setting
//
//	webhook_header  the header's name, default X-Jornada-Secret; with Authorization,
//	                the word Bearer before the secret is allowed
//
// # Secret
//
//	webhook_secret  required, at least 16 characters, made up by whoever connects the
//	                channel; several, separated by commas, while it is being changed
package ownsecret

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/textproto"
	"strings"

	"jornada/activities/channel"
)

// Query is the parameter of the webhook's address that may carry the secret.
const Query = "secret"

const (
	defaultHeader = "X-Jornada-Secret"
	lengthMin     = 16
	bearer        = "Bearer "
)

// Secret is what calls have to bring.
type Secret struct {
	header string
	sums   [][sha256.Size]byte
}

// New reads the settings. where says in which console the secret is entered.
func New(settings channel.Settings, where string) (Secret, error) {
	secret := Secret{header: textproto.CanonicalMIMEHeaderKey(settings.Value("webhook_header", defaultHeader))}
	if strings.ContainsAny(secret.header, " \r\n\t:") {
		return Secret{}, settings.Refuse("settings.webhook_header", "must be the name of a header, such as "+defaultHeader)
	}
	for one := range strings.SplitSeq(settings.Secret("webhook_secret"), ",") {
		one = strings.TrimSpace(one)
		switch {
		case one == "":
			continue
		case len(one) < lengthMin:
			return Secret{}, settings.Refuse("secrets.webhook_secret", "must have at least 16 characters: it is all that proves a webhook")
		}
		secret.sums = append(secret.sums, sha256.Sum256([]byte(one)))
	}
	if len(secret.sums) == 0 {
		return Secret{}, settings.Refuse("secrets.webhook_secret",
			"is missing; make one up (at least 16 characters) and enter it in "+where+" as the header "+secret.header+", or at the end of the webhook's address as ?"+Query+"=…")
	}
	return secret, nil
}

// Proves reports whether a call brings the secret. Sums are compared and not the
// words, so that the time taken tells neither their letters nor their length.
func (s Secret) Proves(r channel.Request) bool {
	given := append([]string{}, r.Header.Values(s.header)...)
	if r.URL != nil {
		given = append(given, r.URL.Query()[Query]...)
	}
	proved := 0
	for _, word := range given {
		if s.header == "Authorization" {
			word = strings.TrimPrefix(word, bearer)
		}
		sum := sha256.Sum256([]byte(word))
		for i := range s.sums {
			proved |= subtle.ConstantTimeCompare(sum[:], s.sums[i][:])
		}
	}
	return proved == 1
}
