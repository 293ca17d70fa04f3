package api

import (
	"context"
	"fmt"
	"net/http"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// testsView is the scenario tests kept beside a journey.
type testsView struct {
	Source      string           `json:"source"` // the text of a *.test.yaml file; "" when there are none
	ETag        string           `json:"etag"`
	Diagnostics []diagnosticView `json:"diagnostics"`
	// Sent is what a folder sent that these do not include yet; null when there is
	// nothing to do.
	Sent *sentTests `json:"sent"`
}

// sentTests are the tests of a folder, beside those that people saved.
type sentTests struct {
	Source string `json:"source"`
	ETag   string `json:"etag"`
	Base   string `json:"base"` // what both sides began from
}

func testsViewOf(t engine.JourneyTests, list diag.List, lang diag.Language) testsView {
	v := testsView{Source: t.Saved, ETag: engine.Fingerprint(t.Saved), Diagnostics: diagnosticsOf(list, lang)}
	if t.Behind {
		v.Sent = &sentTests{t.Live, engine.Fingerprint(t.Live), t.Base}
	}
	return v
}

func testsFile(id engine.JourneyID) string { return string(id) + ".test.yaml" }

func (s *server) getTests(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	tests, err := s.Store.Tests(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the tests of %q: %w", j.ID, err)
	}
	list, err := s.checkTests(ctx, j, tests.Saved)
	if err != nil {
		return nil, err
	}
	view := testsViewOf(tests, list, q.lang)
	return ok(view).with("ETag", quoteETag(view.ETag)), nil
}

// putTests saves scenario tests, mistakes included, as a draft is saved. based_on says
// that they include those of a folder now.
func (s *server) putTests(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	var in struct {
		Source  string `json:"source"`
		BasedOn string `json:"based_on"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	list, err := s.checkTests(ctx, j, in.Source)
	if err != nil {
		return nil, err
	}
	tests, err := s.Store.ChangeTests(ctx, j.ID, unquoteETag(q.Header.Get("If-Match")), func(t *engine.JourneyTests) {
		t.Saved = in.Source
		if in.BasedOn == engine.Fingerprint(t.Live) {
			t.Include()
		}
	})
	if isCode(err, engine.Conflict) {
		return nil, &problem{Status: http.StatusPreconditionFailed, Code: codePrecondition, Field: "If-Match", Err: err,
			Text: diag.T("the tests of %q were changed meanwhile: read them again and add yours", "os testes de %q mudaram nesse meio-tempo: leia de novo e acrescente o seu", string(j.ID))}
	}
	if err != nil {
		return nil, fmt.Errorf("saving the tests of %q: %w", j.ID, err)
	}
	view := testsViewOf(tests, list, q.lang)
	return ok(view).with("ETag", quoteETag(view.ETag)), nil
}

// checkTests checks scenarios against the draft of their journey, or what is live.
func (s *server) checkTests(ctx context.Context, j *engine.Journey, source string) (diag.List, error) {
	if source == "" {
		return nil, nil
	}
	given := map[string]string{}
	if j.Draft != "" {
		given[journeyFile(j.ID)] = j.Draft
	}
	folder, _, err := s.publisher().load(ctx, given)
	if err != nil {
		return nil, err
	}
	text := dsl.File{Path: testsFile(j.ID), Content: []byte(source)}
	folder.Sources[text.Path] = text
	_, list := dsl.ParseScenarios(text, folder)
	return list.Sort(), nil
}
