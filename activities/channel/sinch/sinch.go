// Package sinch is WhatsApp and SMS through Sinch's Conversation API.
//
// Facts and where they are published, below developers.sinch.com/docs/conversation/
// unless said otherwise; Sinch's own SDKs (github.com/sinch/sinch-sdk-node and
// sinch-sdk-java, read in July 2026) served as the second source:
//
//   - sending: api-reference/conversation/messages, message-types/
//   - templates: channel-support/whatsapp/template-support
//   - webhooks and their signature: callbacks
//   - reasons of failures: callbacks, "Error Codes"
//
// An accepted message was only enqueued: what happens to it arrives in
// MESSAGE_DELIVERY callbacks, which carry our reference as metadata. There is no
// idempotency key.
//
// Calls sign in with the access key itself (HTTP Basic), so that one message is
// one call. Sinch limits the rate of such calls and advises OAuth 2 tokens for
// production; a sender that meets the limit is told 429 and slows down.
//
// What it cannot do: a template's parameters go by position, never by name; a
// document has no caption; a person without a phone number (BSUID) cannot be
// addressed, as Sinch's pages do not say how.
//
// # Settings
//
//	project_id  required; Sinch Build Dashboard > Settings > Access keys
//	app_id      required; Conversation API > Apps
//	region      required; us, eu or br: where the app was made
//	key_id      required; Settings > Access keys
//	sms_sender  the number or name an SMS comes from; default the app's own
//	base_url    default https://{region}.conversation.api.sinch.com
//
// # Secrets
//
//	key_secret      required; shown once when the access key is made
//	webhook_secret  required; typed into the app's webhook, signs the callbacks; several, separated by commas, while rotating
package sinch

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// Driver is one channel of one app.
type Driver struct {
	settings   channel.Settings
	client     *http.Client
	header     http.Header
	projectURL string
	appID      string
	channel    string // as Sinch names it
	smsSender  string
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
	codes := refusal.Codes{Own: own}
	if settings.Channel == engine.WhatsApp {
		codes.Behind = whatsapp.ClassOf
	}
	return &Driver{
		settings: settings, client: settings.HTTPClient(),
		header:     channel.JSONHeader("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(given["key_id"]+":"+secret))),
		projectURL: base + "/v1/projects/" + url.PathEscape(given["project_id"]),
		appID:      given["app_id"], channel: name, smsSender: settings.Value("sms_sender", ""), secrets: secrets, codes: codes,
	}, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(d.settings.Channel)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.body(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := channel.PostJSON(ctx, d.client, d.projectURL+"/messages:send", d.header, body, out.Departing)
	if err != nil {
		return channel.Receipt{}, err
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
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.projectURL+"/apps/"+url.PathEscape(d.appID), d.header, nil)
	if failure != nil {
		return engine.Errorf(engine.Unavailable, "Sinch could not be reached: %s", failure.Message)
	}
	if answer.Status != http.StatusOK {
		failure := explain(answer)
		switch {
		case failure.Class == channel.Reauth:
			return engine.Errorf(engine.Invalid, "Sinch does not accept the access key (%s); copy key_id and key_secret again from Sinch Build Dashboard > Settings > Access keys", failure.Error())
		case answer.Status == http.StatusNotFound:
			return engine.Errorf(engine.Invalid, "Sinch does not know the app %s in this project and region (%s); check app_id, project_id and region", d.appID, failure.Error())
		}
		return engine.Errorf(engine.Invalid, "Sinch refused to show the app (%s); check project_id, app_id and region", failure.Error())
	}
	var app struct {
		ID          webhook.Text `json:"id"`
		Credentials []struct {
			Channel webhook.Text `json:"channel"`
		} `json:"channel_credentials"`
	}
	if err := json.Unmarshal(answer.Body, &app); err != nil || app.ID == "" {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like Sinch's Conversation API; check base_url")
	}
	for _, c := range app.Credentials {
		if strings.EqualFold(string(c.Channel), d.channel) {
			return nil
		}
	}
	return engine.Errorf(engine.Invalid, "the access key works, but the app has no channel %s; set it up in Sinch Build Dashboard > Conversation API > Apps", d.channel)
}
