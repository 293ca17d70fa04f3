package meta

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// depthMax bounds the nesting of a webhook; real ones have about ten levels.
const depthMax = 64

// Receive implements channel.Receiver. Meta calls at least once, in any order
// and in batches of up to 1,000 updates; whatever we do not know becomes an
// OtherEvent, because an answer other than 200 makes Meta repeat the whole
// batch for days.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	switch r.Method {
	case http.MethodGet:
		response, err := d.challenge(r)
		return nil, response, err
	case http.MethodPost:
	default:
		return nil, channel.Response{Status: http.StatusMethodNotAllowed}, engine.Errorf(engine.Invalid, "the webhook takes GET and POST")
	}
	if err := r.Carries("application/json"); err != nil {
		return nil, channel.Response{Status: http.StatusUnsupportedMediaType}, err
	}
	if !d.signed(r) {
		return nil, channel.Response{Status: http.StatusForbidden}, channel.ErrSignature
	}
	if !shallow(r.Body) || !json.Valid(r.Body) {
		return nil, channel.Response{Status: http.StatusBadRequest}, engine.Errorf(engine.Invalid, "the webhook's body is not readable JSON")
	}
	return d.events(r.Body), channel.Response{Status: http.StatusOK}, nil
}

// entry is one account's part of a call; change is one update in it. Values are
// read one by one, so that an odd one does not spoil its neighbors.
type entry struct {
	ID      text              `json:"id"`
	Time    text              `json:"time"`
	Changes []json.RawMessage `json:"changes"`
}

type change struct {
	entry entry
	Field text            `json:"field"`
	Value json.RawMessage `json:"value"`
	raw   json.RawMessage
}

func (d *Driver) events(body []byte) []engine.InboundEvent {
	batch := &batch{driver: d, seen: map[string]bool{}}
	var envelope struct {
		Entry []json.RawMessage `json:"entry"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		batch.other(body)
		return batch.events
	}
	for _, raw := range envelope.Entry {
		var e entry
		if json.Unmarshal(raw, &e) != nil {
			batch.other(raw)
			continue
		}
		for _, raw := range e.Changes {
			c := change{entry: e, raw: raw}
			if json.Unmarshal(raw, &c) != nil {
				batch.other(raw)
				continue
			}
			batch.change(c)
		}
	}
	return batch.events
}

// batch collects the events of one call, each key once.
type batch struct {
	driver *Driver
	events []engine.InboundEvent
	seen   map[string]bool
}

func (b *batch) add(e engine.InboundEvent) {
	if b.seen[e.Key] {
		return
	}
	b.seen[e.Key] = true
	e.IntegrationID = b.driver.settings.IntegrationID
	e.Channel = engine.WhatsApp
	e.OccurredAt = b.driver.settings.OccurredAt(e.OccurredAt)
	b.events = append(b.events, e)
}

// other keeps what we do not understand.
func (b *batch) other(raw []byte) {
	b.add(engine.InboundEvent{Key: hashKey(raw), Kind: engine.OtherEvent, Raw: raw})
}

func (b *batch) change(c change) {
	if d := b.driver; d.wabaID != "" && c.entry.ID != "" && string(c.entry.ID) != d.wabaID && c.Field != "messages" {
		b.otherChange(c)
		return
	}
	switch c.Field {
	case "messages":
		b.messages(c)
	case "user_preferences":
		b.preferences(c)
	case "message_template_status_update", "message_template_quality_update", "template_category_update":
		b.template(c)
	case "business_capability_update", "phone_number_quality_update":
		b.account(c, engine.Capability)
	case "account_update":
		b.account(c, accountKind(c))
	default:
		b.otherChange(c)
	}
}

func (b *batch) otherChange(c change) { b.account(c, engine.OtherEvent) }

// value is what the field "messages" carries.
type value struct {
	Metadata struct {
		PhoneNumberID text `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts    []contact         `json:"contacts"`
	Messages    []json.RawMessage `json:"messages"`
	Statuses    []json.RawMessage `json:"statuses"`
	Errors      []apiFault        `json:"errors"`
	Preferences []json.RawMessage `json:"user_preferences"`
}

type contact struct {
	WaID    text `json:"wa_id"`
	UserID  text `json:"user_id"`
	Profile struct {
		Name     text `json:"name"`
		Username text `json:"username"`
	} `json:"profile"`
}

type apiFault struct {
	Code      text `json:"code"`
	Title     text `json:"title"`
	ErrorData struct {
		Details text `json:"details"`
	} `json:"error_data"`
}

// messages takes apart a value of messages, statuses and errors. Those of
// another number of the same app belong to another integration.
func (b *batch) messages(c change) {
	var v value
	if json.Unmarshal(c.Value, &v) != nil || string(v.Metadata.PhoneNumberID) != b.driver.phoneNumberID {
		b.otherChange(c)
		return
	}
	for _, raw := range v.Messages {
		b.message(v, raw)
	}
	for _, raw := range v.Statuses {
		b.status(raw)
	}
	if len(v.Errors) > 0 {
		b.account(c, engine.ChannelError)
	}
	if len(v.Messages)+len(v.Statuses)+len(v.Errors) == 0 {
		b.otherChange(c)
	}
}

// moment reads a timestamp: seconds as a rule, milliseconds now and then.
func moment(t text) time.Time {
	n, err := strconv.ParseInt(string(t), 10, 64)
	switch {
	case err != nil || n <= 0 || n > 1e14:
		return time.Time{}
	case n >= 1e11: // as seconds, this would be the year 5138
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}

// hashKey is the key of an event the provider gave no id.
func hashKey(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return "hash:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// shallow says whether JSON nests no deeper than depthMax, without reading it
// recursively.
func shallow(body []byte) bool {
	depth, quoted, escaped := 0, false, false
	for _, c := range body {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if depth++; depth > depthMax {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}
