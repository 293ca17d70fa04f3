package examples_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"jornada/dsl/diag"
)

var update = flag.Bool("update", false, "write the messages shown in invalid/README.md")

// invalid is the folder of mistakes on purpose.
const invalid = "invalid"

// TestMistakesAreExplained: every journey of the folder is wrong, its workspace is
// not, and the page shows every message as `jornada validate` prints it.
func TestMistakesAreExplained(t *testing.T) {
	folder, problems := load(t, invalid)
	if len(folder.Plans) > 0 {
		t.Errorf("%d journeys have no mistake", len(folder.Plans))
	}
	contents := map[string][]byte{}
	messages := map[string]diag.List{}
	codes := map[string]bool{}
	for _, d := range problems {
		codes[d.Code] = true
		name := d.Span.File
		d.Span.File = path.Join("examples", invalid, name)
		contents[d.Span.File] = folder.Sources[name].Content
		messages[name] = append(messages[name], d)
	}
	name := path.Join(invalid, "README.md")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	want := page
	for _, j := range folder.Journeys {
		var out bytes.Buffer
		if err := messages[j.Path].Render(&out, contents, diag.English, false); err != nil {
			t.Fatal(err)
		}
		command := fmt.Sprintf("```console\n$ bin/jornada validate examples/%s/%s\n", invalid, j.Path)
		head, rest, shown := strings.Cut(want, command)
		_, tail, closed := strings.Cut(rest, "```\n")
		if !shown || !closed {
			t.Errorf("%s does not show %q", name, command)
			continue
		}
		want = head + command + out.String() + "```\n" + tail
		delete(messages, j.Path)
	}
	for file := range messages {
		t.Errorf("%s is to be right, and has mistakes: %v", file, messages[file])
	}
	if len(codes) < 25 {
		t.Errorf("only %d kinds of mistakes are shown", len(codes))
	}
	if want == page {
		return
	}
	if !*update {
		t.Fatalf("%s does not show what the checker says now: run `go test ./examples -run Mistakes -update`, and read the difference", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTogetherTheyUseTheWholeLanguage: whoever looks for a verb or a trigger finds
// an example of it.
func TestTogetherTheyUseTheWholeLanguage(t *testing.T) {
	missing := []string{
		"send", "ask", "wait", "switch", "split", "parallel", "repeat", "enroll", "call", "handoff", "set", "update", "emit", "goto", "exit",
		"event", "inbound", "segment", "schedule", "api", "called",
	}
	seen := func(word string) {
		missing = slices.DeleteFunc(missing, func(w string) bool { return w == word })
	}
	for _, dir := range workspaces(t) {
		folder, _ := load(t, dir)
		for _, plan := range folder.Plans {
			for _, n := range plan.Nodes {
				seen(n.Verb)
			}
		}
		for _, j := range folder.Workspace.Journeys {
			for _, kind := range j.Triggers {
				seen(kind)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("no example uses %v", missing)
	}
}
