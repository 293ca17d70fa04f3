package sendgrid_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/sendgrid"
	"jornada/engine"
)

// publishedKey is the one of SendGrid's own example.
const publishedKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="

func settings() channel.Settings {
	return channel.Settings{
		IntegrationID: "mail-demo", Channel: engine.Email,
		Values:  map[string]string{"from": "Clínica Demo <clinica@example.com>", "reply_to": "contato@example.com", "verification_key": publishedKey},
		Secrets: map[string]string{"api_key": "SG.demo"},
	}
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	const place = "SendGrid > Settings > Mail Settings > Event Webhooks > Security features > Signed Event Webhook"
	key := map[string]string{"api_key": "SG.x"}
	for name, c := range map[string]struct {
		values, secrets map[string]string
		want            string
	}{
		"from": {nil, key, "mail-demo: settings.from is missing; set it to the address people see as the sender, one verified in SendGrid > Settings > Sender Authentication"},
		"key":  {map[string]string{"from": "a@example.com"}, nil, "mail-demo: secrets.api_key is missing; you find it in SendGrid > Settings > API Keys, shown once when the key is made (it begins with SG.)"},
		"two lines": {map[string]string{"from": "a@example.com"}, map[string]string{"api_key": "SG.\nx"},
			"mail-demo: secrets.api_key must be one word; copy it again"},
		"proof": {map[string]string{"from": "a@example.com"}, key, "mail-demo: settings.verification_key is missing; you find it in " + place},
		"broken proof": {map[string]string{"from": "a@example.com", "verification_key": "MFkw"}, key,
			"mail-demo: settings.verification_key must be a public key of the curve P-256 in Base64 (it begins with MFkw); copy it again from " + place},
		"base_url": {map[string]string{"base_url": "ftp://x"}, key, "mail-demo: settings.base_url must be an http or https address such as https://api.sendgrid.com"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sendgrid.New(channel.Settings{IntegrationID: "mail-demo", Channel: engine.Email, Values: c.values, Secrets: c.secrets})
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Code != engine.Invalid || refusal.Field == "" || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := sendgrid.New(channel.Settings{Channel: engine.SMS}); err == nil {
		t.Error("the driver took an SMS integration")
	}
}

func TestSend(t *testing.T) {
	ana := engine.Address{Kind: engine.EmailAddress, Value: "ana@dest.example"}
	hello := channel.Outbound{Ref: "msg_0191e180-aaaa", To: ana, Content: engine.Content{Subject: "Olá", Text: "Oi"}}
	const html = `<!DOCTYPE html>\n<html lang=\"pt-BR\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Olá</title></head>\n<body><div style=\"margin:0 auto;max-width:600px;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#1f2933\">\n<p>Oi</p>\n`
	const end = `</div></body></html>\n`
	const sender = `"from":{"email":"clinica@example.com","name":"Clínica Demo"},"reply_to":{"email":"contato@example.com"},"subject":"Olá",
		"tracking_settings":{"click_tracking":{"enable":false,"enable_text":false},"subscription_tracking":{"enable":false}},`
	ok := channeltest.Answer{Status: 202, Header: map[string]string{"X-Message-Id": "LRzXl_NHStOGhQ4kofSm_A"}}
	accepted := channel.Receipt{ProviderID: "LRzXl_NHStOGhQ4kofSm_A"}
	want := &channeltest.Request{Method: "POST", Path: "/v3/mail/send"}
	refuse := func(status int, message, field string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: `{"errors":[{"message":"` + message + `","field":` + field + `,"help":null}]}`}
	}
	fail := func(class channel.Class, doubt channel.Doubt, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Doubt: doubt, Code: code}
	}
	marketing, named, bare := hello, hello, hello
	marketing.Content.Category, marketing.UnsubscribeURL, marketing.Locale = "marketing", "https://example.com/u/t0ken", "en-US"
	named.ContactName, named.ReplyTo = `Ana "Nina", Demo`, "<msg_1@example.com>"
	bare.Ref, bare.ReplyTo = "", "LRzXl_NHStOGhQ4kofSm_A"
	channeltest.Outgoing(t, sendgrid.New, settings(), []channeltest.OutgoingCase{
		{Name: "our reference", Out: hello, Answer: ok, Receipt: accepted, Want: &channeltest.Request{
			Method: "POST", Path: "/v3/mail/send", Header: map[string]string{"Authorization": "Bearer SG.demo", "Content-Type": "application/json", "Accept": "application/json"},
			JSON: `{"personalizations":[{"to":[{"email":"ana@dest.example"}]}],` + sender + `
				"content":[{"type":"text/plain","value":"Oi\n"},{"type":"text/html","value":"` + html + end + `"}],
				"headers":{"Message-ID":"<msg_0191e180-aaaa@example.com>","Auto-Submitted":"auto-generated"},
				"custom_args":{"jornada_ref":"msg_0191e180-aaaa"}}`}},
		{Name: "marketing can be stopped", Out: marketing, Answer: ok, Receipt: accepted, Want: &channeltest.Request{
			JSON: `{"personalizations":[{"to":[{"email":"ana@dest.example"}]}],` + sender + `
				"content":[{"type":"text/plain","value":"Oi\n\nUnsubscribe: https://example.com/u/t0ken\n"},{"type":"text/html","value":"` + strings.Replace(html, "pt-BR", "en-US", 1) +
				`<p style=\"margin-top:24px;font-size:13px;color:#616e7c\"><a href=\"https://example.com/u/t0ken\" style=\"color:#616e7c\">Unsubscribe</a></p>\n` + end + `"}],
				"headers":{"Message-ID":"<msg_0191e180-aaaa@example.com>","Auto-Submitted":"auto-generated",
					"List-Unsubscribe":"<https://example.com/u/t0ken>","List-Unsubscribe-Post":"List-Unsubscribe=One-Click"},
				"custom_args":{"jornada_ref":"msg_0191e180-aaaa"}}`}},
		{Name: "a name with a comma, an answer", Out: named, Answer: ok, Receipt: accepted, Want: &channeltest.Request{
			JSON: `{"personalizations":[{"to":[{"email":"ana@dest.example","name":"\"Ana 'Nina', Demo\""}]}],` + sender + `
				"content":[{"type":"text/plain","value":"Oi\n"},{"type":"text/html","value":"` + html + end + `"}],
				"headers":{"Message-ID":"<msg_0191e180-aaaa@example.com>","Auto-Submitted":"auto-generated","In-Reply-To":"<msg_1@example.com>","References":"<msg_1@example.com>"},
				"custom_args":{"jornada_ref":"msg_0191e180-aaaa"}}`}},
		{Name: "no reference, and SendGrid's id of another message", Out: bare, Answer: ok, Receipt: accepted, Want: &channeltest.Request{
			JSON: `{"personalizations":[{"to":[{"email":"ana@dest.example"}]}],` + sender + `
				"content":[{"type":"text/plain","value":"Oi\n"},{"type":"text/html","value":"` + html + end + `"}],
				"headers":{"Message-ID":"<e3b0c44298fc1c149afbf4c8996fb924@example.com>","Auto-Submitted":"auto-generated"}}`}},
		{Name: "no address", Out: channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+55"}, Content: hello.Content}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "broken address", Out: channel.Outbound{To: engine.Address{Kind: engine.EmailAddress, Value: "ana@"}, Content: hello.Content}, Failure: fail(channel.SwitchChannel, channel.Certain, "")},
		{Name: "no subject", Out: channel.Outbound{To: ana, Content: engine.Content{Text: "x"}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "wrong request", Out: hello, Want: want, Answer: refuse(400, "The to email ana@dest.example is invalid", `"personalizations"`),
			Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "HTTP 400", Message: "SendGrid refused the message as wrong: The to email ••• is invalid"}},
		{Name: "key", Out: hello, Want: want, Answer: refuse(401, "The provided authorization grant is invalid, expired, or revoked", "null"), Failure: fail(channel.Reauth, channel.Certain, "HTTP 401")},
		{Name: "plan used up", Out: hello, Want: want, Answer: refuse(401, "Maximum credits exceeded", "null"), Failure: fail(channel.StopSender, channel.Certain, "HTTP 401")},
		{Name: "sender not verified", Out: hello, Want: want, Answer: refuse(403, "The from address does not match a verified Sender Identity.", `"from"`), Failure: fail(channel.StopSender, channel.Certain, "HTTP 403")},
		{Name: "key may not send", Out: hello, Want: want, Answer: refuse(403, "access forbidden", "null"), Failure: fail(channel.Reauth, channel.Certain, "HTTP 403")},
		{Name: "wrong base_url", Out: hello, Want: want, Answer: channeltest.Answer{Status: 404}, Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "HTTP 404",
			Message: "the address in base_url does not know SendGrid's API; check base_url"}},
		{Name: "too large", Out: hello, Want: want, Answer: channeltest.Answer{Status: 413}, Failure: fail(channel.FixRequest, channel.Certain, "HTTP 413")},
		{Name: "another region", Out: hello, Want: want, Answer: channeltest.Answer{Status: 451}, Failure: fail(channel.StopSender, channel.Certain, "HTTP 451")},
		{Name: "too fast", Out: hello, Want: want, Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Date": "Sun, 22 Nov 2026 12:00:00 GMT", "X-RateLimit-Reset": "1795348842"}},
			Failure: &channeltest.Failure{Class: channel.Throttle, Code: "HTTP 429", RetryAfter: 42 * time.Second}},
		{Name: "too fast, said the usual way", Out: hello, Want: want, Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "7"}},
			Failure: &channeltest.Failure{Class: channel.Throttle, Code: "HTTP 429", RetryAfter: 7 * time.Second}},
		{Name: "their trouble", Out: hello, Want: want, Answer: channeltest.Answer{Status: 503}, Failure: fail(channel.RetryLater, channel.Unclear, "HTTP 503")},
		{Name: "redirect", Out: hello, Want: want, Answer: channeltest.Answer{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, Failure: fail(channel.FixRequest, channel.Certain, "HTTP 302")},
		{Name: "success without an id", Out: hello, Want: want, Answer: channeltest.Answer{Status: 200, Body: "<html>"}, Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "reset", Out: hello, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
	})
}

func TestClassify(t *testing.T) {
	provider, err := sendgrid.New(settings())
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]channel.Class{
		"HTTP 429": channel.Throttle, "HTTP 500": channel.RetryLater, "HTTP 401": channel.Reauth, "HTTP 451": channel.StopSender, "HTTP x": channel.FixRequest,
		"Bounced Address": channel.Suppress, "Spam Reporting Address": channel.Suppress, "Unsubscribed Address": channel.Suppress, "Invalid": channel.Suppress,
		"Recipient List over Package Quota": channel.StopSender, "Spam Content": channel.FixRequest,
		"blocked": channel.SwitchChannel, "5.7.1": channel.SwitchChannel, "4.2.2": channel.SwitchChannel, "5.1.1": channel.Suppress, "novelty": channel.FixRequest,
	} {
		if got := provider.(channel.Classifier).Classify(code); got != want {
			t.Errorf("%q is %s, want %s", code, got, want)
		}
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answer channeltest.Answer
		want   string
	}{
		"works":        {channeltest.Answer{Body: `{"scopes":["alerts.read","mail.send"]}`}, ""},
		"may not send": {channeltest.Answer{Body: `{"scopes":["alerts.read"]}`}, "give it the permission Mail Send"},
		"key":          {channeltest.Answer{Status: 401, Body: `{"errors":[{"message":"authorization required","field":null}]}`}, "make a new one in SendGrid > Settings > API Keys"},
		"their side":   {channeltest.Answer{Status: 500}, "try again later"},
		"not SendGrid": {channeltest.Answer{Body: "<html>"}, "not like SendGrid's API"},
		"no such path": {channeltest.Answer{Status: 404}, "check base_url"},
		"reset":        {channeltest.Answer{Reset: true}, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answer)
			err := server.Open(t, sendgrid.New, settings(), nil).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if got := server.Requests(); got[0].URL.Path != "/v3/scopes" || got[0].Method != http.MethodGet || got[0].Header.Get("Authorization") != "Bearer SG.demo" {
				t.Errorf("asked %+v", got[0])
			}
		})
	}
}
