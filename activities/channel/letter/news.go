package letter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"time"

	"jornada/engine"
)

// News is what a provider reports about one letter. Its methods make our events.
type News struct {
	Key        string // of the event, without anything personal in it
	At         time.Time
	ProviderID string
	Ref        string // ours, echoed
	Recipient  string
	Detail     string         // what the mail server said; addresses are taken out
	Data       map[string]any // facts worth keeping
}

// Status is progress of the letter, or its failure with the codes that say why.
func (n News) Status(status engine.MessageStatus, codes ...string) engine.InboundEvent {
	e := n.event(engine.StatusUpdate)
	e.From = nil
	e.Status = n.status(status, codes)
	return e
}

// Returned is a letter that came back. A hard bounce suppresses the address; the
// others concern this letter only, which failed. (A soft bounce of the kind
// engine.Bounce asks for nothing and would leave the letter waiting.)
func (n News) Returned(why Bounce, code string) engine.InboundEvent {
	n.Data = with(n.Data, "bounce", string(why))
	if why != Hard {
		return n.Status(engine.Failed, code)
	}
	n.Data["suppress"] = true
	e := n.event(engine.Bounce)
	e.Status = n.status(engine.Failed, []string{code})
	return e
}

// Complained is a person who called the letter spam.
func (n News) Complained() engine.InboundEvent { return n.wish(engine.Complaint) }

// Unsubscribed is a person who wants no more marketing.
func (n News) Unsubscribed() engine.InboundEvent { return n.wish(engine.Unsubscribe) }

// wish is what a person wants; which letter moved them to it is a note.
func (n News) wish(kind engine.EventKind) engine.InboundEvent {
	n.Data = with(n.Data, "provider_message_id", n.ProviderID)
	return n.event(kind)
}

func (n News) event(kind engine.EventKind) engine.InboundEvent {
	return engine.InboundEvent{Key: n.Key, Kind: kind, OccurredAt: n.At, From: n.people(), Data: n.Data}
}

func (n News) status(status engine.MessageStatus, codes []string) *engine.IncomingStatus {
	return &engine.IncomingStatus{
		ProviderID: n.ProviderID, Ref: n.Ref, Status: status, ErrorCodes: codes,
		ErrorDetail: Scrub(n.Detail), Recipient: n.people(),
	}
}

// people is the recipient as contacts are known: in lower case, without a name.
func (n News) people() []engine.Address {
	parsed, err := address(n.Recipient)
	if err != nil {
		return nil
	}
	return []engine.Address{{Kind: engine.EmailAddress, Value: strings.ToLower(parsed.Address)}}
}

func with(data map[string]any, name string, value any) map[string]any {
	copied := map[string]any{name: value}
	maps.Copy(copied, data)
	return copied
}

// Other keeps what nobody understands; key is "" when the provider gave it none.
func Other(key string, raw []byte) engine.InboundEvent {
	if key == "" {
		key = HashKey(raw)
	}
	if !json.Valid(raw) {
		raw, _ = json.Marshal(string(raw))
	}
	return engine.InboundEvent{Key: key, Kind: engine.OtherEvent, Raw: raw}
}

// HashKey is the key of an event that the provider gave no id.
func HashKey(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "hash:" + hex.EncodeToString(sum[:16])
}

// addressPattern is what may be somebody's address in a mail server's free text.
var addressPattern = regexp.MustCompile(`[^\s<>()"',;:=@]+@[^\s<>()"',;:=@]+`)

// Scrub shortens a provider's free text and takes addresses out of it.
func Scrub(s string) string {
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	return addressPattern.ReplaceAllString(strings.TrimSpace(s), "•••")
}
