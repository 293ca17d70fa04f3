// Package meta is WhatsApp through Meta's Cloud API. Its Wire serves the drivers
// of companies that speak the same JSON (package dialog360).
//
// Facts and where they are published, all under
// developers.facebook.com/documentation/business-messaging/whatsapp/:
//
//   - sending: messages/send-messages, reference/whatsapp-business-phone-number/message-api
//   - error codes: support/error-codes
//   - webhooks: webhooks/create-webhook-endpoint, webhooks/reference/messages,
//     webhooks/reference/messages/status
//   - people without a phone number: business-scoped-user-ids
//
// Two of them shape everything: HTTP 200 means only that Meta accepted the
// message, and there is no idempotency key, so a call whose answer is lost may
// have sent it. Our reference travels in biz_opaque_callback_data and comes back
// in every status, which is how such a doubt is cleared.
//
// # Settings
//
//	phone_number_id  required; WhatsApp Manager > API setup
//	waba_id          the WhatsApp Business Account; events of others are set aside
//	version          of the Graph API, default v23.0
//	base_url         default https://graph.facebook.com
//	preview_url      auto (default: when the text has a link), always, never
//	auth_header      default Authorization, with auth_prefix Bearer
//	messages_path    default /{version}/{phone_number_id}/messages
//
// auth_header and messages_path are for a gateway of one's own before Meta's API.
//
// # Secrets
//
//	token         required; a system user's token does not expire
//	app_secret    signs the webhooks; several, separated by commas, while rotating
//	verify_token  the words typed into Meta's webhook form
package meta

import (
	"context"
	"encoding/json"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/metahook"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Driver is one WhatsApp number.
type Driver struct {
	*Wire

	client      *http.Client
	header      http.Header
	messagesURL string
	numberURL   string
	hook        metahook.Hook
}

var versionPattern = regexp.MustCompile(`^v\d{1,3}\.\d{1,2}$`)

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.WhatsApp && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be whatsapp: this provider carries nothing else")
	}
	wire, err := NewWire(settings, "WhatsApp Manager > API setup, under the phone number")
	if err != nil {
		return nil, err
	}
	token, err := settings.Credential("token", "Business settings > System users > Generate token, with whatsapp_business_messaging")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL("https://graph.facebook.com")
	if err != nil {
		return nil, err
	}
	version := settings.Value("version", "v23.0")
	if !versionPattern.MatchString(version) {
		return nil, settings.Refuse("settings.version", "must look like v23.0")
	}
	header, err := authorization(settings, token)
	if err != nil {
		return nil, err
	}
	number := "/" + version + "/" + url.PathEscape(wire.phoneNumberID)
	return &Driver{
		Wire: wire, client: settings.HTTPClient(), header: header,
		messagesURL: base + "/" + strings.TrimLeft(settings.Value("messages_path", number+"/messages"), "/"),
		numberURL:   base + number,
		hook:        metahook.New(settings),
	}, nil
}

func authorization(settings channel.Settings, token string) (http.Header, error) {
	name, prefix := settings.Value("auth_header", ""), settings.Value("auth_prefix", "")
	if name == "" {
		name = "Authorization"
		if prefix == "" {
			prefix = "Bearer"
		}
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	if name == "Idempotency-Key" || name == "X-Idempotency-Key" {
		return nil, settings.Refuse("settings.auth_header", "must not be "+name+": the HTTP client would send messages twice after a lost connection")
	}
	value := strings.TrimSpace(prefix + " " + token)
	if strings.ContainsAny(name+value, "\r\n\x00") || strings.Contains(name, " ") {
		return nil, settings.Refuse("secrets.token", "must be one line; copy it again")
	}
	return channel.JSONHeader(name, value), nil
}

// Test implements channel.Tester: it reads the phone number's own record.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.numberURL+"?fields=display_phone_number,verified_name", d.header, nil)
	if failure != nil {
		return engine.Errorf(engine.Unavailable, "WhatsApp could not be reached: %s", failure.Message)
	}
	if answer.Status != http.StatusOK {
		failure := explain(answer)
		remedy := "check phone_number_id and version"
		if failure.Class == channel.Reauth {
			remedy = "generate a new token with the permission whatsapp_business_messaging and save it as the secret token"
		}
		return engine.Errorf(engine.Invalid, "WhatsApp refused the credentials or the number %s (%s); %s", d.phoneNumberID, failure.Error(), remedy)
	}
	var number struct {
		ID text `json:"id"`
	}
	if err := json.Unmarshal(answer.Body, &number); err != nil {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like WhatsApp's API; check base_url")
	}
	return d.hook.Missing("WhatsApp > Configuration")
}

// text reads what Meta writes now as a string, now as a number.
type text = webhook.Text
