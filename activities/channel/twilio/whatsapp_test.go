package twilio_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/twilio"
	"jornada/engine"
)

const (
	confirmSID = "HX000000000000000000000000000000a1"
	namedSID   = "HX000000000000000000000000000000a2"
	buttonsSID = "HX000000000000000000000000000000b2"
	listSID    = "HX000000000000000000000000000000c4"
	rowsSID    = "HX000000000000000000000000000000c3"
)

// onWhatsApp is an integration of WhatsApp.
func onWhatsApp() channel.Settings {
	return channel.Settings{
		IntegrationID: "wa-demo", Channel: engine.WhatsApp, PublicURL: "https://example.com/webhooks/wa-demo",
		Values: map[string]string{
			"account_sid": account, "from": "whatsapp:+14155238886",
			"templates": "confirm/pt-BR=" + confirmSID + ", greet/pt_BR=" + namedSID,
			"choices":   "buttons_2=" + buttonsSID + "\nlist_3=" + rowsSID + "\nlist_4=" + listSID,
		},
		Secrets: map[string]string{"auth_token": "12345"},
	}
}

func TestWhatsAppSettingsNameTheirRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*channel.Settings)
		want   string
	}{
		"another channel": {func(s *channel.Settings) { s.Channel = engine.Email }, "wa-demo: channel must be sms or whatsapp: this provider carries nothing else"},
		"no sender": {func(s *channel.Settings) { s.Values["from"] = "" },
			"wa-demo: settings.from is missing; set it to your WhatsApp number (Twilio Console > Messaging > Senders > WhatsApp senders), or set messaging_service_sid"},
		"a name": {func(s *channel.Settings) { s.Values["from"] = "Clinica" },
			"wa-demo: settings.from must be a number such as +5511900001111 (Twilio Console > Messaging > Senders > WhatsApp senders)"},
		"a sender of WhatsApp for SMS": {func(s *channel.Settings) { s.Channel = engine.SMS },
			"wa-demo: settings.from is a WhatsApp sender; set channel to whatsapp, or from to a number without whatsapp:"},
		"a template without language": {func(s *channel.Settings) { s.Values["templates"] = "confirm=" + confirmSID },
			"wa-demo: settings.templates must be pairs such as appointment_confirm/pt_BR=HXb5b62575e6e4ff6129ad7c8efe1f983e, separated by commas; the sid stands in Twilio Console > Messaging > Content Template Builder. This one is not: confirm=" + confirmSID},
		"payloads of a template without language": {func(s *channel.Settings) { s.Values["template_payloads"] = "confirm" },
			"wa-demo: settings.template_payloads must be templates such as appointment_confirm/pt_BR, separated by commas. This one is not: confirm"},
		"four buttons": {func(s *channel.Settings) { s.Values["choices"] = "buttons_4=" + listSID },
			"wa-demo: settings.choices must be pairs such as buttons_2=HXb5b62575e6e4ff6129ad7c8efe1f983e, separated by commas; the sid stands in Twilio Console > Messaging > Content Template Builder. This one is not: buttons_4=" + listSID},
		"no sid": {func(s *channel.Settings) { s.Values["choices"] = "buttons_2=MG1" },
			"wa-demo: settings.choices must be pairs such as buttons_2=HXb5b62575e6e4ff6129ad7c8efe1f983e, separated by commas; the sid stands in Twilio Console > Messaging > Content Template Builder. This one is not: buttons_2=MG1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := onWhatsApp()
			c.change(&s)
			if _, err := twilio.New(s); err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestWhatsAppCapabilities(t *testing.T) {
	limits := func(change func(*channel.Settings)) channel.Capabilities {
		s := onWhatsApp()
		change(&s)
		provider, err := twilio.New(s)
		if err != nil {
			t.Fatal(err)
		}
		return provider.Capabilities()
	}
	want := channel.Limits(engine.WhatsApp)
	want.Idempotency, want.Departs, want.TextMax, want.Buttons, want.ListRows = channel.EchoesRef, true, 1600, 2, 4
	want.Pace.PerSecond = 10
	if got := limits(func(*channel.Settings) {}); got != want || !got.ServiceWindow {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	want.Buttons, want.ListRows = 0, 0 // nothing to tap without a Content
	if got := limits(func(s *channel.Settings) { s.Values["choices"] = "" }); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// said is the form of a message to our person.
func said(values ...string) url.Values {
	form := url.Values{"To": {"whatsapp:+5511987654321"}, "From": {"whatsapp:+14155238886"}, "StatusCallback": {"https://example.com/webhooks/wa-demo"}}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return form
}

// filledIn is the form of a Content; encoding/json writes variables in order.
func filledIn(t *testing.T, sid string, variables map[string]string) url.Values {
	t.Helper()
	raw, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	return said("ContentSid", sid, "ContentVariables", string(raw))
}

func TestWhatsAppSend(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	path := "/2010-04-01/Accounts/" + account + "/Messages.json"
	ok := channeltest.Answer{Status: 201, Body: `{"sid":"SM1","status":"queued","to":"whatsapp:+5511987654321","body":"…","error_code":null}`}
	accepted := channel.Receipt{ProviderID: "SM1"}
	sent := func(form url.Values) *channeltest.Request {
		return &channeltest.Request{Method: "POST", Path: path, Form: form}
	}
	saying := func(c engine.Content) channel.Outbound { return channel.Outbound{To: phone, Content: c} }
	choices := func(titles ...string) []engine.Choice {
		all := []engine.Choice{}
		for i, title := range titles {
			all = append(all, engine.Choice{ID: string(rune('a' + i)), Title: title, Payload: "p" + string(rune('1'+i))})
		}
		return all
	}
	picture := &engine.MediaLink{Kind: "image", URL: "https://example.com/m.jpg"}
	wrong := &channeltest.Failure{Class: channel.FixRequest}
	refused := func(code string, status int) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: `{"code":` + code + `,"message":"No to +5511987654321","status":400}`}
	}
	hello := saying(engine.Content{Text: "Olá"})
	cases := []channeltest.OutgoingCase{
		{Name: "text, with our reference", Out: channel.Outbound{Ref: "msg_1", To: phone, ReplyTo: "SM0", Content: engine.Content{Text: "Olá, Ana ✅"}}, Want: sent(said("Body", "Olá, Ana ✅", "StatusCallback", "https://example.com/webhooks/wa-demo?ref=msg_1"))},
		{Name: "to a wa_id", Out: channel.Outbound{To: engine.Address{Kind: engine.WAID, Value: "5511987654321"}, Content: engine.Content{Text: "Olá"}}, Want: sent(said("Body", "Olá"))},
		{Name: "to a person who hides the number", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.1A2B3C"}, Content: engine.Content{Text: "Olá"}}, Want: sent(said("To", "whatsapp:BR.1A2B3C", "Body", "Olá"))},
		{Name: "by a Messaging Service", Values: map[string]string{"messaging_service_sid": "MG1"}, Out: hello,
			Want: sent(url.Values{"To": {"whatsapp:+5511987654321"}, "MessagingServiceSid": {"MG1"}, "Body": {"Olá"}, "StatusCallback": {"https://example.com/webhooks/wa-demo"}})},
		{Name: "a sender without the prefix", Values: map[string]string{"from": "+14155238886"}, Out: hello, Want: sent(said("Body", "Olá"))},
		{Name: "a footer", Out: saying(engine.Content{Text: "Olá", Footer: "Clínica"}), Want: sent(said("Body", "Olá\n\nClínica"))},
		{Name: "a picture", Out: saying(engine.Content{Text: "Mapa", Media: picture}), Want: sent(said("Body", "Mapa", "MediaUrl", "https://example.com/m.jpg"))},
		{Name: "a picture alone", Out: saying(engine.Content{Media: picture}), Want: sent(said("MediaUrl", "https://example.com/m.jpg"))},
		{Name: "a document alone", Out: saying(engine.Content{Media: &engine.MediaLink{Kind: "document", URL: "https://example.com/d.pdf"}}), Want: sent(said("MediaUrl", "https://example.com/d.pdf"))},
		{Name: "a document with text is its address, for its text would be lost", Out: saying(engine.Content{Text: "Preparo", Media: &engine.MediaLink{Kind: "document", URL: "https://example.com/d.pdf"}}),
			Want: sent(said("Body", "Preparo\nhttps://example.com/d.pdf"))},
		{Name: "two buttons", Out: saying(engine.Content{Text: "Podemos confirmar?", Footer: "Clínica", Choices: choices("Sim", "Não")}),
			Want: sent(filledIn(t, buttonsSID, map[string]string{"text": "Podemos confirmar?\n\nClínica", "title1": "Sim", "id1": "p1", "title2": "Não", "id2": "p2"}))},
		{Name: "buttons under a picture, which is its address", Out: saying(engine.Content{Text: "É aqui?", Media: picture, Choices: choices("Sim", "Não")}),
			Want: sent(filledIn(t, buttonsSID, map[string]string{"text": "É aqui?\nhttps://example.com/m.jpg", "title1": "Sim", "id1": "p1", "title2": "Não", "id2": "p2"}))},
		{Name: "three choices are a list, for want of three buttons", Out: channel.Outbound{To: phone, Locale: "en", Content: engine.Content{Text: "When?", Choices: choices("Mon", "Tue", "Wed")}},
			Want: sent(filledIn(t, rowsSID, map[string]string{"text": "When?", "button": "Options", "title1": "Mon", "id1": "p1", "title2": "Tue", "id2": "p2", "title3": "Wed", "id3": "p3"}))},
		{Name: "one choice has no Content", Out: saying(engine.Content{Text: "Tudo certo?", Choices: choices("Sim")}), Want: sent(said("Body", "Tudo certo?\n1. Sim"))},
		{Name: "a title that fits no button", Out: saying(engine.Content{Text: "Quando?", Choices: choices("Amanhã", "Na próxima terça-feira")}), Want: sent(said("Body", "Quando?\n1. Amanhã\n2. Na próxima terça-feira"))},
		{Name: "a text that fits above no buttons", Out: saying(engine.Content{Text: strings.Repeat("á", 1025), Choices: choices("Sim", "Não")}), Want: sent(said("Body", strings.Repeat("á", 1025)+"\n1. Sim\n2. Não"))},
		{Name: "an id that fits no button", Out: saying(engine.Content{Text: "Sim?", Choices: []engine.Choice{{Title: "Sim", Payload: strings.Repeat("x", 201)}, {ID: "no", Title: "Não"}}}), Want: sent(said("Body", "Sim?\n1. Sim\n2. Não"))},
		{Name: "a template, by place", Out: saying(engine.Content{Text: "Oi Ana, às 14h30", Template: "confirm", Language: "pt_BR", Params: map[string]string{"nome": "Ana\nMaria", "hora": `14h30 "em ponto" & já`}, Order: []string{"nome", "hora"}}),
			Want: sent(filledIn(t, confirmSID, map[string]string{"1": "Ana Maria", "2": `14h30 "em ponto" & já`}))},
		{Name: "a template, by name", Out: saying(engine.Content{Template: "greet", Language: "pt-BR", Params: map[string]string{"nome": "Ana"}, Named: true, Choices: choices("Sim")}),
			Want: sent(filledIn(t, namedSID, map[string]string{"nome": "Ana"}))},
		{Name: "a template whose replies take our ids", Values: map[string]string{"template_payloads": "other/en,\nconfirm/pt-BR"}, Out: saying(engine.Content{Template: "confirm", Language: "pt_BR", Params: map[string]string{"nome": "Ana"}, Order: []string{"nome"}, Choices: []engine.Choice{{ID: "yes", Title: "Sim", Payload: "jrn:1:yes"}, {ID: "no", Title: "Não"}}}),
			Want: sent(filledIn(t, confirmSID, map[string]string{"1": "Ana", "id1": "jrn:1:yes", "id2": "no"}))},
		{Name: "an id that no reply takes", Values: map[string]string{"template_payloads": "confirm/pt_BR"}, Out: saying(engine.Content{Template: "confirm", Language: "pt_BR", Choices: []engine.Choice{{Title: "Sim", Payload: strings.Repeat("x", 201)}}}), Failure: wrong},
		{Name: "a template named by its sid", Out: saying(engine.Content{Template: listSID}), Want: sent(said("ContentSid", listSID))},
		{Name: "an unknown template", Out: saying(engine.Content{Template: "confirm", Language: "en"}), Failure: &channeltest.Failure{Class: channel.FixTemplate,
			Message: "the integration does not know the Content SID of the template confirm/en; copy it (HX…) from Twilio Console > Messaging > Content Template Builder into the setting templates"}},
		{Name: "an empty value", Out: saying(engine.Content{Template: listSID, Params: map[string]string{"1": " "}}), Failure: wrong},
		{Name: "a picture in a template", Out: saying(engine.Content{Template: listSID, Media: picture}), Failure: wrong},
		{Name: "no text", Out: saying(engine.Content{Text: " "}), Failure: wrong},
		{Name: "too long", Out: saying(engine.Content{Text: strings.Repeat("á", 1601)}), Failure: wrong},
		{Name: "text to a sticker", Out: saying(engine.Content{Text: "x", Media: &engine.MediaLink{Kind: "sticker", URL: "https://example.com/s.webp"}}), Failure: wrong},
		{Name: "e-mail", Out: channel.Outbound{To: engine.Address{Kind: engine.EmailAddress, Value: "a@example.com"}, Content: engine.Content{Text: "x"}}, Failure: wrong},
		{Name: "no number", Out: channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+"}, Content: engine.Content{Text: "x"}}, Failure: wrong},
		{Name: "a user id that is none", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "x"}, Content: engine.Content{Text: "x"}}, Failure: wrong},
		{Name: "outside the window", Out: hello, Want: sent(nil), Answer: refused("63016", 400), Failure: &channeltest.Failure{Class: channel.UseTemplate, Code: "63016",
			Message: "more than 24 hours have passed since the person last wrote; only an approved template may be sent: No to •••"}},
		{Name: "no such sender", Out: hello, Want: sent(nil), Answer: refused("63007", 400), Failure: &channeltest.Failure{Class: channel.StopSender, Code: "63007"}},
		{Name: "too fast", Out: hello, Want: sent(nil), Answer: channeltest.Answer{Status: 429, Body: `{"code":63018}`, Header: map[string]string{"Retry-After": "7"}},
			Failure: &channeltest.Failure{Class: channel.Throttle, Code: "63018", RetryAfter: 7 * time.Second}},
		{Name: "reset after the request", Out: hello, Want: sent(nil), Answer: channeltest.Answer{Reset: true}, Failure: &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}},
	}
	for i := range cases {
		if cases[i].Failure == nil {
			cases[i].Answer, cases[i].Receipt = ok, accepted
		}
	}
	channeltest.Outgoing(t, twilio.New, onWhatsApp(), cases)
}

func TestWhatsAppClasses(t *testing.T) {
	provider, err := twilio.New(onWhatsApp())
	if err != nil {
		t.Fatal(err)
	}
	for class, codes := range map[channel.Class]string{
		channel.Suppress:       "63014 63033 21610",
		channel.SwitchChannel:  "63003 63015 63024",
		channel.UseTemplate:    "63016",
		channel.DeferMarketing: "63032 63049",
		channel.RetryLater:     "63009 63010 63011 63012 63023",
		channel.Throttle:       "63017 63018 63038",
		channel.StopSender:     "63001 63002 63007 63008 63020 63022",
		channel.FixTemplate:    "21655 63027 63028 63030 63040 63041 63042",
		channel.FixRequest:     "63005 63006 63013 63019 63021 21656 21658 63999",
	} {
		for code := range strings.FieldsSeq(codes) {
			if got := provider.(channel.Classifier).Classify(code); got != class {
				t.Errorf("%s is %s, want %s", code, got, class)
			}
		}
	}
}

// TestWhatsAppFind: a number of WhatsApp is looked up in both of its forms, and a
// Content is known by what the person reads.
func TestWhatsAppFind(t *testing.T) {
	const now = "Mon, 23 Nov 2026 18:00:05 +0000"
	none := listing("")
	ours := func(to, body string) channeltest.Answer {
		return listing("", message("SM_ours", body, now, "+12025550143", "whatsapp:+14155238886", "+5511987654321", to))
	}
	for name, c := range map[string]struct {
		content engine.Content
		answers []channeltest.Answer
		sid     string
		err     string
		calls   int
	}{
		"text":                     {engine.Content{Text: "Consulta"}, []channeltest.Answer{ours("whatsapp:+5511987654321", "Consulta")}, "SM_ours", "", 1},
		"without the ninth digit":  {engine.Content{Text: "Consulta"}, []channeltest.Answer{none, ours("whatsapp:+551187654321", "Consulta")}, "SM_ours", "", 2},
		"buttons":                  {engine.Content{Text: "Sim?", Choices: []engine.Choice{{ID: "a", Title: "Sim"}, {ID: "b", Title: "Não"}}}, []channeltest.Answer{ours("whatsapp:+5511987654321", "Sim?")}, "SM_ours", "", 1},
		"a template":               {engine.Content{Template: listSID, Text: "Oi Ana"}, []channeltest.Answer{none, none, ours("whatsapp:+5511987654321", "Oi Ana")}, "SM_ours", "", 3},
		"a template changed since": {engine.Content{Template: listSID, Text: "Oi Ana"}, []channeltest.Answer{ours("whatsapp:+5511987654321", "Olá Ana")}, "", "reads otherwise", 1},
		"an SMS":                   {engine.Content{Text: "Consulta"}, []channeltest.Answer{listing("", message("SM_sms", "Consulta", now))}, "", "", 4},
		"surely absent":            {engine.Content{Text: "Consulta"}, []channeltest.Answer{none}, "", "", 4},
		"nothing that was sent":    {engine.Content{}, []channeltest.Answer{none}, "", "no text", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answers...)
			finder := server.Open(t, twilio.New, onWhatsApp(), nil).(channel.Finder)
			receipt, found, err := finder.Find(context.Background(), channel.Sought{
				Outbound: channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: c.content},
				Since:    time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC),
			})
			if (err == nil) != (c.err == "") || (err != nil && !strings.Contains(err.Error(), c.err)) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			if found != (c.sid != "") || receipt.ProviderID != c.sid {
				t.Errorf("%q, found %v", receipt.ProviderID, found)
			}
			if got := server.Requests(); len(got) != c.calls || (len(got) > 0 && got[0].URL.Query().Get("To") != "whatsapp:+5511987654321") {
				t.Errorf("%d calls, want %d", len(got), c.calls)
			}
		})
	}
}

func TestWhatsAppTestComparesContents(t *testing.T) {
	active := channeltest.Answer{Body: `{"status":"active"}`}
	one := func(sid, types, approval string) string {
		return `{"sid":"` + sid + `","friendly_name":"x","language":"pt_BR","variables":{},"types":` + types + `,"approval_requests":` + approval + `}`
	}
	contents := func(next string, all ...string) channeltest.Answer {
		return channeltest.Answer{Body: `{"contents":[` + strings.Join(all, ",") + `],"meta":{"page":0,"page_size":100,"next_page_url":` + next + `,"key":"contents"}}`}
	}
	const approved, waiting = `{"name":"x","category":"UTILITY","content_type":"twilio/text","status":"approved","rejection_reason":""}`, `{"status":"pending"}`
	confirm := one(confirmSID, `{"twilio/text":{"body":"Oi {{1}}"}}`, approved)
	greet := one(namedSID, `{"twilio/quick-reply":{"body":"Oi","actions":[{"title":"Sim","id":"yes"}]},"twilio/text":"odd"}`, approved)
	buttons := one(buttonsSID, `{"twilio/quick-reply":{"body":"{{text}}","actions":[{"title":"{{title1}}","id":"{{id1}}"},{"title":"{{title2}}","id":"{{id2}}"}]}}`, `null`)
	rows := one(rowsSID, `{"twilio/list-picker":{"body":"{{text}}","button":"{{button}}","items":[{},{},{}]}}`, `{}`)
	list := one(listSID, `{"twilio/list-picker":{"body":"{{text}}","button":"{{button}}","items":[{},{},{},{}]}}`, `{}`)
	for name, c := range map[string]struct {
		values  map[string]string
		answers []channeltest.Answer
		want    string
		calls   int
	}{
		"all are there":   {nil, []channeltest.Answer{active, contents("null", confirm, greet, buttons, rows, list)}, "", 2},
		"on two pages":    {nil, []channeltest.Answer{active, contents(`"/v1/ContentAndApprovals?PageSize=100&Page=1"`, confirm, greet), contents("null", buttons, rows, list)}, "", 3},
		"nothing to look": {map[string]string{"templates": " ", "choices": " "}, []channeltest.Answer{active}, "", 1},
		"not approved, missing, and of another size": {nil, []channeltest.Answer{active, contents("null", one(confirmSID, `{}`, waiting), greet, buttons, one(listSID, `{}`, `{}`))},
			"the connection works, but the Contents do not: choices list_3: the account has no Content " + rowsSID + "; choices list_4: its Content has 0; templates confirm/pt_BR: WhatsApp has not approved it (pending); compare with", 2},
		"more than one looks at":  {nil, []channeltest.Answer{active, contents(`"/v1/ContentAndApprovals?Page=9"`)}, "", 11},
		"elsewhere":               {nil, []channeltest.Answer{active, contents(`"https://evil.example/v1"`)}, "not Twilio's", 2},
		"a key without the right": {nil, []channeltest.Answer{active, {Status: 401, Body: `{"code":20003,"message":"Authenticate"}`}}, "refused to show its Contents (HTTP 401, 20003: Authenticate); check what the API key may do", 2},
		"no list":                 {nil, []channeltest.Answer{active, {Body: `<html>`}}, "cannot be read", 2},
		"broken off":              {nil, []channeltest.Answer{active, {Body: `{`, Truncate: true}}, "could not be reached", 2},
		"suspended":               {nil, []channeltest.Answer{{Body: `{"status":"suspended"}`}}, "the Twilio account is suspended", 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answers...)
			err := server.Open(t, twilio.New, onWhatsApp(), c.values).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v\nwant %q", err, c.want)
			}
			for _, r := range server.Requests() {
				if r.Method != http.MethodGet || r.Header.Get("Authorization") == "" {
					t.Errorf("asked %s %s", r.Method, r.URL)
				}
			}
			if got := len(server.Requests()); got != c.calls {
				t.Errorf("%d calls, want %d", got, c.calls)
			}
		})
	}
}

// TestSmartEncoding: accents go only where that saves a segment, and the same text
// is looked for afterwards.
func TestSmartEncoding(t *testing.T) {
	long := "Olá, Ana! Confirmamos a sua sessão de fisioterapia amanhã às 14h30. Responda SIM ou NÃO."
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	form := func(body string) url.Values {
		return url.Values{"To": {"+5511987654321"}, "From": {"+12025550143"}, "Body": {body}, "StatusCallback": {"https://example.com/webhooks/sms-demo"}}
	}
	sends := func(name, setting, text, body string) channeltest.OutgoingCase {
		return channeltest.OutgoingCase{Name: name, Values: map[string]string{"smart_encoding": setting}, Out: channel.Outbound{To: phone, Content: engine.Content{Text: text}},
			Answer: channeltest.Answer{Status: 201, Body: `{"sid":"SM1"}`}, Receipt: channel.Receipt{ProviderID: "SM1"}, Want: &channeltest.Request{Form: form(body)}}
	}
	plain := "Ola, Ana! Confirmamos a sua sessao de fisioterapia amanha às 14h30. Responda SIM ou NAO."
	channeltest.Outgoing(t, twilio.New, settings(), []channeltest.OutgoingCase{
		sends("one segment instead of two", "true", long, plain),
		sends("one segment all the same", "true", "Até amanhã!", "Até amanhã!"),
		sends("not asked for", "", long, long),
	})
	server := channeltest.NewServer(t, listing("", message("SM_ours", plain, "Mon, 23 Nov 2026 18:00:05 +0000")))
	_, found, err := server.Open(t, twilio.New, settings(), map[string]string{"smart_encoding": "true"}).(channel.Finder).Find(context.Background(),
		channel.Sought{Outbound: channel.Outbound{To: phone, Content: engine.Content{Text: long}}, Since: time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)})
	if err != nil || !found {
		t.Errorf("found %v, %v", found, err)
	}
}
