package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/diff"
	"jornada/engine"
)

// diffView is what publishing would change, for a dialog to show before it does.
type diffView struct {
	Journey engine.JourneyID `json:"journey"`
	From    *sideView        `json:"from"` // null: never published
	To      sideView         `json:"to"`
	Class   diff.Class       `json:"class"` // of the most harmful change
	Changes []diff.View      `json:"changes"`
	Text    bool             `json:"text"` // the text is another one, if only in its comments or layout
	People  peopleView       `json:"people"`
	Impact  string           `json:"impact"` // publish takes it, and refuses when this no longer holds

	// Trial is the trial that runs now, null: none. Making anything else live ends it.
	Trial *trialView `json:"trial"`
	// TrialRefused is why this cannot be tried with a share of people, "" when it can.
	TrialRefused string `json:"trial_refused"`
}

// sideView is one side of a comparison.
type sideView struct {
	Version  int                `json:"version"` // 0: not published
	Hash     engine.VersionHash `json:"hash"`
	FlowHash string             `json:"flow_hash"`
}

// peopleView counts who is inside now and what would become of them with
// migrate. They are those of every version but the one compared to.
type peopleView struct {
	Inside   int            `json:"inside"`
	Moving   int            `json:"moving"`   // surely
	Deciding int            `json:"deciding"` // by what each has been through
	Staying  int            `json:"staying"`
	Exiting  int            `json:"exiting"` // because `move` says so
	At       []standingView `json:"at"`
}

type standingView struct {
	Version int                `json:"version"`
	Hash    engine.VersionHash `json:"hash"`
	StepID  string             `json:"step_id"`
	People  int                `json:"people"`
	Verdict string             `json:"verdict"` // moves | may_move | stays | exits | there
	ToStep  string             `json:"to_step"`
	Reason  string             `json:"reason"`
}

// getDiff is GET /journeys/{id}/diff: the live version (or `from`) beside the draft
// (or `to`, a hash), and where people stand. It changes nothing.
func (s *server) getDiff(ctx context.Context, q *request) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	var to *engine.Version
	switch want := q.query("to"); {
	case want == "draft" && j.Draft == "":
		return nil, conflict(diag.T("journey %q has no draft to compare with", "a jornada %q não tem rascunho para comparar", string(j.ID)))
	case want == "draft", want == "" && j.Draft != "":
		to, err = s.planned(ctx, q, j.ID, map[string]string{journeyFile(j.ID): j.Draft})
	case want == "":
		to, err = s.findVersion(ctx, j, string(j.Live), "to")
	default:
		to, err = s.findVersion(ctx, j, want, "to")
	}
	if err != nil {
		return nil, err
	}
	return s.diffOf(ctx, q, j, to, nil)
}

// postDiff is POST /journeys/{id}/diff: the same for a text, or a folder, that is
// stored nowhere, and for the moves that migrate would be given.
func (s *server) postDiff(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Source string            `json:"source"`
		Files  map[string]string `json:"files"`
		Move   map[string]string `json:"move"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	id := engine.JourneyID(q.params["id"])
	files := map[string]string{}
	if len(in.Files) > 0 {
		var err error
		if files, err = cleanFiles(in.Files); err != nil {
			return nil, err
		}
	}
	j, err := s.Store.Journey(ctx, id)
	if isCode(err, engine.NotFound) && (in.Source != "" || len(files) > 0) {
		j, err = &engine.Journey{ID: id}, nil
	}
	if err != nil {
		return nil, err
	}
	if in.Source != "" {
		files[journeyFile(id)] = in.Source
	}
	if len(files) == 0 && j.Draft != "" {
		files[journeyFile(id)] = j.Draft
	}
	var to *engine.Version
	if len(files) == 0 {
		to, err = s.findVersion(ctx, j, string(j.Live), "source")
	} else {
		to, err = s.planned(ctx, q, id, files)
	}
	if err != nil {
		return nil, err
	}
	return s.diffOf(ctx, q, j, to, in.Move)
}

// planned is the version that publishing some files would make of a journey.
func (s *server) planned(ctx context.Context, q *request, id engine.JourneyID, files map[string]string) (*engine.Version, error) {
	folder, list, err := s.publisher().load(ctx, files)
	if err != nil {
		return nil, err
	}
	if list.HasErrors() {
		p := diagnosticsProblem(list, q.lang)
		p.Text = diag.T("there is nothing to compare with, because the files have errors", "não há com o que comparar, porque os arquivos têm erros")
		return nil, p
	}
	plan := folder.Plans[string(id)]
	if plan == nil {
		return nil, invalid("files", diag.T("the files define no journey %q", "os arquivos não definem a jornada %q", string(id)))
	}
	return &engine.Version{Journey: id, Hash: engine.VersionHash(plan.Hash), FlowHash: plan.FlowHash, CopyHash: plan.CopyHash, Plan: plan, Source: sourceOf(folder, id)}, nil
}

// sourceOf is the text that defines a journey of a folder.
func sourceOf(folder *dsl.Folder, id engine.JourneyID) string {
	for _, j := range folder.Journeys {
		if j.ID.String() == string(id) {
			return string(folder.Sources[j.Path].Content)
		}
	}
	return ""
}

// findVersion finds a version of a journey by its hash or the beginning of it (at
// least 7 characters).
func (s *server) findVersion(ctx context.Context, j *engine.Journey, hash, field string) (*engine.Version, error) {
	if hash == "" {
		return nil, conflict(diag.T("journey %q was never published, so there is no version to compare with", "a jornada %q nunca foi publicada, então não há versão para comparar", string(j.ID)))
	}
	all, err := s.Store.Versions(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("listing versions of journey %q: %w", j.ID, err)
	}
	var found []engine.Version
	for _, v := range all {
		if string(v.Hash) == hash || len(hash) >= 7 && strings.HasPrefix(string(v.Hash), hash) {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		return nil, invalid(field, diag.T("journey %q has no version %q: GET /api/v1/journeys/%[1]s/versions lists them; 7 characters of the hash are enough",
			"a jornada %q não tem a versão %q: GET /api/v1/journeys/%[1]s/versions lista as que existem; 7 caracteres do hash bastam", string(j.ID), hash))
	}
	return nil, invalid(field, diag.T("%d versions of journey %q begin with %q: give more characters of the hash", "%d versões da jornada %q começam com %q: informe mais caracteres do hash", len(found), string(j.ID), hash))
}

func (s *server) diffOf(ctx context.Context, q *request, j *engine.Journey, to *engine.Version, moves map[string]string) (*answer, error) {
	view, err := s.compare(ctx, q, j, to, moves)
	if err != nil {
		return nil, err
	}
	return ok(view), nil
}

func (s *server) compare(ctx context.Context, q *request, j *engine.Journey, to *engine.Version, moves map[string]string) (*diffView, error) {
	all, err := s.Store.Versions(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("listing versions of journey %q: %w", j.ID, err)
	}
	known := map[engine.VersionHash]*engine.Version{}
	for i := range all {
		known[all[i].Hash] = &all[i]
	}
	if there := known[to.Hash]; there != nil {
		again := *there
		again.Source = to.Source // the same version, and maybe other words about it
		to = &again
	}
	view := diffView{Journey: j.ID, To: sideOf(to), Class: diff.Safe, Changes: []diff.View{}, Text: true, Trial: trialOf(j.Trial)}
	from := known[j.Live]
	if from != nil {
		if why, same := from.Plan.SameEntry(to.Plan); !same {
			view.TrialRefused = entryDiffers(j.ID, from.Number, why).In(q.lang)
		}
	}
	if want := q.query("from"); want != "" {
		if from, err = s.findVersion(ctx, j, want, "from"); err != nil {
			return nil, err
		}
	}
	if from != nil {
		side := sideOf(from)
		changes := append(diff.Cards(dsl.CardOf(from.Source), dsl.CardOf(to.Source)), diff.Compare(from.Plan, to.Plan)...)
		view.From, view.Changes, view.Class = &side, changes.In(q.lang), changes.Worst()
		view.Text = from.Source != to.Source
	}
	if wrong, ok := to.Plan.CheckMoves(moves, plansOf(all)); !ok {
		return nil, invalid("move", wrong)
	}
	standing, err := s.Store.Standings(ctx, j.ID)
	if err != nil {
		return nil, err
	}
	stay := engine.VersionHash("") // who is in the version on trial is asked to nothing
	if j.Trial != nil && to.Hash == j.Live {
		stay = j.Trial.Version
	}
	view.People = peopleOf(standing, known, to, stay, moves, q.lang)
	live := ""
	if v := known[j.Live]; v != nil {
		live = v.Source
	}
	view.Impact = view.impact(live)
	return &view, nil
}

// impact identifies what somebody saw before they agreed to publish: what would be
// live instead of what text, the trial that runs, and who could not follow. People who come and go where
// nothing changes for them do not count, or a busy journey could never be published.
func (v *diffView) impact(live string) string {
	h := sha256.New()
	from := engine.VersionHash("")
	if v.From != nil {
		from = v.From.Hash
	}
	fmt.Fprintf(h, "%s %s %s\n", from, engine.Fingerprint(live), v.To.Hash)
	if v.Trial != nil {
		fmt.Fprintf(h, "trial %s %d\n", v.Trial.Hash, v.Trial.Share)
	}
	for _, at := range v.People.At {
		if at.Verdict == "stays" || at.Verdict == "exits" {
			fmt.Fprintf(h, "%s %q %d %s\n", at.Hash, at.StepID, at.People, at.Verdict)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// agreed compares what somebody agreed to with what publishing would do now.
func (s *server) agreed(ctx context.Context, q *request, j *engine.Journey, to *engine.Version, impact string) error {
	if impact == "" {
		return nil
	}
	now, err := s.compare(ctx, q, j, to, nil)
	if err != nil {
		return err
	}
	if now.Impact == impact {
		return nil
	}
	return &problem{Status: http.StatusConflict, Code: "impact_changed", Details: map[string]any{"impact": now.Impact},
		Text: diag.T("nothing was published: since you looked, somebody else has published or other people stand where they cannot follow; look at the changes again",
			"nada foi publicado: desde que você olhou, alguém publicou ou outras pessoas estão onde não podem acompanhar; veja as mudanças de novo")}
}

func sideOf(v *engine.Version) sideView { return sideView{v.Number, v.Hash, v.FlowHash} }

func plansOf(all []engine.Version) []*dsl.Plan {
	plans := make([]*dsl.Plan, len(all))
	for i := range all {
		plans[i] = all[i].Plan
	}
	return plans
}

// peopleOf judges everybody by where they stand; what each has been through is
// not read here. Who is in the version stay remains there.
func peopleOf(standing []engine.Standing, known map[engine.VersionHash]*engine.Version, to *engine.Version, stay engine.VersionHash, moves map[string]string, lang diag.Language) peopleView {
	view := peopleView{At: []standingView{}}
	for _, one := range standing {
		view.Inside += one.People
		from := known[one.Version]
		if from == nil {
			continue
		}
		at := standingView{Version: from.Number, Hash: from.Hash, StepID: one.StepID, People: one.People, Verdict: "there"}
		if from.Hash != to.Hash && from.Hash != stay {
			v := to.Plan.Judge(from.Plan, dsl.Passage{At: one.StepID, Moves: moves})
			at.ToStep, at.Reason = v.Step, v.Why.In(lang)
			switch {
			case v.Exit:
				at.Verdict, view.Exiting = "exits", view.Exiting+one.People
			case !v.OK:
				at.Verdict, at.ToStep, view.Staying = "stays", "", view.Staying+one.People
			case v.Sure:
				at.Verdict, view.Moving = "moves", view.Moving+one.People
			default:
				at.Verdict, view.Deciding = "may_move", view.Deciding+one.People
			}
		}
		view.At = append(view.At, at)
	}
	slices.SortStableFunc(view.At, func(a, b standingView) int { return b.Version - a.Version })
	return view
}
