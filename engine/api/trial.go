package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// trialView is a version that a share of those who enter get.
type trialView struct {
	Version int                `json:"version"`
	Hash    engine.VersionHash `json:"hash"`
	Share   int                `json:"share"` // percent, 1 to 99
	Since   time.Time          `json:"since"`
}

func trialOf(t *engine.Trial) *trialView {
	if t == nil {
		return nil
	}
	return &trialView{t.Number, t.Version, t.Share, t.Since}
}

// everybody is the share that is no trial.
const everybody = 100

// shareOf reads a share in percent; 0 is everybody, as 100 is.
func shareOf(percent int, copyLive bool) (int, error) {
	switch {
	case percent < 0 || percent > everybody:
		return 0, invalid("share", diag.T("share is %d; give a percentage from 1 to 99, or 100 for everybody", "share é %d; informe uma porcentagem de 1 a 99, ou 100 para todos", percent))
	case percent == everybody:
		return 0, nil
	case percent > 0 && copyLive:
		return 0, invalid("copy", diag.T("copy is live, which reaches the people inside, and share is of those who enter: publish for everybody to let new texts reach the people inside",
			"copy é live, que alcança quem está dentro, e share é de quem entra: publique para todos para os textos novos chegarem a quem está dentro"))
	}
	return percent, nil
}

// entryDiffers says why a version is not tried with a share of people.
func entryDiffers(id engine.JourneyID, live int, why diag.Text) diag.Text {
	return diag.Text{
		En: fmt.Sprintf("journey %q cannot be tried with a share of people, because others would enter than in version %d: %s; publish it for everybody", id, live, why.En),
		Pt: fmt.Sprintf("não dá para testar a jornada %q com uma parte das pessoas, porque entrariam outras que na versão %d: %s; publique para todos", id, live, why.Pt),
	}
}

// mayBeTried refuses a plan that other people would enter than the live version: one
// event would have to enter one of them and not the other.
func (p *Publisher) mayBeTried(ctx context.Context, j *engine.Journey, plan *dsl.Plan) error {
	if j.Live == "" {
		return nil // the store says that first
	}
	live, err := p.store.Version(ctx, j.Live)
	if err != nil {
		return fmt.Errorf("reading the live version of journey %q: %w", j.ID, err)
	}
	if why, same := live.Plan.SameEntry(plan); !same {
		return &problem{Status: http.StatusConflict, Code: "entry_differs", Field: "share", Text: entryDiffers(j.ID, live.Number, why)}
	}
	return nil
}

// try publishes a text for a share of those who enter. Of a folder, a journey that is
// live as it stands stays as it is.
func (p *Publisher) try(ctx context.Context, v *engine.Version, wish PublishWish) (Published, error) {
	before, err := p.store.Journey(ctx, v.Journey)
	if isCode(err, engine.NotFound) {
		before, err = &engine.Journey{ID: v.Journey}, nil
	}
	if err != nil {
		return Published{}, fmt.Errorf("reading journey %q: %w", v.Journey, err)
	}
	if wish.Folder && before.Live == v.Hash {
		return Published{Journey: v.Journey, Version: before.LiveNumber, Hash: v.Hash}, nil
	}
	if err := p.mayBeTried(ctx, before, v.Plan); err != nil {
		return Published{}, err
	}
	number, isNew, err := p.store.PublishTrial(ctx, v, wish.Share)
	if err != nil {
		return Published{}, wrapUnlessRefused("publishing for a share of people", err)
	}
	return p.tried(ctx, before, Published{Journey: v.Journey, Version: number, Hash: v.Hash, New: isNew})
}

// tried adds to a result the trial that runs now.
func (p *Publisher) tried(ctx context.Context, before *engine.Journey, done Published) (Published, error) {
	now, err := p.store.Journey(ctx, before.ID)
	if err != nil {
		return done, fmt.Errorf("reading journey %q: %w", before.ID, err)
	}
	done.Trial, done.before = trialOf(now.Trial), before.Trial
	return done, nil
}

// auditTrial notes a trial that began or grew.
func (s *server) auditTrial(ctx context.Context, q *request, one Published) error {
	action := "journey.trial_started"
	switch {
	case one.before != nil && one.before.Share == one.Trial.Share:
		return nil
	case one.before != nil:
		action = "journey.trial_raised"
	}
	return s.audit(ctx, q, action, string(one.Journey), map[string]any{"version": one.Version, "hash": one.Hash, "share": one.Trial.Share})
}

// endTrial gives everybody who enters the live version again. Who entered the one on
// trial finishes it.
func (s *server) endTrial(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		ended, err := s.Store.EndTrial(ctx, j.ID)
		if err != nil {
			return err
		}
		if ended == nil {
			return conflict(diag.T("journey %q has no version on trial, so there is nothing to end", "a jornada %q não tem versão em teste, então não há o que encerrar", string(j.ID)))
		}
		return s.audit(ctx, q, "journey.trial_ended", string(j.ID), map[string]any{"version": ended.Number, "hash": ended.Version, "share": ended.Share})
	})
	if err != nil {
		return nil, wrapUnlessRefused("ending a trial", err)
	}
	if j, err = s.findJourney(ctx, q.params["id"]); err != nil {
		return nil, err
	}
	return ok(journeyOf(j)), nil
}

// trialDetail compares the two versions that people enter since a trial began.
type trialDetail struct {
	trialView
	Versions []triedView `json:"versions"` // the live one, then the one on trial
}

type triedView struct {
	Version int                `json:"version"`
	Hash    engine.VersionHash `json:"hash"`
	Entered int64              `json:"entered"`
	Inside  int64              `json:"inside"`
	Endings map[string]int64   `json:"endings"` // by outcome: exits and goals by their ids, completed, failed
}

func (s *server) getTrial(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if j.Trial == nil {
		return nil, notFound(diag.T("journey %q has no version on trial", "a jornada %q não tem versão em teste", string(j.ID)))
	}
	numbers, err := s.Store.EnteredByVersion(ctx, j.ID, j.Trial.Since)
	if err != nil {
		return nil, err
	}
	view := trialDetail{trialView: *trialOf(j.Trial), Versions: []triedView{
		{Version: j.LiveNumber, Hash: j.Live, Endings: map[string]int64{}}, {Version: j.Trial.Number, Hash: j.Trial.Version, Endings: map[string]int64{}},
	}}
	for _, n := range numbers {
		for i := range view.Versions {
			if v := &view.Versions[i]; v.Hash == n.Version {
				v.Entered, v.Inside, v.Endings = n.Entered, n.Inside, n.Endings
			}
		}
	}
	return ok(view), nil
}
