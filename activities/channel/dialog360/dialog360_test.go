package dialog360_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/dialog360"
	"jornada/engine"
)

const (
	number   = "106540352242922" // the phone_number_id of Meta's published examples
	accepted = `{"messaging_product":"whatsapp","contacts":[{"input":"+16505551234","wa_id":"16505551234"}],"messages":[{"id":"wamid.A"}]}`
)

// stage is where these tests play.
var stage = channeltest.Stage{New: dialog360.New, Settings: channel.Settings{
	IntegrationID: "wa-360", Channel: engine.WhatsApp,
	Values:  map[string]string{"phone_number_id": number},
	Secrets: map[string]string{"api_key": "demo-key", "webhook_secret": "a secret of our own"},
}}

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.Refuses(t, map[string]channeltest.SettingCase{
		"number":      {Change: func(s *channel.Settings) { delete(s.Values, "phone_number_id") }, Field: "settings.phone_number_id", Want: "is missing; you find it in 360dialog Hub"},
		"phone":       {Change: func(s *channel.Settings) { s.Values["phone_number_id"] = "+5511987654321" }, Field: "settings.phone_number_id", Want: "must be the number's id (digits), not the phone number itself"},
		"key":         {Change: func(s *channel.Settings) { delete(s.Secrets, "api_key") }, Field: "secrets.api_key", Want: "is missing; you find it in 360dialog Hub under your number (API key)"},
		"two lines":   {Change: func(s *channel.Settings) { s.Secrets["api_key"] = "a\nb" }, Field: "secrets.api_key", Want: "must be one line"},
		"base_url":    {Change: func(s *channel.Settings) { s.Values["base_url"] = "waba-v2.360dialog.io" }, Field: "settings.base_url", Want: "such as https://waba-v2.360dialog.io"},
		"no secret":   {Change: func(s *channel.Settings) { delete(s.Secrets, "webhook_secret") }, Field: "secrets.webhook_secret", Want: "Channel Webhook, as the header X-Jornada-Secret"},
		"weak secret": {Change: func(s *channel.Settings) { s.Secrets["webhook_secret"] = "123456" }, Field: "secrets.webhook_secret", Want: "fewer than 16 characters"},
		"preview":     {Change: func(s *channel.Settings) { s.Values["preview_url"] = "yes" }, Field: "settings.preview_url", Want: "must be auto, always or never"},
		"channel":     {Change: func(s *channel.Settings) { s.Channel = engine.SMS }, Field: "channel", Want: "must be whatsapp"},
	})
}

func TestSend(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	request := func(rest string) *channeltest.Request {
		return &channeltest.Request{
			Method: "POST", Path: "/messages",
			Header: map[string]string{"D360-API-KEY": "demo-key", "Authorization": "", "Content-Type": "application/json"},
			JSON:   `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+5511987654321",` + rest + `}`,
		}
	}
	receipt := channel.Receipt{ProviderID: "wamid.A", Recipient: []engine.Address{{Kind: engine.WAID, Value: "16505551234"}}}
	ok := channeltest.Answer{Body: accepted}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text with our reference", Out: channel.Outbound{Ref: "msg_1", To: phone, Content: engine.Content{Text: "Oi"}}, Answer: ok, Receipt: receipt,
			Want: request(`"biz_opaque_callback_data":"msg_1","type":"text","text":{"body":"Oi","preview_url":false}`)},
		{Name: "template", Out: channel.Outbound{To: phone, Content: engine.Content{Template: "hello", Language: "pt-BR", Order: []string{"name"}, Params: map[string]string{"name": "Ana"}}}, Answer: ok, Receipt: receipt,
			Want: request(`"type":"template","template":{"name":"hello","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}`)},
		{Name: "buttons", Out: channel.Outbound{To: phone, Content: engine.Content{Text: "?", Choices: []engine.Choice{{ID: "y", Title: "Sim", Payload: "jr1|y"}}}}, Answer: channeltest.Answer{Status: 201, Body: accepted}, Receipt: receipt,
			Want: request(`"type":"interactive","interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":[{"type":"reply","reply":{"id":"jr1|y","title":"Sim"}}]}}`)},
		{Name: "nobody", Out: channel.Outbound{Content: engine.Content{Text: "Oi"}}, Answer: ok,
			Failure: &channeltest.Failure{Class: channel.FixRequest, Message: "the message has no recipient"}},
	})
}

// TestAnswers: what 360dialog says itself, and what it hands on from Meta.
func TestAnswers(t *testing.T) {
	out := channel.Outbound{Ref: "r", To: engine.Address{Kind: engine.WAID, Value: "16505551234"}, Content: engine.Content{Text: "Oi"}}
	want := &channeltest.Request{Method: "POST"}
	own := func(status int, said string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: `{"meta":{"success":false,"http_code":400,"developer_message":"` + said + `","360dialog_trace_id":"TOZFYLoh3xrUq2FsREQ"}}`}
	}
	is := func(class channel.Class, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Code: code}
	}
	unclear := &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "wrong key", Out: out, Want: want, Answer: own(401, "Invalid api_key"), Failure: &channeltest.Failure{Class: channel.Reauth,
			Message: "360dialog does not accept the API key; generate a new one in 360dialog Hub and save it as the secret api_key: Invalid api_key"}},
		{Name: "401 without a body", Out: out, Want: want, Answer: channeltest.Answer{Status: 401}, Failure: is(channel.Reauth, "")},
		{Name: "rate limit as a 400", Out: out, Want: want, Answer: own(400, "You have exceeded the endpoint rate limit."), Failure: is(channel.Throttle, "")},
		{Name: "429", Out: out, Want: want, Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "3"}, Body: `slow down`},
			Failure: &channeltest.Failure{Class: channel.Throttle, RetryAfter: 3 * time.Second}},
		{Name: "unpaid", Out: out, Want: want, Answer: own(400, "Could not send message due to lack of payment. Messaging can resume once overdue invoices towards 360dialog are settled."), Failure: is(channel.StopSender, "")},
		{Name: "disabled", Out: out, Want: want, Answer: own(400, "Your WhatsApp for Business API has been disabled"), Failure: is(channel.StopSender, "")},
		{Name: "blocked endpoint", Out: out, Want: want, Answer: own(403, "The endpoint is blocked"), Failure: is(channel.StopSender, "")},
		{Name: "another complaint", Out: out, Want: want, Answer: channeltest.Answer{Status: 400, Body: `{"detail":"no such field for +5511987654321"}`}, Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: "360dialog refused the message as wrong: no such field for •••"}},
		{Name: "a complaint as plain text", Out: out, Want: want, Answer: channeltest.Answer{Status: 400, Body: `{"error":"bad"}`}, Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: "360dialog refused the message as wrong: bad"}},
		{Name: "404", Out: out, Want: want, Answer: channeltest.Answer{Status: 404, Body: `<html>`}, Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: "the address in base_url does not know 360dialog's API; check base_url"}},
		{Name: "redirect", Out: out, Want: want, Answer: channeltest.Answer{Status: 302, Header: map[string]string{"Location": "/x"}}, Failure: is(channel.FixRequest, "")},
		{Name: "500", Out: out, Want: want, Answer: own(500, "Internal server error"), Failure: unclear},
		{Name: "502", Out: out, Want: want, Answer: own(502, "WhatsApp for Business API not available"), Failure: unclear},
		{Name: "Meta's error", Out: out, Want: want, Answer: channeltest.Answer{Status: 400, Body: `{"error":{"code":131047,"message":"(#131047) Re-engagement message"}}`}, Failure: is(channel.UseTemplate, "131047")},
		{Name: "Meta's error inside", Out: out, Want: want, Answer: channeltest.Answer{Status: 400, Body: `{"meta":{"developer_message":"Invalid payload","error":"{\"error\":{\"message\":\"Invalid parameter\",\"type\":\"OAuthException\",\"code\":132001}}"}}`}, Failure: is(channel.FixTemplate, "132001")},
		{Name: "200 without an id", Out: out, Want: want, Answer: channeltest.Answer{Body: `{}`}, Failure: &channeltest.Failure{Class: channel.FixRequest, Doubt: channel.Unclear}},
		{Name: "reset", Out: out, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: unclear},
		{Name: "no answer", Out: out, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: unclear},
	})
}

// TestErrorTable: Meta's codes mean the same here, as an answer and in a status.
func TestErrorTable(t *testing.T) {
	var table struct {
		Errors []struct {
			Code  json.RawMessage
			HTTP  int
			Class channel.Class
		}
	}
	channeltest.Load(t, "wa-errors.json", &table)
	classifier := stage.Open(t).(channel.Classifier)
	for _, e := range table.Errors {
		code := strings.Trim(string(e.Code), `"`)
		if code == "200-299" {
			code = "230"
		}
		if got := classifier.Classify(code); got != e.Class {
			t.Errorf("%s as a status: %s, want %s", code, got, e.Class)
		}
		_, provider := stage.Serve(t, channeltest.Answer{Status: e.HTTP, Body: `{"error":{"code":` + code + `}}`})
		_, err := provider.Send(t.Context(), channel.Outbound{To: engine.Address{Kind: engine.WAID, Value: "1"}, Content: engine.Content{Text: "Oi"}})
		var failure *channel.SendError
		if !errors.As(err, &failure) || failure.Class != e.Class || failure.Code != code {
			t.Errorf("%s as an answer: %v, want %s", code, err, e.Class)
		}
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	state := func(messaging, rest string) channeltest.Answer {
		return channeltest.Answer{Body: `{"health_status":{"can_send_message":"` + messaging + `","entities":[{"entity_type":"PHONE_NUMBER","id":"` + number + `","can_send_message":"` + messaging + `"` + rest + `}]}}`}
	}
	stage.Trials(t, channeltest.Request{Path: "/health_status", Header: map[string]string{"D360-Api-Key": "demo-key"}}, map[string]channeltest.TrialCase{
		"works":          {Answer: state("AVAILABLE", ""), Want: ""},
		"limited":        {Answer: state("LIMITED", ""), Want: ""},
		"blocked":        {Answer: state("BLOCKED", ""), Want: "does not let this number send; open 360dialog Hub"},
		"blocked, why":   {Answer: state("BLOCKED", `,"errors":[{"error_code":141006,"error_description":"There is an error with the payment method.","possible_solution":"Add one."}]`), Want: "payment method. Add one."},
		"another number": {Answer: channeltest.Answer{Body: `{"health_status":{"can_send_message":"AVAILABLE","entities":[{"entity_type":"PHONE_NUMBER","id":"999"}]}}`}, Want: "belongs to the number with the id 999, but phone_number_id is " + number},
		"wrong key":      {Answer: channeltest.Answer{Status: 401, Body: `{"meta":{"developer_message":"Invalid api_key"}}`}, Want: "generate a new one"},
		"Meta's error":   {Answer: channeltest.Answer{Status: 400, Body: `{"error":{"code":100,"message":"Unsupported get request"}}`}, Want: "check phone_number_id"},
		"other server":   {Answer: channeltest.Answer{Body: `<html>`}, Want: "not like 360dialog's API"},
		"other JSON":     {Answer: channeltest.Answer{Body: `{}`}, Want: "not like 360dialog's API"},
		"odd success":    {Answer: channeltest.Answer{Status: 204}, Want: "not like 360dialog's API"},
	})
}
