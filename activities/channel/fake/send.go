package fake

import (
	"context"
	"net/http"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// provider is the network seen through one integration.
type provider struct {
	network  *Network
	settings channel.Settings
}

// Send implements channel.Sender.
func (p *provider) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Message: "the call was canceled before anything was sent", Err: err}
	}
	if out.To.Value == "" {
		return channel.Receipt{}, &channel.SendError{Class: channel.FixRequest, Message: "the message has no recipient"}
	}
	magic := script(out.To)
	if refusal := p.refuse(magic, out.To); refusal != nil {
		return channel.Receipt{}, refusal
	}
	entry := &Entry{
		ProviderID:    engine.NewID("fake"),
		IntegrationID: p.settings.IntegrationID,
		Channel:       p.settings.Channel,
		Ref:           out.Ref,
		To:            out.To,
		ContactName:   out.ContactName,
		Content:       out.Content,
		ReplyTo:       out.ReplyTo,
		Status:        engine.Accepted,
		At:            p.network.config.Clock.Now(),
	}
	p.network.take(entry)
	p.report(entry.ProviderID, magic)
	if magic == "0004" {
		return channel.Receipt{}, broken
	}
	return channel.Receipt{ProviderID: entry.ProviderID, Recipient: known(p.settings.Channel, out.To)}, nil
}

// known are the addresses a real provider's answer teaches: WhatsApp tells its
// own id of a phone number.
func known(ch engine.Channel, to engine.Address) []engine.Address {
	if ch == engine.WhatsApp && to.Kind == engine.Phone {
		return []engine.Address{{Kind: engine.WAID, Value: strings.TrimPrefix(to.Value, "+")}}
	}
	return nil
}

// report lets the statuses of an accepted message follow.
func (p *provider) report(id, magic string) {
	n := p.network
	if magic == "0002" {
		code := p.code("131026", "30005", "550")
		n.config.After(n.config.SentAfter, func() { _ = n.Status(id, engine.Failed, code) })
		return
	}
	n.config.After(n.config.SentAfter, func() { _ = n.Status(id, engine.Sent, "") })
	if magic != "0001" {
		n.config.After(n.config.DeliveredAfter, func() { _ = n.Status(id, engine.Delivered, "") })
	}
}

// code is how networks of the channel's kind say something: chats, SMS, e-mail.
func (p *provider) code(chat, sms, email string) string {
	switch p.settings.Channel {
	case engine.SMS:
		return sms
	case engine.Email:
		return email
	}
	return chat
}

// broken is the send that may or may not have happened.
var broken = &channel.SendError{
	Class: channel.RetryLater, Doubt: channel.Unclear,
	Message: "the connection broke after the message was handed over; the provider may or may not have taken it",
}

// refuse is the scripted refusal of a send, nil for none.
func (p *provider) refuse(magic string, to engine.Address) error {
	switch magic {
	case "0003":
		p.network.mu.Lock()
		again := p.network.throttled[to]
		p.network.throttled[to] = true
		p.network.mu.Unlock()
		if !again {
			return &channel.SendError{Class: channel.Throttle, Code: "429", RetryAfter: time.Second, Message: "too many messages at once; the network asks for a second's patience"}
		}
	case "0005":
		return broken
	case "0006":
		if p.settings.Channel.HasWindow() {
			return &channel.SendError{Class: channel.UseTemplate, Code: "131047", Message: "more than 24 hours have passed since the person last wrote; only a template may be sent"}
		}
	case "0007":
		if p.settings.Channel == engine.SMS {
			return &channel.SendError{Class: channel.Suppress, Code: "21610", Message: "the person opted out of SMS from this number"}
		}
		return &channel.SendError{Class: channel.SuppressMarketing, Code: "131050", Message: "the person stopped marketing messages from this sender"}
	case "0008":
		code := p.code("190", "20003", "535")
		return &channel.SendError{Class: channel.Reauth, Code: code, Message: "the credentials are no longer valid; connect the channel again"}
	}
	return nil
}

// script is the magic number of an address, "" for none: the last four
// characters of a phone number or of an e-mail's local part.
func script(a engine.Address) string {
	value := a.Value
	if a.Kind == engine.EmailAddress {
		value, _, _ = strings.Cut(value, "@")
	}
	if len(value) < 4 {
		return ""
	}
	if tail := value[len(value)-4:]; tail >= "0001" && tail <= "0008" && strings.HasPrefix(tail, "000") {
		return tail
	}
	return ""
}

// Classify implements channel.Classifier for the codes of the scripts.
func (p *provider) Classify(code string) channel.Class {
	switch code {
	case "131026", "30005", "550":
		return channel.SwitchChannel
	case "131047":
		return channel.UseTemplate
	case "131049":
		return channel.DeferMarketing
	case "131050":
		return channel.SuppressMarketing
	case "21610":
		return channel.Suppress
	case "190", "20003", "535":
		return channel.Reauth
	case "429", "130429", "131056":
		return channel.Throttle
	case "132015", "132016":
		return channel.FixTemplate
	}
	return channel.FixRequest
}

// Capabilities implements channel.Sender: the limits of the real medium, so
// that what works here works there.
func (p *provider) Capabilities() channel.Capabilities {
	limits := channel.Limits(p.settings.Channel)
	limits.Idempotency = channel.EchoesRef
	limits.ReportsStatus = true
	carries := p.settings.Channel.Medium()
	limits.Links, limits.Locations, limits.Forms = carries.LinkTitle > 0, carries.Location, carries.FormTitle > 0
	limits.Reactions = carries.Reaction
	return limits
}

// Receive implements channel.Receiver: nobody calls webhooks of this network.
func (p *provider) Receive(channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	return nil, channel.Response{Status: http.StatusNotFound}, engine.Errorf(engine.NotFound,
		"integration %q is the built-in demo network, which has no webhook; use the phone page or /dev/inbound", p.settings.IntegrationID)
}

// Test implements channel.Tester: this network is always there.
func (p *provider) Test(context.Context) error { return nil }
