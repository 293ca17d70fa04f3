// Package twilio is SMS and WhatsApp through Twilio's Messages API. One integration
// is one sender on one of the two channels.
//
// Facts and where they are published:
//
//   - sending: twilio.com/docs/messaging/api/message-resource
//   - signatures: twilio.com/docs/usage/webhooks/webhooks-security
//   - statuses: twilio.com/docs/messaging/guides/track-outbound-message-status
//   - what people write: twilio.com/docs/messaging/guides/webhook-request
//   - opting out: twilio.com/docs/messaging/tutorials/advanced-opt-out
//   - templates, buttons, lists: twilio.com/docs/content
//   - media on WhatsApp: twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
//   - error codes: twilio.com/docs/api/errors
//
// There is no idempotency key. Our reference travels in the query of the
// StatusCallback address, which the signature covers, and comes back with every
// status.
//
// On WhatsApp, whatever is more than text and media is a Content resource that was
// made beforehand and is named by its sid ("HX…"): templates, and also buttons and
// lists in an open conversation. The settings templates and choices say which is
// which; choices without a Content are numbered text. A message cannot quote
// another one.
//
// Description says what it must be told.
package twilio

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/engine"
)

// bodyMax is the longest text Twilio takes on any channel, in characters (error
// 21617).
const bodyMax = 1600

// whatsAppPrefix marks WhatsApp's addresses.
const whatsAppPrefix = "whatsapp:"

// Driver is one Twilio sender.
type Driver struct {
	settings   channel.Settings
	channel    engine.Channel
	client     *http.Client
	header     http.Header
	accountURL string
	contentURL string
	sender     url.Values // From or MessagingServiceSid
	authToken  string

	templates map[string]string // of WhatsApp: sids by name/language
	payloads  map[string]bool   // of WhatsApp: name/language of templates whose replies take our ids
	choices   map[string]string // of WhatsApp: sids by buttons_2, list_4, …
	writer    sms.Writer        // of SMS
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	d := &Driver{settings: settings, channel: settings.Channel, client: settings.HTTPClient(), header: http.Header{}}
	switch settings.Channel {
	case engine.SMS, engine.WhatsApp:
	case "":
		d.channel = engine.SMS
	default:
		return nil, settings.Refuse("channel", "must be sms or whatsapp: this provider carries nothing else")
	}
	account, err := settings.Require("account_sid", "Twilio Console > Account info (it begins with AC)")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL("https://api.twilio.com")
	if err != nil {
		return nil, err
	}
	if former := settings.Secret("token"); former != "" && settings.Secret("auth_token") == "" {
		settings.Secrets = map[string]string{
			"auth_token": former, "api_key_sid": settings.Secret("api_key_sid"), "api_key_secret": settings.Secret("api_key_secret"),
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
	d.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	d.header.Set("Content-Type", "application/x-www-form-urlencoded")
	d.header.Set("Accept", "application/json")
	d.header.Set("User-Agent", "jornada/1.0")
	d.authToken, d.accountURL, d.contentURL = token, base+"/2010-04-01/Accounts/"+url.PathEscape(account), contentHost(base)
	if d.sender, err = sender(settings, d.channel); err != nil {
		return nil, err
	}
	if d.channel == engine.SMS {
		if d.writer, err = sms.WriterOf(settings, bodyMax); err != nil {
			return nil, err
		}
		return d, nil
	}
	if d.templates, err = contents(settings, "templates", templateName, "appointment_confirm/pt_BR"); err != nil {
		return nil, err
	}
	if d.payloads, err = payloads(settings); err != nil {
		return nil, err
	}
	if d.choices, err = contents(settings, "choices", choicesName, "buttons_2"); err != nil {
		return nil, err
	}
	return d, nil
}

// whatsAppNumber is a sender of WhatsApp, without the prefix.
var whatsAppNumber = regexp.MustCompile(`^\+\d{5,20}$`)

// sender reads by whom messages leave.
func sender(settings channel.Settings, ch engine.Channel) (url.Values, error) {
	from, service := settings.Value("from", ""), settings.Value("messaging_service_sid", "")
	number, prefixed := strings.CutPrefix(from, whatsAppPrefix)
	switch {
	case service != "":
		return url.Values{"MessagingServiceSid": {service}}, nil
	case from == "" && ch == engine.WhatsApp:
		return nil, settings.Refuse("settings.from", "is missing; set it to your WhatsApp number (Twilio Console > Messaging > Senders > WhatsApp senders), or set messaging_service_sid")
	case from == "":
		return nil, settings.Refuse("settings.from", "is missing; set it to a number of yours (Twilio Console > Phone Numbers), or set messaging_service_sid")
	case ch == engine.SMS && prefixed:
		return nil, settings.Refuse("settings.from", "is a WhatsApp sender; set channel to whatsapp, or from to a number without whatsapp:")
	case ch == engine.SMS:
		return url.Values{"From": {from}}, nil
	case !whatsAppNumber.MatchString(number):
		return nil, settings.Refuse("settings.from", "must be a number such as +5511900001111 (Twilio Console > Messaging > Senders > WhatsApp senders)")
	}
	return url.Values{"From": {whatsAppPrefix + number}}, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(d.channel)
	limits.Idempotency, limits.Departs, limits.TextMax = channel.EchoesRef, true, bodyMax
	limits.SmartEncoding = d.writer.Smart // of SMS
	if d.channel == engine.WhatsApp {
		limits.Buttons, limits.ListRows = d.most("buttons_"), d.most("list_")
		// Of text, up to 50 on request (twilio.com/docs/whatsapp/best-practices-and-faqs).
		// What comes faster waits at Twilio, where nobody can stop it any more.
		limits.Pace.PerSecond = 10
	}
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	message, err := d.compose(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, failure := channel.Post(ctx, d.client, http.MethodPost, d.accountURL+"/Messages.json", d.header, []byte(message.form.Encode()), out.Departing)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	if answer.Status < 200 || answer.Status > 299 {
		return channel.Receipt{}, d.refusal(answer)
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

// composed is one message on the wire: the request, and what the person reads, by
// which a message is found again.
type composed struct {
	form url.Values
	says string
}

// compose writes the request for one message. Its errors are *channel.SendError:
// the message cannot be sent as it is, and nothing was called.
func (d *Driver) compose(out channel.Outbound) (composed, error) {
	write := d.sms
	if d.channel == engine.WhatsApp {
		write = d.whatsApp
	}
	message, err := write(out)
	if err != nil {
		return composed{}, err
	}
	maps.Copy(message.form, d.sender)
	if callback := d.callback(out); callback != "" {
		message.form.Set("StatusCallback", callback)
	}
	return message, nil
}

// callback is where the message's statuses go, with our reference.
func (d *Driver) callback(out channel.Outbound) string {
	address := out.StatusURL
	if address == "" {
		address = d.settings.PublicURL
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	if out.Ref != "" {
		query := u.Query()
		query.Set("ref", out.Ref)
		u.RawQuery = query.Encode()
	}
	return u.String()
}
