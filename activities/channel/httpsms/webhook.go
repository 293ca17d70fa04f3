package httpsms

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// The kinds of body that a gateway may send, and the parameter by which an
// address says what its calls are about (?kind=status).
const (
	formType  = "application/x-www-form-urlencoded"
	kindParam = "kind"
)

// Receive implements channel.Receiver. A call is a query (GET), a form or JSON;
// parameters of the address count as fields too, where the body has none of that
// name. What we do not understand is kept and answered 200: no gateway is known
// to stop repeating what is refused.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	if !d.inbound.takes() {
		return nil, channel.Response{Status: http.StatusNotFound}, engine.Errorf(engine.NotFound,
			"integration %q reads no webhooks; describe them with message.… and status.…", d.settings.IntegrationID)
	}
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return nil, channel.Response{Status: http.StatusMethodNotAllowed}, engine.Errorf(engine.Invalid, "the webhook takes GET and POST")
	}
	if !d.inbound.secret.Proves(r) {
		return nil, channel.Response{Status: http.StatusUnauthorized}, channel.ErrSignature
	}
	if err := r.Carries(webhook.JSON, formType); err != nil && r.Method == http.MethodPost {
		return nil, channel.Response{Status: http.StatusUnsupportedMediaType}, err
	}
	query := r.URL.Query()
	kind := query.Get(kindParam)
	query.Del(webhook.Query)
	query.Del(kindParam)
	body, err := content(r, query)
	if err != nil {
		return nil, channel.Response{Status: http.StatusBadRequest}, err
	}
	batch := webhook.NewBatch(d.settings, engine.SMS)
	for _, item := range d.inbound.items(body, kind) {
		e := d.inbound.event(item, query, kind)
		if e.Status != nil {
			e.Status.ErrorCodes = d.answer.sort(e.Status.ErrorCodes)
		}
		batch.Add(e)
	}
	return batch.Events(), channel.Response{Status: http.StatusOK, Body: d.inbound.reply}, nil
}

// content is the body of a call as JSON would hold it.
func content(r channel.Request, query url.Values) (any, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // read before, by Carries
	switch {
	case r.Method == http.MethodGet:
		return flat(query), nil
	case kind == formType:
		form, err := url.ParseQuery(string(r.Body))
		if err != nil {
			return nil, engine.Errorf(engine.Invalid, "the webhook's body is no readable form")
		}
		return flat(form), nil
	}
	v, ok := decode(r.Body)
	if !ok {
		return nil, engine.Errorf(engine.Invalid, "the webhook's body is not readable JSON")
	}
	return v, nil
}

func flat(form url.Values) map[string]any {
	all := map[string]any{}
	for name := range form {
		all[name] = form.Get(name)
	}
	return all
}

// items are the pieces of a call: the list that the settings name, the elements
// of a body that is a list, or the body itself.
func (in inbound) items(body any, kind string) []any {
	for _, p := range []struct {
		kind string
		list path
	}{{"status", in.status.list}, {"message", in.message.list}} {
		if !p.list.set() || kind != "" && kind != p.kind {
			continue
		}
		if list, found := p.list.find(body); found {
			if all, ok := list.([]any); ok {
				return all
			}
		}
	}
	if all, ok := body.([]any); ok {
		return all
	}
	return []any{body}
}

// event reads one piece. An address that says its kind is believed; else it is a
// status when it has a word, and a message when it has a sender.
func (in inbound) event(item any, query url.Values, kind string) engine.InboundEvent {
	if object, ok := item.(map[string]any); ok {
		for name := range query {
			if _, there := object[name]; !there {
				object[name] = query.Get(name)
			}
		}
		if kind != "message" {
			if e, ok := in.news(object); ok {
				return e
			}
		}
		if kind != "status" {
			if e, ok := in.said(object); ok {
				return e
			}
		}
	}
	raw, err := json.Marshal(item)
	if err != nil {
		raw = []byte("null") // what was read can be written
	}
	return webhook.Other(raw)
}

// news reads a status. Its key leaves the time out: a repetition may have another
// one.
func (in inbound) news(item map[string]any) (engine.InboundEvent, bool) {
	get := func(p path) string { s, _ := p.text(item); return s }
	word := strings.ToLower(get(in.status.word))
	status, known := in.words[word]
	id, ref := get(in.status.id), get(in.status.ref)
	if !known || id == "" && ref == "" {
		return engine.InboundEvent{}, false
	}
	news := &engine.IncomingStatus{ProviderID: id, Ref: ref, Status: status, Recipient: in.phone(get(in.status.to))}
	if status == engine.Failed {
		if code := get(in.status.err); code != "" {
			news.ErrorCodes = append(news.ErrorCodes, refusal.Scrub(code))
		}
		news.ErrorCodes = append(news.ErrorCodes, word)
	}
	key := "status:" + id + ":" + word
	if id == "" {
		key = "status:ref:" + ref + ":" + word
	}
	return engine.InboundEvent{Key: key, Kind: engine.StatusUpdate, Status: news, OccurredAt: in.moment(get(in.status.time))}, true
}

// said reads what a person wrote. Without an id of the gateway the key is made of
// the whole: who wrote what, and when.
func (in inbound) said(item map[string]any) (engine.InboundEvent, bool) {
	get := func(p path) string { s, _ := p.text(item); return s }
	from, id, at := get(in.message.from), get(in.message.id), get(in.message.time)
	if _, there := in.message.text.text(item); !there || from == "" {
		return engine.InboundEvent{}, false
	}
	message := &engine.IncomingMessage{ProviderID: id, Account: get(in.message.to), Type: "text", Text: get(in.message.text)}
	if id == "" {
		message.ProviderID = webhook.HashKey([]byte(from), []byte(message.Text), []byte(at))
	}
	return engine.InboundEvent{Key: message.ProviderID, Kind: engine.InboundMessage, From: in.phone(from), Message: message, OccurredAt: in.moment(at)}, true
}

// sort puts the codes that a rule knows first: the first that is known decides.
func (a answers) sort(codes []string) []string {
	var first, last []string
	for _, code := range codes {
		if _, known := a.class(code); known {
			first = append(first, code)
		} else {
			last = append(last, code)
		}
	}
	return append(first, last...)
}
