package scenario

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

//go:embed workspace
var workspace embed.FS

// Files are the journeys and the workspace that scenarios publish, by name.
func Files() map[string]string {
	files := map[string]string{}
	root, err := fs.Sub(workspace, "workspace")
	if err == nil {
		err = fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(root, path)
			files[path] = string(text)
			return err
		})
	}
	if err != nil {
		panic("reading the embedded workspace: " + err.Error()) // it is part of this program
	}
	return files
}

// The visit is the journey most scenarios play: a greeting, a question with two
// buttons, and a message that depends on the answer. Its outcomes are the
// answers' names.
const (
	visit            = "visit"
	questionTemplate = "visit_confirm"
	visitTimeout     = "timeout: 20s" // as in the file
)

// visitFiles is the workspace with another patience of the question.
func visitFiles(timeout time.Duration) map[string]string {
	files := Files()
	const name = "visit.journey.yaml"
	files[name] = strings.Replace(files[name], visitTimeout, fmt.Sprintf("timeout: %ds", int(timeout.Seconds())), 1)
	return files
}

// visitDue are the steps that send, by outcome.
var visitDue = map[string][]string{
	Confirms: {"hello", "confirm", "thanks"},
	Cancels:  {"hello", "confirm", "sorry"},
	Silent:   {"hello", "confirm", "nudge"},
}

// visitRules judge the visit: how an enrollment may end follows from what its
// person did, and from whether the question and the answer got through.
func (s *Stage) visitRules() oracle.Rules {
	asked := map[string]time.Time{} // person: when the question reached them
	for _, a := range s.World.Accepts() {
		if p := s.crowd.who(a.To); p != nil && a.Template == questionTemplate {
			if _, known := asked[p.ID]; !known {
				asked[p.ID] = a.At
			}
		}
	}
	answered := map[string]time.Time{} // person: when the product had taken their answer
	for _, h := range s.World.Webhooks() {
		if h.Kind != "inbound" || h.Answer < 200 || h.Answer > 299 {
			continue
		}
		if p := s.crowd.who(h.From); p != nil {
			if at, known := answered[p.ID]; !known || h.At.Before(at) {
				answered[p.ID] = h.At
			}
		}
	}
	return oracle.Rules{
		Answered: map[string]bool{"confirm": true},
		Once:     func(a provsim.Accept) bool { return true },
		Passage: func(e driver.Enrollment) oracle.Passage {
			p := s.byID[e.ContactID]
			if p == nil {
				return oracle.Passage{Due: map[string][]string{}}
			}
			due := map[string][]string{}
			allow := func(outcome string) { due[outcome] = visitDue[outcome] }
			at, heard := answered[p.ID]
			deadline := asked[p.ID].Add(s.Timeout)
			switch {
			case p.Answer == Silent, asked[p.ID].IsZero(), !heard:
				allow(Silent)
			case at.Before(deadline.Add(-timeoutMargin)):
				allow(p.Answer)
			case at.After(deadline.Add(timeoutMargin)) && !s.awayBetween(deadline, at):
				allow(Silent)
			default: // a race that either side may win
				allow(Silent)
				allow(p.Answer)
			}
			return oracle.Passage{Due: due}
		},
	}
}

// timeoutMargin is how near to the end of the question's patience an answer may
// come so that both are right: the product counts from its own accepted_at, and
// time goes by while an answer is worked off.
const timeoutMargin = 4 * time.Second

// backAfter is how long everything may take to work again after an outage.
const backAfter = 10 * time.Second

// span is a length of time.
type span struct{ from, to time.Time }

// awayBetween reports whether what keeps a question's time was away at its
// deadline, and until shortly before its answer: nobody could end it meanwhile.
func (s *Stage) awayBetween(deadline, answer time.Time) bool {
	for _, a := range s.away {
		if a.from.Before(deadline.Add(timeoutMargin)) && a.to.Add(backAfter).After(answer) {
			return true
		}
	}
	return false
}
