package workflows

import (
	"slices"
	"time"

	"jornada/dsl"
)

// Phases of a parallel.
const (
	phaseLanes     = "lanes"     // they run
	phaseReleasing = "releasing" // one was first: the others let go of what they held
)

// stepParallel runs lanes beside each other until all, or the first, have ended.
func (t *thread) stepParallel(n *dsl.Node, s *StepState) (StepResult, bool) {
	r := t.r
	for {
		switch s.Phase {
		case "":
			for _, lane := range n.Parallel.Lanes {
				st := &Thread{
					ID: t.st.ID + "/" + n.ID + "." + lane.ID, Parent: t.st.ID, Parallel: n.ID, Lane: lane.ID,
					Frame: Frame{Cursor: lane.Start, Loops: slices.Clone(t.st.Frame.Loops), AnsweredAt: t.st.Frame.AnsweredAt,
						Due: t.st.Frame.Due, Before: t.st.Frame.Before},
				}
				r.st.Threads = append(r.st.Threads, st)
				r.spawn(st)
			}
			s.Phase, s.Waiting = phaseLanes, "lanes"
		case phaseLanes:
			over := func() bool {
				done, all, escaped := r.lanes(t.st.ID, n.ID)
				return escaped != "" || done == all || (n.Parallel.Join == "first" && done > 0)
			}
			if t.park(time.Time{}, over) == halted {
				return StepResult{}, false
			}
			for _, lane := range r.below(t.st.ID, n.ID) {
				lane.Canceled = lane.Canceled || !lane.Done
			}
			s.Phase = phaseReleasing
		case phaseReleasing:
			if t.park(time.Time{}, func() bool { return !r.walking(t.st.ID, n.ID) }) == halted {
				return StepResult{}, false
			}
			for _, lane := range r.below(t.st.ID, n.ID) {
				if lane.Canceled && !t.release(lane) {
					return StepResult{}, false
				}
			}
			_, _, escaped := r.lanes(t.st.ID, n.ID)
			gone := r.below(t.st.ID, n.ID)
			r.st.Threads = slices.DeleteFunc(slices.Clone(r.st.Threads), func(x *Thread) bool { return slices.Contains(gone, x) })
			t.st.Frame.AnsweredAt = time.Time{}
			if escaped != "" {
				return StepResult{Outcome: outcomeJump, Result: escaped}, true
			}
			return StepResult{Outcome: "done"}, true
		}
	}
}

// lanes counts the direct lanes of a parallel, and finds a goto out of one.
func (r *run) lanes(parent, parallel string) (done, all int, escaped string) {
	for _, x := range r.st.Threads {
		if x.ID == rootThread || x.Parent != parent || x.Parallel != parallel {
			continue
		}
		all++
		if x.Done {
			done++
		}
		if x.Escape != "" && escaped == "" {
			escaped = x.Escape
		}
	}
	return done, all, escaped
}

// below lists the lanes of a parallel with the lanes inside them.
func (r *run) below(parent, parallel string) []*Thread {
	var out []*Thread
	for _, x := range r.st.Threads {
		if x.ID == rootThread {
			continue
		}
		if (x.Parent == parent && x.Parallel == parallel) ||
			slices.ContainsFunc(out, func(o *Thread) bool { return o.ID == x.Parent }) {
			out = append(out, x)
		}
	}
	return out
}

// walking reports whether a coroutine of these lanes has not come to rest yet.
func (r *run) walking(parent, parallel string) bool {
	return slices.ContainsFunc(r.below(parent, parallel), func(x *Thread) bool { return slices.Contains(r.walkers, x.ID) })
}
