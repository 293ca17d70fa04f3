// Package wavy is WhatsApp and SMS through the messaging interfaces of Wavy, formerly
// Movile, which Sinch bought: for accounts that are still on them. New accounts are
// given Sinch's Conversation API (package sinch).
//
// Facts and where they are published: docs-pt.sinch.com (WhatsApp: envio, mensagens-mo,
// status-mt; SMS: envio, callbacks). Three of them shape the driver.
//
// A message is known by an id of Wavy's, and our reference travels beside it as
// correlationId and comes back in every status. There is no idempotency key.
//
// Nothing is signed, and the address of the webhook is entered by Wavy's support, who
// add no headers: it carries a secret of ours.
//
// How templates are written differs from account to account. So the settings hold a
// template's own JSON as the account's documentation shows it, with {{1}}, {{2}} … where
// the parameters go; nothing is guessed.
//
// What it cannot do: buttons and lists (choices are numbered text); quote a message;
// write to people without a phone number (BSUID); hand out files of people.
//
// Description says what it must be told.
package wavy

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// company is Wavy, as people know it today.
var company = refusal.Company{Name: "Sinch (Wavy)", Console: "Sinch's support", Remedies: map[channel.Class]string{
	channel.Reauth: "Sinch (Wavy) does not accept the user name or the authentication token; connect the channel again",
}}

// Driver is one account on one of the two channels.
type Driver struct {
	settings  channel.Settings
	client    *http.Client
	header    http.Header
	base      string
	number    string
	templates map[string]string // JSON by name, or name.language
	secret    webhook.Secret
	writer    sms.Writer
	codes     refusal.Codes
}

// templatePrefix begins the settings that hold templates.
const templatePrefix = "template."

// addresses are where messages go.
var addresses = map[engine.Channel]string{
	engine.WhatsApp: "https://api-messaging.wavy.global", engine.SMS: "https://api-messaging.movile.com",
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	address, known := addresses[settings.Channel]
	if !known {
		return nil, settings.Refuse("channel", "must be whatsapp or sms: one integration is one account of one of them")
	}
	user, err := settings.Require("username", "the letter in which Sinch (Wavy) gave the account")
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(user, "\r\n\x00") {
		return nil, settings.Refuse("settings.username", "must be one line; copy it again")
	}
	token, err := settings.Credential("token", "the letter in which Sinch (Wavy) gave the account (AuthenticationToken)")
	if err != nil {
		return nil, err
	}
	secret, err := webhook.NewSecret(settings, "the address that Sinch's support enters for you")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL(address)
	if err != nil {
		return nil, err
	}
	writer, err := sms.WriterOf(settings, channel.Limits(engine.SMS).TextMax)
	if err != nil {
		return nil, err
	}
	d := &Driver{
		settings: settings, client: settings.HTTPClient(), header: channel.JSONHeader("Authenticationtoken", token), base: base,
		number: sms.Digits(settings.Value("number", "")), templates: settings.Family(templatePrefix), secret: secret, writer: writer,
		codes: codesOn(settings.Channel),
	}
	d.header.Set("Username", user)
	for name, text := range d.templates {
		if !json.Valid([]byte(text)) {
			return nil, settings.Refuse("settings."+templatePrefix+name, `must be the template's JSON as the account's documentation shows it, such as {"template":{"namespace":"…","elementName":"confirm","languageCode":"pt_BR"}}`)
		}
	}
	return d, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(d.settings.Channel)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	limits.Buttons, limits.ListRows = 0, 0
	limits.SmartEncoding = d.settings.Channel == engine.SMS && d.writer.Smart
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	path, body, err := d.request(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := channel.PostJSON(ctx, d.client, d.base+path, d.header, body, out.Departing)
	if err != nil {
		return channel.Receipt{}, err
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, explain(answer)
	}
	var taken struct {
		ID           webhook.Text `json:"id"`
		Destinations []struct {
			ID webhook.Text `json:"id"`
		} `json:"destinations"`
	}
	err = json.Unmarshal(answer.Body, &taken)
	id := taken.ID
	if len(taken.Destinations) > 0 && taken.Destinations[0].ID != "" {
		id = taken.Destinations[0].ID
	}
	if err != nil || id == "" {
		return channel.Receipt{}, company.NoID(err)
	}
	return channel.Receipt{ProviderID: string(id)}, nil
}

// probe is a path that asks for a message nobody ever sent.
const probe = "/v1/sms-status?id=00000000-0000-0000-0000-000000000000"

// Test implements channel.Tester. Neither interface has a call that only says whether
// the credentials are good, so the state of a message that never was is asked for: what
// is refused are credentials.
func (d *Driver) Test(ctx context.Context) error {
	path := probe
	if d.settings.Channel == engine.WhatsApp {
		path = "/v1/whatsapp/status/list?max=1"
	}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.base+path, d.header, nil)
	switch {
	case failure != nil:
		return company.Unreachable(failure, "base_url")
	case answer.Succeeded():
		return nil
	case answer.Status == http.StatusUnauthorized, answer.Status == http.StatusForbidden, answer.Status >= 500, answer.Status == http.StatusTooManyRequests,
		answer.Status >= 300 && answer.Status < 400:
		return company.Judge(explain(answer), diag.Text{
			En: "Sinch (Wavy) does not accept the user name or the token ({said}); copy both again from the letter with the account",
			Pt: "a Sinch (Wavy) não aceita o usuário ou o token ({said}); copie os dois de novo da carta com a conta",
		}, diag.Text{En: "Sinch (Wavy) refused the test ({said}); check base_url", Pt: "a Sinch (Wavy) recusou o teste ({said}); confira base_url"})
	}
	return engine.Told(engine.Invalid, diag.T("the server answers (HTTP %d), but whether it accepts the credentials shows only when a message is sent; send a test message",
		"o servidor responde (HTTP %d), mas só ao enviar uma mensagem se vê se ele aceita as credenciais; envie uma mensagem de teste", answer.Status))
}
