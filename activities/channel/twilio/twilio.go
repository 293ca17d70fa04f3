// Package twilio is SMS through Twilio's Messages API.
//
// Facts and where they are published:
//
//   - sending: twilio.com/docs/messaging/api/message-resource
//   - signatures: twilio.com/docs/usage/webhooks/webhooks-security
//   - statuses: twilio.com/docs/messaging/guides/track-outbound-message-status
//   - what people write: twilio.com/docs/messaging/guides/webhook-request
//   - opting out: twilio.com/docs/messaging/tutorials/advanced-opt-out
//   - error codes: twilio.com/docs/api/errors
//
// There is no idempotency key. Our reference travels in the query of the
// StatusCallback address, which the signature covers, and comes back with every
// status.
//
// # Settings
//
//	account_sid            required; Twilio Console > Account info ("AC…")
//	from                   our number or short code, or
//	messaging_service_sid  a Messaging Service ("MG…"); one of the two is required
//	base_url               default https://api.twilio.com
//
// # Secrets
//
//	auth_token                    required; also signs the webhooks ("token" is accepted too)
//	api_key_sid, api_key_secret   used for sending instead of the auth token
package twilio

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/engine"
)

// bodyMax is the longest text Twilio takes, in characters (error 21617).
const bodyMax = 1600

// Driver is one Twilio sender.
type Driver struct {
	settings   channel.Settings
	client     *http.Client
	header     http.Header
	accountURL string
	sender     url.Values // From or MessagingServiceSid
	authToken  string
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.SMS && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be sms: this provider carries nothing else")
	}
	account, err := settings.Require("account_sid", "Twilio Console > Account info (it begins with AC)")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL("https://api.twilio.com")
	if err != nil {
		return nil, err
	}
	if settings.Secret("auth_token") == "" && settings.Secret("token") != "" {
		settings.Secrets = map[string]string{
			"auth_token": settings.Secret("token"), "api_key_sid": settings.Secret("api_key_sid"), "api_key_secret": settings.Secret("api_key_secret"),
		}
	}
	token, err := settings.RequireSecret("auth_token", "Twilio Console > Account info > Auth Token; it also proves that webhooks are Twilio's")
	if err != nil {
		return nil, err
	}
	user, password := account, token
	if key := settings.Secret("api_key_sid"); key != "" {
		secret, err := settings.RequireSecret("api_key_secret", "Twilio Console > API keys, shown once when the key is made")
		if err != nil {
			return nil, err
		}
		user, password = key, secret
	}
	sender := url.Values{}
	switch from, service := settings.Value("from", ""), settings.Value("messaging_service_sid", ""); {
	case service != "":
		sender.Set("MessagingServiceSid", service)
	case from != "":
		sender.Set("From", from)
	default:
		return nil, settings.Refuse("settings.from", "is missing; set it to a number of yours (Twilio Console > Phone Numbers), or set messaging_service_sid")
	}
	header := http.Header{}
	header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	header.Set("Accept", "application/json")
	header.Set("User-Agent", "jornada/1.0")
	return &Driver{
		settings: settings, client: settings.HTTPClient(), header: header, sender: sender, authToken: token,
		accountURL: base + "/2010-04-01/Accounts/" + url.PathEscape(account),
	}, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.SMS)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	form, err := d.form(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, failure := channel.Post(ctx, d.client, http.MethodPost, d.accountURL+"/Messages.json", d.header, []byte(form.Encode()), out.Departing)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	if answer.Status < 200 || answer.Status > 299 {
		return channel.Receipt{}, refusal(answer)
	}
	var accepted struct {
		SID string `json:"sid"`
	}
	if err := json.Unmarshal(answer.Body, &accepted); err != nil || accepted.SID == "" {
		return channel.Receipt{}, &channel.SendError{
			Class: channel.FixRequest, Doubt: channel.Unclear, Err: err,
			Message: "Twilio answered with success but without a message id; it may or may not have taken the message (check base_url)",
		}
	}
	return channel.Receipt{ProviderID: accepted.SID}, nil
}

// form is the request for one message. Choices become numbered lines, unless
// the author's text lists them; a picture becomes its address.
func (d *Driver) form(out channel.Outbound) (url.Values, error) {
	if out.To.Kind != engine.Phone || out.To.Value == "" {
		return nil, wrong("an SMS needs a phone number; this contact has none")
	}
	text := channel.SMSText(out.Content)
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return nil, wrong("the message has no text")
	case n > bodyMax:
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the text is longer than the 1,600 characters Twilio takes; shorten it"}
	}
	form := url.Values{"To": {out.To.Value}, "Body": {text}}
	maps.Copy(form, d.sender)
	callback := out.StatusURL
	if callback == "" {
		callback = d.settings.PublicURL
	}
	if u, err := url.Parse(callback); err == nil && u.Host != "" {
		if out.Ref != "" {
			query := u.Query()
			query.Set("ref", out.Ref)
			u.RawQuery = query.Encode()
		}
		form.Set("StatusCallback", u.String())
	}
	return form, nil
}

func wrong(message string) error {
	return &channel.SendError{Class: channel.FixRequest, Message: message}
}

// Test implements channel.Tester: it reads the account's own record.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.accountURL+".json", d.header, nil)
	if failure != nil {
		return engine.Errorf(engine.Unavailable, "Twilio could not be reached: %s", failure.Message)
	}
	if answer.Status != http.StatusOK {
		failure := refusal(answer)
		if failure.Class == channel.Reauth {
			return engine.Errorf(engine.Invalid, "Twilio does not accept the credentials (%s); copy account_sid and auth_token again from Twilio Console > Account info", failure.Error())
		}
		return engine.Errorf(engine.Invalid, "Twilio refused to show the account (%s); check account_sid and base_url", failure.Error())
	}
	var account struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(answer.Body, &account); err != nil {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like Twilio's API; check base_url")
	}
	if account.Status != "" && account.Status != "active" {
		return engine.Errorf(engine.Invalid, "the Twilio account is %s; open Twilio Console to activate it", account.Status)
	}
	return nil
}
