package expression

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/dsl/diag"
)

func TestRender(t *testing.T) {
	for _, c := range []struct {
		src  string
		want any
	}{
		{``, ""},
		{`Oi!`, "Oi!"},
		{`Oi {{ contact.first_name }}!`, "Oi Ana!"},
		{`{{ contact.visits }}`, 3},
		{`{{contact.visits}}`, 3},
		{` {{ contact.visits }}`, " 3"},
		{`{{ contact.tags }}`, []any{"vip", "unit_centro"}},
		{`Tags: {{ contact.tags }}`, "Tags: vip, unit_centro"},
		{`{{ inputs.starts_at }}`, time.Date(2026, 3, 11, 17, 0, 0, 0, time.UTC)},
		{`Em {{ inputs.starts_at }}`, "Em 11/03/2026 14:00"},
		{`Em {{ format(inputs.starts_at, 'dd/MM HH:mm') }}`, "Em 11/03 14:00"},
		{`Faltam {{ inputs.starts_at - now }}`, "Faltam 1d 3h 30min"},
		{`Total {{ money(inputs.total ?? 10) }}`, "Total R$ 10,00"},
		{`{{ contact.visits * 1.0 }} e {{ contact.score }}`, "3 e 4.5"},
		{`{{ contact.opt_in.sms }}?`, "false?"},
		{`{{ contact.city ?? "" }}.`, "."},
		{`{{ "{{" }} e }} e { a }`, "{{ e }} e { a }"},
		{`{{ "}}" }}x`, "}}x"},
		{`{{ count(contact.tags, {# startsWith "v"}) }} VIP`, "1 VIP"},
		{`{{ contact.first_name }}{{ contact.id }}`, "Anac1"},
		{`CSAT {{ steps.rate.score }}: {{ steps.rate.outcome }}`, "CSAT 5: satisfied"},
		{`{{ steps.api.body }}!`, `{"list":[1,2],"n":7,"ok":true}!`},
	} {
		p, problems := CompileText(c.src, nil, clinic(), Type{})
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.src, problems)
			continue
		}
		got, err := p.Render(ana())
		if err != nil || !equalValues(got, c.want) {
			t.Errorf("%s = %#v, %v; want %#v", c.src, got, err, c.want)
		}
		loaded, err := LoadText(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if again, err := loaded.Render(ana()); err != nil || !equalValues(again, c.want) {
			t.Errorf("%s loaded = %#v, %v", c.src, again, err)
		}
	}
}

// What a field needs decides what its content may be.
func TestContentTypes(t *testing.T) {
	for _, c := range []struct{ want, src, code string }{
		{"int", `{{ vars.attempts + 1 }}`, ""},
		{"int", `{{ contact.score }}`, "J0303"},
		{"int", `3`, ""},
		{"int", `três`, "J0303"},
		{"int", `{{ 1 }}{{ 2 }}`, "J0303"},
		{"number", `{{ vars.attempts }}`, ""},
		{"string", `{{ vars.attempts }}`, ""},
		{"string", `{{ contact.city }}`, "J0311"},
		{"string?", `{{ contact.city }}`, ""},
		{"string?", `Em {{ contact.city }}`, "J0311"},
		{"int?", `{{ contact.last_nps }}`, ""},
		{"int", `{{ contact.last_nps }}`, "J0311"},
		{"time", `{{ inputs.starts_at }}`, ""},
		{"time", `2026-03-10T08:00`, ""},
		{"time", `amanhã`, "J0303"},
		{"bool", `true`, ""},
		{"list<string>", `{{ contact.tags }}`, ""},
		{"any", `{{ contact }}`, ""},
		{"", `{{ contact.city }}`, ""},
	} {
		want := Type{}
		if c.want != "" {
			want = typ(c.want)
		}
		_, problems := CompileText(c.src, nil, clinic(), want)
		code := ""
		if len(problems) > 0 {
			code = problems[0].Code
		}
		if code != c.code {
			t.Errorf("%s for %s: %q (%v), want %q", c.src, c.want, code, problems, c.code)
		}
	}
}

func TestReadsPathsAndRefs(t *testing.T) {
	src := `é {{ steps.rate.score }}: {{ contact.address?.street ?? contact.cpf }} {{ now }}`
	p, problems := CompileText(src, nil, clinic(), Type{Kind: String})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := fmt.Sprint(p.Reads()); got != "[contact now steps]" {
		t.Error(got)
	}
	if got := fmt.Sprint(p.Paths()); got != "[contact.address.street contact.cpf now steps.rate.score]" {
		t.Error(got)
	}
	chars := []rune(src)
	var read []string
	for _, r := range p.Refs() {
		var names []string
		for _, s := range r.Spans {
			names = append(names, string(chars[s[0]:s[1]]))
		}
		if !reflect.DeepEqual(names, r.Path) {
			t.Errorf("path %v stands at %v", r.Path, names)
		}
		read = append(read, fmt.Sprintf("%s guarded=%t %s", string(chars[r.From:r.To]), r.Guarded, r.Type))
	}
	want := `steps.rate.score guarded=false int|contact.address?.street guarded=true string|contact.cpf guarded=false string|now guarded=false time`
	if got := strings.Join(read, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, part := range p.Parts() {
		text := string(chars[part.From:part.To])
		if part.Program == nil && text != part.Literal || part.Program != nil && text != part.Program.Source() {
			t.Errorf("part %+v is %q", part, text)
		}
	}
}

func TestProvesAndImplies(t *testing.T) {
	for _, c := range []struct{ src, proves, implies string }{
		{`has(contact.city)`, "contact contact.city", ""},
		{`contact.city != nil and contact.opt_in.sms`, "contact contact.city", "contact.opt_in.sms"},
		{`window.whatsapp.open and contact.visits > 1`, "", "window.whatsapp.open"},
		{`window.whatsapp.open == true`, "window window.whatsapp window.whatsapp.open", "window.whatsapp.open"},
		{`window.whatsapp.open or contact.visits > 1`, "", ""},
		{`not window.whatsapp.open`, "", ""},
		{`not (contact.city == nil or not has(contact.last_nps))`, "contact contact.city contact.last_nps", ""},
		{`contact.city in ["SP"]`, "contact contact.city", ""},
		{`contact.city != "SP"`, "", ""},
	} {
		p, err := Load(c.src)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.Proves(), " "); got != c.proves {
			t.Errorf("%s proves %q, want %q", c.src, got, c.proves)
		}
		if got := strings.Join(p.Implies(), " "); got != c.implies {
			t.Errorf("%s implies %q, want %q", c.src, got, c.implies)
		}
	}
	env := clinic()
	if _, problems := CompileText(`Em {{ contact.city }}`, nil, env.Assuming("contact.city"), Type{Kind: String}); len(problems) > 0 {
		t.Error(problems)
	}
	if _, problems := Compile(`event.total > 1`, nil, env.With(Fields{"event": object("total", "number")}), Type{Kind: Bool}); len(problems) > 0 {
		t.Error(problems)
	}
	if _, problems := Compile(`event.total > 1`, nil, env, Type{Kind: Bool}); len(problems) != 1 {
		t.Error("With changed its receiver")
	}
}

// What goes wrong while running is said in words, with its place.
func TestRuntimeMessages(t *testing.T) {
	var out strings.Builder
	scope := ana()
	scope.Roots["vars"] = map[string]any{"text": "x", "n": 3, "none": nil, "list": []any{}, "chan": make(chan int), "long": strings.Repeat("x", maxOutput)}
	for _, src := range []string{
		`event.total > 1`, `vars.none > 3`, `vars.text > 3`, `vars.none.a`, `vars.text.a`, `now.x`, `vars.n + vars.text`, `vars.n - vars.text`,
		`vars.n / 0`, `vars.n % 0`, `vars.n * vars.text`, `-vars.text`, `not vars.text`, `vars.text and true`, `vars.n ? 1 : 2`, `any(vars.text, true)`, `any(vars.none, true)`,
		`any(contact.tags, #)`, `vars.list[0]`, `contact.tags[9]`, `contact.tags[vars.text]`, `min(vars.list)`, `int("12a")`, `int(1e300)`, `days(99999999)`,
		`format(vars.text, "dd")`, `format(now, vars.text + "Q")`, `in_schedule(now, vars.n)`, `money("1")`, `money(1e20)`, `vars.n contains "x"`, `vars.n matches "x"`,
		`vars.chan`, `vars.text + vars.long`, `bucket(vars.text, 0)`, `weekday(vars.none)`, `upper(vars.none)`, `sum(contact.tags)`, `2 ** "a"`,
	} {
		p, err := Load(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		_, err = p.Eval(scope)
		if err == nil {
			t.Errorf("%s has a value", src)
			continue
		}
		e, ok := errors.AsType[*EvalError](err)
		if !ok {
			t.Fatalf("not an *EvalError: %v", err)
		}
		fmt.Fprintf(&out, "%s\n%s\n", e.In(diag.English), e.In(diag.Portuguese))
	}
	p, err := Load(`vars.n`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Bool(scope); err == nil {
		t.Error("3 is not a condition")
	}
	fmt.Fprintln(&out, err)
	golden(t, "runtime.out", out.String())
}

func TestLocales(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 5, 7, 0, time.UTC) // a Sunday
	for _, c := range []struct{ locale, amount, day, shown string }{
		{"pt-BR", "R$ 1.234,56", "dom domingo mar março", "01/03/2026 06:05"},
		{"pt_BR", "R$ 1.234,56", "dom domingo mar março", "01/03/2026 06:05"},
		{"", "R$ 1.234,56", "dom domingo mar março", "01/03/2026 06:05"},
		{"en", "$1,234.56", "Sun Sunday Mar March", "Mar 1, 2026 06:05"},
		{"en-GB", "£1,234.56", "Sun Sunday Mar March", "Mar 1, 2026 06:05"},
		{"es", "$ 1.234,56", "dom domingo mar marzo", "01/03/2026 06:05"},
		{"es-MX", "$ 1,234.56", "dom domingo mar marzo", "01/03/2026 06:05"},
		{"de", "$1,234.56", "Sun Sunday Mar March", "Mar 1, 2026 06:05"},
	} {
		s := &Scope{Roots: map[string]any{"at": at}, Zone: saoPaulo, Locale: c.locale}
		text, err := LoadText(`{{ money(1234.56) }}|{{ format(at, "EEE EEEE MMM MMMM") }}|{{ at }}`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := text.RenderText(s)
		if want := c.amount + "|" + c.day + "|" + c.shown; err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", c.locale, got, err, want)
		}
	}
}

func TestFunctionsAreDocumented(t *testing.T) {
	all := Functions()
	if len(all) != len(functions) {
		t.Fatal("functions are missing")
	}
	for i, f := range all {
		if i > 0 && all[i-1].Name >= f.Name {
			t.Errorf("%s is out of order", f.Name)
		}
		if !strings.HasPrefix(f.Signature, f.Name+"(") || f.Summary.En == "" || f.Summary.Pt == "" {
			t.Errorf("%+v", f)
		}
		env := clinic()
		steps := Fields{"reason": object("text", "string")}
		env = env.With(Fields{"steps": {Kind: Object, Fields: steps}}).Assuming("inputs.total")
		if _, problems := Compile(f.Example, nil, env, Type{}); len(problems) > 0 {
			t.Errorf("the example of %s: %v", f.Name, problems)
		}
	}
}
