// Package gupshup is WhatsApp through Gupshup's self-serve API, which has a wire
// of its own: forms that carry JSON, and webhooks "version 2".
//
// Facts and where they are published:
//
//   - free messages: docs.gupshup.io/docs/session-messages, docs.gupshup.io/reference/quick-replies,
//     docs.gupshup.io/reference/post_wa-api-v1-msg-1 (lists), …-msg-3 (pictures)
//   - templates: docs.gupshup.io/docs/template-messages, docs.gupshup.io/reference/postback-text-support
//   - statuses: docs.gupshup.io/docs/message-events
//   - what people write: docs.gupshup.io/docs/inbound-messages, /text, /interactive, /media
//   - opting out: docs.gupshup.io/docs/user-event
//   - templates' news: docs.gupshup.io/docs/system-events
//   - the list of templates: docs.gupshup.io/reference/get_partner-app-appid-templates
//   - error codes: docs.gupshup.io/docs/error-and-status-messages
//   - webhooks: docs.gupshup.io/docs/webhook-key-points
//
// Four of them shape everything.
//
// A message has two ids: the one Gupshup answers with (gsId), which is ours, and
// WhatsApp's. Statuses carry them in changing places, see status.go.
//
// There is no idempotency key, and no field of ours comes back in a status. So
// nothing ever clears the doubt about a call whose answer was lost.
//
// A template is sent by its id at Gupshup, not by name and language. The setting
// templates says which is which.
//
// Webhooks are not signed. They bring a secret of ours, see webhook.Secret.
//
// It cannot send to people who hide their phone number (BSUID): Gupshup has
// announced that, no more.
//
// Description says what it must be told.
package gupshup

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Driver is one app, which is one WhatsApp number, at Gupshup.
type Driver struct {
	settings  channel.Settings
	client    *http.Client
	header    http.Header
	baseURL   string
	app       string
	appID     string
	source    string
	templates map[string]string // ids by name/language
	secret    webhook.Secret
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.WhatsApp && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be whatsapp: this driver carries nothing else")
	}
	d := &Driver{settings: settings, client: settings.HTTPClient()}
	var err error
	if d.app, err = settings.Require("app", "Gupshup > WhatsApp > your app, at the top (its name)"); err != nil {
		return nil, err
	}
	if d.appID, err = settings.Require("app_id", "Gupshup > WhatsApp > your app > Settings (App ID)"); err != nil {
		return nil, err
	}
	if d.source, err = settings.Require("source", "Gupshup > WhatsApp > your app (its phone number, with the country's code)"); err != nil {
		return nil, err
	}
	if d.source = strings.TrimPrefix(d.source, "+"); !digits.MatchString(d.source) {
		return nil, settings.Refuse("settings.source", "must be the app's phone number with the country's code, digits only, such as 5511987654321")
	}
	if d.templates, err = templateIDs(settings); err != nil {
		return nil, err
	}
	key, err := settings.Credential("api_key", "Gupshup > your account > API key")
	if err != nil {
		return nil, err
	}
	if d.baseURL, err = settings.BaseURL("https://api.gupshup.io"); err != nil {
		return nil, err
	}
	if d.secret, err = webhook.NewSecret(settings, "Gupshup > WhatsApp > your app > Webhooks"); err != nil {
		return nil, err
	}
	d.header = channel.JSONHeader("Apikey", key)
	d.header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d, nil
}

var (
	digits = regexp.MustCompile(`^\d{5,20}$`)
	uuid   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// templateIDs reads the setting templates.
func templateIDs(settings channel.Settings) (map[string]string, error) {
	ids := map[string]string{}
	for pair := range strings.FieldsFuncSeq(settings.Value("templates", ""), func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }) {
		key, id, _ := strings.Cut(pair, "=")
		name, language, _ := strings.Cut(key, "/")
		if name == "" || language == "" || !uuid.MatchString(id) {
			return nil, settings.Refuse("settings.templates", "must be pairs such as appointment_confirm/pt_BR=4dacef15-6c04-12db-b393-6190ac567eff, separated by commas; the id stands in Gupshup > WhatsApp > your app > Templates. This one is not: "+pair)
		}
		ids[templateKey(name, language)] = id
	}
	return ids, nil
}

func templateKey(name, language string) string {
	return name + "/" + strings.ReplaceAll(language, "-", "_")
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.WhatsApp)
	limits.Idempotency, limits.Departs = channel.None, true
	limits.Pace.PerSecond = 20 // of one app: cautious, for Gupshup publishes no number; a 429 lowers it
	limits.Reactions = true    // docs.gupshup.io/docs/outbound-reactions
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	path, form, err := d.form(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, failure := channel.Post(ctx, d.client, http.MethodPost, d.baseURL+path, d.header, []byte(form.Encode()), out.Departing)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	return read(answer)
}

// appURL is the app's own record at Gupshup.
func (d *Driver) appURL() string { return d.baseURL + "/wa/app/" + url.PathEscape(d.appID) }
