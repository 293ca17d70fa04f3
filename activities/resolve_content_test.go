package activities_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// lastOf sends a step and returns what the provider was handed.
func (w *world) lastOf(step string, route, try int) engine.Content {
	w.t.Helper()
	in := w.input(step)
	in.Route, in.Try = route, try
	w.send(in)
	for _, p := range []*provider{w.wa, w.sms, w.email} {
		for _, call := range p.sent() {
			if m := w.message(engine.MessageID(call.Ref)); m.StepID == step && m.Route == route && m.Try == try {
				return call.Content
			}
		}
	}
	w.t.Fatalf("step %q, route %d: nothing was sent", step, route)
	return engine.Content{}
}

func TestContent(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	pay := func(step, option string) string { return engine.Payload("enr_1", step, 0, option) }
	cases := []struct {
		name       string
		step       string
		route, try int
		want       engine.Content
	}{
		{"template with buttons in its own order", "confirm", 0, 0, engine.Content{
			Template: "appointment_confirm", Language: "pt_BR", Category: "utility", Order: []string{"name", "when"},
			Params: map[string]string{"name": "Ana", "when": "25/11 17:30"}, Text: "Olá Ana, sua consulta é 25/11 17:30.",
			Choices: []engine.Choice{{ID: "cancelled", Title: "Cancelar", Payload: pay("confirm", "cancelled")},
				{ID: "confirmed", Title: "Confirmar", Payload: pay("confirm", "confirmed")}, {ID: "reschedule", Title: "Remarcar", Payload: pay("confirm", "reschedule")}},
		}},
		{"numbered SMS", "confirm", 1, 0, engine.Content{Category: "utility", Text: "Consulta com Dra. Lima.\n1. Confirmar\n2. Remarcar\n3. Cancelar"}},
		{"e-mail", "confirm", 2, 0, engine.Content{Category: "utility", Subject: "Consulta", Markdown: "Podemos confirmar?\n\n1. Confirmar\n2. Remarcar\n3. Cancelar"}},
		{"reprompt outside the window: the template again", "confirm", 0, 1, engine.Content{
			Template: "appointment_confirm", Language: "pt_BR", Category: "utility", Order: []string{"name", "when"},
			Params: map[string]string{"name": "Ana", "when": "25/11 17:30"}, Text: "Olá Ana, sua consulta é 25/11 17:30.",
			Choices: []engine.Choice{{ID: "cancelled", Title: "Cancelar", Payload: pay("confirm", "cancelled")},
				{ID: "confirmed", Title: "Confirmar", Payload: pay("confirm", "confirmed")}, {ID: "reschedule", Title: "Remarcar", Payload: pay("confirm", "reschedule")}},
		}},
		{"reprompt by SMS", "confirm", 1, 1, engine.Content{Category: "utility", Text: "Toque em um botão, Ana.\n1. Confirmar\n2. Remarcar\n3. Cancelar"}},
		{"reprompt by e-mail", "confirm", 2, 1, engine.Content{Category: "utility", Subject: "Consulta", Markdown: "Toque em um botão, Ana.\n\n1. Confirmar\n2. Remarcar\n3. Cancelar"}},
		{"scale, typed", "nps", 0, 0, engine.Content{Category: "utility", Text: "De 0 a 10?\n0 = nunca, 10 = com certeza"}},
		{"e-mail template", "mail", 0, 0, engine.Content{Category: "utility", Template: "hello", Order: []string{"name"}, Params: map[string]string{"name": "Ana"}, Subject: "Oi Ana", Markdown: "# Olá Ana"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			if got := w.lastOf(c.step, c.route, c.try); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %s\nwant %s", pretty(got), pretty(c.want))
			}
		})
	}
}

func TestContentInsideTheWindow(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.wrote()
	w.change(func(c *engine.Contact) { c.Locale = "en-US" })
	got := w.lastOf("free", 0, 0)
	if got.Text != "Hi Ana, can you come?" || len(got.Choices) != 3 || got.Choices[0].Title != "Confirm" || got.Choices[1].Title != "Remarcar" {
		t.Errorf("in the contact's language: %s", pretty(got))
	}
	ref, ok := engine.ParsePayload(got.Choices[0].Payload)
	if !ok || ref.Option != "confirmed" || ref.EnrollmentID != "enr_1" {
		t.Errorf("payload %+v", ref)
	}
	if again := w.lastOf("confirm", 0, 1); again.Template != "" || again.Text != "Toque em um botão, Ana." || len(again.Choices) != 3 {
		t.Errorf("reprompt inside the window: %s", pretty(again))
	}

	// A title too long for a button goes into a list, too long for that into text.
	ask := w.plan.Nodes["free"].Ask
	ask.Options[1].Title = text("Quero outro horário…")
	long := "Quero um horário melhor" // 23
	ask.Options[2].Title = text(long)
	in := w.input("free")
	in.Visit = 1
	r := w.expect(in, activities.SendAccepted, "")
	if m := w.message(r.MessageID); len(m.Content.Choices) != 0 || !strings.HasSuffix(m.Content.Text, "3. "+long) {
		t.Errorf("a title of 23 characters became %s", pretty(m.Content))
	}
	ask.Options = append(ask.Options, dsl.Option{ID: "call", Title: text("Prefiro que liguem")})
	in.Visit = 2
	r = w.expect(in, activities.SendAccepted, "")
	if m := w.message(r.MessageID); len(m.Content.Choices) != 4 {
		t.Errorf("four options are no list: %s", pretty(m.Content))
	}
}

// TestSections: a list has sections where its author divided it; elsewhere their
// titles are lines, and in a letter, whose list they would break, they are left out.
func TestSections(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.wrote()
	for _, step := range []string{"free", "confirm"} {
		ask := w.plan.Nodes[step].Ask
		ask.Options = slices.Clone(ask.Options)
		ask.Options[0].Section, ask.Options[2].Section = text("Vou"), text("Não vou, {{ contact.first_name }}")
	}
	sections := func(c engine.Content) []string {
		var all []string
		for _, choice := range c.Choices {
			all = append(all, choice.Section)
		}
		return all
	}
	if got := sections(w.lastOf("free", 0, 0)); !slices.Equal(got, []string{"Vou", "Vou", "Não vou, Ana"}) {
		t.Errorf("in a list: %q", got)
	}
	if got := sections(w.lastOf("confirm", 0, 0)); !slices.Equal(got, []string{"", "", ""}) {
		t.Errorf("on a template's buttons: %q", got)
	}
	if got := w.lastOf("confirm", 1, 0).Text; got != "Consulta com Dra. Lima.\nVou\n1. Confirmar\n2. Remarcar\nNão vou, Ana\n3. Cancelar" {
		t.Errorf("by SMS: %q", got)
	}
	if got := w.lastOf("confirm", 2, 0).Markdown; got != "Podemos confirmar?\n\n1. Confirmar\n2. Remarcar\n3. Cancelar" {
		t.Errorf("by e-mail: %q", got)
	}
	w.plan.Nodes["free"].Ask.Options[2].Section = text(" {{ '' }} ")
	in := w.input("free")
	in.Visit = 1
	r := w.expect(in, activities.SendAccepted, "")
	if got := sections(w.message(r.MessageID).Content); !slices.Equal(got, []string{"", "", ""}) {
		t.Errorf("where one is empty there is none: %q", got)
	}
}

// TestAnSMSIsKeptAsItIsSent: what a driver does to a text is done before it is kept, so
// that what it costs is counted of what was sent.
func TestAnSMSIsKeptAsItIsSent(t *testing.T) {
	const accents = "Olá, Ana! Confirmamos a sua sessão de fisioterapia amanhã às 14h30. Responda SIM ou NÃO."
	for smart, want := range map[bool]string{
		false: accents,
		true:  "Ola, Ana! Confirmamos a sua sessao de fisioterapia amanha às 14h30. Responda SIM ou NAO.",
	} {
		w := newWorld(t, storetest.SQLite(t))
		w.sms.channel.SmartEncoding = smart
		w.plan.Nodes["plain"].Send.Routes[0].Message.Text = text(accents)
		if got := w.lastOf("plain", 0, 0).Text; got != want {
			t.Errorf("smart %v: sent %q", smart, got)
		}
		if got := w.only().Content.Text; got != want {
			t.Errorf("smart %v: kept %q", smart, got)
		}
	}
}

func TestTemplateParametersHaveNoLineBreaks(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.change(func(c *engine.Contact) { c.Attributes["first_name"] = " Ana\n\tMaria     {{when}} " })
	got := w.lastOf("confirm", 0, 0)
	if got.Params["name"] != "Ana Maria {{when}}" || !strings.Contains(got.Text, "Olá Ana Maria {{when}},") {
		t.Errorf("content %s", pretty(got))
	}
}
