package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/engine"
)

// reanchor makes the enrollment live in another virtual time: `jornada dev` was
// restarted at another speed, or a drill moved the clock, perhaps by months.
// Every parked thread looks at its moment again, so what is due goes on now and
// the rest waits on a new timer.
//
// Repeats and overtaken news change nothing: anchors are ordered by the real
// time at which they began. The zero anchor, real time, is always taken.
func (r *run) reanchor(t *thread, a engine.Anchor) {
	if workflow.GetVersion(t.ctx, changeClock, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		r.st.Anchor = a
		r.clocks++
		return
	}
	old := r.st.Anchor
	if a.Equal(old) || (a.Speed != 0 && a.Real.Before(old.Real)) {
		return
	}
	moved := r.shift(a)
	r.st.Anchor = a
	r.clocks++
	for _, th := range r.st.Threads {
		// A reply that is on its way comes in real time, however the clock is moved.
		if s := th.Frame.Step; s != nil && s.Phase == phaseOwed && !s.Held.IsZero() {
			s.Held = s.Held.Add(moved)
		}
	}
}

// shift is how far an anchor moves the present.
func (r *run) shift(a engine.Anchor) time.Duration {
	now := workflow.Now(r.ctx)
	return a.At(now).Sub(r.st.Anchor.At(now))
}
