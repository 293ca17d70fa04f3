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
// Description says what it must be told.
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
	"jornada/dsl/diag"
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
	writer   sms.Writer

	marksRead bool
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
	marksRead, err := settings.MarksRead()
	if err != nil {
		return nil, err
	}
	writer, err := sms.WriterOf(settings, channel.Limits(engine.SMS).TextMax)
	if err != nil {
		return nil, err
	}
	return &Driver{
		marksRead: marksRead && settings.Channel == engine.WhatsApp,
		settings:  settings, client: settings.HTTPClient(), base: base, sender: sms.Digits(sender), secret: secret, writer: writer,
		header: channel.JSONHeader("Authorization", "App "+strings.TrimSpace(strings.TrimPrefix(key, "App "))),
	}, nil
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

// MarkRead implements channel.ReadMarker
// (…/whatsapp/whatsapp-inbound-messages/mark-whatsapp-message-as-read: 204).
func (d *Driver) MarkRead(ctx context.Context, providerID string) error {
	if !d.marksRead || providerID == "" {
		return nil
	}
	address := d.base + "/whatsapp/1/senders/" + url.PathEscape(d.sender) + "/message/" + url.PathEscape(providerID) + "/read"
	answer, failure := channel.Call(ctx, d.client, http.MethodPost, address, d.header, nil)
	switch {
	case failure != nil:
		return failure
	case !answer.Succeeded():
		return explain(answer)
	}
	return nil
}

// Media implements channel.MediaSource: the address that came with the message is
// Infobip's own, and opens with our key.
func (d *Driver) Media(ctx context.Context, m *engine.IncomingMessage) (channel.File, error) {
	if m.Media == nil || m.Media.URL == "" {
		return channel.File{}, channel.ErrNoMedia
	}
	return channel.FetchFile(ctx, d.client, m.Media.URL, d.base, d.header)
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
		return company.Unreachable(failure, "base_url")
	case answer.Status == http.StatusForbidden:
		return engine.Told(engine.Invalid, diag.T("Infobip knows the API key, but it may not be tested with it; give it the scope %s:manage in Infobip Portal > Developers > API keys, or go on without this test",
			"a Infobip conhece a chave de API, mas ela não permite o teste; dê a ela o escopo %s:manage em Infobip Portal > Developers > API keys, ou siga sem este teste", d.settings.Channel))
	case answer.Status != http.StatusOK:
		return company.Judge(explain(answer), diag.Text{
			En: "Infobip does not accept the API key ({said}); copy it again from Infobip Portal > Developers > API keys, and check base_url: a key works at its own address",
			Pt: "a Infobip não aceita a chave de API ({said}); copie-a de novo em Infobip Portal > Developers > API keys e confira base_url: uma chave funciona no endereço dela",
		}, diag.Text{En: "Infobip refused the test ({said}); check base_url and sender", Pt: "a Infobip recusou o teste ({said}); confira base_url e sender"})
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
		return refusal.Elsewhere("Infobip's API", "a API da Infobip")
	}
	if d.settings.Channel == engine.SMS {
		return nil
	}
	for _, r := range said.Results {
		switch {
		case sms.Digits(string(r.Sender)) != d.sender:
		case r.Status != "" && r.Status != "CONNECTED":
			return engine.Told(engine.Invalid, diag.T("the WhatsApp sender %s is %s; open Infobip Portal > Channels and Numbers > WhatsApp to settle it",
				"o remetente de WhatsApp %s está %s; abra Infobip Portal > Channels and Numbers > WhatsApp para resolver", d.sender, r.Status))
		default:
			return nil
		}
	}
	return engine.Told(engine.Invalid, diag.T("this Infobip account has no WhatsApp sender %s; set sender to a number of Infobip Portal > Channels and Numbers > WhatsApp",
		"esta conta da Infobip não tem o remetente de WhatsApp %s; ponha em sender um número de Infobip Portal > Channels and Numbers > WhatsApp", d.sender))
}
