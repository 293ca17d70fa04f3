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
	SaveDraft(ctx context.Context, id engine.JourneyID, name, source, ifMatch, basedOn string) (etag string, err error)
	Tests(ctx context.Context, id engine.JourneyID) (engine.JourneyTests, error)
	ChangeTests(ctx context.Context, id engine.JourneyID, ifMatch string, change func(*engine.JourneyTests)) (engine.JourneyTests, error)
	PublishedTexts(ctx context.Context, id engine.JourneyID) (map[string]bool, error)
	NoteFolder(ctx context.Context, id engine.JourneyID, text string) error
	Meet(ctx context.Context, p engine.Presence) (others []engine.Presence, err error)
	Leave(ctx context.Context, id engine.JourneyID, tab string) error
	Publish(ctx context.Context, v *engine.Version) (number int, created bool, err error)
	Versions(ctx context.Context, id engine.JourneyID) ([]engine.Version, error)
	Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error)
	SetLive(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) error
	PublishTrial(ctx context.Context, v *engine.Version, share int) (number int, created bool, err error)
	SetTrial(ctx context.Context, id engine.JourneyID, hash engine.VersionHash, share int) error
	EndTrial(ctx context.Context, id engine.JourneyID) (ended *engine.Trial, err error)
	EnteredByVersion(ctx context.Context, id engine.JourneyID, since time.Time) ([]engine.VersionNumbers, error)
	LendWords(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) (changed []engine.VersionHash, err error)
	Standings(ctx context.Context, id engine.JourneyID) ([]engine.Standing, error)
	LiveVersions(ctx context.Context) ([]engine.Version, error)
	LiveTexts(ctx context.Context) (map[engine.JourneyID]string, error)
	OpenVersions(ctx context.Context) ([]engine.Version, error)
	JourneyNumbers(ctx context.Context, ids []engine.JourneyID, entered, ended time.Time) (map[engine.JourneyID]engine.JourneyNumbers, error)
	NoteEditor(ctx context.Context, id engine.JourneyID, actor string) error
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
	Origin      string           `json:"origin"`       // branch@commit that the live version was published from
	DraftBehind bool             `json:"draft_behind"` // another text was published since the draft began
	Trial       *trialView       `json:"trial"`        // null: everybody who enters gets the live version
	PublishedAt *time.Time       `json:"published_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	EditedBy    string           `json:"edited_by"`
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
	// Base is the published text that the draft includes: what both sides of a merge
	// began from.
	Base string `json:"base,omitempty"`
}

type versionView struct {
	Journey     engine.JourneyID   `json:"journey"`
	Version     int                `json:"version"`
	Hash        engine.VersionHash `json:"hash"`
	PublishedBy string             `json:"published_by"`
	PublishedAt time.Time          `json:"published_at"`
	Source      string             `json:"source,omitempty"`
	Origin      string             `json:"origin"`
	ETag        string             `json:"etag"` // of the source: what a first draft is saved with
	OnlyTried   bool               `json:"only_tried"`
}

func journeyOf(j *engine.Journey) journeyView {
	v := journeyView{ID: j.ID, Name: j.Name, LiveVersion: j.LiveNumber, LiveHash: string(j.Live),
		HasDraft: j.Draft != "", Origin: j.Origin, DraftBehind: j.Behind, Trial: trialOf(j.Trial), PublishedAt: j.PublishedAt, UpdatedAt: j.UpdatedAt, EditedBy: j.EditedBy, Status: "live"}
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
	return versionView{v.Journey, v.Number, v.Hash, v.PublishedBy, v.PublishedAt, v.Source, v.Origin, engine.Fingerprint(v.Source), v.OnlyTried}
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
		view.Draft = &draftView{j.Draft, j.DraftETag, diagnosticsOf(list, q.lang), j.DraftBase}
	}
	a := ok(view)
	switch {
	case view.Draft != nil:
		a.with("ETag", quoteETag(j.DraftETag))
	case view.Live != nil:
		a.with("ETag", quoteETag(view.Live.ETag))
	}
	return a, nil
}

// putDraft saves a draft, mistakes included: errors keep it from being
// published, never from being saved. If-Match keeps two authors from overwriting
// each other, and what was published meanwhile; based_on says that the draft includes
// a text that was published after it began.
func (s *server) putDraft(ctx context.Context, q *request) (*answer, error) {
	id := q.params["id"]
	if !journeyIDPattern.MatchString(id) {
		return nil, invalid("id", diag.T("%q is no journey id: a small letter, then up to 47 small letters, digits or _", "%q não é um id de jornada: uma letra minúscula, depois até 47 letras minúsculas, dígitos ou _", id))
	}
	var in struct {
		Source  string `json:"source"`
		Name    string `json:"name"`
		BasedOn string `json:"based_on"`
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
	var etag string
	err = s.Store.InTx(ctx, func(ctx context.Context) (err error) {
		if etag, err = s.Store.SaveDraft(ctx, engine.JourneyID(id), in.Name, in.Source, unquoteETag(q.Header.Get("If-Match")), in.BasedOn); err != nil {
			return err
		}
		return s.Store.NoteEditor(ctx, engine.JourneyID(id), q.actor())
	})
	if isCode(err, engine.Conflict) {
		return nil, &problem{Status: http.StatusPreconditionFailed, Code: codePrecondition, Field: "If-Match", Err: err,
			Text: diag.T("the draft of %q was changed meanwhile: read it again and merge your change into it", "o rascunho de %q mudou nesse meio-tempo: leia de novo e junte a sua mudança", id)}
	}
	if err != nil {
		return nil, fmt.Errorf("saving the draft of %q: %w", id, err)
	}
	return ok(draftView{Source: in.Source, ETag: etag, Diagnostics: diagnosticsOf(list, q.lang)}).with("ETag", quoteETag(etag)), nil
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

// publishedView is what is live of a journey, as files of a folder.
type publishedView struct {
	Source string   `json:"source"` // "" when nothing is published
	Tests  string   `json:"tests"`  // "" when none went live with it
	Known  []string `json:"known"`  // fingerprints of all texts of both that were ever published
}

// getPublished is what `jornada pull` reads.
func (s *server) getPublished(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	tests, err := s.Store.Tests(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the tests of %q: %w", j.ID, err)
	}
	known, err := s.Store.PublishedTexts(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	return ok(publishedView{j.LiveText, tests.Live, names(known)}), nil
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

// unarchiveJourney takes a journey back: it stands where it stood, and people enter
// again.
func (s *server) unarchiveJourney(ctx context.Context, q *request) (*answer, error) {
	return s.steer(ctx, q, "journey.unarchived", func(ctx context.Context, id engine.JourneyID) error {
		return s.Store.SetJourneyArchived(ctx, id, false)
	})
}

func (s *server) steer(ctx context.Context, q *request, action string, do func(context.Context, engine.JourneyID) error) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if j.Live == "" && action != "journey.archived" && action != "journey.unarchived" {
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
