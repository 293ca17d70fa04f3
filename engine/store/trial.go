package store

import (
	"context"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// trial is the version on trial, nil when there is none.
func (r *journeyRow) trial() *engine.Trial {
	if r.TrialHash == "" {
		return nil
	}
	t := &engine.Trial{Version: engine.VersionHash(r.TrialHash), Number: r.TrialNumber, Share: r.TrialShare}
	if r.TrialSince != nil {
		t.Since = r.TrialSince.time
	}
	return t
}

func noTrial(values map[string]any) {
	values["trial_hash"], values["trial_number"], values["trial_share"], values["trial_since"] = "", 0, 0, nil
}

// forAll notes that a version is not only tried.
func (s *Store) forAll(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) error {
	err := s.write(ctx).Model(&versionRow{}).Where("journey_id = ? AND hash = ? AND only_tried = ?", id, hash, true).Update("only_tried", false).Error
	return wrap(err, "publishing a version of journey %q for all", id)
}

// PublishTrial stores a version as Publish does and gives it to a share of those who
// enter, in percent from 1 to 99. What is live stays, and the draft with it. It fills
// v.Number and v.PublishedAt. The refusals are those of SetTrial.
func (s *Store) PublishTrial(ctx context.Context, v *engine.Version, share int) (number int, created bool, err error) {
	if v.Hash == "" || v.Plan == nil {
		return 0, false, engine.Errorf(engine.Invalid, "publishing journey %q: the version has no plan", string(v.Journey))
	}
	v.Source, v.OnlyTried = clean(v.Source), true
	err = s.InTx(ctx, func(ctx context.Context) error {
		journey, err := s.lockJourney(ctx, v.Journey)
		if err != nil {
			return err
		}
		if number, created, err = s.putVersion(ctx, v, false); err != nil {
			return err
		}
		return s.try(ctx, journey, v.Hash, number, share)
	})
	return number, created, err
}

// SetTrial gives one of a journey's versions to a share of those who enter, or gives
// the one on trial a larger share: in percent, from 1 to 99. It is Conflict when
// nothing is live for the others, when that version is live, when another one is on
// trial, and when the share would shrink, because people would change versions.
func (s *Store) SetTrial(ctx context.Context, id engine.JourneyID, hash engine.VersionHash, share int) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Journey(ctx, id); err != nil {
			return err
		}
		journey, err := s.lockJourney(ctx, id)
		if err != nil {
			return err
		}
		var row versionRow
		if err := one(s.write(ctx).Select("number").Where("journey_id = ? AND hash = ?", id, hash), &row, "version", hash); err != nil {
			return err
		}
		return s.try(ctx, journey, hash, row.Number, share)
	})
}

func (s *Store) try(ctx context.Context, j *journeyRow, hash engine.VersionHash, number, share int) error {
	switch {
	case share < 1 || share > 99:
		e := engine.Told(engine.Invalid, diag.T("share is %d; give a percentage from 1 to 99", "share é %d; informe uma porcentagem de 1 a 99", share))
		e.Field = "share"
		return e
	case j.LiveHash == "":
		return engine.Told(engine.Conflict, diag.T("journey %q was never published, so there is no version for the others: publish it for everybody first",
			"a jornada %q nunca foi publicada, então não há versão para as outras pessoas: publique primeiro para todos", j.ID))
	case j.LiveHash == string(hash):
		return engine.Told(engine.Conflict, diag.T("version %d of journey %q is live for everybody already: change something to try it with a share of people",
			"a versão %d da jornada %q já está no ar para todos: mude algo para testar com uma parte das pessoas", number, j.ID))
	case j.TrialHash != "" && j.TrialHash != string(hash):
		return engine.Told(engine.Conflict, diag.T("version %d of journey %q is on trial for %d %%, and a journey has one trial at a time: publish that version for everybody or end its trial first",
			"a versão %d da jornada %q está em teste com %d %%, e uma jornada tem um teste por vez: antes, publique essa versão para todos ou encerre o teste", j.TrialNumber, j.ID, j.TrialShare))
	case j.TrialHash != "" && share < j.TrialShare:
		return engine.Told(engine.Conflict, diag.T("version %d of journey %q is on trial for %d %% already, and a share only grows, so that nobody changes versions: give more, or end the trial",
			"a versão %d da jornada %q já está em teste com %d %%, e a parte só cresce, para ninguém trocar de versão: informe mais, ou encerre o teste", number, j.ID, j.TrialShare))
	case j.TrialHash != "" && share == j.TrialShare:
		return nil
	}
	values := map[string]any{"trial_hash": string(hash), "trial_number": number, "trial_share": share}
	if j.TrialHash == "" {
		values["trial_since"] = at(s.now())
	}
	return s.changeJourney(ctx, engine.JourneyID(j.ID), values)
}

// EndTrial gives everybody who enters the live version again; who entered the one on
// trial finishes it. It returns the trial that this ended, nil when there was none.
func (s *Store) EndTrial(ctx context.Context, id engine.JourneyID) (ended *engine.Trial, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Journey(ctx, id); err != nil {
			return err
		}
		journey, err := s.lockJourney(ctx, id)
		if err != nil {
			return err
		}
		if ended = journey.trial(); ended == nil {
			return nil
		}
		values := map[string]any{}
		noTrial(values)
		return s.changeJourney(ctx, id, values)
	})
	return ended, err
}

// EnteredByVersion counts those who entered a journey since a moment, by the version
// they are in now.
func (s *Store) EnteredByVersion(ctx context.Context, id engine.JourneyID, since time.Time) ([]engine.VersionNumbers, error) {
	var rows []struct {
		VersionHash string
		Running     bool
		Outcome     string
		N           int64
	}
	err := s.read(ctx).Model(&enrollmentRow{}).Select("version_hash, ended_at IS NULL AS running, outcome, COUNT(*) AS n").
		Where("journey_id = ? AND started_at >= ?", id, at(since)).Group("version_hash, ended_at IS NULL, outcome").Order("version_hash").Find(&rows).Error
	if err != nil {
		return nil, wrap(err, "counting who entered journey %q", id)
	}
	var list []engine.VersionNumbers
	for _, r := range rows {
		if n := len(list); n == 0 || string(list[n-1].Version) != r.VersionHash {
			list = append(list, engine.VersionNumbers{Version: engine.VersionHash(r.VersionHash), Endings: map[string]int64{}})
		}
		one := &list[len(list)-1]
		one.Entered += r.N
		if r.Running {
			one.Inside += r.N
		} else {
			one.Endings[r.Outcome] += r.N
		}
	}
	return list, nil
}
