package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/recorder"
	"jornada/engine/simulator"
)

// recordCase writes an enrollment of a server as a scenario test, and plays it once
// to see that it passes.
func recordCase(ctx context.Context, t *terminal, server *remote, id string) error {
	passage, files, err := readPassage(ctx, t, server, id)
	if err != nil {
		return err
	}
	text, err := recorder.Record(*passage)
	if err != nil {
		return err
	}
	if _, err := t.out.Write(text); err != nil {
		return err
	}
	files = append(files, dsl.File{Path: "recorded.test.yaml", Content: text})
	folder, _ := dsl.Load(files)
	tests, problems := dsl.LoadScenarios(files, folder)
	if problems.HasErrors() {
		_ = problems.Render(t.err, folder.Contents(), t.language, false)
		return &failure{exitFailed, fmt.Errorf("the case was written, but must be mended by hand before it can be played")}
	}
	bench, err := simulator.NewBench(ctx, simulator.Config{Open: inMemoryStore, Folder: folder})
	if err != nil {
		return err
	}
	defer func() { _ = bench.Close() }()
	for _, s := range tests[0].Scenarios {
		transcript, err := bench.Play(ctx, s)
		if err != nil {
			return err
		}
		if transcript.Difference != nil {
			_ = transcript.Render(t.err, folder.Contents(), t.language)
			return &failure{exitFailed, fmt.Errorf("the case was written, but does not pass as it is: what happened depended on something that a test cannot know; mend the line above")}
		}
	}
	return nil
}

// listed is a page of a list.
type listed[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next_cursor"`
}

// all fetches every page.
func all[T any](ctx context.Context, server *remote, path string, query url.Values) ([]T, error) {
	var out []T
	query.Set("limit", "500")
	for {
		var page listed[T]
		if err := server.do(ctx, "GET", path+"?"+query.Encode(), "", nil, &page); err != nil {
			return nil, err
		}
		out = append(out, page.Items...)
		if page.Next == nil {
			return out, nil
		}
		query.Set("cursor", *page.Next)
	}
}

// readPassage asks a server for everything about an enrollment, and for the files
// of the journey that it went through.
func readPassage(ctx context.Context, t *terminal, server *remote, id string) (*recorder.Passage, []dsl.File, error) {
	var e struct {
		ID          engine.EnrollmentID     `json:"id"`
		Journey     string                  `json:"journey"`
		VersionHash string                  `json:"version_hash"`
		ContactID   string                  `json:"contact_id"`
		Status      engine.EnrollmentStatus `json:"status"`
		Outcome     string                  `json:"outcome"`
		Inputs      map[string]any          `json:"inputs"`
		StartedAt   time.Time               `json:"started_at"`
		Timeline    []engine.TimelineEntry  `json:"timeline"`
	}
	at := "/api/v1/enrollments/" + url.PathEscape(id)
	if err := server.do(ctx, "GET", at, "", nil, &e); err != nil {
		return nil, nil, err
	}
	p := &recorder.Passage{ID: e.ID, StartedAt: e.StartedAt, Inputs: e.Inputs, Timeline: e.Timeline}
	switch {
	case e.Status == engine.Active || e.Status == engine.Paused || e.Status == engine.Unenrolled: // somebody took them out: no scenario can
	case e.Status == engine.FailedRun || e.Status == engine.Quarantine || e.Outcome == "":
		p.Ending = string(e.Status)
	default:
		p.Ending = e.Outcome
	}
	var err error
	if p.Messages, err = all[recorder.Message](ctx, server, "/api/v1/messages", url.Values{"enrollment_id": {id}}); err != nil {
		return nil, nil, err
	}
	if p.Heard, err = all[recorder.Heard](ctx, server, at+"/events", url.Values{}); err != nil {
		return nil, nil, err
	}
	if e.ContactID != "" {
		if err := server.do(ctx, "GET", "/api/v1/contacts/"+url.PathEscape(e.ContactID), "", nil, &p.Contact); err != nil {
			return nil, nil, err
		}
	}
	files, live, err := publishedFiles(ctx, server)
	if err != nil {
		return nil, nil, err
	}
	v := live[e.Journey]
	if v.Hash != e.VersionHash {
		_, _ = fmt.Fprintf(t.err, "the enrollment went through version %.12s of %s; the case is for the live one, %.12s\n", e.VersionHash, e.Journey, v.Hash)
	}
	folder, _ := dsl.Load(files)
	p.Plan, p.Source = folder.Plans[e.Journey], v.Source
	if p.Plan == nil {
		return nil, nil, &failure{exitFailed, fmt.Errorf("journey %q has no live version without errors on the server", e.Journey)}
	}
	return p, files, nil
}

// liveVersion is what a server plays of a journey.
type liveVersion struct {
	Hash   string `json:"hash"`
	Source string `json:"source"`
}

// publishedFiles are the workspace and the live journeys of a server.
func publishedFiles(ctx context.Context, server *remote) ([]dsl.File, map[string]liveVersion, error) {
	var workspace struct {
		Files map[string]string `json:"files"`
	}
	if err := server.do(ctx, "GET", "/api/v1/workspace/files", "", nil, &workspace); err != nil {
		return nil, nil, err
	}
	var files []dsl.File
	for _, name := range slices.Sorted(maps.Keys(workspace.Files)) {
		files = append(files, dsl.File{Path: name, Content: []byte(workspace.Files[name])})
	}
	journeys, err := all[struct {
		ID string `json:"id"`
	}](ctx, server, "/api/v1/journeys", url.Values{})
	if err != nil {
		return nil, nil, err
	}
	live := map[string]liveVersion{}
	for _, j := range journeys {
		var detail struct {
			Live *liveVersion `json:"live"`
		}
		if err := server.do(ctx, "GET", "/api/v1/journeys/"+url.PathEscape(j.ID), "", nil, &detail); err != nil {
			return nil, nil, err
		}
		if detail.Live != nil {
			live[j.ID] = *detail.Live
			files = append(files, dsl.File{Path: j.ID + ".journey.yaml", Content: []byte(detail.Live.Source)})
		}
	}
	return files, live, nil
}
