package zenvia_test

import (
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// The requests are those of Zenvia's own examples (spec/resources/examples and
// test/contract/cases in github.com/zenvia/zenvia-openapi-spec).
const created = `{"id":"CREATED MESSAGE ID","direction":"OUT","from":"5510999999999","to":"55108888888888","contents":[{"type":"text","text":"some text"}]}`

var (
	waID     = engine.Address{Kind: engine.WAID, Value: "55108888888888"}
	phone    = engine.Address{Kind: engine.Phone, Value: "+55108888888888"}
	accepted = channel.Receipt{ProviderID: "CREATED MESSAGE ID"}
	answer   = channeltest.Answer{Body: created}
)

func want(channelPath, contents string, more ...string) *channeltest.Request {
	body := `{"from":"5510999999999","to":"55108888888888","contents":` + contents + strings.Join(more, "") + `}`
	return &channeltest.Request{Method: "POST", Path: "/v2/channels/" + channelPath + "/messages", JSON: body,
		Header: map[string]string{"X-API-TOKEN": "hKp94crjv9OF3UGrCpSXUJw1-demo", "Content-Type": "application/json"}}
}

func choices(n int, title string) []engine.Choice {
	all := []engine.Choice{}
	for i := range n {
		id := string(rune('1' + i))
		all = append(all, engine.Choice{ID: "btn" + id, Title: title + " " + id, Payload: "p" + id})
	}
	return all
}

func TestWhatsApp(t *testing.T) {
	content := func(c engine.Content) channel.Outbound { return channel.Outbound{To: waID, Content: c} }
	image := &engine.MediaLink{Kind: "image", URL: "https://zenvia.com/zenvia-team.png"}
	pdf := &engine.MediaLink{Kind: "document", URL: "https://zenvia.com/document.pdf"}
	whatsApp := func(contents string, more ...string) *channeltest.Request { return want("whatsapp", contents, more...) }
	two := []engine.Choice{{ID: "btn1", Title: "Button One"}, {ID: "btn2", Title: "Button Two"}}
	buttons := `"buttons":[{"id":"btn1","title":"Button One"},{"id":"btn2","title":"Button Two"}]`
	stage.On(engine.WhatsApp).Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text", Out: content(engine.Content{Text: "some text"}), Want: whatsApp(`[{"type":"text","text":"some text"}]`), Answer: answer, Receipt: accepted},
		{Name: "our reference and a quote", Out: channel.Outbound{To: phone, Ref: "msg_1", ReplyTo: "zin-1", Content: engine.Content{Text: "Olá ✅", Footer: "Clínica"}}, Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"text","text":"Olá ✅\n\nClínica"}]`, `,"externalId":"msg_1","idRef":"zin-1"`)},
		{Name: "buttons under a file", Out: content(engine.Content{Text: "Your message body text here", Footer: "Your message footer text here", Media: image, Choices: two}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"button","header":{"type":"file","fileUrl":"https://zenvia.com/zenvia-team.png"},"body":"Your message body text here","footer":"Your message footer text here",` + buttons + `}]`)},
		{Name: "a list", Out: channel.Outbound{To: waID, Locale: "en", Content: engine.Content{Text: "Choose", Footer: "F", Choices: choices(4, "Item")}}, Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"list","body":"Choose","footer":"F","button":"Options","sections":[{"title":"Options","rows":[{"id":"p1","title":"Item 1"},{"id":"p2","title":"Item 2"},{"id":"p3","title":"Item 3"},{"id":"p4","title":"Item 4"}]}]}]`)},
		{Name: "a list in sections", Out: content(engine.Content{Text: "Choose", Choices: []engine.Choice{{ID: "m", Title: "8h", Payload: "p1", Section: "Manhã"}, {ID: "n", Title: "9h", Payload: "p2", Section: "Manhã"}, {ID: "t", Title: "14h", Payload: "p3", Section: "Tarde, com a doutora Exemplo"}}}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"list","body":"Choose","button":"Opções","sections":[{"title":"Manhã","rows":[{"id":"p1","title":"8h"},{"id":"p2","title":"9h"}]},{"title":"Tarde, com a doutora Ex…","rows":[{"id":"p3","title":"14h"}]}]}]`)},
		{Name: "a title too long for a button", Out: content(engine.Content{Text: "Choose", Media: image, Choices: choices(1, "Quinta-feira, 26 de novembro")}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"list","body":"Choose\nhttps://zenvia.com/zenvia-team.png","button":"Opções","sections":[{"title":"Opções","rows":[{"id":"p1","title":"Quinta-feira, 26 de nov…","description":"Quinta-feira, 26 de novembro 1"}]}]}]`)},
		{Name: "more choices than a list holds", Out: content(engine.Content{Text: "Q", Choices: choices(11, "T")[:11]}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"text","text":"Q\n1. T 1\n2. T 2\n3. T 3\n4. T 4\n5. T 5\n6. T 6\n7. T 7\n8. T 8\n9. T 9\n10. T :\n11. T ;"}]`)},
		{Name: "a picture with a caption", Out: content(engine.Content{Text: "Our pic :)", Media: image}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"file","fileUrl":"https://zenvia.com/zenvia-team.png","fileCaption":"Our pic :)"}]`)},
		{Name: "a document alone", Out: content(engine.Content{Media: pdf}), Answer: answer, Receipt: accepted, Want: whatsApp(`[{"type":"file","fileUrl":"https://zenvia.com/document.pdf"}]`)},
		{Name: "a document has no caption", Out: content(engine.Content{Text: "Seu exame", Media: pdf}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"text","text":"Seu exame"},{"type":"file","fileUrl":"https://zenvia.com/document.pdf"}]`)},
		{Name: "a template", Out: content(engine.Content{Template: "confirm", Language: "pt-BR", Order: []string{"name", "product"}, Params: map[string]string{"name": "Jhon", "product": "Zenvia\nChat"}, Choices: two}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"template","templateId":"c2c3e42d-6fb7-4ad6-897a-dd7613469f58","fields":{"name":"Jhon","product":"Zenvia Chat"}}]`)},
		{Name: "a media template of any language", Out: content(engine.Content{Template: "survey", Language: "en", Params: map[string]string{"1": "a"}, Media: pdf}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`[{"type":"template","templateId":"template_id","fields":{"1":"a","documentUrl":"https://zenvia.com/document.pdf"}}]`)},
		{Name: "a template without an id", Out: content(engine.Content{Template: "confirm", Language: "en"}), Failure: &channeltest.Failure{Class: channel.FixTemplate,
			Message: "Zenvia knows templates by ids of its own; set template.confirm.en (or template.confirm) of this integration to the id that app.zenvia.com > Templates shows"}},
		{Name: "an empty parameter", Out: content(engine.Content{Template: "survey", Order: []string{"name"}}), Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: `the template "survey" needs the parameter "name", which is empty for this contact`}},
		{Name: "a recording in a template", Out: content(engine.Content{Template: "survey", Media: &engine.MediaLink{Kind: "audio", URL: "https://x"}}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "no address", Out: channel.Outbound{Content: engine.Content{Text: "x"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a person without a number", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.1"}, Content: engine.Content{Text: "x"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "no text", Out: content(engine.Content{}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "too long", Out: content(engine.Content{Text: strings.Repeat("á", 4097)}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "too long above buttons", Out: content(engine.Content{Text: strings.Repeat("á", 1025), Choices: two}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a payload too long for a row", Out: content(engine.Content{Text: "Q", Choices: append(choices(3, "T"), engine.Choice{ID: "x", Title: "T", Payload: strings.Repeat("p", 201)})}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a file that is nowhere", Out: content(engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "file:///etc/passwd"}}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
	})
}

func TestSMS(t *testing.T) {
	hello := channel.Outbound{To: phone, Ref: "msg_1", Content: engine.Content{Text: "Olá"}}
	text := func(s string) *channeltest.Request {
		return want("sms", `[{"type":"text","text":"`+s+`"}]`, `,"externalId":"msg_1"`)
	}
	refuse := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	stage.On(engine.SMS).Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text", Out: hello, Want: text("Olá"), Answer: answer, Receipt: accepted},
		{Name: "everything becomes text", Out: channel.Outbound{To: phone, Ref: "msg_1", ReplyTo: "zin-1", Content: engine.Content{Text: "Podemos confirmar?", Footer: "Clínica", Choices: choices(2, "Opção"), Media: &engine.MediaLink{Kind: "image", URL: "https://x.example/m"}}}, Answer: answer, Receipt: accepted,
			Want: text(`Podemos confirmar?\nhttps://x.example/m\nClínica\n1. Opção 1\n2. Opção 2`)},
		{Name: "too long", Out: channel.Outbound{To: phone, Content: engine.Content{Text: strings.Repeat("a", 1521)}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "not a phone", Out: channel.Outbound{To: waID, Content: engine.Content{Text: "x"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "refused", Out: hello, Want: text("Olá"), Answer: refuse(400, `{"code":"VALIDATION_ERROR","message":"Validation error","details":[{"code":"pattern","path":"to","message":"+55108888888888 is no number"}]}`),
			Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "VALIDATION_ERROR", Message: "Zenvia refused the message as wrong: Validation error; to ••• is no number"}},
		{Name: "token", Out: hello, Want: text("Olá"), Answer: refuse(401, `{"code":"AUTHENTICATION_ERROR","message":"No authorization token was found"}`), Failure: channeltest.Fail(channel.Reauth, channel.Certain, "AUTHENTICATION_ERROR")},
		{Name: "forbidden by something between", Out: hello, Want: text("Olá"), Answer: refuse(403, `<html>`), Failure: channeltest.Fail(channel.Reauth, channel.Certain, "")},
		{Name: "throttled", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "7"}}, Failure: &channeltest.Failure{Class: channel.Throttle, RetryAfter: 7e9}},
		{Name: "their trouble", Out: hello, Want: text("Olá"), Answer: refuse(500, `{"code":"INTERNAL_ERROR","message":"Internal error"}`), Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "INTERNAL_ERROR")},
		{Name: "503", Out: hello, Want: text("Olá"), Answer: refuse(503, "upstream"), Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "success without an id", Out: hello, Want: text("Olá"), Answer: refuse(200, `{}`), Failure: channeltest.Fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "reset after the request", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Reset: true}, Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Hang: true}, Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "half an answer", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Body: `{"id":`, Truncate: true}, Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "redirect", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Status: 307, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, Failure: &channeltest.Failure{Class: channel.FixRequest,
			Message: "the address in base_url answers with a redirect to another place (HTTP 307); put the final address into base_url"}},
		{Name: "nobody there", Values: map[string]string{"base_url": "http://127.0.0.1:1"}, Out: hello, Failure: channeltest.Fail(channel.RetryLater, channel.Certain, "")},
	})
}
