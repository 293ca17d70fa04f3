package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// journeyStore keeps journeys, their versions and the workspace's files.
type journeyStore interface {
	Journeys(ctx context.Context) ([]engine.Journey, error)
	Journey(ctx context.Context, id engine.JourneyID) (*engine.Journey, error)
	SaveDraft(ctx context.Context, id engine.JourneyID, name, source, ifMatch string) (etag string, err error)
	Publish(ctx context.Context, v *engine.Version) (number int, created bool, err error)
	Versions(ctx context.Context, id engine.JourneyID) ([]engine.Version, error)
	Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error)
	SetLive(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) error
	LendWords(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) (changed []engine.VersionHash, err error)
	Standings(ctx context.Context, id engine.JourneyID) ([]engine.Standing, error)
	LiveVersions(ctx context.Context) ([]engine.Version, error)
	SetJourneyArchived(ctx context.Context, id engine.JourneyID, archived bool) error
	WorkspaceFiles(ctx context.Context) (map[string]string, error)
	PutWorkspaceFiles(ctx context.Context, files map[string]string) error
}

type journeyView struct {
	ID          engine.JourneyID `json:"id"`
	Name        string           `json:"name"`
	Status      string           `json:"status"` // draft | live | paused | archived
	LiveVersion int              `json:"live_version"`
	LiveHash    string           `json:"live_hash"`
	HasDraft    bool             `json:"has_draft"`
	PublishedAt *time.Time       `json:"published_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
}

type journeyDetail struct {
	journeyView
	Live  *versionView `json:"live"`
	Draft *draftView   `json:"draft"`
}

type draftView struct {
	Source      string           `json:"source"`
	ETag        string           `json:"etag"`
	Diagnostics []diagnosticView `json:"diagnostics"`
}

type versionView struct {
	Journey     engine.JourneyID   `json:"journey"`
	Version     int                `json:"version"`
	Hash        engine.VersionHash `json:"hash"`
	PublishedBy string             `json:"published_by"`
	PublishedAt time.Time          `json:"published_at"`
	Source      string             `json:"source,omitempty"`
}

func journeyOf(j *engine.Journey) journeyView {
	v := journeyView{ID: j.ID, Name: j.Name, LiveVersion: j.LiveNumber, LiveHash: string(j.Live),
		HasDraft: j.Draft != "", PublishedAt: j.PublishedAt, UpdatedAt: j.UpdatedAt, Status: "live"}
	switch {
	case j.Archived:
		v.Status = "archived"
	case j.Live == "":
		v.Status = "draft"
	case j.Paused:
		v.Status = "paused"
	}
	return v
}

func versionOf(v *engine.Version) versionView {
	return versionView{v.Journey, v.Number, v.Hash, v.PublishedBy, v.PublishedAt, v.Source}
}

var journeyIDPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// findJourney is the journey, or a 404 in words.
func (s *server) findJourney(ctx context.Context, id string) (*engine.Journey, error) {
	j, err := s.Store.Journey(ctx, engine.JourneyID(id))
	if isCode(err, engine.NotFound) || (err == nil && j == nil) {
		return nil, notFound(diag.T("there is no journey %q", "não existe a jornada %q", id))
	}
	if err != nil {
		return nil, fmt.Errorf("reading journey %q: %w", id, err)
	}
	return j, nil
}

func (s *server) listJourneys(ctx context.Context, q *request) (*answer, error) {
	list, err := s.Store.Journeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing journeys: %w", err)
	}
	return ok(pageOf(each(list, journeyOf), "")), nil
}

func (s *server) getJourney(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	view := journeyDetail{journeyView: journeyOf(j)}
	if j.Live != "" {
		v, err := s.Store.Version(ctx, j.Live)
		if err != nil {
			return nil, fmt.Errorf("reading the live version of journey %q: %w", j.ID, err)
		}
		live := versionOf(v)
		view.Live = &live
	}
	if j.Draft != "" {
		list, _, err := s.checkOne(ctx, j.ID, j.Draft)
		if err != nil {
			return nil, err
		}
		view.Draft = &draftView{j.Draft, j.DraftETag, diagnosticsOf(list, q.lang)}
	}
	a := ok(view)
	if view.Draft != nil {
		a.with("ETag", quoteETag(j.DraftETag))
	}
	return a, nil
}

// putDraft saves a draft, mistakes included: errors keep it from being
// published, never from being saved. If-Match keeps two authors from
// overwriting each other.
func (s *server) putDraft(ctx context.Context, q *request) (*answer, error) {
	id := q.params["id"]
	if !journeyIDPattern.MatchString(id) {
		return nil, invalid("id", diag.T("%q is no journey id: a small letter, then up to 47 small letters, digits or _", "%q não é um id de jornada: uma letra minúscula, depois até 47 letras minúsculas, dígitos ou _", id))
	}
	var in struct {
		Source string `json:"source"`
		Name   string `json:"name"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Source) == "" {
		return nil, invalid("source", diag.T("source is empty: it is the journey's YAML", "source está vazio: é o YAML da jornada"))
	}
	list, name, err := s.checkOne(ctx, engine.JourneyID(id), in.Source)
	if err != nil {
		return nil, err
	}
	if in.Name == "" {
		in.Name = name
	}
	etag, err := s.Store.SaveDraft(ctx, engine.JourneyID(id), in.Name, in.Source, unquoteETag(q.Header.Get("If-Match")))
	if isCode(err, engine.Conflict) {
		return nil, &problem{Status: http.StatusPreconditionFailed, Code: codePrecondition, Field: "If-Match", Err: err,
			Text: diag.T("the draft of %q was changed meanwhile: read it again and merge your change into it", "o rascunho de %q mudou nesse meio-tempo: leia de novo e junte a sua mudança", id)}
	}
	if err != nil {
		return nil, fmt.Errorf("saving the draft of %q: %w", id, err)
	}
	return ok(draftView{in.Source, etag, diagnosticsOf(list, q.lang)}).with("ETag", quoteETag(etag)), nil
}

func quoteETag(tag string) string { return `"` + tag + `"` }

func unquoteETag(header string) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(header), "W/"), `"`)
}

func (s *server) listVersions(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Versions(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("listing versions of journey %q: %w", j.ID, err)
	}
	return ok(pageOf(each(list, versionOf), "")), nil
}

func (s *server) pauseJourney(ctx context.Context, q *request) (*answer, error) {
	return s.steer(ctx, q, "journey.paused", s.Runtime.PauseJourney)
}

func (s *server) resumeJourney(ctx context.Context, q *request) (*answer, error) {
	return s.steer(ctx, q, "journey.resumed", s.Runtime.ResumeJourney)
}

type migrationView struct {
	Journey engine.JourneyID   `json:"journey"`
	Version engine.VersionHash `json:"version"`
	Asked   int                `json:"asked"`
	Exiting int                `json:"exiting"`
	Staying []stayingView      `json:"staying"`
}

type stayingView struct {
	Version engine.VersionHash `json:"version"`
	StepID  string             `json:"step_id"`
	People  int                `json:"people"`
	Reason  string             `json:"reason"`
}

// migrateJourney lets the people inside go on in the live version.
func (s *server) migrateJourney(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Limit int               `json:"limit"`
		Move  map[string]string `json:"move"`
	}
	if err := q.decodeOptional(&in); err != nil {
		return nil, err
	}
	if in.Limit < 0 {
		return nil, invalid("limit", diag.T("limit is %d; give 0 for everybody, or how many people may move", "limit é %d; informe 0 para todos, ou quantas pessoas podem mudar", in.Limit))
	}
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if j.Live == "" {
		return nil, conflict(diag.T("journey %q was never published, so there is no version to move to", "a jornada %q nunca foi publicada, então não há versão para onde mudar", j.ID))
	}
	if len(in.Move) > 0 {
		all, err := s.Store.Versions(ctx, j.ID)
		if err != nil {
			return nil, fmt.Errorf("listing versions of journey %q: %w", j.ID, err)
		}
		live, err := s.Store.Version(ctx, j.Live)
		if err != nil {
			return nil, fmt.Errorf("reading the live version of journey %q: %w", j.ID, err)
		}
		if wrong, ok := live.Plan.CheckMoves(in.Move, plansOf(all)); !ok {
			return nil, invalid("move", wrong)
		}
	}
	m, err := s.Runtime.MigrateJourney(ctx, j.ID, engine.MigrationWish{Limit: in.Limit, Moves: in.Move}, q.actor())
	if err != nil {
		return nil, wrapUnlessRefused("moving the people inside a journey", err)
	}
	view := migrationView{Journey: m.Journey, Version: m.Version, Asked: m.Asked, Exiting: m.Exiting, Staying: []stayingView{}}
	for _, one := range m.Staying {
		view.Staying = append(view.Staying, stayingView{one.Version, one.StepID, one.People, one.Reason.In(q.lang)})
	}
	return ok(view), nil
}

func (s *server) archiveJourney(ctx context.Context, q *request) (*answer, error) {
	return s.steer(ctx, q, "journey.archived", func(ctx context.Context, id engine.JourneyID) error {
		return s.Store.SetJourneyArchived(ctx, id, true)
	})
}

func (s *server) steer(ctx context.Context, q *request, action string, do func(context.Context, engine.JourneyID) error) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if j.Live == "" && action != "journey.archived" {
		return nil, conflict(diag.T("journey %q was never published, so it does not run", "a jornada %q nunca foi publicada, então não está rodando", j.ID))
	}
	if err := do(ctx, j.ID); err != nil {
		var refused *engine.Error
		if errors.As(err, &refused) {
			return nil, err
		}
		return nil, fmt.Errorf("changing journey %q: %w", j.ID, err)
	}
	if err := s.audit(ctx, q, action, string(j.ID), nil); err != nil {
		return nil, err
	}
	j, err = s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	return ok(journeyOf(j)), nil
}
