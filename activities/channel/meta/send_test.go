package meta_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/meta"
	"jornada/engine"
)

const accepted = `{"messaging_product":"whatsapp","contacts":[{"input":"+16505551234","wa_id":"16505551234","user_id":"US.13491208655302741918"}],"messages":[{"id":"wamid.A","message_status":"accepted"}]}`

var (
	placeholder = engine.Address{Kind: engine.WAID, Value: "{{Recipient-Phone-Number}}"}
	published   = engine.Address{Kind: engine.WAID, Value: "16505551234"}
)

// TestGoldenBodies builds the vendor's own published requests.
func TestGoldenBodies(t *testing.T) {
	var golden struct {
		Bodies map[string]json.RawMessage `json:"bodies"`
	}
	channeltest.Load(t, "wa-send-bodies.json", &golden)
	reply := func(n, id string) engine.Choice {
		return engine.Choice{ID: n, Title: "<BUTTON_TITLE_" + n + ">", Payload: id}
	}
	for name, out := range map[string]channel.Outbound{
		"Send Text Message": {To: placeholder, Content: engine.Content{Text: "text-message-content"}},
		"Send Reply to Text Message": {To: placeholder, ReplyTo: "<MSGID_OF_PREV_MSG>",
			Content: engine.Content{Text: "<TEXT_MSG_CONTENT>"}},
		"Send Text Message with Preview URL": {To: placeholder, Content: engine.Content{Text: "Please visit https://youtu.be/hpltvTEiRrY."}},
		"Send Reply Button": {To: placeholder, Content: engine.Content{Text: "<BUTTON_TEXT>",
			Choices: []engine.Choice{reply("1", "<UNIQUE_BUTTON_ID_1>"), reply("2", "<UNIQUE_BUTTON_ID_2>")}}},
		"Send Image Message by URL": {To: placeholder, Content: engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "http(s)://image-url"}}},
		"Send Document Message by URL": {To: placeholder, Content: engine.Content{Text: "<DOCUMENT-CAPTION-TEXT>",
			Media: &engine.MediaLink{Kind: "document", URL: "<http(s)://document-url>"}}},
		"Send Video Message by URL": {To: placeholder, Content: engine.Content{Text: "<VIDEO_CAPTION_TEXT>",
			Media: &engine.MediaLink{Kind: "video", URL: "<http(s)://video-url>"}}},
		"Template named parameters": {To: published, Content: engine.Content{Template: "order_confirmation", Language: "en-US", Named: true,
			Order: []string{"first_name", "order_number"}, Params: map[string]string{"first_name": "Jessica", "order_number": "SKBUP2-4CPIG9"}}},
		"Template URL button (courier test shape)": {To: published, Content: engine.Content{Template: "revive_issue", Language: "en_US", Order: []string{"name", "kind", "code"},
			Params: map[string]string{"name": "Ryan Lewis", "kind": "niño", "code": "id00231"}, Media: &engine.MediaLink{Kind: "image", URL: "https://foo.bar/image.jpg"},
			Choices: []engine.Choice{{ID: "yes", Title: "Sim", Payload: "Sip"}},
			Places:  &engine.TemplatePlaces{Body: []string{"name", "kind"}, Links: []engine.TemplateLink{{Index: 1, Param: "code"}}}}},
		"To a BSUID": {To: engine.Address{Kind: engine.BSUID, Value: "US.13491208655302741918"}, Content: engine.Content{Text: "Simple Message"}},
	} {
		t.Run(name, func(t *testing.T) {
			body := golden.Bodies[name]
			if body == nil {
				t.Fatal("no such golden body")
			}
			// The placeholders are no addresses; give both sides real ones.
			real := strings.NewReplacer("http(s)://", "https://", "<https://document-url>", "https://document-url", "<https://video-url>", "https://video-url")
			want := map[string]any{}
			if err := json.Unmarshal([]byte(real.Replace(strings.NewReplacer("<http(s)", "http(s)", "-url>", "-url").Replace(string(body)))), &want); err != nil {
				t.Fatal(err)
			}
			want["recipient_type"] = "individual" // left out by one example, where it is the default
			if want["type"] == nil {
				want["type"] = "text" // likewise
			}
			if m := out.Content.Media; m != nil && !strings.HasPrefix(m.URL, "https://") {
				m.URL = "https://" + strings.Trim(strings.TrimPrefix(strings.TrimPrefix(m.URL, "<"), "http(s)://"), "<>")
			}
			text, _ := json.Marshal(want)
			channeltest.Outgoing(t, meta.New, settings(), []channeltest.OutgoingCase{{
				Name: "body", Out: out, Answer: channeltest.Answer{Body: accepted},
				Want: &channeltest.Request{
					Method: "POST", Path: "/v23.0/" + number + "/messages", JSON: string(text),
					Header: map[string]string{"Authorization": "Bearer demo-token", "Content-Type": "application/json"},
				},
				Receipt: acceptedReceipt,
			}})
		})
	}
}

var acceptedReceipt = channel.Receipt{ProviderID: "wamid.A", Recipient: []engine.Address{
	{Kind: engine.WAID, Value: "16505551234"}, {Kind: engine.BSUID, Value: "US.13491208655302741918"},
}}

func choices(n int) []engine.Choice {
	all := []engine.Choice{}
	for i := range n {
		id := string(rune('a' + i))
		all = append(all, engine.Choice{ID: id, Title: "Opção " + strings.ToUpper(id), Payload: "jr1|e|s|0|" + id})
	}
	return all
}

func TestBodies(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	ok := channeltest.Answer{Body: accepted}
	envelope := func(rest string) *channeltest.Request {
		return &channeltest.Request{JSON: `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+5511987654321",` + rest + `}`}
	}
	row := func(id string) string {
		return `{"id":"jr1|e|s|0|` + strings.ToLower(id) + `","title":"Opção ` + id + `"}`
	}
	channeltest.Outgoing(t, meta.New, settings(), []channeltest.OutgoingCase{
		{
			Name: "template with positional parameters, buttons and our reference",
			Out: channel.Outbound{Ref: "msg_1", To: engine.Address{Kind: engine.Phone, Value: "5511987654321"}, Content: engine.Content{
				Template: "appointment_confirm", Language: "pt_BR", Order: []string{"name", "when"},
				Params: map[string]string{"name": " Ana\nMaria ", "when": "terça,\t 10h"}, Choices: choices(2),
			}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"biz_opaque_callback_data":"msg_1","type":"template","template":{"name":"appointment_confirm","language":{"code":"pt_BR"},"components":[
				{"type":"body","parameters":[{"type":"text","text":"Ana Maria"},{"type":"text","text":"terça, 10h"}]},
				{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"jr1|e|s|0|a"}]},
				{"type":"button","sub_type":"quick_reply","index":"1","parameters":[{"type":"payload","payload":"jr1|e|s|0|b"}]}]}`),
		},
		{
			Name: "template with parameters in its header and in a button before the quick replies",
			Out: channel.Outbound{To: phone, Content: engine.Content{
				Template: "visit", Language: "pt_BR", Named: true, Order: []string{"doctor", "name", "code"},
				Params: map[string]string{"doctor": "Dra. Bia", "name": "Ana", "code": "x1"}, Choices: choices(2),
				Places: &engine.TemplatePlaces{Header: []string{"doctor"}, Body: []string{"name"}, Links: []engine.TemplateLink{{Index: 0, Param: "code"}, {Index: 2}}},
			}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"template","template":{"name":"visit","language":{"code":"pt_BR"},"components":[
				{"type":"header","parameters":[{"type":"text","parameter_name":"doctor","text":"Dra. Bia"}]},
				{"type":"body","parameters":[{"type":"text","parameter_name":"name","text":"Ana"}]},
				{"type":"button","sub_type":"quick_reply","index":"1","parameters":[{"type":"payload","payload":"jr1|e|s|0|a"}]},
				{"type":"button","sub_type":"quick_reply","index":"3","parameters":[{"type":"payload","payload":"jr1|e|s|0|b"}]},
				{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"x1"}]}]}`),
		},
		{
			Name: "template with a parameter of a button that is empty",
			Out: channel.Outbound{To: phone, Content: engine.Content{Template: "visit", Language: "pt_BR", Params: map[string]string{"name": "Ana", "code": " "},
				Places: &engine.TemplatePlaces{Body: []string{"name"}, Links: []engine.TemplateLink{{Index: 0, Param: "code"}}}}},
			Failure: &channeltest.Failure{Class: channel.FixRequest, Message: `the template "visit" needs the parameter "code", which is empty for this contact`},
		},
		{
			Name: "template with a picture and parameters without an order",
			Out: channel.Outbound{To: phone, Content: engine.Content{Template: "t", Language: "pt_BR", Params: map[string]string{"10": "j", "2": "b", "1": "a"},
				Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"}}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"template","template":{"name":"t","language":{"code":"pt_BR"},"components":[
				{"type":"header","parameters":[{"type":"image","image":{"link":"https://example.com/a.png"}}]},
				{"type":"body","parameters":[{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"text","text":"j"}]}]}`),
		},
		{
			Name:   "template without anything to fill in",
			Out:    channel.Outbound{To: phone, Content: engine.Content{Template: "hello", Language: "en_US"}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"template","template":{"name":"hello","language":{"code":"en_US"}}`),
		},
		{
			Name: "three choices are buttons, with footer and picture",
			Out: channel.Outbound{To: phone, Content: engine.Content{Text: "Podemos confirmar?", Footer: "Clínica Demo", Choices: choices(3),
				Media: &engine.MediaLink{Kind: "image", URL: "https://example.com/a.png"}}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"interactive","interactive":{"type":"button","header":{"type":"image","image":{"link":"https://example.com/a.png"}},
				"body":{"text":"Podemos confirmar?"},"footer":{"text":"Clínica Demo"},"action":{"buttons":[
				{"type":"reply","reply":` + row("A") + `},{"type":"reply","reply":` + row("B") + `},{"type":"reply","reply":` + row("C") + `}]}}`),
		},
		{
			Name:   "four choices are a list",
			Out:    channel.Outbound{To: phone, Locale: "pt-BR", Content: engine.Content{Text: "Qual?", Choices: choices(4)}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"interactive","interactive":{"type":"list","body":{"text":"Qual?"},"action":{"button":"Opções","sections":[{"rows":[` +
				row("A") + `,` + row("B") + `,` + row("C") + `,` + row("D") + `]}]}}`),
		},
		{
			Name:   "a list in sections, however short",
			Out:    channel.Outbound{To: phone, Locale: "pt-BR", Content: engine.Content{Text: "Qual?", Choices: []engine.Choice{{ID: "m", Title: "8h", Payload: "p1", Section: "Manhã"}, {ID: "n", Title: "9h", Payload: "p2", Section: "Manhã"}, {ID: "t", Title: "14h", Payload: "p3", Section: "Tarde, com a doutora Exemplo"}}}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"interactive","interactive":{"type":"list","body":{"text":"Qual?"},"action":{"button":"Opções","sections":[
				{"title":"Manhã","rows":[{"id":"p1","title":"8h"},{"id":"p2","title":"9h"}]},{"title":"Tarde, com a doutora Ex…","rows":[{"id":"p3","title":"14h"}]}]}}`),
		},
		{
			Name: "a title too long for a button makes a list, the whole of it below",
			Out: channel.Outbound{To: phone, Locale: "en", Content: engine.Content{Text: "?", Choices: []engine.Choice{
				{ID: "x", Title: "Prefiro falar com uma pessoa", Payload: "p"},
			}}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"interactive","interactive":{"type":"list","body":{"text":"?"},"action":{"button":"Options","sections":[{"rows":[
				{"id":"p","title":"Prefiro falar com uma p…","description":"Prefiro falar com uma pessoa"}]}]}}`),
		},
		{
			Name:   "a reaction quotes nothing",
			Out:    channel.Outbound{To: phone, ReplyTo: "wamid.X", Content: engine.Content{Reaction: &engine.Reaction{Emoji: "👍", To: "wamid.HBgN"}}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"reaction","reaction":{"message_id":"wamid.HBgN","emoji":"👍"}`),
		},
		{
			Name:   "a reaction is taken back",
			Out:    channel.Outbound{To: phone, Ref: "msg_1", Content: engine.Content{Reaction: &engine.Reaction{To: "wamid.HBgN"}}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"biz_opaque_callback_data":"msg_1","type":"reaction","reaction":{"message_id":"wamid.HBgN","emoji":""}`),
		},
		{
			Name:   "eleven choices are typed",
			Out:    channel.Outbound{To: phone, Content: engine.Content{Text: "Nota?", Choices: choices(11)}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"text","text":{"preview_url":false,"body":"Nota?\n1. Opção A\n2. Opção B\n3. Opção C\n4. Opção D\n5. Opção E\n6. Opção F\n7. Opção G\n8. Opção H\n9. Opção I\n10. Opção J\n11. Opção K"}`),
		},
		{
			Name:   "a text has no place for a footer",
			Out:    channel.Outbound{To: phone, Content: engine.Content{Text: "Oi", Footer: "Clínica Demo"}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"text","text":{"preview_url":false,"body":"Oi\n\nClínica Demo"}`),
		},
		{
			Name:   "previews can be turned off",
			Values: map[string]string{"preview_url": "never"},
			Out:    channel.Outbound{To: phone, Content: engine.Content{Text: "https://example.com/"}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: envelope(`"type":"text","text":{"preview_url":false,"body":"https://example.com/"}`),
		},
		{
			Name:   "another company's address and key",
			Values: map[string]string{"auth_header": "D360-API-KEY", "messages_path": "/messages"},
			Out:    channel.Outbound{To: phone, Content: engine.Content{Text: "Oi"}},
			Answer: ok, Receipt: acceptedReceipt,
			Want: &channeltest.Request{Path: "/messages", Header: map[string]string{"D360-API-KEY": "demo-token", "Authorization": ""}},
		},
	})
}

func TestRefusedBeforeCalling(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	for want, out := range map[string]channel.Outbound{
		"the message has no recipient": {Content: engine.Content{Text: "x"}},
		"WhatsApp cannot send to an address of the kind \"email\"; it needs phone, wa_id or bsuid": {To: engine.Address{Kind: engine.EmailAddress, Value: "a@example.com"}},
		"the message has no text":                                                                      {To: phone},
		"the text has 4097 characters; WhatsApp allows 4,096":                                          {To: phone, Content: engine.Content{Text: strings.Repeat("á", 4097)}},
		"the text has 1025 characters; WhatsApp allows 1024 above options":                             {To: phone, Content: engine.Content{Text: strings.Repeat("x", 1025), Choices: choices(2)}},
		"a message with options needs a text above them":                                               {To: phone, Content: engine.Content{Choices: choices(2)}},
		"the option \"a\" needs a payload of 1 to 256 bytes; it has 257":                               {To: phone, Content: engine.Content{Text: "x", Choices: []engine.Choice{{ID: "a", Title: "A", Payload: strings.Repeat("x", 257)}}}},
		"the template \"t\" needs the parameter \"name\", which is empty for this contact":             {To: phone, Content: engine.Content{Template: "t", Language: "pt_BR", Order: []string{"name"}}},
		"the template \"t\" has no language; a template is known by name and language":                 {To: phone, Content: engine.Content{Template: "t"}},
		"the media address must begin with https:// (or http://)":                                      {To: phone, Content: engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "file:///etc/passwd"}}},
		"a message of the kind \"audio\" cannot carry text; send the text on its own":                  {To: phone, Content: engine.Content{Text: "x", Media: &engine.MediaLink{Kind: "audio", URL: "https://example.com/a"}}},
		"WhatsApp has no media of the kind \"hologram\"; use image, document, video, audio or sticker": {To: phone, Content: engine.Content{Media: &engine.MediaLink{Kind: "hologram", URL: "https://example.com/a"}}},
		"our reference has more than 512 characters":                                                   {To: phone, Ref: strings.Repeat("x", 513), Content: engine.Content{Text: "x"}},
	} {
		channeltest.Outgoing(t, meta.New, settings(), []channeltest.OutgoingCase{{
			Name: want, Out: out, Answer: channeltest.Answer{Body: accepted},
			Failure: &channeltest.Failure{Class: channel.FixRequest, Message: want},
		}})
	}
}

func TestAnswers(t *testing.T) {
	out := channel.Outbound{Ref: "r", To: published, Content: engine.Content{Text: "Oi"}}
	want := &channeltest.Request{Method: "POST"}
	refuse := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	unclear := &channeltest.Failure{Class: channel.RetryLater, Doubt: channel.Unclear}
	channeltest.Outgoing(t, meta.New, settings(), []channeltest.OutgoingCase{
		{Name: "held back", Out: out, Want: want, Answer: channeltest.Answer{Body: `{"messages":[{"id":"wamid.B","message_status":"held_for_quality_assessment"}]}`},
			Receipt: channel.Receipt{ProviderID: "wamid.B", Held: true}},
		{Name: "throttled with a pause", Out: out, Want: want,
			Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "7"}, Body: `{"error":{"code":130429,"message":"(#130429) Rate limit hit"}}`},
			Failure: &channeltest.Failure{Class: channel.Throttle, Code: "130429", RetryAfter: 7 * time.Second,
				Message: "WhatsApp asks for a slower pace; the message waits its turn: (#130429) Rate limit hit"}},
		{Name: "unknown code, 429", Out: out, Want: want, Answer: refuse(429, `{"error":{"code":999999}}`), Failure: &channeltest.Failure{Class: channel.Throttle, Code: "999999"}},
		{Name: "unknown code, 400", Out: out, Want: want, Answer: refuse(400, `{"error":{"code":999999}}`), Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "999999"}},
		{Name: "unknown code, 403", Out: out, Want: want, Answer: refuse(403, `{"error":{"code":999999}}`), Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "999999"}},
		{Name: "a session that is over", Out: out, Want: want, Answer: refuse(401, `{"error":{"code":102}}`), Failure: &channeltest.Failure{Class: channel.Reauth, Code: "102"}},
		{Name: "unknown code, 500", Out: out, Want: want, Answer: refuse(500, `{"error":{"code":999999}}`), Failure: &channeltest.Failure{Class: channel.RetryLater, Code: "999999", Doubt: channel.Unclear}},
		{Name: "500 that names a refusal", Out: out, Want: want, Answer: refuse(500, `{"error":{"code":131045}}`), Failure: &channeltest.Failure{Class: channel.StopSender, Code: "131045"}},
		{Name: "503 with their trouble", Out: out, Want: want, Answer: refuse(503, `{"error":{"code":"2"}}`), Failure: &channeltest.Failure{Class: channel.RetryLater, Code: "2", Doubt: channel.Unclear}},
		{Name: "502 from something between", Out: out, Want: want, Answer: refuse(502, `<html>bad gateway`), Failure: unclear},
		{Name: "401 without a body", Out: out, Want: want, Answer: refuse(401, ``), Failure: &channeltest.Failure{Class: channel.Reauth}},
		{Name: "404 without a body", Out: out, Want: want, Answer: refuse(404, ``), Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: "the address in base_url does not know this number; check base_url, version and phone_number_id"}},
		{Name: "redirect is not followed", Out: out, Want: want, Answer: channeltest.Answer{Status: 307, Header: map[string]string{"Location": "/elsewhere"}},
			Failure: &channeltest.Failure{Class: channel.FixRequest}},
		{Name: "marketing cap", Out: out, Want: want, Answer: refuse(400, `{"error":{"code":131049}}`), Failure: &channeltest.Failure{Class: channel.DeferMarketing, Code: "131049", RetryAfter: 24 * time.Hour}},
		{Name: "pair limit", Out: out, Want: want, Answer: refuse(403, `{"error":{"code":131056}}`), Failure: &channeltest.Failure{Class: channel.Throttle, Code: "131056", RetryAfter: 6 * time.Second}},
		{Name: "200 without an id", Out: out, Want: want, Answer: refuse(200, `{}`), Failure: &channeltest.Failure{Class: channel.FixRequest, Doubt: channel.Unclear}},
		{Name: "200 cut off", Out: out, Want: want, Answer: channeltest.Answer{Body: accepted, Truncate: true}, Failure: unclear},
		{Name: "reset after the request", Out: out, Want: want, Answer: channeltest.Answer{Reset: true}, Failure: unclear},
		{Name: "no answer", Out: out, Want: want, Answer: channeltest.Answer{Hang: true}, Failure: unclear},
	})
}

// TestResetOnAKeptConnection is the trap of net/http: a request on a kept-alive
// connection that breaks may be resent by the client itself. A POST of ours is not.
func TestResetOnAKeptConnection(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{Body: accepted}, channeltest.Answer{Reset: true}, channeltest.Answer{Body: accepted})
	provider := server.Open(t, meta.New, settings(), nil)
	out := channel.Outbound{Ref: "r", To: published, Content: engine.Content{Text: "Oi"}}
	if _, err := provider.Send(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	_, err := provider.Send(context.Background(), out)
	var failure *channel.SendError
	if !errors.As(err, &failure) || failure.Doubt != channel.Unclear {
		t.Errorf("got %v, want a doubt", err)
	}
	if n := len(server.Requests()); n != 2 {
		t.Errorf("%d requests reached the provider, want 2: the broken one was replayed", n)
	}
}

func TestNothingWrittenIsCertain(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	server := channeltest.NewServer(t, channeltest.Answer{Body: accepted})
	for name, base := range map[string]string{
		"refused":      "http://" + address,
		"no TLS there": strings.Replace(server.URL, "http:", "https:", 1),
		"not loopback": "http://192.0.2.1",
	} {
		t.Run(name, func(t *testing.T) {
			provider := server.Open(t, meta.New, settings(), map[string]string{"base_url": base})
			_, err := provider.Send(context.Background(), channel.Outbound{To: published, Content: engine.Content{Text: "Oi"}})
			var failure *channel.SendError
			if !errors.As(err, &failure) || failure.Doubt != channel.Certain || failure.Class != channel.RetryLater {
				t.Errorf("got %#v", err)
			}
		})
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestErrorTable sends every published code both ways: as an answer, and later
// in a failed status.
func TestErrorTable(t *testing.T) {
	var table struct {
		Errors []struct {
			Code  json.RawMessage
			HTTP  int
			Class channel.Class
		}
	}
	channeltest.Load(t, "wa-errors.json", &table)
	if len(table.Errors) != 57 {
		t.Fatalf("%d codes", len(table.Errors))
	}
	classifier := open(t, nil).(channel.Classifier)
	for _, e := range table.Errors {
		code := strings.Trim(string(e.Code), `"`)
		if code == "200-299" {
			code = "230"
		}
		t.Run(code, func(t *testing.T) {
			if got := classifier.Classify(code); got != e.Class {
				t.Errorf("as a status: %s, want %s", got, e.Class)
			}
			server := channeltest.NewServer(t, channeltest.Answer{Status: e.HTTP, Body: `{"error":{"code":` + code + `,"fbtrace_id":"trace","error_data":{"details":"to 5511987654321"}}}`})
			_, err := server.Open(t, meta.New, settings(), nil).Send(context.Background(), channel.Outbound{To: published, Content: engine.Content{Text: "Oi"}})
			var failure *channel.SendError
			if !errors.As(err, &failure) || failure.Class != e.Class || failure.Code != code {
				t.Fatalf("as an answer: %#v, want %s", err, e.Class)
			}
			if doubt := e.HTTP >= 500 && e.Class == channel.RetryLater; (failure.Doubt == channel.Unclear) != doubt {
				t.Errorf("doubt is %v", failure.Doubt)
			}
			if strings.Contains(failure.Detail+failure.Message, "5511987654321") || !strings.Contains(failure.Detail, "fbtrace_id=trace") {
				t.Errorf("detail %q", failure.Detail)
			}
		})
	}
	if classifier.Classify("x") != channel.FixRequest || classifier.Classify("999") != channel.FixRequest {
		t.Error("an unknown code must not be retried")
	}
}
