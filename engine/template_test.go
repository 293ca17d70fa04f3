package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/engine"
)

func TestTemplateStates(t *testing.T) {
	for word, want := range map[string]engine.TemplateState{
		"APPROVED": "approved", " Reinstated ": "approved", "UNPAUSED": "approved", "submitted": "pending", "WAITING_APPROVAL": "pending", "PENDING_DELETION": "pending_deletion",
		"LIMIT_EXCEEDED": "limit_exceeded", "in appeal": "in_appeal", "FLAGGED": "flagged", "DANCING": "", "": "",
	} {
		got, ok := engine.ReadTemplateState(word)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v", word, got, ok)
		}
	}
	for _, s := range []engine.TemplateState{"paused", "rejected", "disabled", "flagged", "limit_exceeded", "locked", "archived", "pending_deletion", "deleted"} {
		if s.Sendable() || !s.Troubled() {
			t.Errorf("%s", s)
		}
	}
	for s, sendable := range map[engine.TemplateState]bool{"approved": true, "": true, "pending": false, "in_appeal": false} {
		if s.Sendable() != sendable || s.Troubled() {
			t.Errorf("%q", s)
		}
	}
}

func TestTemplatePlaces(t *testing.T) {
	of := func(body string) *engine.Template {
		return &engine.Template{Components: []engine.TemplateComponent{{Type: "body", Text: body}}}
	}
	for body, want := range map[string][]string{"Olá {{2}}, {{ 1 }} e {{2}}": {"2", "1"}, "Olá {{nome}}": {"nome"}, "Oi": nil} {
		if got := of(body).Places(); !slices.Equal(got, want) {
			t.Errorf("%q: %q", body, got)
		}
	}
	if of("{{1}}").Named() || !of("{{1}} {{nome}}").Named() {
		t.Error("numbers are no names, and names are")
	}
}

// Who is told what, of which change: what stops a journey, once; nothing of what
// nobody sends.
func TestTemplateNotices(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	base := engine.Template{IntegrationID: "main", Channel: engine.WhatsApp, Name: "confirm", Language: "pt_BR", Status: "approved", Category: "utility", Quality: "green"}
	change := func(do func(*engine.Template)) *engine.Template {
		c := base
		do(&c)
		return &c
	}
	paused := change(func(c *engine.Template) { c.Status, c.Reason = "paused", "FIRST_PAUSE" })
	used := []string{"confirm_appointment", "remind"}
	for _, c := range []struct {
		name          string
		before, after *engine.Template
		used          []string
		en, pt        string // "" = nobody is told
	}{
		{"paused", &base, paused, used,
			`The template "confirm (pt_BR)" of integration "main" is paused. The provider does not send it, so its messages are skipped. Journeys that use it: confirm_appointment, remind. Mend it at the provider, or publish those journeys with another template; then POST /api/v1/templates/sync. The reason given: FIRST_PAUSE`,
			`O modelo "confirm (pt_BR)" da integração "main" está pausado. O provedor não o envia, então as mensagens com ele são puladas. Jornadas que o usam: confirm_appointment, remind. Corrija-o no provedor, ou publique essas jornadas com outro modelo; depois POST /api/v1/templates/sync. O motivo informado: FIRST_PAUSE`},
		{"paused, and nobody sends it", &base, paused, nil,
			`The template "confirm (pt_BR)" of integration "main" is paused. The provider does not send it, so its messages are skipped. No published journey uses it. The reason given: FIRST_PAUSE`,
			`O modelo "confirm (pt_BR)" da integração "main" está pausado. O provedor não o envia, então as mensagens com ele são puladas. Nenhuma jornada publicada o usa. O motivo informado: FIRST_PAUSE`},
		{"seen for the first time, and nobody sends it", nil, paused, nil, "", ""},
		{"seen for the first time, and somebody does", nil, paused, used[:1],
			`The template "confirm (pt_BR)" of integration "main" is paused. The provider does not send it, so its messages are skipped. Journeys that use it: confirm_appointment. Mend it at the provider, or publish those journeys with another template; then POST /api/v1/templates/sync. The reason given: FIRST_PAUSE`, "-"},
		{"back", paused, &base, used,
			`The template "confirm (pt_BR)" of integration "main" is approved again and is sent from now on. Journeys that use it: confirm_appointment, remind.`,
			`O modelo "confirm (pt_BR)" da integração "main" está aprovado de novo e volta a ser enviado. Jornadas que o usam: confirm_appointment, remind.`},
		{"a category announced", &base, change(func(c *engine.Template) { c.Change = &engine.CategoryChange{To: "marketing", At: &at} }), used[:1],
			`The template "confirm (pt_BR)" of integration "main" changes its category from utility to marketing on 2026-11-28 12:00 UTC. Its price and its rules change with it. Journeys that use it: confirm_appointment.`,
			`O modelo "confirm (pt_BR)" da integração "main" muda de categoria, de utility para marketing, em 2026-11-28 12:00 UTC. O preço e as regras mudam junto. Jornadas que o usam: confirm_appointment.`},
		{"a category changed", &base, change(func(c *engine.Template) { c.Category = "marketing" }), nil,
			`The template "confirm (pt_BR)" of integration "main" changes its category from utility to marketing. Its price and its rules change with it. No published journey uses it.`, "-"},
		{"quality falls", &base, change(func(c *engine.Template) { c.Quality = "red" }), used[:1],
			`The quality of the template "confirm (pt_BR)" of integration "main" is red now. When it stays low, the platform pauses the template. Journeys that use it: confirm_appointment.`,
			`A qualidade do modelo "confirm (pt_BR)" da integração "main" agora é red. Se continuar baixa, a plataforma pausa o modelo. Jornadas que o usam: confirm_appointment.`},
		{"quality rises", change(func(c *engine.Template) { c.Quality = "red" }), &base, used, "", ""},
		{"approved for the first time", nil, &base, used, "", ""},
		{"in review", &base, change(func(c *engine.Template) { c.Status = "pending" }), used, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := engine.TemplateChange{Before: c.before, After: c.after}.NoticeOf(c.used)
			if n == nil {
				if c.en != "" {
					t.Error("nobody is told")
				}
				return
			}
			text := n.Text()
			if text.En != c.en || c.pt != "-" && text.Pt != c.pt {
				t.Errorf("got\n%s\n%s\nwant\n%s\n%s", text.En, text.Pt, c.en, c.pt)
			}
			if !strings.HasPrefix(string(n.Kind), "template.") || strings.Contains(text.En+text.Pt, "%!") {
				t.Errorf("%s", n.Kind)
			}
		})
	}
}

func TestTemplateProblem(t *testing.T) {
	for want, c := range map[string]engine.Template{
		"": {Name: "a", Status: "approved"},
		`the template "a" is paused, not approved`:                 {Name: "a", Status: "paused"},
		`the template "a" is rejected, not approved (PROMOTIONAL)`: {Name: "a", Status: "rejected", Reason: "PROMOTIONAL"},
		`the template "a" is limit exceeded, not approved`:         {Name: "a", Status: "limit_exceeded"},
		`the template "a" is pending, not approved`:                {Name: "a", Status: "pending"},
	} {
		if got := c.Problem(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
