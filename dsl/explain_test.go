package dsl

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// Every code that the sources can report has a page in both languages and a
// golden message; and no page is for a code that nothing reports.
func TestEveryCodeIsExplained(t *testing.T) {
	used := expression.Codes()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`"(J0[0-9]{3})"`)
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			used = append(used, m[1])
		}
	}
	slices.Sort(used)
	used = slices.Compact(used)
	var explained []string
	for _, c := range Codes() {
		explained = append(explained, c.Code)
		if c.Title.En == "" || c.Title.Pt == "" {
			t.Errorf("%s has no title", c.Code)
		}
	}
	if !slices.Equal(used, explained) {
		t.Errorf("reported: %v\nexplained: %v", used, explained)
	}
	for _, c := range used {
		if !shownByGolden(t, c) {
			t.Errorf("no file testdata/err/%s_*.out shows %s", c, c)
		}
		for _, lang := range []diag.Language{diag.English, diag.Portuguese} {
			if page, ok := Explain(c, lang); !ok || pageFault(c, page) != "" {
				t.Errorf("the page of %s in %s: %s", c, lang, pageFault(c, page))
			}
		}
	}
	if _, ok := Explain("J9999", diag.English); ok {
		t.Error("an unknown code is explained")
	}
}

// shownByGolden reports whether a golden file of its own shows a code's message.
func shownByGolden(t *testing.T, code string) bool {
	t.Helper()
	outs, _ := filepath.Glob("testdata/err/" + code + "_*.out")
	for _, name := range outs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "error["+code+"]") || strings.Contains(string(text), "warning["+code+"]") {
			return true
		}
	}
	return false
}

var examples = regexp.MustCompile("(?s)```yaml\n(.+?)\n```")

// pageFault is what a page lacks: a title, a paragraph, and a wrong and a right
// example that differ.
func pageFault(code, page string) string {
	title, rest, _ := strings.Cut(page, "\n\n")
	paragraph, _, _ := strings.Cut(rest, "\n\n")
	found := examples.FindAllStringSubmatch(page, -1)
	switch {
	case !strings.HasPrefix(title, "# "+code+": ") || len(title) < 15:
		return "it has no title"
	case len(paragraph) < 40 || strings.HasSuffix(paragraph, ":") || strings.Contains(paragraph, "```"):
		return "it has no paragraph"
	case len(found) != 2:
		return "it has not a wrong and a right example"
	case found[0][1] == found[1][1]:
		return "its two examples are the same"
	}
	return ""
}

// The demands can fail: pages and golden files that lack something are found.
func TestTheDemandsOnPagesCanFail(t *testing.T) {
	const paragraph = "\n\nA sentence that says what the diagnostic means, and why.\n\n"
	const wrong, right = "Wrong:\n\n```yaml\na: 1\n```\n\n", "Right:\n\n```yaml\na: 2\n```\n"
	if fault := pageFault("J0001", "# J0001: a good page"+paragraph+wrong+right); fault != "" {
		t.Error(fault)
	}
	for name, page := range map[string]string{
		"nothing": "", "another code": "# J0002: a good page" + paragraph + wrong + right, "no paragraph": "# J0001: a good page\n\n" + wrong + right,
		"one example": "# J0001: a good page" + paragraph + wrong, "the same twice": "# J0001: a good page" + paragraph + wrong + wrong,
	} {
		if pageFault("J0001", page) == "" {
			t.Errorf("%s passes", name)
		}
	}
	if shownByGolden(t, "J9999") {
		t.Error("a code without a golden file passes")
	}
}

// Every verb has a page in both languages, with its fields, the ways it can end, and one
// example. A verb that is added without a page fails here.
func TestEveryVerbIsExplained(t *testing.T) {
	files, err := filepath.Glob("verbs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(verbTable) {
		t.Errorf("%d pages for %d verbs: %v", len(files), len(verbTable), files)
	}
	for _, v := range verbTable {
		if _, err := os.Stat("verbs/" + v.name + ".md"); err != nil {
			t.Errorf("the verb %s has no page: %v", v.name, err)
			continue
		}
		for _, lang := range []diag.Language{diag.English, diag.Portuguese} {
			page, ok := ExplainVerb(strings.ToUpper(v.name), lang)
			if fault := verbFault(v, page); !ok || fault != "" {
				t.Errorf("the page of %s in %s: %s", v.name, lang, fault)
			}
		}
		en, _ := ExplainVerb(v.name, diag.English)
		pt, _ := ExplainVerb(v.name, diag.Portuguese)
		if examples.FindString(en) != examples.FindString(pt) {
			t.Errorf("%s: the example is another one in Portuguese", v.name)
		}
	}
	if _, ok := ExplainVerb("step", diag.English); ok {
		t.Error("an unknown verb is explained")
	}
	if near := NearVerb("sned"); near != "send" {
		t.Errorf("sned is near %q", near)
	}
}

var quotedWord = regexp.MustCompile("`([a-z_]+)`")

// verbFault is what the page of a verb lacks.
func verbFault(v verb, page string) string {
	title, rest, _ := strings.Cut(page, "\n\n")
	paragraph, _, _ := strings.Cut(rest, "\n\n")
	found := examples.FindAllStringSubmatch(page, -1)
	switch {
	case !strings.HasPrefix(title, "# "+v.name+": ") || len(title) < 15:
		return "it has no title"
	case len(paragraph) < 40 || strings.HasSuffix(paragraph, ":"):
		return "it has no paragraph"
	case len(found) != 1 || !regexp.MustCompile(`\b`+v.name+`: `).MatchString(found[0][1]+" ") && !strings.Contains(found[0][1], v.name+":\n"):
		return "it has not one example of the verb"
	case strings.Contains(page, "<!--"):
		return "it shows a comment"
	}
	words := map[string]bool{}
	for _, m := range quotedWord.FindAllStringSubmatch(page, -1) {
		words[m[1]] = true
	}
	if v.keys != nil {
		for _, k := range v.keys() {
			if !words[k.key] {
				return "it does not name the field " + k.key
			}
		}
	}
	folder, _ := Load([]File{{Path: "a.journey.yaml", Content: []byte("dsl: 1\njourney: a\nsteps:\n  " + strings.ReplaceAll(found[0][1], "\n", "\n  "))}})
	for _, j := range folder.Journeys {
		fault := ""
		walk(j.Steps, func(s *Step) {
			if s.Verb.Value != v.name {
				return
			}
			own := map[string]bool{} // what the example's author has named
			for _, b := range s.Branches {
				own[b.Outcome.Value] = true
			}
			switch body := s.Body.(type) {
			case *SwitchStep:
				for _, c := range body.Cases {
					own[c.ID.Value] = true
				}
			case *SplitStep:
				for _, variant := range body.Variants {
					own[variant.ID.Value] = true
				}
			}
			o := s.Body.outcomes(folder.Workspace)
			for _, name := range append(append([]string{o.Normal}, o.Must...), o.May...) {
				if name != "" && !words[name] && !own[name] {
					fault = "it does not say that the verb can end as " + name
				}
			}
		})
		if fault != "" {
			return fault
		}
	}
	return ""
}

// The demands on a verb's page can fail.
func TestTheDemandsOnVerbPagesCanFail(t *testing.T) {
	at := slices.IndexFunc(verbTable, func(v verb) bool { return v.name == "goto" })
	page, _ := ExplainVerb("goto", diag.English)
	for name, change := range map[string][2]string{
		"another verb": {"# goto: ", "# exit: "}, "a field that is not named": {"`max`", "max"}, "an ending that is not named": {"`exhausted`", "over"},
		"no example": {"```yaml", "```text"}, "a comment": {"Example:", fieldsPlace},
	} {
		worse := strings.ReplaceAll(page, change[0], change[1])
		if worse == page || verbFault(verbTable[at], worse) == "" {
			t.Errorf("%s passes", name)
		}
	}
}
