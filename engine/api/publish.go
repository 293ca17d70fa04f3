package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

// PublishStore is what publishing needs: *store.Store has it.
type PublishStore interface {
	journeyStore
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Publisher makes checked journeys live. `jornada dev` uses it directly when a
// file of its folder is saved; the API uses it for POST /publish.
type Publisher struct {
	store PublishStore
	clock engine.Clock
}

// NewPublisher makes a publisher.
func NewPublisher(store PublishStore, clock engine.Clock) *Publisher { return &Publisher{store, clock} }

func (s *server) publisher() *Publisher { return NewPublisher(s.Store, s.Clock) }

// Published is one journey's result: New is false when the live version
// already said the same.
type Published struct {
	Journey engine.JourneyID   `json:"journey"`
	Version int                `json:"version"`
	Hash    engine.VersionHash `json:"hash"`
	New     bool               `json:"new"`
	Again   bool               `json:"again,omitempty"` // an older version is live again
	Words   *Words             `json:"copy,omitempty"`  // with `copy: live`
	Text    bool               `json:"text,omitempty"`  // it says the same in another text: comments, names, layout

	// Trial is the share of those who enter that get the version; what was live stays.
	Trial *trialView `json:"trial,omitempty"`
	// EndedTrial is the trial that ended by this. Of this same version, it has become
	// the one for everybody.
	EndedTrial *trialView    `json:"ended_trial,omitempty"`
	before     *engine.Trial // what ran before Trial, nil: none

	// Of a folder: nothing was published, because the live version is a newer one from
	// the editor, which the folder never had.
	Newer bool `json:"newer,omitempty"`
	// Of a folder: what people changed in the editor stays, and is told.
	DraftBehind bool     `json:"draft_behind,omitempty"` // a draft that does not include this text
	TestsBehind bool     `json:"tests_behind,omitempty"` // saved tests that do not include the folder's
	OtherTests  []string `json:"other_tests,omitempty"`  // files of more tests, which are not kept
}

// Words are whom a version's texts reach at once, beside its own people.
type Words struct {
	Versions int `json:"versions"` // older and newer ones of the same flow whose words changed
	People   int `json:"people"`   // inside them now
}

// PublishWish says how to publish.
type PublishWish struct {
	By       string
	Partial  bool   // the clean journeys of a clean workspace, though others have errors
	CopyLive bool   // texts and translations reach the people in other versions of the same flow
	Folder   bool   // the files are a folder's, and not the editor's
	Force    bool   // also over what was published in the editor since
	Origin   string // the state of the folder, as branch@commit; "" = unknown
	Share    int    // for so many percent of those who enter, 1 to 99; 0 = for everybody
}

// Folder publishes the files of a folder in one transaction. With errors
// nothing is published and the list tells why; with Partial, the clean journeys
// of a clean workspace are published and the others keep their last good
// version.
func (p *Publisher) Folder(ctx context.Context, files map[string]string, wish PublishWish) ([]Published, diag.List, error) {
	folder, list, err := p.load(ctx, files)
	if err != nil {
		return nil, nil, err
	}
	past, err := p.past(ctx, folder, files)
	if err != nil {
		return nil, nil, err
	}
	tests, wrong := testsIn(files, folder)
	list = append(append(list, past...), wrong...).Sort()
	broken := map[string]bool{}
	for _, d := range list {
		if d.Severity == diag.Error {
			broken[d.Span.File] = true
		}
	}
	shared, partial := map[string]string{}, wish.Partial
	for name, text := range files {
		if isShared(name) {
			shared[name] = text
			partial = partial && !broken[name] // a broken schema makes every verdict doubtful
		}
	}
	if list.HasErrors() && !partial {
		return nil, list, nil
	}
	var done []Published
	err = p.store.InTx(ctx, func(ctx context.Context) error {
		done = done[:0]
		if len(shared) > 0 {
			if _, whole := shared["workspace.yaml"]; !whole { // a lock file alone replaces the lock file alone
				stored, err := p.store.WorkspaceFiles(ctx)
				if err != nil {
					return fmt.Errorf("reading the workspace: %w", err)
				}
				for name, text := range stored {
					if _, given := shared[name]; !given {
						shared[name] = text
					}
				}
			}
			if err := p.store.PutWorkspaceFiles(ctx, shared); err != nil {
				return fmt.Errorf("storing the workspace: %w", err)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if !isJourneyFile(name) || broken[name] {
				continue
			}
			plan := folder.Plans[journeyIDOf(name, files[name])]
			if plan == nil {
				continue
			}
			newer, err := p.newer(ctx, plan, files[name], wish)
			if err != nil {
				return err
			}
			if newer != nil {
				done = append(done, *newer)
				continue
			}
			one, err := p.publish(ctx, plan, files[name], wish)
			if err != nil {
				return err
			}
			if wish.Share > 0 { // tests go live with what is live
				done = append(done, one)
				continue
			}
			if err := p.send(ctx, &one, name, tests[plan.Journey], files, broken); err != nil {
				return err
			}
			done = append(done, one)
		}
		return nil
	})
	if err != nil {
		return nil, list, err
	}
	return done, list, nil
}

// past tells which of the given journeys wait for what has already been. One that
// is live as it stands is not published again, so its campaign may be over.
func (p *Publisher) past(ctx context.Context, folder *dsl.Folder, files map[string]string) (diag.List, error) {
	live, err := p.store.LiveVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the live versions: %w", err)
	}
	published := map[string]string{}
	for _, v := range live {
		published[string(v.Journey)] = string(v.Hash)
	}
	list := diag.List{}
	for _, j := range folder.Journeys {
		if _, given := files[j.Path]; !given || j.ID == nil {
			continue
		}
		if plan := folder.Plans[j.ID.Value]; plan == nil || published[plan.Journey] != plan.Hash {
			list = append(list, dsl.Past(j, folder.Workspace, p.clock.Now())...)
		}
	}
	return list, nil
}

// newer is what stays live of a journey, when its text in a folder is an older one
// that was published before, and what is live was published in the editor since and
// never came into a folder. Nil lets the folder go on.
func (p *Publisher) newer(ctx context.Context, plan *dsl.Plan, source string, wish PublishWish) (*Published, error) {
	if !wish.Folder {
		return nil, nil
	}
	id := engine.JourneyID(plan.Journey)
	note := func() error {
		if wish.Share > 0 { // not published yet
			return nil
		}
		return p.store.NoteFolder(ctx, id, source)
	}
	j, err := p.store.Journey(ctx, id)
	if isCode(err, engine.NotFound) {
		return nil, note()
	}
	if err != nil {
		return nil, fmt.Errorf("reading journey %q: %w", plan.Journey, err)
	}
	known, err := p.store.PublishedTexts(ctx, id)
	if err != nil {
		return nil, err
	}
	_, published := known[engine.Fingerprint(source)]
	if published && j.Live != "" && j.LiveText != source && !known[engine.Fingerprint(j.LiveText)] && !wish.Force {
		return &Published{Journey: id, Version: j.LiveNumber, Hash: j.Live, Newer: true}, nil
	}
	return nil, note()
}

func (p *Publisher) publish(ctx context.Context, plan *dsl.Plan, source string, wish PublishWish) (Published, error) {
	v := &engine.Version{
		Journey: engine.JourneyID(plan.Journey), Hash: engine.VersionHash(plan.Hash), FlowHash: plan.FlowHash, CopyHash: plan.CopyHash,
		Source: source, Plan: plan, PublishedBy: wish.By, PublishedAt: p.clock.Now(), Origin: wish.Origin,
	}
	if wish.Share > 0 {
		return p.try(ctx, v, wish)
	}
	before, err := p.store.Journey(ctx, v.Journey)
	if err != nil && !isCode(err, engine.NotFound) {
		return Published{}, fmt.Errorf("reading journey %q: %w", plan.Journey, err)
	}
	number, isNew, err := p.store.Publish(ctx, v)
	if err != nil {
		return Published{}, fmt.Errorf("publishing journey %q: %w", plan.Journey, err)
	}
	done := Published{Journey: v.Journey, Version: number, Hash: v.Hash, New: isNew}
	if before != nil && before.Live != v.Hash {
		done.EndedTrial = trialOf(before.Trial)
	}
	done.Again = !isNew && before != nil && before.Live != v.Hash && !done.full()
	done.Text = !isNew && !done.Again && !done.full() && before.LiveText != source
	if wish.CopyLive {
		done.Words, err = p.lend(ctx, v.Journey, v.Hash)
	}
	return done, err
}

// full reports whether the version on trial has become the one for everybody.
func (d *Published) full() bool { return d.EndedTrial != nil && d.EndedTrial.Hash == d.Hash }

// lend lets a version's words reach the people in others of the same flow.
func (p *Publisher) lend(ctx context.Context, id engine.JourneyID, hash engine.VersionHash) (*Words, error) {
	changed, err := p.store.LendWords(ctx, id, hash)
	if err != nil {
		return nil, err
	}
	words := &Words{Versions: len(changed)}
	standing, err := p.store.Standings(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, one := range standing {
		if slices.Contains(changed, one.Version) {
			words.People += one.People
		}
	}
	return words, nil
}

// testsIn checks the scenario tests of a folder and sorts their files by journey.
func testsIn(files map[string]string, folder *dsl.Folder) (map[string][]string, diag.List) {
	only := map[string]string{}
	for name, text := range files {
		if dsl.IsScenarioFile(name) {
			only[name] = text
		}
	}
	tests, list := dsl.LoadScenarios(filesOf(only), folder)
	of := map[string][]string{}
	for _, t := range tests {
		of[t.Journey] = append(of[t.Journey], t.Path)
	}
	return of, list
}

// send keeps the tests of a journey's folder. One file is kept of each: the one that
// is called like the journey's, else the first.
func (p *Publisher) send(ctx context.Context, one *Published, journey string, tests []string, files map[string]string, broken map[string]bool) error {
	if len(tests) > 0 {
		at := max(0, slices.Index(tests, dsl.ScenarioFileOf(journey)))
		one.OtherTests = slices.Delete(slices.Clone(tests), at, at+1)
		if !broken[tests[at]] {
			kept, err := p.store.ChangeTests(ctx, one.Journey, "", func(t *engine.JourneyTests) { t.Send(files[tests[at]]) })
			if err != nil {
				return fmt.Errorf("keeping the tests of journey %q: %w", one.Journey, err)
			}
			one.TestsBehind = kept.Behind
		}
	}
	now, err := p.store.Journey(ctx, one.Journey)
	if err != nil {
		return fmt.Errorf("reading journey %q: %w", one.Journey, err)
	}
	one.DraftBehind = now.Behind
	return nil
}

// isShared reports whether a file belongs to the workspace and not to a journey.
func isShared(name string) bool {
	return name == "workspace.yaml" || name == "templates.lock.yaml" || strings.HasPrefix(name, "templates/")
}

// journeyIDOf reads which journey a file defines: its `journey:`, or what its
// name says when the text cannot be read.
func journeyIDOf(name, text string) string {
	if id := dsl.JourneyIDOf(dsl.File{Path: name, Content: []byte(text)}); id != "" {
		return id
	}
	base := path.Base(name)
	return strings.TrimSuffix(strings.TrimSuffix(base, ".journey.yaml"), ".journey.yml")
}

// maxOrigin is how long the name of a folder's state may be, in characters.
const maxOrigin = 120

type publishView struct {
	Published   []Published      `json:"published"`
	Diagnostics []diagnosticView `json:"diagnostics"`
}

// publishFolder is POST /publish: the whole folder, or nothing.
func (s *server) publishFolder(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Files   map[string]string `json:"files"`
		Partial bool              `json:"partial"`
		Copy    string            `json:"copy"`
		Origin  string            `json:"origin"`
		Force   bool              `json:"force"`
		Share   int               `json:"share"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	files, err := cleanFiles(in.Files)
	if err != nil {
		return nil, err
	}
	live, err := copyLive(in.Copy)
	if err != nil {
		return nil, err
	}
	share, err := shareOf(in.Share, live)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(in.Origin) > maxOrigin || strings.ContainsFunc(in.Origin, unicode.IsControl) {
		return nil, invalid("origin", diag.T("origin is too long or holds control characters: give one line of at most %d characters, such as main@3f9a1c2", "origin é longo demais ou tem caracteres de controle: informe uma linha de até %d caracteres, como main@3f9a1c2", maxOrigin))
	}
	done, list, err := s.publishFiles(ctx, q, files, PublishWish{By: q.actor(), Partial: in.Partial, CopyLive: live, Folder: true, Force: in.Force, Origin: in.Origin, Share: share})
	if err != nil {
		return nil, err
	}
	if list.HasErrors() && len(done) == 0 {
		return nil, diagnosticsProblem(list, q.lang)
	}
	return ok(publishView{append([]Published{}, done...), diagnosticsOf(list, q.lang)}), nil
}

func copyLive(word string) (bool, error) {
	if word != "" && word != "live" && word != "pinned" {
		return false, invalid("copy", diag.T("copy is %q; give live, for the new texts to reach the people inside, or pinned", "copy é %q; informe live, para os textos novos chegarem a quem está dentro, ou pinned", word))
	}
	return word == "live", nil
}

// publishFiles publishes and writes the audit trail, in one transaction.
func (s *server) publishFiles(ctx context.Context, q *request, files map[string]string, wish PublishWish) (done []Published, list diag.List, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if done, list, err = s.publisher().Folder(ctx, files, wish); err != nil {
			return err
		}
		return s.auditPublished(ctx, q, done)
	})
	return done, list, err
}

// publishJourney is POST /journeys/{id}/publish: the draft becomes live, or a share of
// those who enter get it.
func (s *server) publishJourney(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Source   string `json:"source"`
		Hash     string `json:"hash"`
		Rollback bool   `json:"rollback"`
		Copy     string `json:"copy"`
		Impact   string `json:"impact"`
		Share    int    `json:"share"`
	}
	if err := q.decodeOptional(&in); err != nil {
		return nil, err
	}
	live, err := copyLive(in.Copy)
	if err != nil {
		return nil, err
	}
	share, err := shareOf(in.Share, live)
	if err != nil {
		return nil, err
	}
	if in.Hash != "" || in.Rollback {
		if in.Source != "" {
			return nil, invalid("source", diag.T("source is a new text and hash or rollback an older version: give one of them", "source é um texto novo e hash ou rollback uma versão anterior: informe um deles"))
		}
		return s.publishAgain(ctx, q, in.Hash, in.Impact, live, share)
	}
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		var p *problem
		if !errors.As(err, &p) || in.Source == "" {
			return nil, err
		}
		j = &engine.Journey{ID: engine.JourneyID(q.params["id"])}
	}
	source := in.Source
	if source == "" {
		source = j.Draft
	}
	if source == "" && in.Share > 0 && j.Trial != nil {
		return s.publishAgain(ctx, q, string(j.Trial.Version), in.Impact, live, share)
	}
	if source == "" {
		return nil, conflict(diag.T("journey %q has no draft to publish: save one with PUT /api/v1/journeys/%[1]s/draft",
			"a jornada %q não tem rascunho para publicar: salve um com PUT /api/v1/journeys/%[1]s/draft", string(j.ID)))
	}
	name := journeyFile(j.ID)
	if id := journeyIDOf(name, source); id != string(j.ID) {
		return nil, invalid("source", diag.T("the text defines journey %q and the address says %q: change `journey:` or the address",
			"o texto define a jornada %q e o endereço diz %q: mude `journey:` ou o endereço", id, string(j.ID)))
	}
	var done []Published
	var list diag.List
	files := map[string]string{name: source}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		if in.Impact != "" {
			to, err := s.planned(ctx, q, j.ID, files)
			if err != nil {
				return err
			}
			if err := s.agreed(ctx, q, j, to, in.Impact); err != nil {
				return err
			}
		}
		var err error
		if done, list, err = s.publishFiles(ctx, q, files, PublishWish{By: q.actor(), CopyLive: live, Share: share}); err != nil || len(done) == 0 || share > 0 {
			return err
		}
		_, err = s.Store.ChangeTests(ctx, j.ID, "", (*engine.JourneyTests).Release)
		return err
	})
	if err != nil {
		return nil, wrapUnlessRefused("publishing", err)
	}
	if list.HasErrors() || len(done) == 0 {
		return nil, diagnosticsProblem(list, q.lang)
	}
	return ok(publishView{done, diagnosticsOf(list, q.lang)}), nil
}

// publishAgain makes an older version live: the one of a hash (or its beginning),
// or the one before the live one; or gives it to a share of those who enter. Nothing
// is uploaded and nothing checked anew: it runs as it was published, with the types,
// templates and opening hours of then. The workspace's files and the draft stay as
// they are, but for a draft that was on trial and is for everybody now.
func (s *server) publishAgain(ctx context.Context, q *request, hash, impact string, copyLive bool, share int) (*answer, error) {
	j, err := s.findJourney(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	v, err := s.olderVersion(ctx, j, hash)
	if err != nil {
		return nil, err
	}
	done := Published{Journey: j.ID, Version: v.Number, Hash: v.Hash}
	err = s.Store.InTx(ctx, func(ctx context.Context) error {
		now, err := s.Store.Journey(ctx, j.ID)
		if err != nil {
			return err
		}
		if err := s.agreed(ctx, q, now, v, impact); err != nil {
			return err
		}
		if share > 0 {
			if err := s.publisher().mayBeTried(ctx, now, v.Plan); err != nil {
				return err
			}
			if err := s.Store.SetTrial(ctx, j.ID, v.Hash, share); err != nil {
				return err
			}
			if done, err = s.publisher().tried(ctx, now, done); err != nil {
				return err
			}
			return s.auditPublished(ctx, q, []Published{done})
		}
		if done, err = s.makeLive(ctx, q, now, done); err != nil || !copyLive {
			return err
		}
		if done.Words, err = s.publisher().lend(ctx, j.ID, v.Hash); err != nil {
			return err
		}
		return s.auditWords(ctx, q, done)
	})
	if err != nil {
		return nil, wrapUnlessRefused("publishing an older version", err)
	}
	return ok(publishView{[]Published{done}, []diagnosticView{}}), nil
}

// olderVersion is the version of a hash, or the one that was live for everybody before
// the one that is.
func (s *server) olderVersion(ctx context.Context, j *engine.Journey, hash string) (*engine.Version, error) {
	if hash != "" {
		return s.findVersion(ctx, j, hash, "hash")
	}
	all, err := s.Store.Versions(ctx, j.ID) // newest first
	if err != nil {
		return nil, fmt.Errorf("listing versions of journey %q: %w", j.ID, err)
	}
	for i := range all {
		if all[i].Number < j.LiveNumber && !all[i].OnlyTried {
			return &all[i], nil
		}
	}
	return nil, conflict(diag.T("journey %q has no version before the live one", "a jornada %q não tem versão anterior à que está no ar", string(j.ID)))
}

// makeLive makes a version of a journey, as it is now, live for everybody, which ends a
// trial. The tests that are saved go live with the version that was on trial.
func (s *server) makeLive(ctx context.Context, q *request, now *engine.Journey, done Published) (Published, error) {
	done.EndedTrial = trialOf(now.Trial)
	switch {
	case now.Live != done.Hash:
		if err := s.Store.SetLive(ctx, now.ID, done.Hash); err != nil {
			return done, err
		}
		done.Again = !done.full()
	case now.Trial != nil:
		if _, err := s.Store.EndTrial(ctx, now.ID); err != nil {
			return done, err
		}
	}
	if done.full() {
		if _, err := s.Store.ChangeTests(ctx, now.ID, "", (*engine.JourneyTests).Release); err != nil {
			return done, err
		}
	}
	return done, s.auditPublished(ctx, q, []Published{done})
}

// auditPublished notes what was published, and what trial that ended.
func (s *server) auditPublished(ctx context.Context, q *request, done []Published) error {
	for _, one := range done {
		if one.Trial != nil {
			if err := s.auditTrial(ctx, q, one); err != nil {
				return err
			}
			continue
		}
		if ended := one.EndedTrial; ended != nil && !one.full() {
			if err := s.audit(ctx, q, "journey.trial_ended", string(one.Journey), map[string]any{"version": ended.Version, "hash": ended.Hash, "share": ended.Share}); err != nil {
				return err
			}
		}
		action := map[bool]string{one.New || one.full(): "journey.published", one.Again: "journey.rolled_back", one.Text: "journey.text_changed"}[true]
		if action != "" {
			if err := s.audit(ctx, q, action, string(one.Journey), map[string]any{"version": one.Version, "hash": one.Hash}); err != nil {
				return err
			}
		}
		if err := s.auditWords(ctx, q, one); err != nil {
			return err
		}
	}
	return nil
}

// auditWords notes that a version's words reach the people in others.
func (s *server) auditWords(ctx context.Context, q *request, one Published) error {
	if one.Words == nil || one.Words.Versions == 0 {
		return nil
	}
	return s.audit(ctx, q, "journey.copy_live", string(one.Journey), map[string]any{"version": one.Version, "hash": one.Hash, "versions": one.Words.Versions, "people": one.Words.People})
}
