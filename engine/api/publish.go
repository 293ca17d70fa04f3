package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

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
}

// Folder publishes the files of a folder in one transaction. With errors
// nothing is published and the list tells why; with partial, the clean journeys
// of a clean workspace are published and the others keep their last good
// version.
func (p *Publisher) Folder(ctx context.Context, files map[string]string, by string, partial bool) ([]Published, diag.List, error) {
	folder, list, err := p.load(ctx, files)
	if err != nil {
		return nil, nil, err
	}
	broken := map[string]bool{}
	for _, d := range list {
		if d.Severity == diag.Error {
			broken[d.Span.File] = true
		}
	}
	shared := map[string]string{}
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
			one, err := p.publish(ctx, plan, files[name], by)
			if err != nil {
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

func (p *Publisher) publish(ctx context.Context, plan *dsl.Plan, source, by string) (Published, error) {
	v := &engine.Version{
		Journey: engine.JourneyID(plan.Journey), Hash: engine.VersionHash(plan.Hash), FlowHash: plan.FlowHash, CopyHash: plan.CopyHash,
		Source: source, Plan: plan, PublishedBy: by, PublishedAt: p.clock.Now(),
	}
	number, isNew, err := p.store.Publish(ctx, v)
	if err != nil {
		return Published{}, fmt.Errorf("publishing journey %q: %w", plan.Journey, err)
	}
	return Published{v.Journey, number, v.Hash, isNew}, nil
}

// isShared reports whether a file belongs to the workspace and not to a journey.
func isShared(name string) bool {
	return name == "workspace.yaml" || name == "templates.lock.yaml" || strings.HasPrefix(name, "templates/")
}

// journeyIDOf reads which journey a file defines: its `journey:`, or what its
// name says when the text cannot be read.
func journeyIDOf(name, text string) string {
	var head struct {
		Journey string `yaml:"journey"`
	}
	if err := yaml.Unmarshal([]byte(text), &head); err == nil && head.Journey != "" {
		return head.Journey
	}
	base := path.Base(name)
	return strings.TrimSuffix(strings.TrimSuffix(base, ".journey.yaml"), ".journey.yml")
}

type publishView struct {
	Published   []Published      `json:"published"`
	Diagnostics []diagnosticView `json:"diagnostics"`
}

// publishFolder is POST /publish: the whole folder, or nothing.
func (s *server) publishFolder(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Files   map[string]string `json:"files"`
		Partial bool              `json:"partial"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	files, err := cleanFiles(in.Files)
	if err != nil {
		return nil, err
	}
	done, list, err := s.publisher().Folder(ctx, files, q.actor(), in.Partial)
	if err != nil {
		return nil, err
	}
	if list.HasErrors() && len(done) == 0 {
		return nil, diagnosticsProblem(list, q.lang)
	}
	if err := s.auditPublished(ctx, q, done); err != nil {
		return nil, err
	}
	return ok(publishView{append([]Published{}, done...), diagnosticsOf(list, q.lang)}), nil
}

// publishJourney is POST /journeys/{id}/publish: the draft becomes live.
func (s *server) publishJourney(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Source string `json:"source"`
	}
	if err := q.decodeOptional(&in); err != nil {
		return nil, err
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
	if source == "" {
		return nil, conflict(diag.T("journey %q has no draft to publish: save one with PUT /api/v1/journeys/%[1]s/draft",
			"a jornada %q não tem rascunho para publicar: salve um com PUT /api/v1/journeys/%[1]s/draft", string(j.ID)))
	}
	name := journeyFile(j.ID)
	if id := journeyIDOf(name, source); id != string(j.ID) {
		return nil, invalid("source", diag.T("the text defines journey %q and the address says %q: change `journey:` or the address",
			"o texto define a jornada %q e o endereço diz %q: mude `journey:` ou o endereço", id, string(j.ID)))
	}
	done, list, err := s.publisher().Folder(ctx, map[string]string{name: source}, q.actor(), false)
	if err != nil {
		return nil, err
	}
	if list.HasErrors() || len(done) == 0 {
		return nil, diagnosticsProblem(list, q.lang)
	}
	if err := s.auditPublished(ctx, q, done); err != nil {
		return nil, err
	}
	return ok(publishView{done, diagnosticsOf(list, q.lang)}), nil
}

func (s *server) auditPublished(ctx context.Context, q *request, done []Published) error {
	for _, one := range done {
		if !one.New {
			continue
		}
		if err := s.audit(ctx, q, "journey.published", string(one.Journey), map[string]any{"version": one.Version, "hash": one.Hash}); err != nil {
			return err
		}
	}
	return nil
}
