package activities_test

import (
	"reflect"
	"testing"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// What a message carries beside its words goes as it is to a provider that shows it,
// and as words to one that does not.
func TestAttachments(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.wrote()
	visit := 0
	send := func(m dsl.Message, native bool) engine.Content {
		t.Helper()
		w.wa.channel.Links, w.wa.channel.Locations, w.wa.channel.Forms = native, native, native
		w.plan.Nodes["thanks"].Send.Routes[0].Message = m
		in := w.input("thanks")
		in.Visit = visit
		visit++
		return w.message(w.expect(in, activities.SendAccepted, "").MessageID).Content
	}
	place := &dsl.Location{Latitude: text("{{ 0.5 - 24 }}"), Longitude: text(" -46.6565 "), Name: text("Clínica"), Address: text("Av. Demo, 1")}
	link := &dsl.Link{Title: text("Ver horários"), URL: text("https://example.com/?c={{ contact.id }}")}
	where := engine.Place{Latitude: -23.5, Longitude: -46.6565, Name: "Clínica", Address: "Av. Demo, 1"}
	for name, c := range map[string]struct {
		message dsl.Message
		native  bool
		want    engine.Content
	}{
		"a place":          {dsl.Message{Location: place}, true, engine.Content{Category: "utility", Location: &where}},
		"a place in words": {dsl.Message{Location: place}, false, engine.Content{Category: "utility", Text: "Clínica\nAv. Demo, 1\nhttps://www.google.com/maps/search/?api=1&query=-23.5%2C-46.6565"}},
		"a link":           {dsl.Message{Text: text("Oi"), Link: link}, true, engine.Content{Category: "utility", Text: "Oi", Link: &engine.Link{Title: "Ver horários", URL: "https://example.com/?c=ana"}}},
		"a link in words":  {dsl.Message{Text: text("Oi"), Link: link}, false, engine.Content{Category: "utility", Text: "Oi\nVer horários: https://example.com/?c=ana"}},
		"a link that grew too long": {dsl.Message{Text: text("Oi"), Link: &dsl.Link{Title: text("Ver os horários da {{ contact.first_name }}"), URL: text("https://example.com")}}, true,
			engine.Content{Category: "utility", Text: "Oi\nVer os horários da Ana: https://example.com"}},
		"an upload": {dsl.Message{Media: &dsl.Media{Kind: "audio", URL: text("id:123")}}, true, engine.Content{Category: "utility", Media: &engine.MediaLink{Kind: "audio", URL: "id:123"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := send(c.message, c.native); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %s\nwant %s", pretty(got), pretty(c.want))
			}
		})
	}

	form := send(dsl.Message{Text: text("Oi"), Form: &dsl.Form{ID: text("55"), Title: text("Agendar"), Screen: text("FIRST")}}, true).Form
	if ref, ok := engine.ParsePayload(form.Token); !ok || ref.StepID != "thanks" || form.ID != "55" || form.Title != "Agendar" || form.Screen != "FIRST" {
		t.Errorf("form %+v", form)
	}

	// What cannot be written or shown is no message.
	for name, m := range map[string]dsl.Message{
		"beyond the earth": {Location: &dsl.Location{Latitude: text("91"), Longitude: text("0")}},
		"no number":        {Location: &dsl.Location{Latitude: text("{{ contact.first_name }}"), Longitude: text("0")}},
		"no forms":         {Text: text("Oi"), Form: &dsl.Form{ID: text("55"), Title: text("Agendar")}},
	} {
		t.Run(name, func(t *testing.T) {
			w.wa.channel.Forms = false
			w.plan.Nodes["thanks"].Send.Routes[0].Message = m
			in := w.input("thanks")
			in.Visit = visit
			visit++
			w.expect(in, activities.SendUndelivered, "failed")
		})
	}
}

// A template has its picture at the top, its address filled in.
func TestTemplateHeader(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	ask := w.plan.Nodes["confirm"].Ask
	ask.Routes[0].Message.Media = &dsl.Media{Kind: "image", URL: text("https://example.com/{{ contact.id }}.png")}
	got := w.lastOf("confirm", 0, 0)
	if got.Media == nil || got.Media.Kind != "image" || got.Media.URL != "https://example.com/ana.png" || got.Template != "appointment_confirm" {
		t.Errorf("content %s", pretty(got))
	}
}
