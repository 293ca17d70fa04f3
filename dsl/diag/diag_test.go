package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs (run with -update after reading the change):\n%s", path, got)
	}
}

// at is the span of the first occurrence of text in a line of src.
func at(t *testing.T, file string, src []byte, line int, text string) Span {
	t.Helper()
	l := strings.Split(string(src), "\n")[line-1]
	before, _, ok := strings.Cut(l, text)
	if !ok {
		t.Fatalf("%q is not in line %d: %q", text, line, l)
	}
	column := len([]rune(before)) + 1
	return Span{file, line, column, line, column + len([]rune(text))}
}

// sample is one diagnostic of every shape.
func sample(t *testing.T) (List, map[string][]byte) {
	const name = "clinic/confirm.journey.yaml"
	src := []byte(strings.Join([]string{
		`dsl: 1`,
		`journey: confirm`,
		`audience: >`,
		`  contact.citi == "Campinas"`,
		`triggers: [{event: cart.updated, where: event.total > "50"}]`,
		`steps:`,
		`          - {id: mapa, send: {whatsapp: {text: "好的 Olá, até já {{ contact.nome }}"}}}`,
		"\t\t- {id: tab,\tsend: {}}",
		`            branches: {timeout: [], other: [{id: long, handoff: {queue: reception, note: "Consulta {{ inputs.appointment_id }}: {{ steps.rate.score }}", timeout: 4h, priority: high}}]}`,
		`            branches: {undelivered: [{id: sms_percent, send: {sms: {text: "Olá! Só hoje: 20% de desconto em toda a loja com o cupom BF20, aproveite enquanto durar"}}}]}`,
		"  - {id: evil, send: {sms: {text: \"\x1b[31mred\x1b[0m\u202e\"}}}",
		`  - id: block`,
		`    note: |`,
		`      first line`,
		`      second line`,
		``,
	}, "\n"))
	span := func(line int, text string) Span { return at(t, name, src, line, text) }
	return List{
		{Code: "J0301", Severity: Error, Span: span(4, "citi"),
			Message:    T("`contact` has no field `citi`", "`contact` não tem o campo `citi`"),
			Suggestion: Suggest("citi", []string{"city", "cpf"}),
			Hint:       T("fields of contact: city, cpf", "campos de contact: city, cpf")},
		{Code: "J0302", Severity: Error, Span: span(5, ">"),
			Message: T("`>` cannot be used between number and text", "`>` não pode ser usado entre número e texto"),
			Hint:    T("remove the quotes", "tire as aspas")},
		{Code: "J0301", Severity: Error, Span: span(7, "nome"), StepID: "mapa",
			Message: T("`contact` has no field `nome`", "`contact` não tem o campo `nome`"), Suggestion: Suggest("nome", []string{"name"})},
		{Code: "J0104", Severity: Error, Span: span(8, "send"), StepID: "tab", Message: T("`send` names no channel", "`send` não diz o canal")},
		{Code: "J0504", Severity: Error, Span: span(9, "rate"), StepID: "long",
			Message: T("step `rate` may not have run when `long` reads it", "o passo `rate` pode não ter rodado quando `long` o lê"),
			Note:    T("for example: eve=past → confirm=other → long", "por exemplo: eve=past → confirm=other → long"),
			Hint:    T("use steps.rate?.… with ??", "use steps.rate?.… com ??")},
		{Code: "J0540", Severity: Warning, Span: span(10, "á"), StepID: "sms_percent",
			Message: T("`á` is outside the SMS alphabet: about 2 segments instead of 1", "`á` está fora do alfabeto de SMS: cerca de 2 segmentos em vez de 1")},
		{Code: "J0101", Severity: Error, Span: span(11, "evil"), Message: T("bad \x1b[2J news\nhere", "más \x1b[2J notícias\naqui")},
		{Code: "J0102", Severity: Error, Span: Span{name, 14, 7, 15, 18}, StepID: "block", Message: T("two lines", "duas linhas")},
		{Code: "J0002", Severity: Error, Span: Span{name, 14, 17, 14, 17}, Message: T("at the end of a line", "no fim de uma linha")},
		{Code: "J0001", Severity: Error, Span: Span{File: "gone.journey.yaml", Line: 3, Column: 2, EndLine: 3, EndColumn: 4},
			Message: T("this file is not at hand", "este arquivo não está à mão"), Suggestion: T("did you mean `here`?", "você quis dizer `here`?"), Hint: T("look elsewhere", "procure em outro lugar")},
		{Code: "J0003", Severity: Error, Span: Span{File: "empty.journey.yaml"}, Message: Text{"the file is empty, 100% of it: a, b", "o arquivo está vazio, 100% dele: a, b"}},
	}, map[string][]byte{name: src, "empty.journey.yaml": nil}
}

func TestRenderings(t *testing.T) {
	list, sources := sample(t)
	for _, c := range []struct {
		file  string
		lang  Language
		color bool
	}{{"text.en.out", English, false}, {"text.pt.out", Portuguese, false}, {"color.out", English, true}} {
		var b bytes.Buffer
		if err := list.Render(&b, sources, c.lang, c.color); err != nil {
			t.Fatal(err)
		}
		golden(t, c.file, b.Bytes())
	}
	golden(t, "list.en.json", list.JSON(English))
	golden(t, "list.pt.json", list.JSON(Portuguese))
	golden(t, "list.sarif", list.SARIF(English))
	var b bytes.Buffer
	if err := list.GitHub(&b, English); err != nil {
		t.Fatal(err)
	}
	golden(t, "github.out", b.Bytes())
	golden(t, "error.out", []byte(list.Error()+"\n"))
	for _, text := range []string{list.Error(), b.String()} {
		if strings.Contains(text, "\x1b") {
			t.Error("control characters get through")
		}
	}
}

// Whatever the line and the span, the caret stands under the blamed text.
func TestCaretStandsUnderTheText(t *testing.T) {
	for _, pad := range []string{"", "x: ", "好好 ", "e\u0301e\u0301 ", "👩‍👩‍👧 ", strings.Repeat("a好", 60), strings.Repeat("á ", 200), strings.Repeat(" ", 90)} {
		line := pad + "HERE and more" + strings.Repeat(" tail", 40)
		column := len([]rune(pad)) + 1
		text, lead, carets := excerpt(line, Span{Line: 1, Column: column, EndLine: 1, EndColumn: column + 4})
		before, _, ok := strings.Cut(text, "HERE")
		if !ok {
			t.Errorf("%q: the blamed text was cut: %q", pad, text)
			continue
		}
		if width := uniseg.StringWidth(before); len(lead) != width || carets != "^^^^" {
			t.Errorf("%q: %d columns before, caret at %d (%s)", pad, width, len(lead), carets)
		}
		if w := uniseg.StringWidth(text); w > lineWidth {
			t.Errorf("%q: %d columns", pad, w)
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add("audience: contact.citi", 11, 4)
	f.Add("\t好e\u0301\x00\xff", 2, 90)
	f.Fuzz(func(t *testing.T, line string, column, length int) {
		if column < 1 || column > 1<<20 || length < 0 || length > 1<<20 || strings.Contains(line, "\n") {
			return
		}
		text, lead, carets := excerpt(line, Span{Line: 1, Column: column, EndLine: 1, EndColumn: column + length})
		if uniseg.StringWidth(text) > lineWidth+1 || carets == "" || len(lead) > lineWidth+1 || strings.ContainsAny(text, "\x00\x1b\n") {
			t.Fatalf("%q %q %q", text, lead, carets)
		}
	})
}

func TestSort(t *testing.T) {
	d := func(file string, line, column int, code, message string) Diagnostic {
		return Diagnostic{Code: code, Span: Span{File: file, Line: line, Column: column}, Message: Text{En: message, Pt: message}}
	}
	list := List{
		d("b", 1, 1, "J0301", "x"), d("a", 10, 1, "J0301", "x"), d("a", 9, 2, "J0302", "x"), d("a", 9, 2, "J0301", "x"), d("a", 9, 2, "J0301", "x"),
		d("a", 9, 1, "J0999", "x"), d("a", 9, 2, "J0301", "y"),
	}
	var got []string
	for _, s := range list.Sort() {
		got = append(got, place(s.Span)+" "+s.Code+" "+s.Message.En)
	}
	if want := "a:9:1 J0999 x|a:9:2 J0301 x|a:9:2 J0301 y|a:9:2 J0302 x|a:10:1 J0301 x|b:1:1 J0301 x"; strings.Join(got, "|") != want {
		t.Errorf("%s", strings.Join(got, "|"))
	}
	if list[0].Span.File != "b" || len(list) != 7 {
		t.Error("Sort changed its receiver")
	}
	if List(nil).Sort() != nil || len(List{}.Sort()) != 0 {
		t.Error("an empty list stays empty")
	}
}

func TestHasErrors(t *testing.T) {
	warning, mistake := Diagnostic{Severity: Warning}, Diagnostic{Severity: Error}
	if (List{warning}).HasErrors() || !(List{warning, mistake}).HasErrors() || List(nil).HasErrors() {
		t.Error("only errors block")
	}
	var l List
	if !errors.As(error(List{mistake}), &l) || len(l) != 1 {
		t.Error("a list travels as an error")
	}
}

func TestJSONShape(t *testing.T) {
	if got := string(List(nil).JSON(English)); got != "[]\n" {
		t.Errorf("%q", got)
	}
	list, _ := sample(t)
	var back []map[string]any
	if err := json.Unmarshal(list.JSON(Portuguese), &back); err != nil || len(back) != len(list) {
		t.Fatal(err)
	}
	for _, key := range []string{"code", "severity", "message", "hint", "note", "file", "line", "column", "end_line", "end_column", "step_id", "suggestion"} {
		if _, ok := back[0][key]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
	if !json.Valid(list.SARIF(English)) {
		t.Error("SARIF is not JSON")
	}
}

func TestNear(t *testing.T) {
	fields := []string{"birth_date", "city", "cpf", "email", "first_name", "id", "name", "timeout", "to"}
	for name, want := range map[string]string{
		"citi": "city", "ctiy": "city", "timeuot": "timeout", "fist_name": "first_name", "City": "city", "emial": "email", "e-mail": "email",
		"nome": "name", "zzz": "", "": "", "i": "id", "xd": "id", "city": "", "birthdate": "birth_date", "timeouts": "timeout", strings.Repeat("x", 500): "",
	} {
		if got := Near(name, fields); got != want {
			t.Errorf("%q is near %q, want %q", name, got, want)
		}
	}
	if got := Near("ab", []string{"cb", "ac", "ba"}); got != "ac" {
		t.Errorf("ties go to the alphabet, not to %q", got)
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"ação", "acao", 2}} {
		if got := distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("%s-%s: %d", c.a, c.b, got)
		}
	}
}
