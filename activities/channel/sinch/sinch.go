// Package sinch is WhatsApp and SMS through Sinch's Conversation API.
//
// Facts and where they are published, below developers.sinch.com/docs/conversation/
// unless said otherwise; Sinch's own SDKs (github.com/sinch/sinch-sdk-node and
// sinch-sdk-java, read in July 2026) served as the second source:
//
//   - sending: api-reference/conversation/messages, message-types/
//   - templates: channel-support/whatsapp/template-support; their list is of the
//     Provisioning API (see Templates)
//   - webhooks and their signature: callbacks
//   - reasons of failures: callbacks, "Error Codes"
//
// An accepted message was only enqueued: what happens to it arrives in
// MESSAGE_DELIVERY callbacks, which carry our reference as metadata. There is no
// idempotency key.
//
// Calls sign in with an access token of an hour, as Sinch advises for production
// (OAuth 2; docs/identity-access-management/authenticate/oauth2). With auth: basic
// the access key itself signs every call; Sinch limits the rate of these more and
// means them for tests.
//
// What it cannot do: a template's parameters go by position, never by name; a
// document has no caption; a person without a phone number (BSUID) cannot be
// addressed, as Sinch's pages do not say how. Nobody is shown that their message was
// read: version 1.6 of Sinch's SDK for Node.js has an event for it
// (read_message_event), which is empty and sent to a person, and no page says which
// message it marks. Files of people are not handed out: where they are kept, and what
// opens them, is not published.
//
// Description says what it must be told.
package sinch

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Driver is one channel of one app.
type Driver struct {
	settings   channel.Settings
	client     *http.Client
	signIn     *signIn
	projectURL string
	shelfURL   string // of the project's WhatsApp templates, at the Provisioning API
	appID      string
	channel    string // as Sinch names it
	smsSender  string
	writer     sms.Writer
	secrets    []string
	codes      refusal.Codes
}

// channels are Sinch's names of ours.
var channels = map[engine.Channel]string{engine.WhatsApp: "WHATSAPP", engine.SMS: "SMS"}

// required are the settings without which nothing works, and where they are found.
var required = []struct{ name, where string }{
	{"project_id", "Sinch Build Dashboard > Settings > Access keys"},
	{"app_id", "Sinch Build Dashboard > Conversation API > Apps"},
	{"region", "Sinch Build Dashboard > Conversation API > Apps: us, eu or br"},
	{"key_id", "Sinch Build Dashboard > Settings > Access keys"},
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	name, known := channels[settings.Channel]
	if !known {
		return nil, settings.Refuse("channel", "must be whatsapp or sms: one integration is one channel of an app")
	}
	given := map[string]string{}
	for _, one := range required {
		value, err := settings.Require(one.name, one.where)
		if err != nil {
			return nil, err
		}
		given[one.name] = value
	}
	switch given["region"] {
	case "us", "eu", "br":
	default:
		return nil, settings.Refuse("settings.region", "must be us, eu or br: an app answers only where it was made")
	}
	secret, err := settings.Credential("key_secret", "Sinch Build Dashboard > Settings > Access keys, shown once when the key is made")
	if err != nil {
		return nil, err
	}
	secrets, err := webhook.Chosen(settings, "Sinch Build Dashboard > Conversation API > Apps > Webhooks, at the webhook's secret")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL("https://" + given["region"] + ".conversation.api.sinch.com")
	if err != nil {
		return nil, err
	}
	tokens, err := tokenAddress(settings)
	if err != nil {
		return nil, err
	}
	provisioning, err := settings.Address("provisioning_url", settings.Value("base_url", "https://provisioning.api.sinch.com"))
	if err != nil {
		return nil, err
	}
	codes := refusal.Codes{Own: own}
	if settings.Channel == engine.WhatsApp {
		codes.Behind = whatsapp.ClassOf
	}
	writer, err := sms.WriterOf(settings, channel.Limits(engine.SMS).TextMax)
	if err != nil {
		return nil, err
	}
	client := settings.HTTPClient()
	return &Driver{
		settings: settings, client: client,
		signIn:     newSignIn(client, tokens, given["key_id"], secret, settings.Real),
		projectURL: base + "/v1/projects/" + url.PathEscape(given["project_id"]),
		shelfURL:   provisioning + "/v1/projects/" + url.PathEscape(given["project_id"]) + "/whatsapp/templates",
		appID:      given["app_id"], channel: name, smsSender: settings.Value("sms_sender", ""), writer: writer, secrets: secrets, codes: codes,
	}, nil
}

// tokenAddress is where access tokens come from, "" when the key signs by itself.
// Who stands in for Sinch (base_url) stands in for its tokens too, so that a key
// never goes to a place that the settings do not name.
func tokenAddress(settings channel.Settings) (string, error) {
	switch settings.Value("auth", "oauth2") {
	case "basic":
		return "", nil
	case "oauth2":
	default:
		return "", settings.Refuse("settings.auth", "must be oauth2 (an access token, as Sinch advises) or basic (the key itself)")
	}
	base, err := settings.Address("auth_url", settings.Value("base_url", "https://auth.sinch.com"))
	return base + "/oauth2/token", err
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(d.settings.Channel)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	limits.SmartEncoding = d.settings.Channel == engine.SMS && d.writer.Smart
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.body(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	header, fresh, failure := d.signIn.call(ctx)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	answer, err := channel.PostJSON(ctx, d.client, d.projectURL+"/messages:send", header, body, out.Departing)
	if err != nil {
		return channel.Receipt{}, err
	}
	if d.signIn.refused(header, fresh, answer) {
		return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Code: "401", Message: "Sinch no longer takes the access token; the message is tried again with a new one"}
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, explain(answer)
	}
	var accepted struct {
		MessageID webhook.Text `json:"message_id"`
	}
	if err := json.Unmarshal(answer.Body, &accepted); err != nil || accepted.MessageID == "" {
		return channel.Receipt{}, company.NoID(err)
	}
	return channel.Receipt{ProviderID: string(accepted.MessageID)}, nil
}

// Test implements channel.Tester: it reads the app's own record and looks for
// the channel in it.
func (d *Driver) Test(ctx context.Context) error {
	d.signIn.forget() // a test proves the key, not what it was exchanged for before
	header, _, failure := d.signIn.call(ctx)
	if failure != nil {
		return unsigned(failure)
	}
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.projectURL+"/apps/"+url.PathEscape(d.appID), header, nil)
	if failure != nil {
		return company.Unreachable(failure, "base_url")
	}
	if answer.Status != http.StatusOK {
		other := diag.Text{En: "Sinch refused to show the app ({said}); check project_id, app_id and region", Pt: "a Sinch não mostrou o app ({said}); confira project_id, app_id e region"}
		if answer.Status == http.StatusNotFound {
			other = diag.T("Sinch does not know the app %s in this project and region ({said}); check app_id, project_id and region",
				"a Sinch não conhece o app %s neste projeto e nesta região ({said}); confira app_id, project_id e region", d.appID)
		}
		return company.Judge(explain(answer), keyRefused, other)
	}
	var app struct {
		ID          webhook.Text `json:"id"`
		Credentials []struct {
			Channel webhook.Text `json:"channel"`
		} `json:"channel_credentials"`
	}
	if err := json.Unmarshal(answer.Body, &app); err != nil || app.ID == "" {
		return refusal.Elsewhere("Sinch's Conversation API", "a Conversation API da Sinch")
	}
	for _, c := range app.Credentials {
		if strings.EqualFold(string(c.Channel), d.channel) {
			return nil
		}
	}
	return engine.Told(engine.Invalid, diag.T("the access key works, but the app has no channel %s; set it up in Sinch Build Dashboard > Conversation API > Apps",
		"a chave de acesso funciona, mas o app não tem o canal %s; configure-o em Sinch Build Dashboard > Conversation API > Apps", d.channel))
}

var keyRefused = diag.Text{
	En: "Sinch does not accept the access key ({said}); copy key_id and key_secret again from Sinch Build Dashboard > Settings > Access keys",
	Pt: "a Sinch não aceita a chave de acesso ({said}); copie key_id e key_secret de novo em Sinch Build Dashboard > Settings > Access keys",
}

// unsigned is the error of a test that got no access token.
func unsigned(failure *channel.SendError) error {
	switch {
	case failure.Err != nil: // there was no answer
		return company.Unreachable(failure, "auth_url")
	case failure.Class == channel.FixRequest && failure.Code == "":
		return engine.Told(engine.Invalid, diag.Text{En: failure.Message, Pt: "o endereço em auth_url não deu um token de acesso; confira auth_url"})
	}
	return company.Judge(failure, keyRefused, diag.Text{En: "Sinch gives no access token ({said}); check auth_url, key_id and key_secret", Pt: "a Sinch não deu um token de acesso ({said}); confira auth_url, key_id e key_secret"})
}
