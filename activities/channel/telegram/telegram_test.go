package telegram_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/telegram"
	"jornada/engine"
)

const (
	token    = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
	secret   = "a_secret_of_our_own"
	accepted = `{"ok":true,"result":{"message_id":77,"date":1764160000,"chat":{"id":987654321,"type":"private"},"text":"Oi"}}`
)

var ana = engine.Address{Kind: engine.TelegramID, Value: "987654321"}

// stage is where these tests play.
var stage = channeltest.Stage{New: telegram.New, Settings: channel.Settings{
	IntegrationID: "tg", Channel: engine.Telegram, PublicURL: "https://example.com/webhooks/tg",
	Values:  map[string]string{"bot_username": "clinica_bot"},
	Secrets: map[string]string{"token": token, "webhook_secret": "older_secret_of_ours, " + secret},
}}

func TestSettingsNameTheirRemedy(t *testing.T) {
	stage.Refuses(t, map[string]channeltest.SettingCase{
		"token":       {Change: func(s *channel.Settings) { delete(s.Secrets, "token") }, Field: "secrets.token", Want: "is missing; you find it in Telegram: write /newbot or /token to @BotFather"},
		"odd token":   {Change: func(s *channel.Settings) { s.Secrets["token"] = "bot" + token }, Field: "secrets.token", Want: "must look like 123456:ABC-DEF"},
		"no secret":   {Change: func(s *channel.Settings) { delete(s.Secrets, "webhook_secret") }, Field: "secrets.webhook_secret", Want: "give it to setWebhook as secret_token"},
		"weak secret": {Change: func(s *channel.Settings) { s.Secrets["webhook_secret"] = "123456" }, Field: "secrets.webhook_secret", Want: "16 to 256"},
		"odd secret":  {Change: func(s *channel.Settings) { s.Secrets["webhook_secret"] = "with blanks in between" }, Field: "secrets.webhook_secret", Want: "letters, digits, _ and -"},
		"username":    {Change: func(s *channel.Settings) { s.Values["bot_username"] = "https://t.me/x" }, Field: "settings.bot_username", Want: "as @BotFather shows it"},
		"base_url":    {Change: func(s *channel.Settings) { s.Values["base_url"] = "api.telegram.org" }, Field: "settings.base_url", Want: "such as https://api.telegram.org"},
		"channel":     {Change: func(s *channel.Settings) { s.Channel = engine.SMS }, Field: "channel", Want: "must be telegram"},
	})
}

func choice(id, title, payload string) engine.Choice {
	return engine.Choice{ID: id, Title: title, Payload: payload}
}

func TestSend(t *testing.T) {
	request := func(method, rest string) *channeltest.Request {
		return &channeltest.Request{Method: "POST", Path: "/bot" + token + "/" + method, JSON: `{"chat_id":"987654321",` + rest + `}`}
	}
	ok, receipt := channeltest.Answer{Body: accepted}, channel.Receipt{ProviderID: "987654321:77"}
	long := "jr1|enr_01KB0000000000000000000000|confirm_the_appointment|0|confirmed"
	wrong := func(message string) *channeltest.Failure {
		return &channeltest.Failure{Class: channel.FixRequest, Message: message}
	}
	many := make([]engine.Choice, 11)
	for i := range many {
		many[i] = choice("o", "Opção", "jr1|e|s|0|o")
	}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "Oi *Ana*"}}, Answer: ok, Receipt: receipt,
			Want: request("sendMessage", `"text":"Oi *Ana*"`)},
		{Name: "a footer stands under the text", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "Oi", Footer: "Clínica"}}, Answer: ok, Receipt: receipt,
			Want: request("sendMessage", `"text":"Oi\n\nClínica"`)},
		{Name: "a reply", Out: channel.Outbound{To: ana, ReplyTo: "987654321:70", Content: engine.Content{Text: "Oi"}}, Answer: ok, Receipt: receipt,
			Want: request("sendMessage", `"text":"Oi","reply_parameters":{"message_id":70,"allow_sending_without_reply":true}`)},
		{Name: "buttons", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "Podemos confirmar?", Choices: []engine.Choice{choice("y", "Sim", "jr1|e|s|0|y"), choice("n", "Não", long)}}}, Answer: ok, Receipt: receipt,
			Want: request("sendMessage", `"text":"Podemos confirmar?","reply_markup":{"inline_keyboard":[[{"text":"Sim","callback_data":"jr1|e|s|0|y"}],[{"text":"Não","callback_data":"2"}]]}`)},
		{Name: "more choices than buttons", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "?", Choices: many}}, Answer: ok, Receipt: receipt,
			Want: request("sendMessage", `"text":"?\n1. Opção\n2. Opção\n3. Opção\n4. Opção\n5. Opção\n6. Opção\n7. Opção\n8. Opção\n9. Opção\n10. Opção\n11. Opção"`)},
		{Name: "a picture", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "O mapa", Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/m.png"}}}, Answer: ok, Receipt: receipt,
			Want: request("sendPhoto", `"photo":"https://example.com/m.png","caption":"O mapa"`)},
		{Name: "a document alone", Out: channel.Outbound{To: ana, Content: engine.Content{Media: &engine.MediaLink{Kind: "document", URL: "https://example.com/m.pdf"}}}, Answer: ok, Receipt: receipt,
			Want: request("sendDocument", `"document":"https://example.com/m.pdf"`)},
		{Name: "nobody", Out: channel.Outbound{Content: engine.Content{Text: "Oi"}}, Answer: ok, Failure: wrong("the message has no recipient")},
		{Name: "a phone", Out: channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "Oi"}}, Answer: ok,
			Failure: wrong(`Telegram cannot send to an address of the kind "phone"; it needs telegram_id`)},
		{Name: "nothing", Out: channel.Outbound{To: ana}, Answer: ok, Failure: wrong("the message has no text")},
		{Name: "a template", Out: channel.Outbound{To: ana, Content: engine.Content{Template: "t"}}, Answer: ok, Failure: wrong("Telegram has no templates; write the text into the step")},
		{Name: "too long", Out: channel.Outbound{To: ana, Content: engine.Content{Text: strings.Repeat("é", 4097)}}, Answer: ok, Failure: wrong("the text has 4097 characters; Telegram allows 4096")},
		{Name: "too long under a picture", Out: channel.Outbound{To: ana, Content: engine.Content{Text: strings.Repeat("é", 1025), Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/m.png"}}}, Answer: ok,
			Failure: wrong("the text under the image has 1025 characters; Telegram allows 1024")},
		{Name: "media of no kind", Out: channel.Outbound{To: ana, Content: engine.Content{Media: &engine.MediaLink{Kind: "hologram", URL: "https://example.com/m"}}}, Answer: ok,
			Failure: wrong(`Telegram has no media of the kind "hologram"; use image, document, video or audio`)},
		{Name: "a local file", Out: channel.Outbound{To: ana, Content: engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "file:///etc/passwd"}}}, Answer: ok,
			Failure: wrong("the media address must begin with https:// (or http://)")},
	})
}

func TestAnswers(t *testing.T) {
	out := channel.Outbound{Ref: "r", To: ana, Content: engine.Content{Text: "Oi"}}
	want := &channeltest.Request{Method: "POST"}
	refuse := func(status, code, says, rest string) channeltest.Answer {
		n := map[string]int{"400": 400, "401": 401, "403": 403, "404": 404, "429": 429, "500": 500}[status]
		return channeltest.Answer{Status: n, Body: `{"ok":false,"error_code":` + code + `,"description":"` + says + `"` + rest + `}`}
	}
	unclear := &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}
	is := func(class channel.Class, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Code: code}
	}
	stage.Outgoing(t, []channeltest.OutgoingCase{
		{Name: "blocked", Out: out, Want: want, Answer: refuse("403", "403", "Forbidden: bot was blocked by the user", ""), Failure: is(channel.Suppress, "403")},
		{Name: "account deleted", Out: out, Want: want, Answer: refuse("403", "403", "Forbidden: user is deactivated", ""), Failure: is(channel.SwitchChannel, "403")},
		{Name: "never wrote", Out: out, Want: want, Answer: refuse("403", "403", "Forbidden: bot can't initiate conversation with a user", ""), Failure: is(channel.SwitchChannel, "403")},
		{Name: "another 403", Out: out, Want: want, Answer: refuse("403", "403", "Forbidden: something new", ""), Failure: is(channel.SwitchChannel, "403")},
		{Name: "unknown chat", Out: out, Want: want, Answer: refuse("400", "400", "Bad Request: chat not found", ""), Failure: is(channel.SwitchChannel, "400")},
		{Name: "wrong request", Out: out, Want: want, Answer: refuse("400", "400", "Bad Request: message text is empty", ""), Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "400",
			Message: "Telegram refused the message as wrong: Bad Request: message text is empty"}},
		{Name: "too fast", Out: out, Want: want, Answer: refuse("429", "429", "Too Many Requests: retry after 9", `,"parameters":{"retry_after":9}`), Failure: &channeltest.Failure{Class: channel.Throttle, Code: "429", RetryAfter: 9 * time.Second}},
		{Name: "far too fast", Out: out, Want: want, Answer: refuse("429", "429", "Too Many Requests", `,"parameters":{"retry_after":99999999999}`), Failure: &channeltest.Failure{Class: channel.Throttle, Code: "429", RetryAfter: 24 * time.Hour}},
		{Name: "wrong token", Out: out, Want: want, Answer: refuse("401", "401", "Unauthorized", ""), Failure: is(channel.Reauth, "401")},
		{Name: "no such bot", Out: out, Want: want, Answer: refuse("404", "404", "Not Found", ""), Failure: is(channel.Reauth, "404")},
		{Name: "their trouble", Out: out, Want: want, Answer: refuse("500", "500", "Internal Server Error", ""), Failure: &channeltest.Failure{Class: channel.RetryLater, Code: "500", Doubt: channel.Unclear}},
		{Name: "bad gateway", Out: out, Want: want, Answer: channeltest.Answer{Status: 502, Body: `<html>`}, Failure: unclear},
		{Name: "redirect", Out: out, Want: want, Answer: channeltest.Answer{Status: 302, Header: map[string]string{"Location": "/x"}}, Failure: is(channel.FixRequest, "")},
		{Name: "200 without an id", Out: out, Want: want, Answer: channeltest.Answer{Body: `{"ok":true}`}, Failure: &channeltest.Failure{Class: channel.FixRequest, Doubt: channel.Unclear}},
		{Name: "reset", Out: out, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: unclear},
		{Name: "no answer", Out: out, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: unclear},
	})
}

// TestTheTokenStaysInside: it stands in the address of every call, and must not
// come out in an error.
func TestTheTokenStaysInside(t *testing.T) {
	for name, answer := range map[string]channeltest.Answer{
		"reset": {Reset: true}, "said": {Status: 400, Body: `{"description":"no /bot` + token + `/x"}`},
	} {
		_, provider := stage.Serve(t, answer)
		_, err := provider.Send(t.Context(), channel.Outbound{To: ana, Content: engine.Content{Text: "Oi"}})
		var failure *channel.SendError
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		said := failure.Message + failure.Detail
		if failure.Err != nil {
			said += failure.Err.Error()
		}
		if strings.Contains(said, "ABC-DEF") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	hook := func(rest string) channeltest.Answer {
		return channeltest.Answer{Body: `{"ok":true,"result":{` + rest + `}}`}
	}
	stage.Trials(t, channeltest.Request{Path: "/bot" + token + "/getWebhookInfo"}, map[string]channeltest.TrialCase{
		"works":         {Answer: hook(`"url":"https://example.com/webhooks/tg"`), Want: ""},
		"no webhook":    {Answer: hook(`"url":""`), Want: "call setWebhook with the address https://example.com/webhooks/tg"},
		"another":       {Answer: hook(`"url":"https://example.com/webhooks/old"`), Want: "to another address"},
		"failing":       {Answer: hook(`"url":"https://example.com/webhooks/tg","last_error_message":"Wrong response from the webhook: 403 Forbidden"`), Want: "failed: Wrong response"},
		"wrong token":   {Answer: channeltest.Answer{Status: 401, Body: `{"ok":false,"error_code":401,"description":"Unauthorized"}`}, Want: "ask @BotFather"},
		"other refusal": {Answer: channeltest.Answer{Status: 400, Body: `{"ok":false,"error_code":400,"description":"Bad Request"}`}, Want: "Bad Request"},
		"other server":  {Answer: channeltest.Answer{Body: `<html>`}, Want: "not like Telegram's Bot API"},
	})
}

func TestClassify(t *testing.T) {
	channeltest.Classes(t, stage.Open(t), map[string]channel.Class{"401": channel.Reauth, "403": channel.SwitchChannel, "429": channel.Throttle, "502": channel.RetryLater, "400": channel.FixRequest})
}

var webhook = &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/tg"}

func post(body string) channel.Request {
	return channel.Request{Method: "POST", URL: webhook, Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "X-Telegram-Bot-Api-Secret-Token": {secret},
	}}
}
