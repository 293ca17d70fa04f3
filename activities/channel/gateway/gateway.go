// Package gateway is what the drivers of messaging gateways have in common: the
// companies that stand between us and WhatsApp or the carriers (Zenvia, Sinch,
// an SMS aggregator), each with its own JSON and all with the same troubles.
//
//   - Proof: many sign nothing, so their webhooks are known by a secret of ours.
//   - Codes: one table per company sorts the codes of answers and of late
//     statuses into our classes, and says what a person does about them.
//   - SMSText, LayoutOf, Cut and the rest turn our content into what fits a medium.
//   - Text, Readable and HashKey read webhooks that are not quite as documented.
//
// Whatever differs between two companies stays in their drivers.
package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"jornada/activities/channel"
)

// ProofHeader carries our secret in a webhook call, where the company can be told
// to send a header; ProofQuery is the parameter for the others. A header is
// better: addresses end up in logs.
const (
	ProofHeader = "X-Jornada-Secret"
	ProofQuery  = "secret"
)

// secretMin is the shortest secret that nobody guesses by trying.
const secretMin = 16

// Secrets are the values of a secret that may be rotated: several, separated by
// commas, are good while both sides change. Each needs 16 characters.
func Secrets(settings channel.Settings, name, where string) ([]string, error) {
	if _, err := settings.RequireSecret(name, where); err != nil {
		return nil, err
	}
	var all []string
	for secret := range strings.SplitSeq(settings.Secret(name), ",") {
		if secret = strings.TrimSpace(secret); secret == "" {
			continue
		}
		if len(secret) < secretMin {
			return nil, settings.Refuse("secrets."+name, "is shorter than 16 characters, which can be guessed; make one with: openssl rand -hex 32")
		}
		all = append(all, secret)
	}
	if len(all) == 0 {
		return nil, settings.Refuse("secrets."+name, "holds nothing but commas")
	}
	return all, nil
}

// Proof knows webhook calls by a secret of ours, for companies that sign nothing.
type Proof struct {
	Header  string // where the secret stands; "" = ProofHeader
	Secrets []string
}

// Holds says whether the call carries one of the secrets, in the header or in
// the query. Every secret is compared, in constant time, and none is no proof.
func (p Proof) Holds(r channel.Request) bool {
	name := p.Header
	if name == "" {
		name = ProofHeader
	}
	given := r.Header.Get(name)
	if given == "" && r.URL != nil {
		given = r.URL.Query().Get(ProofQuery)
	}
	sum := sha256.Sum256([]byte(given))
	held := 0
	for _, secret := range p.Secrets {
		want := sha256.Sum256([]byte(secret))
		held |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return held == 1
}
