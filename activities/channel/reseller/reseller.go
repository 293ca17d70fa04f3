// Package reseller is what the companies that resell WhatsApp and SMS under a
// JSON of their own have in common, so that each of their drivers holds only its
// wire format, its proof and its codes:
//
//   - content.go: which of a message's parts fit where, and the words a driver adds;
//   - call.go: one call, and what is known after an answer that is not a success;
//   - door.go: what every webhook call must be before anything is read from it;
//   - batch.go: the events of one call, each key once.
//
// The limits are WhatsApp's own, whoever carries the message:
// developers.facebook.com/documentation/business-messaging/whatsapp/messages/.
package reseller

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/engine"
)

// Object is a piece of a request.
type Object = map[string]any

// Text reads a JSON string, number or boolean as text: ids, codes and times come
// now one way, now the other. Anything else is "", never an error.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(raw []byte) error {
	*t = ""
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("reading a text: %w", err)
		}
		*t = Text(s)
	case '{', '[', 'n':
	default:
		*t = Text(raw)
	}
	return nil
}

// First is the first text that says something.
func First(values ...Text) string {
	for _, v := range values {
		if v != "" {
			return string(v)
		}
	}
	return ""
}

// longNumber is what may be somebody's phone in a company's free text.
var longNumber = regexp.MustCompile(`\+?\d{8,}`)

// Scrub makes a company's free text fit for a log: no phones, no novels.
func Scrub(s string) string {
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	return longNumber.ReplaceAllString(strings.TrimSpace(s), "•••")
}

// bsuid tells WhatsApp's business-scoped user ids from phones: people who chose
// a username may be known by nothing else (…/whatsapp/business-scoped-user-ids).
var bsuid = regexp.MustCompile(`^[A-Z]{2}\.[0-9A-Za-z.]+$`)

// WhatsAppAddresses are the ways to reach a person on WhatsApp, without empty
// ones and each once. An id may be a phone, exactly as WhatsApp writes it, or a
// business-scoped user id.
func WhatsAppAddresses(ids ...string) []engine.Address {
	var all []engine.Address
	seen := map[engine.AddressKind]bool{}
	for _, id := range ids {
		kind := engine.WAID
		if bsuid.MatchString(id) {
			kind = engine.BSUID
		}
		if id == "" || seen[kind] {
			continue
		}
		seen[kind] = true
		all = append(all, engine.Address{Kind: kind, Value: id})
	}
	return all
}

// Capabilities are the limits of a reseller whose statuses carry our reference.
func Capabilities(ch engine.Channel) channel.Capabilities {
	limits := channel.Limits(ch)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	return limits
}

// opens says which messages open the service window: what a person writes, sends
// or taps. WhatsApp's documents are silent on reactions and unsupported kinds;
// not opening is the safe side, as a message sent in a closed window is refused.
var opens = map[string]bool{
	"text": true, "button": true, "interactive": true, "image": true, "video": true, "audio": true,
	"document": true, "sticker": true, "location": true, "contacts": true, "order": true,
}

// Opens says whether a message of this type opens WhatsApp's service window.
func Opens(ch engine.Channel, messageType string) bool {
	return ch == engine.WhatsApp && opens[messageType]
}
