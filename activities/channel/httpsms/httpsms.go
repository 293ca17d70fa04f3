// Package httpsms is SMS through any gateway that is called over HTTP, described
// by settings instead of code: the provider "http". Most aggregators of Brazil
// and elsewhere are one request with a number and a text, an answer with an id,
// and a call back for every status and reply; what differs is how each of them
// spells it.
//
// A request is a method, an address, headers and a body (JSON, a form or XML)
// with placeholders: {to}, {from}, {text}, {id} (our reference) and
// {secret.<name>}. A value is escaped for the place where it stands, and New
// tries every template with a text full of quotes, so that no person's text can
// change the shape of a request.
//
// What it cannot do: sign requests, fetch tokens before sending, send several
// messages in one request, read webhooks in XML, or ask afterwards what became of
// a message. A gateway that needs one of these needs a driver of its own.
//
// Description says what it must be told.
package httpsms

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/sms"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Driver is one account at a gateway.
type Driver struct {
	settings channel.Settings
	client   *http.Client
	request  request
	answer   answers
	inbound  inbound
	writer   sms.Writer
}

// New makes a driver; its error names the setting and what is wrong with it.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.SMS && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be sms: this provider carries nothing else")
	}
	if err := known(settings); err != nil {
		return nil, err
	}
	request, err := newRequest(settings)
	if err != nil {
		return nil, err
	}
	answer, err := newAnswers(settings)
	if err != nil {
		return nil, err
	}
	inbound, err := newInbound(settings)
	if err != nil {
		return nil, err
	}
	if inbound.status.id.set() && !inbound.status.ref.set() && !answer.names() && !request.uses("id") {
		return nil, settings.Refuse("settings.status.id", "never belongs to a message of ours: set id_path or id_pattern, or send {id}")
	}
	textMax, err := number(settings, "text_max", channel.Limits(engine.SMS).TextMax)
	if err != nil {
		return nil, err
	}
	writer, err := sms.WriterOf(settings, textMax)
	if err != nil {
		return nil, err
	}
	client := settings.HTTPClient()
	if request.method == http.MethodGet {
		if client.Transport == nil { // http.DefaultTransport has connections of others
			client.Transport = channel.NewClient().Transport
		}
		client.Transport = once{client.Transport}
	}
	return &Driver{settings: settings, client: client, request: request, answer: answer, inbound: inbound, writer: writer}, nil
}

// once closes every connection after one request. net/http resends a GET by
// itself when a kept-alive connection is reset (Request.isReplayable), and a GET
// that sends a message would send it twice; on a connection of its own it never
// does.
type once struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	closing := r.WithContext(r.Context())
	closing.Close = true
	return o.next.RoundTrip(closing)
}

// Capabilities implements channel.Sender. A gateway that repeats our reference in
// its statuses clears a doubt; one that does not leaves it.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.SMS)
	limits.TextMax, limits.ReportsStatus, limits.Departs = d.writer.Max, d.inbound.status.word.set(), true
	limits.Idempotency, limits.SmartEncoding = channel.None, d.writer.Smart
	if d.request.uses("id") && (d.inbound.status.ref.set() || d.inbound.status.id.set() && !d.answer.names()) {
		limits.Idempotency = channel.EchoesRef
	}
	return limits
}

// Send implements channel.Sender: one request, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	if out.To.Kind != engine.Phone || out.To.Value == "" {
		return channel.Receipt{}, refusal.Wrong("an SMS needs a phone number; this contact has none")
	}
	text, err := d.writer.Text(out.Content)
	if err != nil {
		return channel.Receipt{}, err
	}
	to, err := d.request.number(out.To.Value)
	if err != nil {
		return channel.Receipt{}, err
	}
	ready := d.request.fill(values{"to": to, "text": text, "id": out.Ref})
	if len(ready.body) == 0 { // Post announces the departure of a body only
		if err := out.Departing(); err != nil {
			return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Err: err, Message: "the message was held back before it was handed over"}
		}
	}
	answer, failure := channel.Post(ctx, d.client, d.request.method, ready.address, ready.header, ready.body, out.Departing)
	if failure != nil {
		return channel.Receipt{}, hide(failure)
	}
	id, failure := d.answer.judge(answer)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	if !d.answer.names() {
		id = out.Ref
	}
	return channel.Receipt{ProviderID: id}, nil
}

// hide takes the address out of a failed call: it may hold the number, the text
// and a password.
func hide(failure *channel.SendError) *channel.SendError {
	var withAddress *url.Error
	if errors.As(failure.Err, &withAddress) {
		failure.Err = withAddress.Err
		if failure.Detail != "" {
			failure.Detail = withAddress.Err.Error()
		}
	}
	return failure
}

// Classify implements channel.Classifier.
func (d *Driver) Classify(code string) channel.Class {
	if class, known := d.answer.class(code); known {
		return class
	}
	return channel.FixRequest
}

// Test implements channel.Tester: it reads test_path. Without one it can only
// find out whether anybody is there, by a request that asks for nothing.
func (d *Driver) Test(ctx context.Context) error {
	method, ready := http.MethodGet, d.request.probe()
	if ready.address == "" {
		method, ready.address = http.MethodOptions, d.request.base
	}
	answer, failure := channel.Call(ctx, d.client, method, ready.address, ready.header, nil)
	if failure != nil {
		why := refusal.Unanswered(failure.Err, "base_url")
		return engine.Told(engine.Unavailable, diag.Text{En: "the gateway could not be reached: " + why.En, Pt: "não foi possível falar com o gateway: " + why.Pt})
	}
	switch {
	case answer.Status == http.StatusUnauthorized, answer.Status == http.StatusForbidden:
		return engine.Told(engine.Invalid, diag.T("the gateway does not accept the credentials (HTTP %d); check the secrets and the settings header.… and auth_user",
			"o gateway não aceita as credenciais (HTTP %d); confira os secrets e as configurações header.… e auth_user", answer.Status))
	case method == http.MethodOptions:
		return engine.Told(engine.Invalid, diag.T("the gateway's server answers (HTTP %d), but whether it accepts the credentials shows only when a message is sent; set test_path to an address that only reads, such as the balance",
			"o servidor do gateway responde (HTTP %d), mas só ao enviar uma mensagem se vê se ele aceita as credenciais; aponte test_path para um endereço que só consulta, como o do saldo", answer.Status))
	case answer.Status >= 500, answer.Status == http.StatusTooManyRequests:
		return engine.Told(engine.Unavailable, diag.T("the gateway does not answer well just now (HTTP %d); try again later", "o gateway não está respondendo bem agora (HTTP %d); tente mais tarde", answer.Status))
	case !answer.Succeeded():
		return engine.Told(engine.Invalid, diag.T("the gateway answers test_path with HTTP %d; check base_url and test_path", "o gateway responde a test_path com HTTP %d; confira base_url e test_path", answer.Status))
	}
	return nil
}

// basic is the value of an Authorization header.
func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// zone reads the setting time_zone.
func zone(settings channel.Settings) (*time.Location, error) {
	name := settings.Value("time_zone", "UTC")
	location, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, settings.Refuse("settings.time_zone", "must be the name of a time zone such as America/Sao_Paulo")
	}
	return location, nil
}
