package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// How far back the list counts who entered, and who ended with or without a goal.
const (
	enteredWithin = 7 * 24 * time.Hour
	endedWithin   = 30 * 24 * time.Hour
)

// journeyLine is a journey in the list.
type journeyLine struct {
	journeyView
	Inside  int64 `json:"inside"`
	Entered int64 `json:"entered_7d"`
	// Goal is how many of those who ended lately reached a goal; null when the journey
	// has none, or nobody ended.
	Goal *goalView `json:"goal_30d"`
	// Draining are the versions that nobody enters any more and people are inside of,
	// newest first.
	Draining []drainingView `json:"draining"`
	// Tags are those of the published text, of the draft until something is published.
	Tags []string `json:"tags"`
	// Problems counts the errors of the draft; null when there is no draft.
	Problems *int `json:"problems"`
	// DraftName is what the draft of a published journey calls it, when that is another
	// name than the published one.
	DraftName string `json:"draft_name"`
}

type goalView struct {
	Ended   int64 `json:"ended"`
	Reached int64 `json:"reached"`
}

type drainingView struct {
	Version int   `json:"version"`
	Inside  int64 `json:"inside"`
}

// goalOf is nil when nobody ended in a version that has goals.
func goalOf(n engine.JourneyNumbers) *goalView {
	if n.Ended == 0 {
		return nil
	}
	return &goalView{n.Ended, n.Reached}
}

// drainingOf are the versions with people inside but those that people enter.
func drainingOf(j *engine.Journey, n engine.JourneyNumbers) []drainingView {
	list := []drainingView{}
	for _, v := range n.Within {
		if v.Version != j.Live && (j.Trial == nil || v.Version != j.Trial.Version) {
			list = append(list, drainingView{v.Number, v.Inside})
		}
	}
	return list
}

func (s *server) listJourneys(ctx context.Context, q *request) (*answer, error) {
	list, err := s.Store.Journeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing journeys: %w", err)
	}
	ids := each(list, func(j *engine.Journey) engine.JourneyID { return j.ID })
	now := s.Clock.Now()
	numbers, err := s.Store.JourneyNumbers(ctx, ids, now.Add(-enteredWithin), now.Add(-endedWithin))
	if err != nil {
		return nil, fmt.Errorf("counting people in journeys: %w", err)
	}
	texts, err := s.textsOf(ctx, list)
	if err != nil {
		return nil, err
	}
	lines := each(list, func(j *engine.Journey) journeyLine {
		n, text := numbers[j.ID], texts[j.ID]
		line := journeyLine{journeyView: journeyOf(j), Inside: n.Inside, Entered: n.Entered, Goal: goalOf(n), Draining: drainingOf(j, n), Tags: text.tags}
		if d := text.draft; d != nil {
			line.Problems = &d.errors
			if j.Live != "" && d.name != j.Name {
				line.DraftName = d.name
			}
		}
		return line
	})
	return ok(pageOf(lines, "")), nil
}

// textCache keeps what is known of each journey's texts, as long as nothing that a
// check reads has changed.
type textCache struct {
	mu   sync.Mutex
	hash string
	list map[engine.JourneyID]textRead
}

// textRead is what the list says of a journey's texts.
type textRead struct {
	tags  []string
	draft *draftChecked // nil without one, and when the journey is archived
}

type draftChecked struct {
	errors int
	name   string // "" when it has none, or cannot be read
}

// tagsOf are the tags of the text that people enter by, else of the draft.
func tagsOf(j *engine.Journey, text string) []string {
	if j.Live == "" {
		text = j.Draft
	}
	tags := []string{}
	for _, tag := range dsl.CardOf(text).Tags {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// textsOf reads every text and checks every draft. That takes milliseconds for each,
// so what came of it is kept until a draft, a live text or the workspace changes.
func (s *server) textsOf(ctx context.Context, list []engine.Journey) (map[engine.JourneyID]textRead, error) {
	files, err := s.Store.WorkspaceFiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace: %w", err)
	}
	live, err := s.Store.LiveTexts(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading what is published: %w", err)
	}
	h := sha256.New()
	for _, f := range filesOf(files) {
		fmt.Fprintf(h, "%q %q\n", f.Path, f.Content)
	}
	for _, j := range list {
		fmt.Fprintf(h, "%q %q %q %q %v\n", j.ID, j.Live, live[j.ID], j.DraftETag, j.Archived)
	}
	hash := hex.EncodeToString(h.Sum(nil))
	c := &s.texts
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list != nil && c.hash == hash {
		return c.list, nil
	}
	read := map[engine.JourneyID]textRead{}
	for i := range list {
		j := &list[i]
		one := textRead{tags: tagsOf(j, live[j.ID])}
		if j.Draft != "" && !j.Archived {
			if one.draft, err = s.checkDraft(ctx, j); err != nil {
				return nil, err
			}
		}
		read[j.ID] = one
	}
	c.hash, c.list = hash, read
	return read, nil
}

func (s *server) checkDraft(ctx context.Context, j *engine.Journey) (*draftChecked, error) {
	found, name, err := s.checkOne(ctx, j.ID, j.Draft)
	if err != nil {
		return nil, err
	}
	draft := &draftChecked{name: name}
	for _, d := range found {
		if d.Severity == diag.Error {
			draft.errors++
		}
	}
	return draft, nil
}
