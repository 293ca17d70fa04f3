package api

import (
	"context"
	"fmt"
	"regexp"

	"jornada/dsl/diag"
	"jornada/engine"
)

// presenceView is who else has a journey open, and what stands there now: a page
// that has another text has to look again.
type presenceView struct {
	People    []personHere `json:"people"`
	DraftETag string       `json:"draft_etag"` // "" when there is no draft
	LiveETag  string       `json:"live_etag"`  // "" when nothing is published
}

// personHere is one tab of somebody.
type personHere struct {
	Tab    string `json:"tab"`
	Name   string `json:"name"`
	StepID string `json:"step_id"` // the step that is chosen there, "" = none
	Me     bool   `json:"me"`      // another tab of the one who asks
}

var tabPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{8,40}$`)

// postPresence says that a tab has a journey open, or, with left, that it was closed.
func (s *server) postPresence(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Tab    string `json:"tab"`
		StepID string `json:"step_id"`
		Left   bool   `json:"left"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if !tabPattern.MatchString(in.Tab) {
		return nil, invalid("tab", diag.T("tab is %q: give 8 to 40 letters, digits, - or _ that are this page's own", "tab é %q: informe de 8 a 40 letras, dígitos, - ou _ que sejam só desta página", in.Tab))
	}
	if in.StepID != "" && !journeyIDPattern.MatchString(in.StepID) {
		in.StepID = "" // a step whose id is being written is nobody's to name
	}
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	view := presenceView{People: []personHere{}, DraftETag: j.DraftETag}
	if j.Live != "" {
		view.LiveETag = engine.Fingerprint(j.LiveText)
	}
	if in.Left {
		if err := s.Store.Leave(ctx, j.ID, in.Tab); err != nil {
			return nil, err
		}
		return ok(view), nil
	}
	me := engine.Presence{Journey: j.ID, Tab: in.Tab, Actor: q.actor(), Name: q.principal.Name, StepID: in.StepID}
	others, err := s.Store.Meet(ctx, me)
	if err != nil {
		return nil, fmt.Errorf("meeting who has journey %q open: %w", j.ID, err)
	}
	for _, p := range others {
		view.People = append(view.People, personHere{p.Tab, p.Name, p.StepID, p.Actor == me.Actor})
	}
	return ok(view), nil
}
