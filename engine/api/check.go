package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// diagnosticView is a diagnostic as `jornada validate --format json` prints it.
type diagnosticView = map[string]any

// diagnosticsOf words diagnostics in the caller's language. The shape is diag's
// own, so that the command line and the API cannot drift apart.
func diagnosticsOf(list diag.List, lang diag.Language) []diagnosticView {
	out := []diagnosticView{}
	if err := json.Unmarshal(list.JSON(lang), &out); err != nil {
		panic(fmt.Sprintf("reading our own diagnostics: %v", err)) // diag writes what it documents
	}
	return out
}

func diagnosticsProblem(list diag.List, lang diag.Language) *problem {
	errors := 0
	for _, d := range list {
		if d.Severity == diag.Error {
			errors++
		}
	}
	return &problem{Status: http.StatusUnprocessableEntity, Code: string(engine.Invalid),
		Details: map[string]any{"diagnostics": diagnosticsOf(list, lang)},
		Text: diag.T("nothing was published, because the files have %[1]d error(s); what was live stays live",
			"nada foi publicado, porque os arquivos têm %[1]d erro(s); o que estava no ar continua no ar", errors)}
}

// journeyFile is the name under which a stored journey is checked.
func journeyFile(id engine.JourneyID) string { return string(id) + ".journey.yaml" }

// storedFolder is everything published, as a folder: the workspace's files and
// the source of every live journey.
func (p *Publisher) storedFolder(ctx context.Context) (map[string]string, error) {
	files, err := p.store.WorkspaceFiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace: %w", err)
	}
	folder := map[string]string{}
	maps.Copy(folder, files)
	live, err := p.store.LiveVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the live journeys: %w", err)
	}
	for _, v := range live {
		folder[journeyFile(v.Journey)] = v.Source
	}
	return folder, nil
}

// only keeps what is said about the given files.
func only(list diag.List, files map[string]string) diag.List {
	out := diag.List{}
	for _, d := range list {
		if _, given := files[d.Span.File]; given || d.Span.File == "" {
			out = append(out, d)
		}
	}
	return out
}

// load checks the given files together with what is published: a journey may
// enroll another that stands on the server only. Given files win; a stored
// journey that a given file redefines steps aside.
func (p *Publisher) load(ctx context.Context, given map[string]string) (*dsl.Folder, diag.List, error) {
	folder, err := p.storedFolder(ctx)
	if err != nil {
		return nil, nil, err
	}
	if _, whole := given["workspace.yaml"]; whole {
		maps.DeleteFunc(folder, func(name, _ string) bool { return isShared(name) })
	}
	for name, text := range given {
		if isJourneyFile(name) {
			if id := journeyIDOf(name, text); id != "" {
				delete(folder, journeyFile(engine.JourneyID(id)))
			}
		}
	}
	maps.Copy(folder, given)
	loaded, list := dsl.Load(filesOf(folder))
	return loaded, only(list, given), nil
}

// checkOne checks one journey's text against what is published.
func (s *server) checkOne(ctx context.Context, id engine.JourneyID, source string) (diag.List, string, error) {
	given := map[string]string{journeyFile(id): source}
	folder, list, err := s.publisher().load(ctx, given)
	if err != nil {
		return nil, "", err
	}
	for _, j := range folder.Journeys {
		if j.Path == journeyFile(id) { // with mistakes too, as soon as it can be read
			return list, j.Name.String(), nil
		}
	}
	return list, "", nil
}

type checkView struct {
	OK          bool                   `json:"ok"`
	Diagnostics []diagnosticView       `json:"diagnostics"`
	Journeys    map[string]checkedView `json:"journeys"`
	// Windows are there beside errors too: an author writes a message before the
	// journey around it is whole.
	Windows map[string][]routeWindowView `json:"windows"`
}

type checkedView struct {
	Hash     string       `json:"hash"`
	Graph    graphView    `json:"graph"`
	Estimate estimateView `json:"estimate"`
}

// checkJourneys says everything about files without storing any of it.
func (s *server) checkJourneys(ctx context.Context, q *request) (*answer, error) {
	var in filesView
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	files, err := cleanFiles(in.Files)
	if err != nil {
		return nil, err
	}
	folder, list, err := s.publisher().load(ctx, files)
	if err != nil {
		return nil, err
	}
	view := checkView{OK: !list.HasErrors(), Diagnostics: diagnosticsOf(list, q.lang), Journeys: map[string]checkedView{}, Windows: map[string][]routeWindowView{}}
	ids := map[string]bool{}
	for name, text := range files {
		if isJourneyFile(name) {
			ids[journeyIDOf(name, text)] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(folder.Plans)) {
		if plan := folder.Plans[id]; ids[id] && plan != nil {
			view.Journeys[id] = checkedView{plan.Hash, graphOf(plan), estimateOf(plan, folder.Workspace, s.Clock.Now(), q.lang)}
		}
	}
	for id := range ids {
		if windows := folder.Windows(id); len(windows) > 0 {
			view.Windows[id] = routeWindowsOf(windows, q.lang)
		}
	}
	return ok(view), nil
}
