package dsl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/dsl/diag"
)

// laughs is a document of a few hundred bytes that unfolds into billions.
func laughs() string {
	var b strings.Builder
	b.WriteString("a: &a [x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c < 'k'; c++ {
		b.WriteString(fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 8), c-1))
	}
	return b.String()
}

// Files made to hurt are refused by one walk over their text: the YAML library
// never sees them, so there is nothing that could take long (BenchmarkBomb says
// how long the walk takes).
func TestBombsNeverReachTheLibrary(t *testing.T) {
	for name, bomb := range map[string]struct{ text, code string }{
		"too many bytes":  {strings.Repeat("x", maxFileBytes+1), "J0001"},
		"brackets":        {strings.Repeat("[", 400_000), "J0001"},
		"blank brackets":  {strings.Repeat("[ ", 200_000), "J0001"},
		"spread brackets": {strings.Repeat("[\n", 200_000), "J0001"},
		"braces":          {strings.Repeat("{a: ", 100_000), "J0001"},
		"dashes":          {strings.Repeat("- ", 200_000), "J0001"},
		"question marks":  {strings.Repeat("? ", 200_000), "J0001"},
		"tag directives":  {tagDirectives(20_000), "J0012"},
		"a picture":       {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "J0002"},
		"a program":       {"\x7fELF\x02\x01\x01\x00", "J0002"},
		"a zip archive":   {"PK\x03\x04\x14\x00", "J0002"},
		"zero bytes":      {strings.Repeat("\x00", 400_000), "J0002"},
		"UTF-16":          {"\xff\xfed\x00s\x00l\x00:\x00", "J0002"},
		"Latin-1":         {"name: Jo\xe3o\n", "J0002"},
	} {
		r := &reporter{}
		if _, ok := admit(File{"bomb.journey.yaml", []byte(bomb.text)}, r); ok || len(r.list) != 1 || r.list[0].Code != bomb.code {
			t.Errorf("%s: admitted=%v, told %d times, want one %s", name, ok, len(r.list), bomb.code)
		}
		if _, list := Parse(File{"bomb.journey.yaml", []byte(bomb.text)}); len(list) != 1 {
			t.Errorf("%s: %d mistakes, want one", name, len(list))
		}
	}
}

// What the library does see is never unfolded or decoded: anchors, aliases,
// merge keys, tags, duplicate keys and second documents are refused with work in
// proportion to the text.
func TestWhatYAMLWouldUnfoldIsRefused(t *testing.T) {
	const perByte = 10 // allocations; an unfolded alias document makes billions
	for name, c := range map[string]struct{ text, code string }{
		"aliases":          {laughs(), "J0011"},
		"many aliases":     {"a: &a [x]\nb: [" + strings.Repeat("*a,", 20_000) + "]\n", "J0011"},
		"merge keys":       {"a: &a {x: 1}\n" + strings.Repeat("b: {<<: *a}\n", 5_000), "J0011"},
		"tags":             {"a: [" + strings.Repeat("!!binary aGk=,", 5_000) + "]\n", "J0012"},
		"duplicate keys":   {strings.Repeat("a: 1\n", 20_000), "J0014"},
		"second documents": {"a: 1\n" + strings.Repeat("---\na: 1\n", 5_000), "J0003"},
		"many keys":        {manyKeys(20_000), "J0101"},
	} {
		f := File{"bomb.journey.yaml", []byte(c.text)}
		j, list := Parse(f)
		plan, _ := Compile(j, nil)
		if plan != nil || !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Code == c.code }) {
			t.Errorf("%s: no %s among %d mistakes", name, c.code, len(list))
		}
		if allocs := testing.AllocsPerRun(1, func() { _, _ = Parse(f) }); allocs > perByte*float64(len(c.text)) {
			t.Errorf("%s: %.0f allocations for %d bytes", name, allocs, len(c.text))
		}
	}
}

// Which journey a file defines is asked of texts that nobody has checked.
func TestJourneyIDOf(t *testing.T) {
	for text, want := range map[string]string{
		"dsl: 1\njourney: visit\nsteps: 1\n": "visit",
		"journey: 'visit'\n":                 "visit",
		"\ufeffjourney: visit\r\n":           "visit",
		"journey: visit\njourney: other\n":   "visit",
		"journey: 7\n":                       "7",
		"journey: ~\n":                       "",
		"journey: [visit]\n":                 "",
		"journey: &a visit\n":                "",
		"journey: visit\nsteps: [\n":         "",
		"- journey: visit\n":                 "",
		"":                                   "",
		"\xff":                               "",
		laughs() + "journey: visit\n":        "visit",
		tagDirectives(20_000) + "---\njourney: visit\n":   "",
		strings.Repeat("[", 400_000):                      "",
		manyKeys(800_000) + "journey: visit\n":            "",
		"journey: visit\n" + manyKeys(maxFileBytes/12-10): "visit",
	} {
		if got := JourneyIDOf(File{"x.journey.yaml", []byte(text)}); got != want {
			t.Errorf("%.40q defines %q, want %q", text, got, want)
		}
	}
}

// A file made of mistakes tells the first of them and says that there are more;
// what is shown of it stays small, however long its lines are.
func TestManyMistakesCostLittle(t *testing.T) {
	ws, _ := ParseWorkspace(readFolder(t, "testdata/ok"))
	for name, content := range hostileFiles(64 << 10) {
		f := File{"hostile.journey.yaml", []byte(content)}
		j, list := Parse(f)
		plan, more := Compile(j, ws)
		if plan != nil {
			t.Errorf("%s: it has a plan", name)
		}
		for _, l := range []diag.List{list, more} {
			if len(l) > maxMistakes+1 {
				t.Errorf("%s: %d mistakes are listed, want at most %d", name, len(l), maxMistakes+1)
			}
		}
		shown := render(t, slices.Concat(list, more), map[string][]byte{f.Path: f.Content}, diag.Portuguese)
		if most := 2 * (maxMistakes + 1) * 2000; len(shown) > most {
			t.Errorf("%s: %d bytes are shown, want at most %d", name, len(shown), most)
		}
	}
}

// tagDirectives keeps the library busy for seconds: it compares every pair.
func tagDirectives(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%%TAG !a%d! x\n", i)
	}
	return b.String()
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

// Names that nobody declared are compared with those that somebody did. Neither
// many of the ones nor many of the others make that slow: only what is listed is
// compared, and only so many names may be declared.
func TestManyNamesAndManyMistakes(t *testing.T) {
	fields := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "  field_%d: string\n", i)
		}
		return b.String()
	}
	const head = "dsl: 1\njourney: a\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\n"
	var mistakes strings.Builder
	for i := range 1900 {
		fmt.Fprintf(&mistakes, "  - {id: s%d, if: \"contact.feld_x%d == 'a' and contact.feld_y%d == 'b'\", exit: x}\n", i, i, i)
	}
	journey := File{"a.journey.yaml", []byte(head + "steps:\n" + mistakes.String())}
	load := func(n int) diag.List {
		_, list := Load([]File{{"workspace.yaml", []byte("dsl: 1\nid: w\ntimezone: UTC\ncontact:\n" + fields(n))}, journey})
		return list
	}
	list := load(maxNames)
	if len(list) < maxMistakes || list[0].Code != "J0301" || list[0].Suggestion.IsZero() {
		t.Errorf("as many names as may be: %d mistakes, first %+v", len(list), list[0])
	}
	const most = 3_000_000 // allocations; comparing every mistake with every name makes twenty million
	if n := testing.AllocsPerRun(1, func() { _ = load(maxNames) }); n > most {
		t.Errorf("%.0f allocations", n)
	}
	for name, file := range map[string]File{
		"contact": {"workspace.yaml", []byte("dsl: 1\nid: w\ntimezone: UTC\ncontact:\n" + fields(maxNames+1))},
		"inputs":  {"a.journey.yaml", []byte(head + "inputs:\n" + fields(maxNames+1) + "steps: [{id: a, exit: b}]\n")},
		"vars":    {"a.journey.yaml", []byte(head + "vars:\n" + fields(maxNames+1) + "steps: [{id: a, exit: b}]\n")},
	} {
		_, list := Load([]File{file})
		if !slices.ContainsFunc(list, func(d diag.Diagnostic) bool {
			return d.Code == "J0001" && strings.Contains(d.Message.En, "declares 1001 names; the limit is 1000") && strings.Contains(d.Message.Pt, "declara 1001 nomes")
		}) {
			t.Errorf("%s: a name too many is not told: %v", name, list)
		}
	}
}

// hostileFiles are about as long as asked, pass the first look, and are wrong in
// thousands of places.
func hostileFiles(size int) map[string]string {
	const head = "dsl: 1\njourney: many\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\n"
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	count := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	return map[string]string{
		"anchors on one line":     head + "tags: [" + count("&a%d b,") + "]\nsteps: []\n",
		"tags on one line":        head + "tags: [" + fill("!a b,") + "]\nsteps: []\n",
		"lists on one line":       head + "tags: [" + fill("{},") + "]\nsteps: []\n",
		"types on one line":       head + "inputs: {" + count("o%d: itn, ") + "}\nsteps: []\n",
		"unquoted braces":         head + "tags: [" + fill("{{a}},") + "]\nsteps: []\n",
		"translations":            head + "translations: {en: {" + count("o%d.text: a, ") + "}}\nsteps: [{id: a, exit: b}]\n",
		"exits":                   head + "exits: [" + count("{id: o%d, event: a.b},") + "]\nsteps: [{id: a, exit: b}]\n",
		"misspelled verbs":        head + "steps:\n" + count("  - {id: s%d, sned: 1}\n"),
		"misspelled keys":         head + count("step%d: 1\n"),
		"mistakes in one text":    head + "steps:\n  - {id: a, send: {sms: {text: \"" + strings.Repeat("{{ x }}", size/8) + "\"}}}\n",
		"open braces in one text": head + "steps:\n  - {id: a, send: {sms: {text: \"" + strings.Repeat("{{ ", size/4) + "\"}}}\n",
		"mistakes in conditions":  head + "vars: {n: 0}\nsteps:\n" + count("  - {id: s%d, if: nope.x > 1, exit: x}\n"),
		"shares":                  head + "steps:\n  - id: q\n    split: {" + count("o%d: 1, ") + "}\n",
		"options":                 head + "steps:\n  - id: q\n    ask: {sms: {text: x}, timeout: 1d, options: [" + count("{id: o%d, title: a},") + "]}\n",
		"branches":                head + "steps:\n  - id: q\n    ask: {sms: {text: x}, timeout: 1d, options: [{id: a, title: b}]}\n    branches: {" + count("o%d: [], ") + "}\n",
		"blanks in an expression": head + "steps:\n  - {id: a, if: '" + strings.Repeat(" ", size) + "', exit: b}\n",
		"blanks before a quote":   head + "audience: \"" + strings.Repeat(" ", size) + "=\"\nsteps: []\n",
		"blanks in a block":       head + "audience: |1\n" + strings.Repeat(" ", size) + "=\nsteps: []\n",
		"one endless expression":  head + "audience: " + fill("a or ") + "b\nsteps: []\n",
		"one unclosed quote":      head + "name: \"" + fill("a\n"),
		"one unclosed bracket":    head + "name: [" + fill("a,\n"),
	}
}

// BenchmarkBomb is how long a refusal takes: a millisecond or two for what the
// first look refuses, tens for half a megabyte of mistakes.
func BenchmarkBomb(b *testing.B) {
	bombs := map[string]string{"brackets": strings.Repeat("[", 400_000), "braces": strings.Repeat("{a: ", 100_000), "laughs": laughs()}
	maps.Copy(bombs, hostileFiles(maxFileBytes-2000))
	ws, _ := ParseWorkspace(readFolder(b, "testdata/ok"))
	for _, name := range sortedKeys(bombs) {
		f := File{"bomb.journey.yaml", []byte(bombs[name])}
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				j, list := Parse(f)
				_, more := Compile(j, ws)
				_ = slices.Concat(list, more).Render(io.Discard, map[string][]byte{f.Path: f.Content}, diag.English, false)
			}
		})
	}
}

func TestStepLimit(t *testing.T) {
	_, list := Parse(File{"many.journey.yaml", []byte(manySteps(maxSteps + 50))})
	if len(list) != 1 || list[0].Code != "J0001" {
		t.Errorf("got %v, want one J0001", list)
	}
}

// manySteps is a journey of n steps with questions, conditions and branches.
func manySteps(n int) string {
	var b strings.Builder
	b.WriteString("dsl: 1\njourney: many\ncategory: utility\ntimezone: UTC\nvars: {n: 0}\ntriggers: [{api: true}]\nsteps:\n")
	for i := 0; i < n; i += 5 {
		fmt.Fprintf(&b, "  - {id: s%d, if: contact.visits > %d and contact.opt_in.sms, send: {sms: {text: \"Oi {{ contact.first_name }}\"}}}\n", i, i)
		fmt.Fprintf(&b, "  - id: s%d\n    ask: {whatsapp: {template: nps_question, params: {name: \"{{ contact.first_name }}\"}}, scale: nps, timeout: 1d}\n", i+1)
		fmt.Fprintf(&b, "    branches:\n      detractor: [{id: s%d, set: {n: \"{{ vars.n + steps.s%d.score }}\"}}]\n      promoter: [{id: t%d, send: {whatsapp: {text: \"Nota {{ steps.s%d.score }}, {{ contact.first_name }}\"}}}]\n      otherwise: []\n", i+2, i+1, i, i+1)
		fmt.Fprintf(&b, "  - {id: s%d, if: vars.n > 1, wait: {for: 1h}}\n", i+3)
	}
	return b.String()
}

func benchmarkCheck(b *testing.B, steps int) {
	ws, _ := ParseWorkspace(readFolder(b, "testdata/ok"))
	f := File{"many.journey.yaml", []byte(manySteps(steps))}
	b.ReportAllocs()
	for b.Loop() {
		j, list := Parse(f)
		if list = append(list, Check(j, ws)...); list.HasErrors() {
			b.Fatal(list)
		}
	}
}

// BenchmarkBounds1000 is what one line of jornada validate costs.
func BenchmarkBounds1000(b *testing.B) {
	ws, _ := ParseWorkspace(readFolder(b, "testdata/ok"))
	j, _ := Parse(File{"many.journey.yaml", []byte(manySteps(1000))})
	p, list := Compile(j, ws)
	if p == nil {
		b.Fatal(list)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Bounds()
	}
}

func BenchmarkCheck50(b *testing.B)   { benchmarkCheck(b, 48) }
func BenchmarkCheck1000(b *testing.B) { benchmarkCheck(b, 1000) }

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "24h": 24 * time.Hour, "2d": 48 * time.Hour, "1w": 168 * time.Hour, "1h30m": 90 * time.Minute,
		"-24h": -24 * time.Hour, "30s": 30 * time.Second, "1w2d": 216 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got.Std() != want {
			t.Errorf("%s = %v, %v", text, got.Std(), err)
		}
	}
	for _, text := range []string{"", "-", "5", "1.5h", "30m1h", "1h 30m", "h", "1y", "999999w", "99999999h", "1D"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got.Std())
		}
	}
}

// The schema knows every key of the tables and is valid JSON.
func TestSchema(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	step := schema["$defs"].(map[string]any)["step"].(map[string]any)
	for _, verb := range verbNames() {
		if _, ok := step["properties"].(map[string]any)[verb]; !ok {
			t.Errorf("the schema does not know `%s`", verb)
		}
	}
	if len(verbTable) != 15 || len(step["allOf"].([]any)) != 15 {
		t.Error("there are 15 verbs")
	}
	if !bytes.Equal(Schema(), Schema()) {
		t.Error("the schema changes from run to run")
	}
}
