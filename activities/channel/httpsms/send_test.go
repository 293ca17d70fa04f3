package httpsms_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/httpsms"
	"jornada/engine"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func readAll(r *http.Request) []byte {
	all, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	return all
}

var phone = engine.Address{Kind: engine.Phone, Value: "+5511987654321"}

func fail(class channel.Class, doubt channel.Doubt, code string) *channeltest.Failure {
	return &channeltest.Failure{Class: class, Doubt: doubt, Code: code}
}

// TestExample plays the aggregator of docs/channels/http.md.
func TestExample(t *testing.T) {
	hello := channel.Outbound{Ref: "msg_1", To: phone, Content: engine.Content{Text: `Olá "Ana" \ ✅`}}
	want := &channeltest.Request{Method: "POST", Path: "/v2/envios", JSON: `{"celular": "5511987654321", "mensagem": "Olá \"Ana\" \\ ✅", "referencia": "msg_1"}`,
		Header: map[string]string{"X-Chave": "k3y", "Content-Type": "application/json"}}
	says := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	channeltest.Outgoing(t, httpsms.New, elsewhere(t), []channeltest.OutgoingCase{
		{Name: "accepted", Out: hello, Want: want, Answer: says(200, `{"codigo": "000", "id": 123456789012345678}`), Receipt: channel.Receipt{ProviderID: "123456789012345678"}},
		{Name: "opted out", Out: hello, Want: want, Answer: says(200, `{"codigo": "411"}`), Failure: &channeltest.Failure{Class: channel.Suppress, Code: "411", Message: "the person opted out of messages from this sender, or stands on its block list"}},
		{Name: "invalid", Out: hello, Want: want, Answer: says(400, `{"codigo": 410}`), Failure: fail(channel.SwitchChannel, channel.Certain, "410")},
		{Name: "key", Out: hello, Want: want, Answer: says(400, `{"codigo": "401"}`), Failure: fail(channel.Reauth, channel.Certain, "401")},
		{Name: "credit", Out: hello, Want: want, Answer: says(400, `{"codigo": "402"}`), Failure: fail(channel.StopSender, channel.Certain, "402")},
		{Name: "too fast", Out: hello, Want: want, Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "5"}}, Failure: &channeltest.Failure{Class: channel.Throttle, RetryAfter: 5e9}},
		{Name: "their trouble, named", Out: hello, Want: want, Answer: says(500, `{"codigo": "500"}`), Failure: fail(channel.RetryLater, channel.Unclear, "500")},
		{Name: "a refusal as 500", Out: hello, Want: want, Answer: says(500, `{"codigo": "411"}`), Failure: fail(channel.Suppress, channel.Certain, "411")},
		{Name: "an unknown code", Out: hello, Want: want, Answer: says(200, `{"codigo": "499"}`), Failure: fail(channel.FixRequest, channel.Certain, "499")},
		{Name: "the page of a proxy", Out: hello, Want: want, Answer: says(200, `<html>Acesso</html>`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "success without an id", Out: hello, Want: want, Answer: says(200, `{"codigo": "000"}`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "an id that is none", Out: hello, Want: want, Answer: says(200, `{"codigo": "000", "id": {"a": 1}}`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "503", Out: hello, Want: want, Answer: says(503, ""), Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "reset after the request", Out: hello, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "half an answer", Out: hello, Want: want, Answer: channeltest.Answer{Body: `{"codigo":`, Truncate: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "redirect", Out: hello, Want: want, Answer: channeltest.Answer{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "nobody there", Values: map[string]string{"base_url": "http://127.0.0.1:1"}, Out: hello, Failure: fail(channel.RetryLater, channel.Certain, "")},
		{Name: "no number", Out: channel.Outbound{To: engine.Address{Kind: engine.WAID, Value: "5511"}, Content: engine.Content{Text: "x"}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "no text", Out: channel.Outbound{To: phone}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "too long", Values: map[string]string{"text_max": "160"}, Out: channel.Outbound{To: phone, Content: engine.Content{Text: strings.Repeat("á", 161)}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "everything becomes text", Out: channel.Outbound{Ref: "r", To: phone, Content: engine.Content{Text: "Podemos?", Footer: "F", Media: &engine.MediaLink{Kind: "image", URL: "https://x/m"}, Choices: []engine.Choice{{ID: "a", Title: "Sim"}}}},
			Want: &channeltest.Request{JSON: `{"celular": "5511987654321", "mensagem": "Podemos?\nhttps://x/m\nF\n1. Sim", "referencia": "r"}`}, Answer: says(200, `{"codigo": "000", "id": 1}`), Receipt: channel.Receipt{ProviderID: "1"}},
	})
}

func TestOtherManners(t *testing.T) {
	hello := channel.Outbound{Ref: "msg_1", To: phone, Content: engine.Content{Text: "R&D < 5% + x"}}
	ours := channel.Receipt{ProviderID: "msg_1"}
	run := func(name string, s channel.Settings, cases ...channeltest.OutgoingCase) {
		delete(s.Values, "base_url")
		t.Run(name, func(t *testing.T) { channeltest.Outgoing(t, httpsms.New, s, cases) })
	}
	get := &channeltest.Request{Method: "GET", Path: "/http/+5511987654321/send", Query: url.Values{"msg": {"R&D < 5% + x"}, "from": {"Clínica"}, "pw": {"p&w"}, "id": {"msg_1"}}}
	run("a query that answers in words",
		small("method", "get", "body", "", "from", "Clínica", "secret:pw", "p&w", "path", "/http/{to}/send?from={from}&msg={text}&pw={secret.pw}&id={id}",
			"success_pattern", `^OK`, "id_pattern", `^OK;(\d+)`, "error_pattern", `^ERR;(\d+)`, "error.suppress", "^9$", "error.throttle", "flood"),
		channeltest.OutgoingCase{Name: "accepted", Out: hello, Want: get, Answer: channeltest.Answer{Body: "OK;42\n"}, Receipt: channel.Receipt{ProviderID: "42"}},
		channeltest.OutgoingCase{Name: "refused by a code", Out: hello, Want: get, Answer: channeltest.Answer{Body: "ERR;9"}, Failure: fail(channel.Suppress, channel.Certain, "9")},
		channeltest.OutgoingCase{Name: "refused in words", Out: hello, Want: get, Answer: channeltest.Answer{Body: "Flood control"}, Failure: fail(channel.Throttle, channel.Certain, "")},
		channeltest.OutgoingCase{Name: "a code nobody knows", Out: hello, Want: get, Answer: channeltest.Answer{Body: "ERR;7"}, Failure: fail(channel.FixRequest, channel.Unclear, "7")},
		channeltest.OutgoingCase{Name: "reset", Out: hello, Want: get, Answer: channeltest.Answer{Reset: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")})
	run("a form with basic authorization",
		small("format", "form", "body", "dest={to}&msg={text}&ref={id}", "to_format", "national", "auth_user", "u", "secret:auth_password", "p", "success_status", "202", "path", "/sms"),
		channeltest.OutgoingCase{Name: "accepted", Out: hello, Answer: channeltest.Answer{Status: 202}, Receipt: ours,
			Want: &channeltest.Request{Method: "POST", Path: "/sms", Form: url.Values{"dest": {"11987654321"}, "msg": {"R&D < 5% + x"}, "ref": {"msg_1"}},
				Header: map[string]string{"Authorization": "Basic dTpw", "Content-Type": "application/x-www-form-urlencoded"}}},
		channeltest.OutgoingCase{Name: "200 is not what was agreed", Out: hello, Want: &channeltest.Request{}, Answer: channeltest.Answer{}, Failure: fail(channel.FixRequest, channel.Unclear, "")},
		channeltest.OutgoingCase{Name: "401", Out: hello, Want: &channeltest.Request{}, Answer: channeltest.Answer{Status: 401}, Failure: fail(channel.Reauth, channel.Certain, "")},
		channeltest.OutgoingCase{Name: "another country", Out: channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+12025550143"}, Content: engine.Content{Text: "x"}}, Failure: fail(channel.SwitchChannel, channel.Certain, "")})
	run("XML, and any value is a success",
		small("format", "xml", "method", "PUT", "body", `<?xml version="1.0"?><sms to="{to}"><text>{text}</text></sms>`, "header.content-type", "text/xml", "header.X-Ref", "ref {id}", "success_path", "data.0.ok"),
		channeltest.OutgoingCase{Name: "accepted", Out: hello, Answer: channeltest.Answer{Body: `{"data": [{"ok": true}]}`}, Receipt: ours,
			Want: &channeltest.Request{Method: "PUT", Header: map[string]string{"Content-Type": "text/xml", "X-Ref": "ref msg_1"}}},
		channeltest.OutgoingCase{Name: "nothing told", Out: hello, Want: &channeltest.Request{}, Answer: channeltest.Answer{Body: `{"data": []}`}, Failure: fail(channel.FixRequest, channel.Unclear, "")})
}
