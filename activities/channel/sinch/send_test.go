package sinch_test

import (
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

var (
	waID     = engine.Address{Kind: engine.WAID, Value: "5511987654321"}
	phone    = engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	accepted = channel.Receipt{ProviderID: "01EBDV9EFP66ZA0GQJ9MCX1V9H"}
	answer   = channeltest.Answer{Body: `{"message_id":"01EBDV9EFP66ZA0GQJ9MCX1V9H","accepted_time":"2024-06-18T12:34:56Z"}`}
)

func want(ch, identity, message string, more ...string) *channeltest.Request {
	body := `{"app_id":"` + app + `","recipient":{"identified_by":{"channel_identities":[{"channel":"` + ch + `","identity":"` + identity + `"}]}},"channel_priority_order":["` + ch + `"],"message":` + message + strings.Join(more, "") + `}`
	return &channeltest.Request{Method: "POST", Path: "/v1/projects/c36f3d3d-1513/messages:send", JSON: body,
		Header: map[string]string{"Authorization": "Basic a2V5LTE6c2ho", "Content-Type": "application/json"}}
}

func TestWhatsApp(t *testing.T) {
	content := func(c engine.Content) channel.Outbound { return channel.Outbound{To: waID, Content: c} }
	whatsApp := func(message string, more ...string) *channeltest.Request {
		return want("WHATSAPP", "5511987654321", message, more...)
	}
	image := &engine.MediaLink{Kind: "image", URL: "https://example.com/image.jpg"}
	pdf := &engine.MediaLink{Kind: "document", URL: "https://example.com/document.pdf"}
	two := []engine.Choice{{ID: "yes", Title: "Confirm", Payload: "p1"}, {ID: "no", Title: "Cancel"}}
	four := append([]engine.Choice{{ID: "a", Title: "Quinta-feira, 26 de novembro"}, {ID: "b", Title: "B"}}, two...)
	stage.On(engine.WhatsApp).Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text with our reference", Out: channel.Outbound{To: phone, Ref: "msg_1", Content: engine.Content{Text: "Olá ✅", Footer: "Clínica"}}, Answer: answer, Receipt: accepted,
			Want: whatsApp(`{"text_message":{"text":"Olá ✅\n\nClínica"}}`, `,"message_metadata":"msg_1"`)},
		{Name: "choices", Out: content(engine.Content{Text: "Friendly reminder", Footer: "WhatsApp footer text", Choices: two}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`{"choice_message":{"text_message":{"text":"Friendly reminder"},"choices":[{"text_message":{"text":"Confirm"},"postback_data":"p1"},{"text_message":{"text":"Cancel"},"postback_data":"no"}],"message_properties":{"whatsapp_footer":"WhatsApp footer text"}}}`)},
		{Name: "choices under a picture", Out: content(engine.Content{Text: "Q", Media: image, Choices: two[:1]}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`{"choice_message":{"text_message":{"text":"Q\nhttps://example.com/image.jpg"},"choices":[{"text_message":{"text":"Confirm"},"postback_data":"p1"}]}}`)},
		{Name: "a list", Out: content(engine.Content{Text: "Choose", Footer: "F", Choices: four}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`{"list_message":{"title":"Choose","description":"F","message_properties":{"menu":"Opções"},"sections":[{"items":[{"choice":{"title":"Quinta-feira, 26 de nov…","description":"Quinta-feira, 26 de novembro","postback_data":"a"}},{"choice":{"title":"B","postback_data":"b"}},{"choice":{"title":"Confirm","postback_data":"p1"}},{"choice":{"title":"Cancel","postback_data":"no"}}]}]}}`)},
		{Name: "a list in sections", Out: content(engine.Content{Text: "Choose", Choices: []engine.Choice{{ID: "m", Title: "8h", Payload: "p1", Section: "Manhã"}, {ID: "n", Title: "9h", Payload: "p2", Section: "Manhã"}, {ID: "t", Title: "14h", Payload: "p3", Section: "Tarde, com a doutora Exemplo"}}}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`{"list_message":{"title":"Choose","message_properties":{"menu":"Opções"},"sections":[{"title":"Manhã","items":[{"choice":{"title":"8h","postback_data":"p1"}},{"choice":{"title":"9h","postback_data":"p2"}}]},{"title":"Tarde, com a doutora Ex…","items":[{"choice":{"title":"14h","postback_data":"p3"}}]}]}}`)},
		{Name: "media", Out: content(engine.Content{Media: pdf}), Answer: answer, Receipt: accepted, Want: whatsApp(`{"media_message":{"url":"https://example.com/document.pdf"}}`)},
		{Name: "a picture with a text", Out: content(engine.Content{Text: "Olha", Media: image}), Answer: answer, Receipt: accepted, Want: whatsApp(`{"card_message":{"title":"Olha","media_message":{"url":"https://example.com/image.jpg"}}}`)},
		{Name: "a document with a text", Out: content(engine.Content{Text: "Seu exame", Media: pdf}), Answer: answer, Receipt: accepted, Want: whatsApp(`{"text_message":{"text":"Seu exame\nhttps://example.com/document.pdf"}}`)},
		{Name: "a template", Out: content(engine.Content{Template: "interactive_template_quick_reply", Language: "pt-BR", Order: []string{"name", "when"}, Params: map[string]string{"name": "Ana", "when": "amanhã\n10h"}, Media: image, Choices: two}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`{"template_message":{"channel_template":{"WHATSAPP":{"template_id":"interactive_template_quick_reply","language_code":"pt_BR","parameters":{"header[1]image.link":"https://example.com/image.jpg","body[1]text":"Ana","body[2]text":"amanhã 10h","button[0]quick_reply[1]payload":"p1","button[1]quick_reply[1]payload":"no"}}}}}`)},
		{Name: "a template with parameters above the text and in a button", Out: content(engine.Content{Template: "visit", Language: "pt_BR", Params: map[string]string{"doctor": "Dra. Bia", "name": "Ana", "code": "x1"}, Choices: two,
			Places: &engine.TemplatePlaces{Header: []string{"doctor"}, Body: []string{"name"}, Links: []engine.TemplateLink{{Index: 0, Param: "code"}}}}), Answer: answer, Receipt: accepted,
			Want: whatsApp(`{"template_message":{"channel_template":{"WHATSAPP":{"template_id":"visit","language_code":"pt_BR","parameters":{"header[1]text":"Dra. Bia","body[1]text":"Ana","button[0]url[1]text":"x1","button[1]quick_reply[1]payload":"p1","button[2]quick_reply[1]payload":"no"}}}}}`)},
		{Name: "a template without a language", Out: content(engine.Content{Template: "t"}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a template of named parameters", Out: content(engine.Content{Template: "t", Language: "en", Named: true}), Failure: channeltest.Fail(channel.FixTemplate, channel.Certain, "")},
		{Name: "an empty parameter", Out: content(engine.Content{Template: "t", Language: "en", Order: []string{"name"}}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a recording in a template", Out: content(engine.Content{Template: "t", Language: "en", Media: &engine.MediaLink{Kind: "audio", URL: "https://x"}}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a payload too long", Out: content(engine.Content{Text: "Q", Choices: []engine.Choice{{ID: "x", Title: "T", Payload: strings.Repeat("p", 201)}}}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "options without a text", Out: content(engine.Content{Choices: two}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "no text", Out: content(engine.Content{}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a file that is nowhere", Out: content(engine.Content{Media: &engine.MediaLink{Kind: "image", URL: "x"}}), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "a person without a number", Out: channel.Outbound{To: engine.Address{Kind: engine.BSUID, Value: "BR.1"}, Content: engine.Content{Text: "x"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "nobody", Out: channel.Outbound{Content: engine.Content{Text: "x"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "an endless reference", Out: channel.Outbound{To: waID, Ref: strings.Repeat("r", 1025), Content: engine.Content{Text: "x"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
	})
}

func TestSMS(t *testing.T) {
	hello := channel.Outbound{To: phone, Content: engine.Content{Text: "Olá"}}
	text := func(s string, more ...string) *channeltest.Request {
		return want("SMS", "+5511987654321", `{"text_message":{"text":"`+s+`"}}`, more...)
	}
	refuse := func(status int, body string) channeltest.Answer {
		return channeltest.Answer{Status: status, Body: body}
	}
	stage.On(engine.SMS).Outgoing(t, []channeltest.OutgoingCase{
		{Name: "text", Out: hello, Want: text("Olá"), Answer: answer, Receipt: accepted},
		{Name: "by a sender of ours", Values: map[string]string{"sms_sender": "28000"}, Out: hello, Want: text("Olá", `,"channel_properties":{"SMS_SENDER":"28000"}`), Answer: answer, Receipt: accepted},
		{Name: "everything becomes text", Out: channel.Outbound{To: phone, Content: engine.Content{Text: "Podemos?", Footer: "F", Media: &engine.MediaLink{Kind: "image", URL: "https://x/m"}, Choices: []engine.Choice{{ID: "a", Title: "Sim"}}}}, Answer: answer, Receipt: accepted,
			Want: text(`Podemos?\nhttps://x/m\nF\n1. Sim`)},
		{Name: "a template", Out: channel.Outbound{To: phone, Content: engine.Content{Template: "t"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "too long", Out: channel.Outbound{To: phone, Content: engine.Content{Text: strings.Repeat("a", 1601)}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "not a phone", Out: channel.Outbound{To: waID, Content: engine.Content{Text: "x"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "refused", Out: hello, Want: text("Olá"), Answer: refuse(400, `{"error":{"code":400,"message":"Invalid identity +5511987654321","status":"INVALID_ARGUMENT","details":[]}}`),
			Failure: &channeltest.Failure{Class: channel.FixRequest, Code: "INVALID_ARGUMENT", Message: "Sinch refused the message as wrong: Invalid identity •••"}},
		{Name: "credentials", Out: hello, Want: text("Olá"), Answer: refuse(401, `{"error":{"code":401,"message":"Request had invalid credentials.","status":"UNAUTHENTICATED"}}`), Failure: channeltest.Fail(channel.Reauth, channel.Certain, "UNAUTHENTICATED")},
		{Name: "billing", Out: hello, Want: text("Olá"), Answer: refuse(403, `{"error":{"status":"PERMISSION_DENIED"}}`), Failure: channeltest.Fail(channel.StopSender, channel.Certain, "PERMISSION_DENIED")},
		{Name: "another region", Out: hello, Want: text("Olá"), Answer: refuse(404, `{"error":{"status":"NOT_FOUND"}}`), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "NOT_FOUND")},
		{Name: "throttled", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Status: 429, Header: map[string]string{"Retry-After": "3"}, Body: `{"error":{"status":"RESOURCE_EXHAUSTED"}}`},
			Failure: &channeltest.Failure{Class: channel.Throttle, Code: "RESOURCE_EXHAUSTED", RetryAfter: 3e9}},
		{Name: "their trouble", Out: hello, Want: text("Olá"), Answer: refuse(503, `{"error":{"status":"UNAVAILABLE"}}`), Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "UNAVAILABLE")},
		{Name: "something between", Out: hello, Want: text("Olá"), Answer: refuse(502, "upstream"), Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "a refusal as 501", Out: hello, Want: text("Olá"), Answer: refuse(501, `{"error":{"status":"UNIMPLEMENTED"}}`), Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "UNIMPLEMENTED")},
		{Name: "success without an id", Out: hello, Want: text("Olá"), Answer: refuse(200, `{}`), Failure: channeltest.Fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "reset after the request", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Reset: true}, Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Hang: true}, Failure: channeltest.Fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "redirect", Out: hello, Want: text("Olá"), Answer: channeltest.Answer{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, Failure: channeltest.Fail(channel.FixRequest, channel.Certain, "")},
		{Name: "nobody there", Values: map[string]string{"base_url": "http://127.0.0.1:1"}, Out: hello, Failure: channeltest.Fail(channel.RetryLater, channel.Certain, "")},
	})
}
