package dsl

import (
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	anID    = regexp.MustCompile(`\{id: (s[0-9]+), `)
	ownText = regexp.MustCompile(`id: (s[0-9]+), (?:if: [^{},]*, )?send: \{whatsapp: \{text: (Oi)\}`)
	whoRan  = regexp.MustCompile("^step `(s[0-9]+)` may not have run when `(s[0-9]+)` reads it$")
)

// TestResultsAreThere compares must-have-run with all walks of random journeys
// whose texts read the results of random steps: whatever is read before it ran
// on some walk is reported, and next to nothing else.
func TestResultsAreThere(t *testing.T) {
	folder, _ := Load(readFolder(t, "testdata/ok"))
	var read, early, told int
	for seed := range int64(4000) {
		a := &windowAuthor{Rand: rand.New(rand.NewSource(seed))}
		text := a.journey()
		ids := anID.FindAllStringSubmatch(text, -1)
		c := &counter{number: map[string]int{}, reads: map[string][]string{}, unrun: map[string]bool{}}
		for i, id := range ids {
			c.number[id[1]] = i
		}
		for _, at := range ownText.FindAllStringSubmatchIndex(text, -1) {
			by, of := text[at[2]:at[3]], ids[a.Intn(len(ids))][1]
			c.reads[by] = append(c.reads[by], of)
		}
		for by, of := range c.reads {
			text = regexp.MustCompile(`(id: `+by+`, (?:if: [^{},]*, )?send: \{whatsapp: \{text: )Oi\}`).
				ReplaceAllString(text, fmt.Sprintf(`${1}"{{ steps.%s.outcome }}"}`, of[0]))
		}
		j, list := Parse(File{"sample.journey.yaml", []byte(text)})
		check := runCheck(j, folder.Workspace)
		said := map[string]bool{}
		for _, d := range check.diagnostics() {
			if m := whoRan.FindStringSubmatch(d.Message.En); d.Code == "J0504" && m != nil {
				said[m[2]+" "+m[1]] = true
				if !strings.HasSuffix(d.Note.En, m[2]) && !strings.Contains(d.Note.En, "always so") {
					t.Errorf("seed %d: the path of %q does not end there: %s", seed, d.Message.En, d.Note.En)
				}
			} else if !slices.Contains([]string{"J0420", "J0440", "J0503", "J0505"}, d.Code) { // which such journeys have
				list = append(list, d)
			}
		}
		if list.HasErrors() || len(ids) > 64 {
			t.Fatalf("seed %d: %v\n%s", seed, list, text)
		}
		c.plan = check.plan()
		if _, ok := c.bounds(); !ok {
			continue
		}
		for wrong := range c.unrun {
			if !said[wrong] {
				t.Fatalf("seed %d: %q is not reported\n%s", seed, wrong, text)
			}
		}
		read, early, told = read+len(c.reads), early+len(c.unrun), told+len(said)
	}
	t.Logf("%d readings, %d may come too early, %d are reported", read, early, told)
	if early < read/10 || early > read*9/10 || told*95 > early*100 {
		t.Errorf("%d readings, %d may come too early, %d are reported", read, early, told)
	}
}
