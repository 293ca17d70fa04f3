// Package zenvia is WhatsApp and SMS through Zenvia's API, version 2.
//
// Facts and where they are published, all in the source of Zenvia's reference
// (github.com/zenvia/zenvia-openapi-spec, read at commit 56b6f78 of August 2026;
// rendered at zenvia.github.io/zenvia-openapi-spec/v2):
//
//   - sending: spec/paths/channels, spec/components/schemas/message and /content
//   - webhooks: spec/tags/subscriptions.md, spec/components/schemas/events
//   - answers that refuse: spec/info/description.md, "Error Handling"
//   - limits: spec/tags/sms.md and spec/tags/whatsapp.md
//
// There is no idempotency key. Our reference travels as externalId and comes
// back in every status. Zenvia signs no webhooks: they are known by a secret of
// ours, which the subscription sends as a header.
//
// What it cannot do: a template is called by Zenvia's own id, so every template
// of a journey needs a setting; the payload of a template's button is fixed when
// the template is made, so a tap is known by the message it quotes; a person
// without a phone number (BSUID) cannot be addressed.
//
// Description says what it must be told.
package zenvia

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Driver is one sender of one channel.
type Driver struct {
	settings  channel.Settings
	client    *http.Client
	header    http.Header
	base      string
	from      string
	templates map[string]string // by name, or name.language
	secret    webhook.Secret
	codes     refusal.Codes
	writer    sms.Writer
}

// templatePrefix begins the settings that name Zenvia's templates.
const templatePrefix = "template."

// fromMax is the longest sender id, in characters (message/base.ts).
const fromMax = 64

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.WhatsApp && settings.Channel != engine.SMS {
		return nil, settings.Refuse("channel", "must be whatsapp or sms: one integration is one sender of one of them")
	}
	from, err := settings.Require("from", "app.zenvia.com > Credentials: the WhatsApp sender's id, or the alias of the SMS account")
	if err != nil {
		return nil, err
	}
	if len(from) > fromMax {
		return nil, settings.Refuse("settings.from", "has more than 64 characters; copy the sender's id from app.zenvia.com > Credentials")
	}
	token, err := settings.Credential("token", "app.zenvia.com > API > Tokens; make one without signature")
	if err != nil {
		return nil, err
	}
	secret, err := webhook.NewSecret(settings, "app.zenvia.com > API > Webhooks")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL("https://api.zenvia.com")
	if err != nil {
		return nil, err
	}
	codes := refusal.Codes{Own: own}
	if settings.Channel == engine.WhatsApp {
		codes.Behind = whatsapp.ClassOf
	}
	writer, err := sms.WriterOf(settings, smsMax)
	if err != nil {
		return nil, err
	}
	return &Driver{
		settings: settings, client: settings.HTTPClient(), header: channel.JSONHeader("X-API-TOKEN", token), base: base + "/v2", from: from,
		templates: settings.Family(templatePrefix), secret: secret, codes: codes, writer: writer,
	}, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(d.settings.Channel)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	if d.settings.Channel == engine.SMS {
		limits.TextMax, limits.SmartEncoding = smsMax, d.writer.Smart
	}
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.body(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	address := d.base + "/channels/" + string(d.settings.Channel) + "/messages"
	answer, err := channel.PostJSON(ctx, d.client, address, d.header, body, out.Departing)
	if err != nil {
		return channel.Receipt{}, err
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, explain(answer)
	}
	var accepted struct {
		ID webhook.Text `json:"id"`
	}
	if err := json.Unmarshal(answer.Body, &accepted); err != nil || accepted.ID == "" {
		return channel.Receipt{}, company.NoID(err)
	}
	return channel.Receipt{ProviderID: string(accepted.ID)}, nil
}

// Test implements channel.Tester: it lists the account's webhooks, and looks for
// the one that reports statuses to us.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.base+"/subscriptions", d.header, nil)
	if failure != nil {
		return company.Unreachable(failure, "base_url")
	}
	if answer.Status != http.StatusOK {
		return company.Judge(explain(answer), diag.Text{
			En: "Zenvia does not accept the token ({said}); copy it again from app.zenvia.com > API > Tokens",
			Pt: "a Zenvia não aceita o token ({said}); copie-o de novo em app.zenvia.com > API > Tokens",
		}, diag.Text{En: "Zenvia refused to list the webhooks ({said}); check base_url", Pt: "a Zenvia não listou os webhooks ({said}); confira base_url"})
	}
	var list []struct {
		EventType webhook.Text `json:"eventType"`
		Webhook   struct {
			URL webhook.Text `json:"url"`
		} `json:"webhook"`
	}
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		return refusal.Elsewhere("Zenvia's API", "a API da Zenvia")
	}
	if d.settings.PublicURL == "" {
		return nil
	}
	for _, s := range list {
		if s.EventType == statusEvent && strings.HasPrefix(string(s.Webhook.URL), d.settings.PublicURL) {
			return nil
		}
	}
	return engine.Told(engine.Invalid, diag.T("the token works, but no webhook of the kind MESSAGE_STATUS calls %s, so no message is ever known to be delivered; make one at app.zenvia.com > API > Webhooks",
		"o token funciona, mas nenhum webhook do tipo MESSAGE_STATUS chama %s, então nunca se sabe se uma mensagem foi entregue; crie um em app.zenvia.com > API > Webhooks", d.settings.PublicURL))
}
