// Package smpp is SMS over SMPP 3.4, the protocol that carriers and aggregators
// speak among themselves: one TCP connection that stays open (a bind), over which
// messages go out (submit_sm) and receipts and people's answers come in
// (deliver_sm).
//
// Facts and where they are published:
//
//   - the protocol: smpp.org, SMPP v3.4 Issue 1.2 (the § in the comments)
//   - the text of receipts: its appendix B, which is a custom and no standard
//   - alphabets and segments: 3GPP TS 23.038 and TS 23.040 (see dsl/sms)
//   - types of senders: melroselabs.com/docs/tutorials/sms
//
// # Where the connection lives
//
// An SMSC mostly lets an account bind once, and a bind outlives every activity. So
// one process holds the binds: an Exchange. `jornada dev` and a single `jornada
// serve` have it inside; otherwise `jornada worker --smpp` does nothing else, and
// the workers hand each message over by one HTTP call (Remote, Handler). Whoever
// claimed the message makes that call once; when its answer is lost the message is
// in doubt, as with any provider. Nothing is queued on the way.
//
// What the SMSC delivers is stored like a webhook and answered after the commit.
//
// # What SMPP does not have
//
// No idempotency key, no reference of ours in receipts, no way to ask about a
// message whose answer was lost. A late answer to submit_sm is reported, so that a
// doubt mostly ends by itself. The segments of a long text are separate messages
// to the SMSC: when a later one is refused, the whole is in doubt. Receipts are asked
// for with the last segment, which stands for the text.
//
// # Settings
//
//	host, port   the SMSC; port default 2775, with tls 3550
//	tls          none (default) or implicit
//	from         required: +5511…, a short code, or a name of up to 11 characters
//	source_ton, source_npi, dest_ton, dest_npi
//	             default by the form of from (1/1, 3/0, 5/0), and 1/1
//	system_type, service_type   mostly empty
//	alphabet     what data_coding 0 is at this SMSC: gsm7 (default) or latin1
//	long_text    udh (default), sar or payload
//	message_ids  same (default), hex_decimal (answers in hexadecimal, receipts in
//	             decimal) or decimal_hex
//	window       messages that may wait for their answer, default 10
//	region       of people's numbers without a country code, default BR
//
// # Secrets
//
//	system_id, password   required
package smpp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/engine"
)

// textMax is the longest text, in characters: 24 segments of UCS-2 at most.
const textMax = 1600

// Driver is one SMPP sender.
type Driver struct {
	settings channel.Settings
	gateway  Gateway
	target   Target
}

// New makes drivers that hand their messages to a gateway. With none the settings
// are checked as always, and a send says which process is missing.
func New(gateway Gateway) channel.Constructor {
	return func(settings channel.Settings) (channel.Provider, error) {
		if _, err := optionsOf(settings); err != nil {
			return nil, err
		}
		return &Driver{
			settings: settings, gateway: gateway,
			target: Target{settings.IntegrationID, markOf(settings.Values, settings.Secrets)},
		}, nil
	}
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.SMS)
	limits.Idempotency, limits.Departs = channel.None, true
	return limits
}

// Send implements channel.Sender: one handover, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	text, failure := textOf(out)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	if d.gateway == nil {
		return channel.Receipt{}, notSent(channel.RetryLater, noGateway, nil)
	}
	return d.gateway.Submit(ctx, d.target, Message{Ref: out.Ref, To: out.To.Value, Text: text}, out.Departing)
}

const noGateway = "no process holds SMPP binds for this one; start `jornada worker --smpp --smpp-at HOST:PORT` and give this one the same --smpp-at"

// textOf is all of a message that an SMS can carry: choices become numbered lines,
// a picture its address.
func textOf(out channel.Outbound) (string, *channel.SendError) {
	digits := strings.TrimPrefix(out.To.Value, "+")
	if out.To.Kind != engine.Phone || digits == "" || len(digits) > addressMax || strings.Trim(digits, "0123456789") != "" {
		return "", notSent(channel.FixRequest, "an SMS needs a phone number; this contact has none", nil)
	}
	text := strings.ToValidUTF8(out.Content.Text, "\uFFFD")
	if m := out.Content.Media; m != nil {
		text = strings.TrimSpace(text + "\n" + m.URL)
	}
	if f := out.Content.Footer; f != "" {
		text = strings.TrimSpace(text + "\n" + f)
	}
	text = channel.Numbered(text, out.Content.Choices)
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "", notSent(channel.FixRequest, "the message has no text", nil)
	case n > textMax:
		return "", notSent(channel.FixRequest, "the text is longer than the 1,600 characters of the longest SMS; shorten it", nil)
	}
	return text, nil
}

// Receive implements channel.Receiver: an SMSC calls no webhooks.
func (d *Driver) Receive(channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	return nil, channel.Response{Status: http.StatusNotFound}, engine.Errorf(engine.NotFound,
		"integration %q is SMPP, which has no webhook; receipts and answers arrive over the bind", d.settings.IntegrationID)
}

// Test implements channel.Tester: it asks the bound SMSC whether it lives.
func (d *Driver) Test(ctx context.Context) error {
	if d.gateway == nil {
		return engine.Errorf(engine.Unavailable, "%s", noGateway)
	}
	err := d.gateway.Check(ctx, d.target)
	var failure *channel.SendError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failure) && failure.Class == channel.Reauth:
		return engine.Errorf(engine.Invalid, "%s", failure.Error())
	}
	return engine.Errorf(engine.Unavailable, "the SMSC cannot be used: %s", err.Error())
}
