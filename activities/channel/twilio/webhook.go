package twilio

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/engine"
)

// formType is what Twilio sends.
const formType = "application/x-www-form-urlencoded"

// noReply is the TwiML that says nothing back to the person.
var noReply = channel.Response{
	Status: http.StatusOK, ContentType: "text/xml; charset=utf-8",
	Body: `<?xml version="1.0" encoding="UTF-8"?><Response></Response>`,
}

// statuses maps Twilio's words to ours. "partially_delivered" (an MMS to
// several people) claims no more than sent.
var statuses = map[string]engine.MessageStatus{
	"accepted": engine.Accepted, "scheduled": engine.Accepted, "queued": engine.Accepted, "sending": engine.Accepted,
	"sent": engine.Sent, "partially_delivered": engine.Sent,
	"delivered": engine.Delivered, "read": engine.Read,
	"failed": engine.Failed, "undelivered": engine.Failed, "canceled": engine.Failed,
}

// Receive implements channel.Receiver.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	if r.Method != http.MethodPost {
		return nil, channel.Response{Status: http.StatusMethodNotAllowed}, engine.Errorf(engine.Invalid, "Twilio's webhook takes POST; set the method to HTTP POST in Twilio Console")
	}
	if r.Header.Get("X-Twilio-Signature") == "" {
		return nil, channel.Response{Status: http.StatusUnauthorized}, channel.ErrSignature
	}
	if err := r.Carries(formType, "application/json"); err != nil { // JSON is covered by bodySHA256, or refused below
		return nil, channel.Response{Status: http.StatusUnsupportedMediaType}, err
	}
	form, valid := d.signed(r)
	if !valid {
		return nil, channel.Response{Status: http.StatusUnauthorized}, channel.ErrSignature
	}
	sid := first(form.Get("MessageSid"), form.Get("SmsMessageSid"), form.Get("SmsSid"))
	word := strings.ToLower(first(form.Get("MessageStatus"), form.Get("SmsStatus")))
	status, ours := statuses[word]
	said := word == "received" || word == "receiving" || (word == "" && form.Has("Body"))
	var events []engine.InboundEvent
	switch {
	case sid == "":
		events = []engine.InboundEvent{d.other(r)}
	case said && d.foreign(form):
		events = []engine.InboundEvent{d.other(r)}
	case said:
		events = d.inbound(sid, form)
	case ours:
		events = []engine.InboundEvent{d.status(sid, word, status, form, r.URL.Query().Get("ref"))}
	default:
		events = []engine.InboundEvent{d.other(r)}
	}
	for i := range events {
		events[i].IntegrationID, events[i].Channel = d.settings.IntegrationID, d.channel
	}
	return events, noReply, nil
}

// status is news about a message of ours. Why one failed, the carrier or Meta tells in
// its own words too.
func (d *Driver) status(sid, word string, status engine.MessageStatus, form url.Values, ref string) engine.InboundEvent {
	news := &engine.IncomingStatus{
		ProviderID: sid, Ref: ref, Status: status, Recipient: d.recipients(form), Pricing: pricing(form.Get("Price"), form.Get("PriceUnit")),
	}
	if code := form.Get("ErrorCode"); code != "" && code != "0" {
		news.ErrorCodes = []string{code}
		if number, err := strconv.Atoi(code); err == nil {
			news.ErrorDetail = d.remedy(classes[number])
		}
	}
	if theirs := first(form.Get("ChannelStatusMessage"), form.Get("ErrorMessage")); theirs != "" && status == engine.Failed {
		news.ErrorDetail = strings.TrimPrefix(news.ErrorDetail+": "+refusal.Scrub(theirs), ": ")
	}
	return engine.InboundEvent{Key: "status:" + sid + ":" + word, Kind: engine.StatusUpdate, Status: news}
}

// foreign says that a message came by another channel of the same account: a
// Messaging Service has one address for all of them.
func (d *Driver) foreign(form url.Values) bool {
	return strings.HasPrefix(form.Get("From"), whatsAppPrefix) != (d.channel == engine.WhatsApp)
}

// pricing is what Twilio says of a price; nil while it is not known.
func pricing(price, unit string) map[string]any {
	if price == "" || unit == "" {
		return nil
	}
	return map[string]any{"price": price, "price_unit": unit}
}

// inbound is what a person wrote. When Twilio itself took it for an opt-out
// (STOP and the account's own words), an Unsubscribe comes before the message,
// so that nothing is sent in between; Twilio blocks the number from then on.
func (d *Driver) inbound(sid string, form url.Values) []engine.InboundEvent {
	event := engine.InboundEvent{
		Key: sid, Kind: engine.InboundMessage, From: []engine.Address{{Kind: engine.Phone, Value: form.Get("From")}},
		Message: &engine.IncomingMessage{ProviderID: sid, Account: strings.TrimPrefix(form.Get("To"), whatsAppPrefix), Type: "text", Text: form.Get("Body")},
	}
	attach(event.Message, form)
	if d.channel == engine.WhatsApp {
		event.From, event.ProfileName = people(form), form.Get("ProfileName")
		describe(event.Message, form)
	}
	if !strings.EqualFold(form.Get("OptOutType"), "STOP") {
		return []engine.InboundEvent{event}
	}
	return []engine.InboundEvent{{
		Key: "optout:" + sid, Kind: engine.Unsubscribe, From: event.From,
		Data: map[string]any{"source": "twilio", "text": form.Get("Body"), "provider_message_id": sid},
	}, event}
}

// attach keeps the first of the media; its address needs the credentials, unless
// the account has switched that off.
func attach(message *engine.IncomingMessage, form url.Values) {
	if n, _ := strconv.Atoi(form.Get("NumMedia")); n > 0 {
		message.MediaType = form.Get("MediaContentType0")
		message.Type = mediaKind(message.MediaType)
		message.Media = &engine.MediaLink{Kind: message.Type, URL: form.Get("MediaUrl0")}
	}
}

func mediaKind(mimeType string) string {
	switch kind, _, _ := strings.Cut(mimeType, "/"); kind {
	case "image", "video", "audio":
		return kind
	}
	return "document"
}

// other keeps what we do not understand, under a key that a repetition shares:
// the proof itself, which covers address and body.
func (d *Driver) other(r channel.Request) engine.InboundEvent {
	return engine.InboundEvent{Key: "other:" + r.Header.Get("X-Twilio-Signature"), Kind: engine.OtherEvent, Raw: asJSON(r.Body)}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// asJSON makes a form readable as Raw wants it: a JSON string.
func asJSON(body []byte) []byte {
	encoded, err := json.Marshal(string(body))
	if err != nil {
		return []byte(`""`)
	}
	return encoded
}
