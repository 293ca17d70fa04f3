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
