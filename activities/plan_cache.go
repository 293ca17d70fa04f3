package activities

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// VersionSource reads published versions.
type VersionSource interface {
	Version(ctx context.Context, hash engine.VersionHash) (*engine.Version, error)
}

// planWait bounds one read of a plan: a workflow asks for it too, and must not
// hang on a database that is away.
const planWait = 5 * time.Second

// PlanCache is a PlanSource over a store. Plans are identified by their content,
// so what it holds is never stale; it keeps the most recently used ones.
type PlanCache struct {
	source VersionSource
	size   int

	mu    sync.Mutex
	order *list.List // of *cachedPlan, most recent first
	byKey map[engine.VersionHash]*list.Element
}

type cachedPlan struct {
	hash engine.VersionHash
	plan *dsl.Plan
}

// NewPlanCache keeps up to size plans (0 means 500).
func NewPlanCache(source VersionSource, size int) *PlanCache {
	if size <= 0 {
		size = 500
	}
	return &PlanCache{source: source, size: size, order: list.New(), byKey: map[engine.VersionHash]*list.Element{}}
}

// Plan implements PlanSource.
func (c *PlanCache) Plan(hash engine.VersionHash) (*dsl.Plan, error) {
	if plan := c.get(hash); plan != nil {
		return plan, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), planWait)
	defer cancel()
	v, err := c.source.Version(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("reading version %q: %w", hash, err)
	}
	if v.Plan == nil {
		return nil, engine.Errorf(engine.NotFound, "version %q has no plan", hash)
	}
	c.put(hash, v.Plan)
	return v.Plan, nil
}

func (c *PlanCache) get(hash engine.VersionHash) *dsl.Plan {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[hash]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cachedPlan).plan
}

func (c *PlanCache) put(hash engine.VersionHash, plan *dsl.Plan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[hash] != nil {
		return
	}
	c.byKey[hash] = c.order.PushFront(&cachedPlan{hash, plan})
	for c.order.Len() > c.size {
		last := c.order.Back()
		delete(c.byKey, last.Value.(*cachedPlan).hash)
		c.order.Remove(last)
	}
}
