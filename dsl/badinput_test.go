package dsl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

// badInputs are files made to hurt, by the name of the code that is the whole
// answer. What is refused at once costs one walk over the text (see
// TestBombsNeverReachTheLibrary); the rest is bounded by what it makes: one
// message.
func badInputs() map[string]struct{ path, text, code string } {
	const head = "dsl: 1\njourney: bad\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\n"
	condition := func(expr string) string {
		return head + "steps:\n  - {id: a, wait: {for: 1h}}\n  - id: b\n    if: >-\n      " + expr + "\n    wait: {for: 1h}\n"
	}
	many := strings.Repeat
	journey := func(text, code string) struct{ path, text, code string } {
		return struct{ path, text, code string }{"bad" + journeySuffix, text, code}
	}
	bad := map[string]struct{ path, text, code string }{
		"aliases that unfold":          journey(head+"name: &a x\nsteps: [{id: a, wait: {for: 1h}}]\n", "J0011"),
		"ten megabytes":                journey(many("# nothing\n", 1<<20), "J0001"),
		"ten megabytes of one line":    journey("dsl: "+many("1", 10<<20), "J0001"),
		"brackets":                     journey(many("[", 500_000), "J0001"),
		"a million parentheses":        journey(condition(many("(", 1_000_000)+"true"+many(")", 1_000_000)), "J0001"),
		"parentheses that fit":         journey(condition(many("(", 200_000)+"true"+many(")", 200_000)), "J0306"),
		"parentheses without an end":   journey(condition(many("(", 400_000)), "J0306"),
		"a long chain":                 journey(condition(many("not ", 100_000)+"true"), "J0306"),
		"a long sum":                   journey(condition(many("1 + ", 100_000)+"1 > 0"), "J0306"),
		"doubling texts":               journey(condition(`replace(replace(replace(contact.first_name, "", contact.first_name), "", contact.first_name), "", contact.first_name) == "x"`), ""),
		"a list test in a list test":   journey(condition(`all(contact.tags, all(contact.tags, # == "a"))`), "J0314"),
		"a range":                      journey(condition(`len(1..1000000) > 1`), "J0310"),
		"a folding of a list":          journey(condition(`reduce(contact.tags, #acc + #) == "x"`), "J0310"),
		"a variable":                   journey(condition(`let x = "a"; x == "b"`), "J0310"),
		"a pattern from data":          journey(condition(`contact.first_name matches contact.phone`), "J0310"),
		"a pattern that grows":         journey(condition(`contact.first_name matches "(a{1000}){1000}"`), "J0300"),
		"open braces in a text":        journey(head+"steps:\n  - {id: a, send: {sms: {text: \""+many("{{ ", 100_000)+"\"}}}\n", "J0001"),
		"a picture":                    journey("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"+many("\x00\xff", 1000), "J0002"),
		"zero bytes":                   journey(many("\x00", 100_000), "J0002"),
		"UTF-16":                       journey("\xff\xfed\x00s\x00l\x00:\x00 \x001\x00", "J0002"),
		"a journey that starts itself": journey("dsl: 1\njourney: bad\ncategory: utility\ntimezone: UTC\ntriggers: [{called: true}]\nsteps: [{id: a, enroll: {journey: bad}}]\n", "J0450"),
		"nothing at all":               journey("", "J0003"),
		"steps in steps":               journey(deepSteps(40), "J0001"),
		"more steps than people write": journey(manySteps(maxSteps+400), "J0001"),
	}
	for name, path := range map[string]string{"workspace": workspaceFile, "lock file": lockFile} {
		bad["ten megabytes of a "+name] = struct{ path, text, code string }{path, many("# nothing\n", 1<<20), "J0001"}
		bad["a picture as a "+name] = struct{ path, text, code string }{path, "\x89PNG\r\n\x1a\n\x00", "J0002"}
		bad["brackets in a "+name] = struct{ path, text, code string }{path, many("[", 300_000), "J0001"}
	}
	bad["ten megabytes of a template"] = struct{ path, text, code string }{"templates/nps_email.md", "---\nsubject: Oi\n---\n" + many("Oi\n", 4<<20), "J0001"}
	return bad
}

func deepSteps(n int) string {
	var b strings.Builder
	b.WriteString("dsl: 1\njourney: bad\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\nsteps:\n")
	for i := range n {
		pad := strings.Repeat("  ", 2*i)
		fmt.Fprintf(&b, "%s  - id: s%d\n%s    split: {a%d: 100}\n%s    branches:\n%s      a%d:\n", pad, i, pad, i, pad, pad, i)
	}
	fmt.Fprintf(&b, "%s  - {id: end, exit: done}\n", strings.Repeat("  ", 2*n))
	return b.String()
}

// Through the public door, whatever the file: one clear message about that file,
// no plan for it, and no more text than a person reads.
func TestBadInputIsOneMessage(t *testing.T) {
	base := readFolder(t, "testdata/ok")
	for name, c := range badInputs() {
		files := slices.DeleteFunc(slices.Clone(base), func(f File) bool {
			return f.Path == c.path || !strings.HasSuffix(c.path, journeySuffix) && strings.HasSuffix(f.Path, journeySuffix)
		})
		folder, list := Load(append(files, File{c.path, []byte(c.text)}))
		list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Span.File != c.path })
		if c.code == "" { // allowed, because its result is bounded when it runs
			if len(list) > 0 {
				t.Errorf("%s: %v", name, list)
			}
			continue
		}
		if len(list) != 1 || list[0].Code != c.code {
			t.Errorf("%s: %d messages, want one %s: %.600v", name, len(list), c.code, list)
			continue
		}
		if folder.Plans["bad"] != nil {
			t.Errorf("%s: it has a plan", name)
		}
		if shown := render(t, list, folder.Contents(), diag.Portuguese); len(shown) > 4000 || list[0].Message.IsZero() {
			t.Errorf("%s: %d bytes are shown", name, len(shown))
		}
	}
}

// BenchmarkBadInput says how long each refusal takes.
func BenchmarkBadInput(b *testing.B) {
	bad := badInputs()
	for _, name := range sortedKeys(bad) {
		files := []File{{bad[name].path, []byte(bad[name].text)}}
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				_, _ = Load(files)
			}
		})
	}
}
