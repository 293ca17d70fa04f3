package meta_test

import (
	"encoding/json"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/meta"
	"jornada/engine"
)

// TestAttachments: what a message carries beside its words.
func TestAttachments(t *testing.T) {
	phone := engine.Address{Kind: engine.Phone, Value: "+5511987654321"}
	of := func(c engine.Content) channel.Outbound { return channel.Outbound{To: phone, Content: c} }
	media := func(kind, address string) *engine.MediaLink { return &engine.MediaLink{Kind: kind, URL: address} }
	page := &engine.Link{Title: "Ver horários", URL: "https://example.com/agenda?p=1"}
	var cases []channeltest.OutgoingCase
	for _, c := range []struct {
		name string
		out  channel.Outbound
		want string
	}{
		{"an uploaded picture", of(engine.Content{Media: media("image", "id:1013859600285441")}),
			`"type":"image","image":{"id":"1013859600285441"}`},
		{"an uploaded document with words", of(engine.Content{Text: "Seu preparo", Footer: "Demo", Media: media("document", "id:1013859600285441")}),
			`"type":"document","document":{"id":"1013859600285441","caption":"Seu preparo\n\nDemo"}`},
		{"a recording", of(engine.Content{Media: media("audio", "https://example.com/a.ogg")}),
			`"type":"audio","audio":{"link":"https://example.com/a.ogg"}`},
		{"an uploaded recording", of(engine.Content{Media: media("audio", "id:1")}), `"type":"audio","audio":{"id":"1"}`},
		{"a video above buttons", of(engine.Content{Text: "?", Choices: choices(1), Media: media("video", "id:7")}),
			`"type":"interactive","interactive":{"type":"button","header":{"type":"video","video":{"id":"7"}},"body":{"text":"?"},"action":{"buttons":[{"type":"reply","reply":{"id":"jr1|e|s|0|a","title":"Opção A"}}]}}`},
		{"a document at the top of a template", of(engine.Content{Template: "t", Language: "pt_BR", Media: media("document", "id:7")}),
			`"type":"template","template":{"name":"t","language":{"code":"pt_BR"},"components":[{"type":"header","parameters":[{"type":"document","document":{"id":"7"}}]}]}`},
		{"a place", of(engine.Content{Location: &engine.Place{Latitude: -23.5613, Longitude: -46.6565, Name: "Clínica Demo", Address: "Av. Demo, 1"}}),
			`"type":"location","location":{"latitude":-23.5613,"longitude":-46.6565,"name":"Clínica Demo","address":"Av. Demo, 1"}`},
		{"a bare place", of(engine.Content{Location: &engine.Place{Latitude: 0, Longitude: 180}}), `"type":"location","location":{"latitude":0,"longitude":180}`},
		{"a page", of(engine.Content{Text: "Escolha o horário", Footer: "Demo", Link: page}),
			`"type":"interactive","interactive":{"type":"cta_url","body":{"text":"Escolha o horário"},"footer":{"text":"Demo"},"action":{"name":"cta_url","parameters":{"display_text":"Ver horários","url":"https://example.com/agenda?p=1"}}}`},
		{"a page under a picture", of(engine.Content{Text: "Escolha", Link: page, Media: media("image", "https://example.com/a.png")}),
			`"type":"interactive","interactive":{"type":"cta_url","header":{"type":"image","image":{"link":"https://example.com/a.png"}},"body":{"text":"Escolha"},"action":{"name":"cta_url","parameters":{"display_text":"Ver horários","url":"https://example.com/agenda?p=1"}}}`},
		{"a form", of(engine.Content{Text: "Vamos agendar?", Form: &engine.Form{ID: "55", Title: "Agendar", Screen: "FIRST", Token: "jr1|e|s|0|form"}}),
			`"type":"interactive","interactive":{"type":"flow","body":{"text":"Vamos agendar?"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_id":"55","flow_cta":"Agendar","flow_token":"jr1|e|s|0|form","flow_action":"navigate","flow_action_payload":{"screen":"FIRST"}}}}`},
	} {
		cases = append(cases, channeltest.OutgoingCase{Name: c.name, Out: c.out, Answer: channeltest.Answer{Body: accepted}, Receipt: acceptedReceipt,
			Want: &channeltest.Request{JSON: `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+5511987654321",` + c.want + `}`}})
	}
	for want, out := range map[string]channel.Outbound{
		"the media is named by an id that WhatsApp gives to uploads (letters, digits, - and _), after id:": of(engine.Content{Media: media("image", "id:../1")}),
		"the link address must begin with https:// (or http://)":                                           of(engine.Content{Text: "x", Link: &engine.Link{Title: "x", URL: "javascript:alert(1)"}}),
		"the title of the link has 21 characters; WhatsApp allows 20":                                      of(engine.Content{Text: "x", Link: &engine.Link{Title: "Vinte e um caracteres", URL: page.URL}}),
		"the link has no title":                          of(engine.Content{Text: "x", Link: &engine.Link{URL: page.URL}}),
		"a message with options needs a text above them": of(engine.Content{Link: page}),
		"media of the kind \"audio\" cannot stand above options or in a template; use image, document or video": of(engine.Content{Text: "x", Link: page, Media: media("audio", "id:1")}),
	} {
		cases = append(cases, channeltest.OutgoingCase{Name: want, Out: out, Answer: channeltest.Answer{Body: accepted}, Failure: &channeltest.Failure{Class: channel.FixRequest, Message: want}})
	}
	channeltest.Outgoing(t, meta.New, settings(), cases)
}

// TestGoldenAttachments builds the vendor's own published requests of these kinds.
func TestGoldenAttachments(t *testing.T) {
	var golden struct {
		Bodies map[string]json.RawMessage `json:"bodies"`
	}
	channeltest.Load(t, "wa-send-bodies.json", &golden)
	ids := strings.NewReplacer("<AUDIO_OBJECT_ID>", "1013859600285441")
	for name, out := range map[string]channel.Outbound{
		"Send Location Message":    {To: placeholder, Content: engine.Content{Location: &engine.Place{Latitude: 37.758056, Longitude: -122.425332, Name: "META HQ", Address: "1 Hacker Way, Menlo Park, CA 94025"}}},
		"Send Audio Message by ID": {To: placeholder, Content: engine.Content{Media: &engine.MediaLink{Kind: "audio", URL: "id:1013859600285441"}}},
		"CTA URL": {To: published, Content: engine.Content{Text: "Tap the button below to see available dates.",
			Link: &engine.Link{Title: "See Dates", URL: ctaURL(t, golden.Bodies["CTA URL"])}}},
	} {
		t.Run(name, func(t *testing.T) {
			channeltest.Outgoing(t, meta.New, settings(), []channeltest.OutgoingCase{{
				Name: "body", Out: out, Answer: channeltest.Answer{Body: accepted}, Receipt: acceptedReceipt,
				Want: &channeltest.Request{JSON: ids.Replace(string(golden.Bodies[name]))},
			}})
		})
	}
}

// ctaURL is the address in the published request.
func ctaURL(t *testing.T, body json.RawMessage) string {
	t.Helper()
	var b struct {
		Interactive struct {
			Action struct {
				Parameters struct {
					URL string `json:"url"`
				} `json:"parameters"`
			} `json:"action"`
		} `json:"interactive"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		t.Fatal(err)
	}
	return b.Interactive.Action.Parameters.URL
}
