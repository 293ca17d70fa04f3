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
// Description says what it must be told.
package smpp

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/dsl/diag"
	"jornada/engine"
)

// textMax is the longest text, in characters: 24 segments of UCS-2 at most.
const textMax = 1600

// Driver is one SMPP sender.
type Driver struct {
	settings channel.Settings
	gateway  Gateway
	target   Target
	writer   sms.Writer
}

// New makes drivers that hand their messages to a gateway. With none the settings
// are checked as always, and a send says which process is missing.
func New(gateway Gateway) channel.Constructor {
	return func(settings channel.Settings) (channel.Provider, error) {
		if _, err := optionsOf(settings); err != nil {
			return nil, err
		}
		writer, err := sms.WriterOf(settings, textMax)
		if err != nil {
			return nil, err
		}
		return &Driver{
			settings: settings, gateway: gateway, writer: writer,
			target: Target{settings.IntegrationID, markOf(settings.Values, settings.Secrets)},
		}, nil
	}
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.SMS)
	limits.Idempotency, limits.Departs, limits.SmartEncoding = channel.None, true, d.writer.Smart
	return limits
}

// Send implements channel.Sender: one handover, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	digits := strings.TrimPrefix(out.To.Value, "+")
	if out.To.Kind != engine.Phone || digits == "" || len(digits) > addressMax || strings.Trim(digits, "0123456789") != "" {
		return channel.Receipt{}, notSent(channel.FixRequest, "an SMS needs a phone number; this contact has none", nil)
	}
	out.Content.Text = strings.ToValidUTF8(out.Content.Text, "\uFFFD")
	text, err := d.writer.Text(out.Content)
	if err != nil {
		return channel.Receipt{}, err
	}
	if d.gateway == nil {
		return channel.Receipt{}, notSent(channel.RetryLater, noGateway, nil)
	}
	return d.gateway.Submit(ctx, d.target, Message{Ref: out.Ref, To: out.To.Value, Text: text}, out.Departing)
}

const noGateway = "no process holds SMPP binds for this one; start `jornada worker --smpp --smpp-at HOST:PORT` and give this one the same --smpp-at"

// Receive implements channel.Receiver: an SMSC calls no webhooks.
func (d *Driver) Receive(channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	return nil, channel.Response{Status: http.StatusNotFound}, engine.Errorf(engine.NotFound,
		"integration %q is SMPP, which has no webhook; receipts and answers arrive over the bind", d.settings.IntegrationID)
}

// Test implements channel.Tester: it asks the bound SMSC whether it lives.
func (d *Driver) Test(ctx context.Context) error {
	if d.gateway == nil {
		return engine.Told(engine.Unavailable, diag.Text{
			En: noGateway,
			Pt: "nenhum processo mantém conexões SMPP para este; inicie `jornada worker --smpp --smpp-at HOST:PORT` e dê a este o mesmo --smpp-at",
		})
	}
	err := d.gateway.Check(ctx, d.target)
	var failure *channel.SendError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &failure):
		return engine.Told(engine.Unavailable, diag.T("the SMSC cannot be used: %s", "o SMSC não pode ser usado: %s", err.Error()))
	}
	kind, text, code := engine.Unavailable, diag.Text{En: "the SMSC cannot be used: " + failure.Error(), Pt: failure.Pt}, ""
	if failure.Class == channel.Reauth {
		kind, text.En = engine.Invalid, failure.Error()
	}
	if failure.Code != "" {
		code = " (código " + failure.Code + ")"
	}
	if text.Pt == "" {
		text.Pt = "o SMSC não respondeu a uma pergunta pela conexão; ela será refeita"
	}
	return engine.Told(kind, diag.Text{En: text.En, Pt: text.Pt + code})
}
