package expression

import (
	"fmt"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// mistakes are what authors write, by code; testdata/messages.{en,pt}.out hold
// the entire rendered message of each. want is a type; "text" compiles content.
var mistakes = []struct{ want, src string }{
	// J0300: cannot be read
	{"", ``}, {"", `   `}, {"", `contact.visits >`}, {"", `contact.visits > 3)`}, {"", `(contact.visits > 3`},
	{"", `contact.first_name == "Ana`}, {"", `contact.visits = 3`}, {"", `contact.opt_in.sms & true`},
	{"", `contact.first_name == “Ana”`}, {"", `contact.visits 3`}, {"", `contact.city ?? "" == "x"`},
	{"", `contact.phone matches '\+'`}, {"", `contact.phone matches "("`}, {"", `12abc`}, {"", `[1, 2`}, {"", `# > 3`}, {"", `contact.`},
	{"", `contact.visits @ 2`}, {"", `any()`}, {"", `1 +`}, {"", "contact.first_name == \"a\x00b"},
	// J0301: unknown
	{"", `contact.citi == "Campinas"`}, {"", `contat.city`}, {"", `contact.opt_in.whatsap`}, {"", `steps.rat.score > 3`},
	{"", `event.total > 5`}, {"", `Campinas`}, {"", `contact.city == Campinas`}, {"", `uper(contact.first_name)`},
	{"", `contact.first_name.length > 3`}, {"", `inputs.items.name`}, {"", `inputs.starts_at.hour`}, {"", `upper`},
	{"", `any(inputs.lines, .pric > 3)`}, {"", `xyz(1)`}, {"", `contact.citi == 1 and contact.nam == 2`}, {"", `São.nome`},
	// J0302: types
	{"", `contact.visits > "50"`}, {"", `contact.first_name > 50`}, {"", `contact.first_name == contact.visits`},
	{"", `"n" + contact.visits`}, {"", `inputs.starts_at - 4`}, {"", `inputs.starts_at > "2026-03-10"`},
	{"", `contact.opt_in.sms == "true"`}, {"", `contact.tags contains "vip"`}, {"", `"an" in contact.first_name`},
	{"", `"sms" in contact.opt_in`}, {"", `3 in contact.tags`}, {"", `contact.first_name and contact.opt_in.sms`},
	{"", `not contact.visits`}, {"", `not contact.first_name == "Ana"`}, {"", `-contact.first_name`},
	{"", `contact.opt_in.sms ? "a" : 1`}, {"", `[1, "a"]`}, {"", `contact.city ?? 3`}, {"", `days("2")`}, {"", `days()`},
	{"", `format(contact.first_name, "dd/MM")`}, {"", `format(now, "hh:mm")`}, {"", `format(now, "dd 'de MM")`}, {"", `now() > inputs.starts_at`},
	{"", `contact.score % 2`}, {"", `inputs.starts_at + now`}, {"", `contact.tags == ["vip"]`}, {"", `join(3)`},
	{"", `sum(contact.tags)`}, {"", `len(3)`}, {"", `bucket(contact.id, 0)`}, {"", `all(inputs.items, #)`}, {"", `sum(inputs.lines, .name)`},
	{"", `contact() == 1`}, {"", `replace("a", "b")`}, {"", `inputs.items[1.5]`}, {"", `nil + 1`}, {"", `any(contact.visits, # > 1)`},
	{"", `contact.visits > "1" and contact.first_name > 2 and contact.nope`},
	// J0303: not what the field needs
	{"bool", `contact.visits`}, {"bool", `contact.first_name`}, {"bool", `contact.tags`}, {"bool", `contact.visits + 1`}, {"bool", `contact`},
	{"bool", `inputs.starts_at`}, {"time", `inputs.starts_at - now`}, {"time", `"2026-03-10"`}, {"duration", `4`}, {"int", `contact.score`},
	{"string", `contact.visits`}, {"number", `contact.first_name`}, {"string", `nil`}, {"list<string>", `contact.visits`}, {"bool", `nil`},
	{"string", `now`}, {"bool", `contact.opt_in.sms ? 1 : 2`},
	// J0304, J0305: braces
	{"bool", `{{ contact.opt_in.sms }}`}, {"bool", `contact.city == {{ vars.slot }}`}, {"text", `Oi {{ contact.first_name`},
	{"text", `Oi {{ contact.first_name }`}, {"text", `Oi {{ contact.first_name {{ contact.id }}`}, {"text", `Oi {{ }}`}, {"text", `Olá {{ contact.nome }}, {{ contact.citi }}`},
	// J0306: too long or deep
	{"", `contact.first_name == "` + strings.Repeat("x", 1000) + `"`}, {"", strings.Repeat("(", 30) + "1" + strings.Repeat(")", 30)},
	{"", strings.Repeat("not ", 12) + "true"}, {"", "1" + strings.Repeat("+1", 200)}, {"", `contact.phone matches "(a{30}){30}"`},
	// J0310: banned
	{"", `let x = 1; x`}, {"", `contact.visits; 1`}, {"", `$env`}, {"", `$env["contact"]`}, {"", `1..10`}, {"", `reduce(inputs.items, #acc + #)`},
	{"", `contact.tags | groupBy(#)`}, {"", `toJSON(contact)`}, {"", `{"a": 1}`}, {"", `contact.first_name[0:2]`}, {"", `contact.first_name[0]`},
	{"", `contact.phone matches contact.id`}, {"", `1 < contact.visits < 5`}, {"", `if true { 1 } else { 2 }`}, {"", `b"abc"`},
	{"", `contact.visits > 1 // muitas`}, {"", `::len(contact.tags)`}, {"", `any(contact.tags, #acc == 1)`}, {"", `repeat("a", 1000)`}, {"", `keys(contact)`},
	// J0311: may be missing
	{"", `contact.last_nps > 8`}, {"bool", `contact.vip`}, {"bool", `not contact.vip`}, {"", `contact.address.street`}, {"", `upper(contact.city)`}, {"", `contact.city contains "x"`},
	{"string", `contact.city`}, {"text", `Você mora em {{ contact.city }}?`}, {"text", `{{ contact.city }}`}, {"", `contact.last_nps > 8 and has(contact.last_nps)`},
	{"", `find(inputs.lines, .gift).name`}, {"", `any(inputs.lines, .note contains "x")`}, {"", `has(contact.city) or contact.city > "a"`}, {"", `inputs.total * 2`},
	// J0312, J0313, J0314
	{"", `contact[vars.slot ?? ""]`}, {"", `contact["fi" + "rst"]`}, {"", `steps.api.body[contact.id]`},
	{"", `contact.first_name.upper()`}, {"", `inputs.starts_at.Year()`}, {"", `contact.tags.includes("x")`},
	{"", `any(inputs.items, any(contact.tags, # == "x"))`}, {"", `all(inputs.items, count(filter(contact.tags, true)) > 1)`},
	// J0404, J0460, and content
	{"", `in_schedule(now, "busines_hours")`}, {"text", `{{ secrets.clinic.token }}`}, {"text", `{{ contact }}`}, {"text", `x {{ inputs.lines }}`},
}

func TestMessages(t *testing.T) {
	var en, pt strings.Builder
	codes := map[string]bool{}
	for _, m := range mistakes {
		var found diag.List
		if m.want == "text" {
			_, found = CompileText(m.src, nil, clinic(), Type{Kind: String})
		} else {
			want := Type{}
			if m.want != "" {
				want = typ(m.want)
			}
			_, found = Compile(m.src, nil, clinic(), want)
		}
		if len(found) == 0 {
			t.Errorf("%s %q: nothing was said", m.want, m.src)
		}
		for _, d := range found {
			codes[d.Code] = true
			if s := d.Span; s.Column < 1 || s.EndColumn < s.Column || s.EndColumn > len([]rune(m.src))+1 {
				t.Errorf("%q: span %+v is outside the source", m.src, s)
			}
			for _, text := range []diag.Text{d.Message, d.Hint, d.Note, d.Suggestion} {
				if (text.En == "") != (text.Pt == "") || strings.Contains(text.En+text.Pt, "%!") || strings.Contains(text.En, "interface") {
					t.Errorf("%q: bad wording %q / %q", m.src, text.En, text.Pt)
				}
			}
		}
		sources := map[string][]byte{"": []byte(m.src)}
		_ = found.Render(&en, sources, diag.English, false)
		_ = found.Render(&pt, sources, diag.Portuguese, false)
	}
	golden(t, "messages.en.out", en.String())
	golden(t, "messages.pt.out", pt.String())
	for _, code := range Codes() {
		if !codes[code] {
			t.Errorf("no example makes %s", code)
		}
	}
}

// An expression that belongs in a file is blamed in that file.
func TestLocator(t *testing.T) {
	_, found := CompileText(`Olá {{ contact.nome }}`, shifted{}, clinic(), Type{Kind: String})
	if len(found) != 1 || fmt.Sprint(found[0].Span) != "{x.journey.yaml 7 36 7 40}" {
		t.Fatalf("%+v", found)
	}
}

type shifted struct{}

func (shifted) Locate(from, to int) diag.Span {
	return diag.Span{File: "x.journey.yaml", Line: 7, Column: 21 + from, EndLine: 7, EndColumn: 21 + to}
}
