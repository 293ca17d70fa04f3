package runtime

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// PlanStore reads published versions.
type PlanStore interface {
	Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error)
}

// planWait bounds how long a missing plan is waited for inside a workflow task,
// which Temporal takes for stuck after a second.
const planWait = 700 * time.Millisecond

// plansKept bounds memory; a plan is some tens of kilobytes.
const plansKept = 1000

// Plans keeps published plans in memory, by their hash. A hash never means
// another plan, so nothing in it goes stale. It serves the interpreter, the
// activities and the dispatcher, and is safe for concurrent use.
type Plans struct {
	store PlanStore

	mu     sync.RWMutex
	byHash map[engine.VersionHash]*dsl.Plan
}

// NewPlans makes an empty cache in front of the store.
func NewPlans(s PlanStore) *Plans {
	return &Plans{store: s, byHash: map[engine.VersionHash]*dsl.Plan{}}
}

// Plan finds a plan within planWait.
func (p *Plans) Plan(hash engine.VersionHash) (*dsl.Plan, error) {
	if plan := p.kept(hash); plan != nil {
		return plan, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), planWait)
	defer cancel()
	return p.load(ctx, hash)
}

func (p *Plans) kept(hash engine.VersionHash) *dsl.Plan {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.byHash[hash]
}

// load finds a plan inside the caller's transaction, if there is one.
func (p *Plans) load(ctx context.Context, hash engine.VersionHash) (*dsl.Plan, error) {
	if plan := p.kept(hash); plan != nil {
		return plan, nil
	}
	v, err := p.store.Version(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("loading version %.12s: %w", hash, err)
	}
	if v.Plan == nil {
		return nil, fmt.Errorf("loading version %.12s: it was stored without its plan", hash)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.byHash) >= plansKept {
		for old := range p.byHash { // any one: they are all equally cheap to fetch again
			delete(p.byHash, old)
			break
		}
	}
	p.byHash[hash] = v.Plan
	return v.Plan, nil
}

// live is a journey that may start enrollments now.
type live struct {
	engine.Journey
	plan *dsl.Plan
}

// live lists the journeys whose triggers count: published, neither paused nor
// archived, in the order of their ids, so that what one event starts does not
// depend on the database's mood. It is read fresh every time, because a journey
// that was published a moment ago must not miss the event that follows.
func (r *Runtime) live(ctx context.Context) ([]live, error) {
	all, err := r.Store.Journeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing journeys: %w", err)
	}
	var out []live
	for _, j := range all {
		if j.Live == "" || j.Paused || j.Archived {
			continue
		}
		plan, err := r.Plans.load(ctx, j.Live)
		if err != nil {
			return nil, fmt.Errorf("loading journey %q: %w", j.ID, err)
		}
		out = append(out, live{j, plan})
	}
	slices.SortFunc(out, func(a, b live) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// workspaceCache parses the workspace's files again only when they changed.
type workspaceCache struct {
	store Store

	mu     sync.Mutex
	files  map[string]string
	parsed *dsl.Workspace
}

func (c *workspaceCache) get(ctx context.Context) (*dsl.Workspace, error) {
	files, err := c.store.WorkspaceFiles(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the workspace's files: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parsed != nil && maps.Equal(files, c.files) {
		return c.parsed, nil
	}
	list := make([]dsl.File, 0, len(files))
	for _, path := range slices.Sorted(maps.Keys(files)) {
		list = append(list, dsl.File{Path: path, Content: []byte(files[path])})
	}
	// Findings were shown when the files were put; what is usable is used.
	parsed, _ := dsl.ParseWorkspace(list)
	if parsed == nil {
		parsed = dsl.DefaultWorkspace()
	}
	c.files, c.parsed = files, parsed
	return parsed, nil
}
