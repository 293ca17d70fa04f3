package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// enteredWithin is how far back the list counts who entered.
const enteredWithin = 7 * 24 * time.Hour

// journeyLine is a journey in the list.
type journeyLine struct {
	journeyView
	Inside  int64 `json:"inside"`
	Entered int64 `json:"entered_7d"`
	// Problems counts the errors of the draft; null when there is no draft.
	Problems *int `json:"problems"`
	// DraftName is what the draft of a published journey calls it, when that is another
	// name than the published one.
	DraftName string `json:"draft_name"`
}

func (s *server) listJourneys(ctx context.Context, q *request) (*answer, error) {
	list, err := s.Store.Journeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing journeys: %w", err)
	}
	numbers, err := s.Store.JourneyNumbers(ctx, each(list, func(j *engine.Journey) engine.JourneyID { return j.ID }), s.Clock.Now().Add(-enteredWithin))
	if err != nil {
		return nil, fmt.Errorf("counting people in journeys: %w", err)
	}
	drafts, err := s.draftsOf(ctx, list)
	if err != nil {
		return nil, err
	}
	lines := each(list, func(j *engine.Journey) journeyLine {
		line := journeyLine{journeyView: journeyOf(j), Inside: numbers[j.ID].Inside, Entered: numbers[j.ID].Entered}
		if d, checked := drafts[j.ID]; checked {
			line.Problems = &d.errors
			if j.Live != "" && d.name != j.Name {
				line.DraftName = d.name
			}
		}
		return line
	})
	return ok(pageOf(lines, "")), nil
}

// draftCache keeps what is known of each draft, as long as nothing that a check
// reads has changed.
type draftCache struct {
	mu   sync.Mutex
	hash string
	list map[engine.JourneyID]draftChecked
}

// draftChecked is what the list says of a draft.
type draftChecked struct {
	errors int
	name   string // "" when it has none, or cannot be read
}

// draftsOf checks every draft. That takes milliseconds for each, so what came of it
// is kept until a draft, a live version or the workspace changes.
func (s *server) draftsOf(ctx context.Context, list []engine.Journey) (map[engine.JourneyID]draftChecked, error) {
	files, err := s.Store.WorkspaceFiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace: %w", err)
	}
	h := sha256.New()
	for _, f := range filesOf(files) {
		fmt.Fprintf(h, "%q %q\n", f.Path, f.Content)
	}
	for _, j := range list {
		fmt.Fprintf(h, "%q %q %q %v\n", j.ID, j.Live, j.DraftETag, j.Archived)
	}
	hash := hex.EncodeToString(h.Sum(nil))
	c := &s.drafts
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list != nil && c.hash == hash {
		return c.list, nil
	}
	checked := map[engine.JourneyID]draftChecked{}
	for _, j := range list {
		if j.Draft == "" || j.Archived {
			continue
		}
		found, name, err := s.checkOne(ctx, j.ID, j.Draft)
		if err != nil {
			return nil, err
		}
		draft := draftChecked{name: name}
		for _, d := range found {
			if d.Severity == diag.Error {
				draft.errors++
			}
		}
		checked[j.ID] = draft
	}
	c.hash, c.list = hash, checked
	return checked, nil
}
