package runtime

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/engine"
)

// counted counts how often the store is asked.
type counted struct{ reads int }

func (c *counted) Version(_ context.Context, hash engine.VersionHash) (*engine.Version, error) {
	c.reads++
	if hash == "unknown" {
		return nil, engine.Errorf(engine.NotFound, "no such version")
	}
	return &engine.Version{Hash: hash, Plan: &dsl.Plan{Hash: string(hash)}}, nil
}

// A plan is read once, and memory stays bounded however many there are.
func TestPlansAreReadOnce(t *testing.T) {
	source := &counted{}
	plans := NewPlans(source)
	for range 3 {
		plan, err := plans.Plan("v1")
		require.NoError(t, err)
		require.Equal(t, "v1", plan.Hash)
	}
	require.Equal(t, 1, source.reads)
	for range 2 { // what is missing may be there the next time
		_, err := plans.Plan("unknown")
		require.True(t, isCode(err, engine.NotFound), "%v", err)
	}
	require.Equal(t, 3, source.reads)
	for i := range plansKept + 10 {
		_, err := plans.Plan(engine.VersionHash(fmt.Sprint("more-", i)))
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(plans.byHash), plansKept)
}
