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
	outs, _ := filepath.Glob("testdata/err/*.out")
	var all strings.Builder
	for _, name := range outs {
		text, _ := os.ReadFile(name)
		all.Write(text)
	}
	for _, c := range used {
		if !strings.Contains(all.String(), "["+c+"]") {
			t.Errorf("no golden message shows %s", c)
		}
		for _, lang := range []diag.Language{diag.English, diag.Portuguese} {
			page, ok := Explain(c, lang)
			if !ok || strings.Count(page, "```yaml") != 2 || !strings.HasPrefix(page, "# "+c+": ") {
				t.Errorf("the page of %s in %s has not a wrong and a right example", c, lang)
			}
		}
	}
	if _, ok := Explain("J9999", diag.English); ok {
		t.Error("an unknown code is explained")
	}
}
