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
// Description says what it must be told.
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
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Driver is one WhatsApp number.
type Driver struct {
	*Wire

	client      *http.Client
	header      http.Header
	base        string
	messagesURL string
	numberURL   string
	recordsURL  string // of files, before the id
	accountURL  string // of the WhatsApp Business Account, whose templates these are
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
		Wire: wire, client: settings.HTTPClient(), header: header, base: base, recordsURL: base + "/" + version + "/",
		messagesURL: base + "/" + strings.TrimLeft(settings.Value("messages_path", number+"/messages"), "/"),
		numberURL:   base + number,
		accountURL:  base + "/" + version + "/" + url.PathEscape(wire.wabaID),
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
		return company.Unreachable(failure, "base_url")
	}
	if answer.Status != http.StatusOK {
		return company.Judge(explain(answer), diag.T(
			"WhatsApp refused the credentials or the number %s ({said}); generate a new token with the permission whatsapp_business_messaging and save it as the secret token",
			"o WhatsApp recusou as credenciais ou o número %s ({said}); gere um novo token com a permissão whatsapp_business_messaging e salve-o como o secret token", d.phoneNumberID), diag.T(
			"WhatsApp refused the credentials or the number %s ({said}); check phone_number_id and version",
			"o WhatsApp recusou as credenciais ou o número %s ({said}); confira phone_number_id e version", d.phoneNumberID))
	}
	var number struct {
		ID text `json:"id"`
	}
	if err := json.Unmarshal(answer.Body, &number); err != nil {
		return refusal.Elsewhere("WhatsApp's API", "a API do WhatsApp")
	}
	return d.hook.Missing("WhatsApp > Configuration")
}

// text reads what Meta writes now as a string, now as a number.
type text = webhook.Text
