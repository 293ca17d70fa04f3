// Package infobip is WhatsApp and SMS through Infobip.
//
// Facts and where they are published:
//
//   - WhatsApp: infobip.com/docs/api/channels/whatsapp (message/text, /template,
//     /interactive/buttons, /interactive/list, /image …; delivery reports, seen
//     reports, inbound messages)
//   - SMS: infobip.com/docs/api/channels/sms (POST /sms/3/messages, delivery
//     reports v3, inbound messages)
//   - statuses and errors: infobip.com/docs/essentials/api-essentials/response-status-and-error-codes
//   - which statuses are final: infobip.com/docs/developer-resources/api-fundamentals/message-status-codes
//
// Three of them shape the driver. HTTP 200 only means that Infobip took the
// message; and even then the status in the answer may already be a refusal. We
// choose the message's id: it is our reference, and comes back in every report.
// A repeated id is refused (REJECTED_DUPLICATE_MESSAGE_ID), but for how long
// Infobip remembers one is not published, so this is no idempotency key that a
// send could rely on: a lost answer is cleared up by reports, not by sending
// again. And nothing that Infobip sends us is signed: the address carries a
// secret of ours instead.
//
// What it cannot do: a WhatsApp list has no picture above it (its address goes
// into the text), SMS carries no media, and placeholders of a template go by their
// order, never by a name.
//
// # Settings
//
//	base_url        required; your own address, "xxxxx.api.infobip.com"
//	sender          required; the WhatsApp number, or the SMS number or name
//	webhook_header  see webhook.Secret
//
// # Secrets
//
//	api_key         required; Infobip Portal > Developers > API keys
//	webhook_secret  required; see webhook.Secret (the first goes into the address of reports)
package infobip

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// company is Infobip, as people know it.
var company = refusal.Company{Name: "Infobip", Console: "Infobip Portal"}

// Driver is one sender at Infobip.
type Driver struct {
	settings channel.Settings
	client   *http.Client
	header   http.Header
	base     string
	sender   string
	secret   webhook.Secret
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.WhatsApp && settings.Channel != engine.SMS {
		return nil, settings.Refuse("channel", "must be whatsapp or sms: this provider carries nothing else")
	}
	address, err := settings.Require("base_url", "Infobip Portal > home page > API base URL (xxxxx.api.infobip.com)")
	if err != nil {
		return nil, err
	}
	if !strings.Contains(address, "://") { // the portal shows it so
		settings.Values = maps.Clone(settings.Values)
		settings.Values["base_url"] = "https://" + address
	}
	base, err := settings.BaseURL("")
	if err != nil {
		return nil, settings.Refuse("settings.base_url", "must be an address such as https://xxxxx.api.infobip.com, without a user and without anything after ? or #")
	}
	sender, err := settings.Require("sender", "Infobip Portal > Channels and Numbers: the WhatsApp sender, or the SMS number or sender name")
	if err != nil {
		return nil, err
	}
	key, err := settings.Credential("api_key", "Infobip Portal > Developers > API keys, with the scope message:send")
	if err != nil {
		return nil, err
	}
	secret, err := webhook.NewSecret(settings, "Infobip Portal > Channels and Numbers > your sender > inbound configuration")
	if err != nil {
		return nil, err
	}
	return &Driver{
		settings: settings, client: settings.HTTPClient(), base: base, sender: sms.Digits(sender), secret: secret,
		header: channel.JSONHeader("Authorization", "App "+strings.TrimSpace(strings.TrimPrefix(key, "App "))),
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
	return receipt(answer)
}

// taken is what Infobip says about one message of a request.
type taken struct {
	MessageID webhook.Text `json:"messageId"`
	Status    state        `json:"status"`
}

// receipt reads the answer to a request of one message, which WhatsApp's single
// messages give bare, and templates and SMS in a list.
func receipt(answer *channel.Answer) (channel.Receipt, error) {
	var said struct {
		taken

		Messages []taken `json:"messages"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		return channel.Receipt{}, company.NoID(err)
	}
	first := said.taken
	if len(said.Messages) > 0 {
		first = said.Messages[0]
	}
	if first.Status.failed() {
		return channel.Receipt{}, rejected(first)
	}
	if first.MessageID == "" {
		return channel.Receipt{}, company.NoID(nil)
	}
	return channel.Receipt{ProviderID: string(first.MessageID)}, nil
}

// Test implements channel.Tester: it asks for the WhatsApp sender's standing, or
// for the length of an SMS that is not sent.
func (d *Driver) Test(ctx context.Context) error {
	method, path, body := http.MethodPost, "/sms/1/preview", []byte(`{"text":"Jornada"}`)
	if d.settings.Channel == engine.WhatsApp {
		method, path, body = http.MethodGet, "/whatsapp/1/senders/quality?senders="+url.QueryEscape(d.sender), nil
	}
	answer, failure := channel.Call(ctx, d.client, method, d.base+path, d.header, body)
	switch {
	case failure != nil:
		return engine.Errorf(engine.Unavailable, "Infobip could not be reached: %s", failure.Message)
	case answer.Status == http.StatusForbidden:
		return engine.Errorf(engine.Invalid, "Infobip knows the API key, but it may not be tested with it; give it the scope %s:manage in Infobip Portal > Developers > API keys, or go on without this test", d.settings.Channel)
	case answer.Status == http.StatusUnauthorized:
		return engine.Errorf(engine.Invalid, "Infobip does not accept the API key (%s); copy it again from Infobip Portal > Developers > API keys, and check base_url: a key works at its own address", explain(answer).Error())
	case answer.Status != http.StatusOK:
		return engine.Errorf(engine.Invalid, "Infobip refused the test (%s); check base_url and sender", explain(answer).Error())
	}
	return d.standing(answer.Body)
}

// standing judges the answer to a test.
func (d *Driver) standing(body []byte) error {
	var said struct {
		Previews []json.RawMessage `json:"previews"`
		Results  []struct {
			Sender webhook.Text `json:"sender"`
			Status webhook.Text `json:"status"`
		} `json:"results"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Previews == nil && said.Results == nil {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like Infobip's API; check base_url")
	}
	if d.settings.Channel == engine.SMS {
		return nil
	}
	for _, r := range said.Results {
		switch {
		case sms.Digits(string(r.Sender)) != d.sender:
		case r.Status != "" && r.Status != "CONNECTED":
			return engine.Errorf(engine.Invalid, "the WhatsApp sender %s is %s; open Infobip Portal > Channels and Numbers > WhatsApp to settle it", d.sender, r.Status)
		default:
			return nil
		}
	}
	return engine.Errorf(engine.Invalid, "this Infobip account has no WhatsApp sender %s; set sender to a number of Infobip Portal > Channels and Numbers > WhatsApp", d.sender)
}
