package ses

import (
	"encoding/json"
	"net/http"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Receive implements channel.Receiver. SNS calls at least once and repeats a
// call that is answered 5xx; it gives up on one that is answered 4xx. What we do
// not know becomes an OtherEvent.
//
// Raw message delivery must be off: such calls are not signed.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	if r.Method != http.MethodPost {
		return nil, channel.Response{Status: http.StatusMethodNotAllowed}, engine.Errorf(engine.Invalid, "the webhook of SES takes POST from Amazon SNS")
	}
	var e envelope
	if json.Unmarshal(r.Body, &e) != nil || e.Signature == "" {
		return nil, channel.Response{Status: http.StatusUnauthorized}, channel.ErrSignature
	}
	if err := r.Carries("text/plain", "application/json"); err != nil { // SNS says text/plain, and sends JSON
		return nil, channel.Response{Status: http.StatusUnsupportedMediaType}, err
	}
	valid, err := d.signed(&e)
	switch {
	case err != nil:
		return nil, channel.Response{Status: http.StatusServiceUnavailable}, err
	case !valid:
		return nil, channel.Response{Status: http.StatusUnauthorized}, channel.ErrSignature
	}
	if e.Type == subscribe {
		status, err := d.confirm(&e)
		if err != nil {
			return nil, channel.Response{Status: status}, err
		}
	}
	return d.events(&e), channel.Response{Status: http.StatusOK}, nil
}

// events reads a proved envelope. While the topic reports to nobody, bounces,
// complaints and opt-outs are lost: the channel waits until it does again, which
// SNS says by asking for a confirmation.
func (d *Driver) events(e *envelope) []engine.InboundEvent {
	about := func(state engine.IntegrationState, title string) []engine.InboundEvent {
		return []engine.InboundEvent{{Key: "sns:" + e.MessageID, Kind: engine.ChannelError, OccurredAt: webhook.Moment(e.Timestamp), Data: map[string]any{
			"event": e.Type, "state": string(state), "title": title,
		}}}
	}
	var events []engine.InboundEvent
	switch e.Type {
	case subscribe:
		events = about(engine.Enabled, "the SNS topic reports to this webhook")
	case unsubscribed:
		events = about(engine.NeedsReconnect, "the SNS topic no longer reports to this webhook, so that bounces, complaints and opt-outs are lost; subscribe it again in AWS Console > SNS > Subscriptions")
	default:
		events = read("sns:"+e.MessageID, []byte(e.Message))
	}
	batch := webhook.NewBatch(d.settings, engine.Email)
	for _, event := range events {
		batch.Add(event)
	}
	return batch.Events()
}

// read makes our events of one of SES's; key is for what has none of its own.
func read(key string, message []byte) []engine.InboundEvent {
	var e event
	if json.Unmarshal(message, &e) != nil {
		return []engine.InboundEvent{letter.Other(key, message)}
	}
	if events := e.translate(); len(events) > 0 {
		return events
	}
	return []engine.InboundEvent{letter.Other(key, message)}
}
