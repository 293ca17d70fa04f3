package twilio_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/twilio"
	"jornada/engine"
)

const account = "AC00000000000000000000000000000000"

func settings() channel.Settings {
	return channel.Settings{
		IntegrationID: "sms-demo", Channel: engine.SMS, PublicURL: "https://example.com/webhooks/sms-demo",
		Values:  map[string]string{"account_sid": account, "from": "+12025550143"},
		Secrets: map[string]string{"auth_token": "12345"},
	}
}

func open(t testing.TB) channel.Provider {
	t.Helper()
	provider, err := twilio.New(settings())
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func load(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		values, secrets map[string]string
		want            string
	}{
		"account": {nil, nil, "sms-demo: settings.account_sid is missing; you find it in Twilio Console > Account info (it begins with AC)"},
		"token":   {map[string]string{"account_sid": "AC1"}, nil, "sms-demo: secrets.auth_token is missing; you find it in Twilio Console > Account info > Auth Token; it also proves that webhooks are Twilio's"},
		"sender": {map[string]string{"account_sid": "AC1"}, map[string]string{"auth_token": "x"},
			"sms-demo: settings.from is missing; set it to a number of yours (Twilio Console > Phone Numbers), or set messaging_service_sid"},
		"key": {map[string]string{"account_sid": "AC1", "from": "+1"}, map[string]string{"auth_token": "x", "api_key_sid": "SK1"},
			"sms-demo: secrets.api_key_secret is missing; you find it in Twilio Console > API keys, shown once when the key is made"},
		"smart_encoding": {map[string]string{"account_sid": "AC1", "from": "+1", "smart_encoding": "yes"}, map[string]string{"auth_token": "x"},
			`sms-demo: settings.smart_encoding must be "true" (accents are left out where that saves a segment) or "false"`},
		"base_url": {map[string]string{"account_sid": "AC1", "from": "+1", "base_url": "https://u:p@example.com"}, map[string]string{"auth_token": "x"},
			"sms-demo: settings.base_url must not contain a user or password; put them into the secrets"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := twilio.New(channel.Settings{IntegrationID: "sms-demo", Values: c.values, Secrets: c.secrets})
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Field == "" || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestSend(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	options := []engine.Choice{{ID: "yes", Title: "Confirmar", Payload: "p1"}, {ID: "no", Title: "Cancelar", Payload: "p2"}}
	path := "/2010-04-01/Accounts/" + account + "/Messages.json"
	ok := channeltest.Answer{Status: 201, Body: `{"sid":"SM1","status":"queued","num_segments":"1","price":null,"error_code":null}`}
	form := func(body, callback string) url.Values {
		return url.Values{"To": {"+5511987654321"}, "From": {"+12025550143"}, "Body": {body}, "StatusCallback": {callback}}
	}
	plain := "https://example.com/webhooks/sms-demo"
	accepted := channel.Receipt{ProviderID: "SM1"}
	hello := channel.Outbound{To: phone, Content: engine.Content{Text: "Olá"}}
	want := &channeltest.Request{Method: "POST", Path: path}
	refuse := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	fail := func(class channel.Class, doubt channel.Doubt, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Doubt: doubt, Code: code}
	}
	channeltest.Outgoing(t, twilio.New, settings(), []channeltest.OutgoingCase{
		{Name: "text with our reference", Out: channel.Outbound{Ref: "msg_1/é", To: phone, Content: engine.Content{Text: "Olá, Ana ✅"}}, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{Method: "POST", Path: path, Form: form("Olá, Ana ✅", plain+"?ref=msg_1%2F%C3%A9"),
				Header: map[string]string{"Authorization": "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDoxMjM0NQ==", "Content-Type": "application/x-www-form-urlencoded"}}},
		{Name: "another place for statuses", Out: channel.Outbound{To: phone, Ref: "r", StatusURL: "https://example.com/s?x=1", Content: engine.Content{Text: "Olá"}}, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{Form: form("Olá", "https://example.com/s?ref=r&x=1")}},
		{Name: "choices are numbered", Out: channel.Outbound{To: phone, Content: engine.Content{Text: "Podemos confirmar?", Choices: options}}, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{Form: form("Podemos confirmar?\n1. Confirmar\n2. Cancelar", plain)}},
		{Name: "the author numbered them", Out: channel.Outbound{To: phone, Content: engine.Content{Text: "Responda 1 para confirmar ou CANCELAR = 2; 1 - Confirmar", Choices: options}}, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{Form: form("Responda 1 para confirmar ou CANCELAR = 2; 1 - Confirmar", plain)}},
		{Name: "a picture is its address", Out: channel.Outbound{To: phone, Content: engine.Content{Text: "Mapa", Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/m"}}}, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{Form: form("Mapa\nhttps://example.com/m", plain)}},
		{Name: "a messaging service", Values: map[string]string{"messaging_service_sid": "MG1"}, Out: hello, Answer: ok, Receipt: accepted,
			Want: &channeltest.Request{Form: url.Values{"To": {"+5511987654321"}, "MessagingServiceSid": {"MG1"}, "Body": {"Olá"}, "StatusCallback": {plain}}}},
		{Name: "no number", Out: channel.Outbound{To: engine.Address{Kind: engine.WAID, Value: "5511"}, Content: engine.Content{Text: "x"}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "no text", Out: channel.Outbound{To: phone}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "too long", Out: channel.Outbound{To: phone, Content: engine.Content{Text: strings.Repeat("á", 1601)}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "opted out", Out: hello, Want: want, Answer: refuse(400, `{"code":21610,"message":"Attempt to send to unsubscribed recipient +5511987654321","status":400}`),
			Failure: &channeltest.Failure{Class: channel.Suppress, Code: "21610", Message: "the person opted out of SMS from this sender: Attempt to send to unsubscribed recipient •••"}},
		{Name: "not a mobile", Out: hello, Want: want, Answer: refuse(400, `{"code":21614}`), Failure: fail(channel.SwitchChannel, channel.Certain, "21614")},
		{Name: "credentials", Out: hello, Want: want, Answer: refuse(401, `{"code":20003}`), Failure: fail(channel.Reauth, channel.Certain, "20003")},
		{Name: "throttled", Out: hello, Want: want, Answer: refuse(429, `{"code":20429}`), Failure: fail(channel.Throttle, channel.Certain, "20429")},
		{Name: "not our number", Out: hello, Want: want, Answer: refuse(400, `{"code":21606}`), Failure: fail(channel.StopSender, channel.Certain, "21606")},
		{Name: "unknown", Out: hello, Want: want, Answer: refuse(400, `{"code":29999}`), Failure: fail(channel.FixRequest, channel.Certain, "29999")},
		{Name: "their trouble", Out: hello, Want: want, Answer: refuse(500, `{"code":20500}`), Failure: fail(channel.RetryLater, channel.Unclear, "20500")},
		{Name: "503 from something between", Out: hello, Want: want, Answer: refuse(503, `upstream`), Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "201 without an id", Out: hello, Want: want, Answer: refuse(201, `{}`), Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "reset after the request", Out: hello, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
	})
}

func TestAPIKey(t *testing.T) {
	s := settings()
	s.Secrets = map[string]string{"token": "12345", "api_key_sid": "SK1", "api_key_secret": "shh"}
	channeltest.Outgoing(t, twilio.New, s, []channeltest.OutgoingCase{{
		Name: "key", Out: channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+1"}, Content: engine.Content{Text: "x"}},
		Answer: channeltest.Answer{Status: 201, Body: `{"sid":"SM1"}`}, Receipt: channel.Receipt{ProviderID: "SM1"},
		Want: &channeltest.Request{Header: map[string]string{"Authorization": "Basic U0sxOnNoaA=="}},
	}})
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answer channeltest.Answer
		want   string
	}{
		"works":     {channeltest.Answer{Body: `{"status":"active"}`}, ""},
		"suspended": {channeltest.Answer{Body: `{"status":"suspended"}`}, "the Twilio account is suspended"},
		"password":  {channeltest.Answer{Status: 401, Body: `{"code":20003,"message":"Authenticate"}`}, "copy account_sid and auth_token again"},
		"unknown":   {channeltest.Answer{Status: 404, Body: `{"code":20404}`}, "check account_sid and base_url"},
		"other":     {channeltest.Answer{Body: `<html>`}, "not like Twilio's API"},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answer)
			err := server.Open(t, twilio.New, settings(), nil).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestClasses(t *testing.T) {
	classifier := open(t).(channel.Classifier)
	for class, codes := range map[channel.Class]string{
		channel.Suppress:      "21610",
		channel.SwitchChannel: "21211 21214 21614 21217 21612 30004 30005 30006 30007 21408",
		channel.OutOfReach:    "30003",
		channel.RetryLater:    "30001 30008 30017 20500 20503",
		channel.Throttle:      "20429 21611 30022 30023 30027",
		channel.Reauth:        "20003",
		channel.StopSender:    "21606 21659 30002 30018 30032 30034",
		channel.FixRequest:    "21602 21617 21656 21608 12345 x",
	} {
		for code := range strings.FieldsSeq(codes) {
			if got := classifier.Classify(code); got != class {
				t.Errorf("%s is %s, want %s", code, got, class)
			}
		}
	}
}

// TestSignatures plays the published cases and asks Twilio's own library too.
func TestSignatures(t *testing.T) {
	var table struct {
		Cases []struct {
			ID, Token, URL, Signature string
			Params                    map[string]string
			JSONBody                  string `json:"json_body"`
			Valid                     bool
		}
	}
	load(t, "twilio-signature.json", &table)
	for _, c := range table.Cases {
		t.Run(c.ID, func(t *testing.T) {
			s := settings()
			s.Secrets["auth_token"] = c.Token
			provider, err := twilio.New(s)
			if err != nil {
				t.Fatal(err)
			}
			r := request(t, c.URL, c.Params, c.Signature)
			if c.JSONBody != "" {
				r.Body = []byte(c.JSONBody)
				r.Header.Set("Content-Type", "application/json")
			}
			_, response, err := provider.Receive(r)
			if (err == nil) != c.Valid || (err != nil && !errors.Is(err, channel.ErrSignature)) {
				t.Errorf("error %v, want valid %v", err, c.Valid)
			}
			if want := map[bool]int{true: 200, false: 401}[c.Valid]; response.Status != want {
				t.Errorf("answered %d, want %d", response.Status, want)
			}
			if c.JSONBody == "" {
				validator := client.NewRequestValidator(c.Token)
				if validator.Validate(c.URL, c.Params, c.Signature) != c.Valid {
					t.Error("Twilio's own library says otherwise")
				}
			}
		})
	}
}

func request(t testing.TB, address string, params map[string]string, signature string) channel.Request {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	return channel.Request{Method: "POST", URL: u, Body: []byte(form.Encode()),
		Header: http.Header{"X-Twilio-Signature": {signature}, "Content-Type": {"application/x-www-form-urlencoded"}}}
}
