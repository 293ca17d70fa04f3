// Package sendgrid is e-mail through Twilio SendGrid's Web API v3.
//
// Facts and where they are published:
//
//   - sending: twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
//   - answers: twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors
//   - events: twilio.com/docs/sendgrid/for-developers/tracking-events/event
//   - their signature: twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
//
// There is no idempotency key. Our reference travels in custom_args and comes
// back in every event. A Message-ID of our own is taken as it is; SendGrid knows
// the message by its X-Message-Id, with which every sg_message_id begins.
//
// It refuses late: 202 only means queued. An address that bounced, complained or
// unsubscribed is kept on SendGrid's own lists, and what is sent there
// afterwards is dropped with an event.
//
// What it cannot do: bring people's answers. They go to reply_to, or by
// inbound_domain to our own mail listener.
//
// Description says what it must be told.
package sendgrid

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/activities/channel/refusal"
	"jornada/dsl/diag"
	"jornada/engine"
)

// refArg is the custom argument that carries our reference. Custom arguments
// stand beside SendGrid's own fields in an event, so the name must be nobody's.
const refArg = "jornada_ref"

// Driver is one SendGrid sender.
type Driver struct {
	settings channel.Settings
	client   *http.Client
	header   http.Header
	base     string
	sender   letter.Sender
	key      *ecdsa.PublicKey
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.Email && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be email: this provider carries nothing else")
	}
	base, err := settings.BaseURL("https://api.sendgrid.com")
	if err != nil {
		return nil, err
	}
	sender, err := letter.SenderOf(settings, "verified in SendGrid > Settings > Sender Authentication")
	if err != nil {
		return nil, err
	}
	token, err := settings.RequireSecret("api_key", "SendGrid > Settings > API Keys, shown once when the key is made (it begins with SG.)")
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(token, " \r\n") {
		return nil, settings.Refuse("secrets.api_key", "must be one word; copy it again")
	}
	const place = "SendGrid > Settings > Mail Settings > Event Webhooks > Security features > Signed Event Webhook"
	raw, err := settings.Require("verification_key", place)
	if err != nil {
		return nil, err
	}
	key, ok := publicKey(raw)
	if !ok {
		return nil, settings.Refuse("settings.verification_key", "must be a public key of the curve P-256 in Base64 (it begins with MFkw); copy it again from "+place)
	}
	return &Driver{
		settings: settings, client: settings.HTTPClient(), header: channel.JSONHeader("Authorization", "Bearer "+token),
		base: base, sender: sender, key: key,
	}, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.Email)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	limits.Media, limits.ReportsStatus = true, true
	return limits
}

// Test implements channel.Tester: it asks what the key may do.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.base+"/v3/scopes", d.header, nil)
	if failure != nil {
		return company.Unreachable(failure, "base_url")
	}
	if answer.Status != http.StatusOK {
		return company.Judge(explain(answer), diag.Text{
			En: "SendGrid does not accept the API key ({said}); make a new one in SendGrid > Settings > API Keys",
			Pt: "o SendGrid não aceita a chave de API ({said}); crie outra em SendGrid > Settings > API Keys",
		}, diag.Text{
			En: "SendGrid refused to show what the API key may do ({said}); check base_url",
			Pt: "o SendGrid não mostrou o que a chave de API pode fazer ({said}); confira base_url",
		})
	}
	var granted struct {
		Scopes []string `json:"scopes"`
	}
	if err := json.Unmarshal(answer.Body, &granted); err != nil {
		return refusal.Elsewhere("SendGrid's API", "a API do SendGrid")
	}
	if !slices.Contains(granted.Scopes, "mail.send") {
		return engine.Told(engine.Invalid, diag.Text{
			En: "the API key may not send; give it the permission Mail Send in SendGrid > Settings > API Keys",
			Pt: "a chave de API não pode enviar; dê a ela a permissão Mail Send em SendGrid > Settings > API Keys",
		})
	}
	return nil
}
