package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"

	"jornada/cmd/torture/oracle"
)

// historiesWanted is how many recorded histories a release must replay.
const historiesWanted = 50

// Every recorded history of every release is replayed on the code as it stands:
// an enrollment that runs when the new build is deployed must go on.
func t31(ctx context.Context, r *Run) (oracle.Line, error) {
	r.Say("replaying recorded histories")
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-run", "^TestReplayHistories$", "-json", "./workflows")
	cmd.Dir = r.Rig.Root
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, runErr := cmd.Output()
	passed, failed, said := replayed(out)
	line := oracle.Line{Enrolled: passed + len(failed), EndedOnce: passed, Pass: true, Notes: []string{fmt.Sprintf("%d histories replayed", passed)}}
	breach := func(rule string, examples ...string) {
		line.Pass = false
		line.Breaches = append(line.Breaches, oracle.Breach{Rule: rule, Count: len(examples), Examples: examples})
	}
	if len(failed) > 0 {
		breach("every recorded history replays", failed...)
	}
	if passed < historiesWanted {
		breach("enough histories are recorded", fmt.Sprintf("%d replay, and a release needs %d: record more with `make histories`", passed, historiesWanted))
	}
	if runErr != nil && len(failed) == 0 {
		return line, fmt.Errorf("running go test ./workflows: %w\n%s%s", runErr, errors.String(), said)
	}
	return line, nil
}

// replayed counts subtests in go test's own words.
func replayed(out []byte) (passed int, failed []string, said string) {
	text := map[string]string{}
	for line := range bytes.Lines(out) {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		_, history, sub := strings.Cut(e.Test, "/")
		switch {
		case e.Action == "output":
			text[e.Test] += e.Output
		case sub && e.Action == "pass":
			passed++
		case sub && e.Action == "fail":
			failed = append(failed, history+": "+strings.TrimSpace(text[e.Test]))
		case e.Action == "fail":
			said += text[e.Test]
		}
	}
	return passed, failed, said
}
