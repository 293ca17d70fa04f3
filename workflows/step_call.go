package workflows

import (
	"fmt"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// stepCall makes an outbound request, trying again with durable waits.
func (t *thread) stepCall(n *dsl.Node, s *StepState) (StepResult, bool) {
	r := t.r
	for {
		switch s.Phase {
		case "":
			var res activities.CallResult
			if !t.persist(ActivityCall, func(b activities.Base) any {
				return activities.CallInput{Base: b, StepID: n.ID, Visit: s.Visit, Attempt: s.Attempt}
			}, &res) {
				return StepResult{}, false
			}
			e := engine.TimelineEntry{Kind: "call", StepID: n.ID, Result: "failed", Detail: res.Reason}
			if res.OK {
				e.Result = "ok"
			}
			if e.Detail == "" && res.Status != 0 {
				e.Detail = fmt.Sprint(res.Status)
			}
			r.note(e)
			if res.OK {
				return StepResult{Outcome: "ok", Status: res.Status, Data: res.Body}, true
			}
			if !res.Retry || s.Attempt >= n.Call.Retries {
				return StepResult{Outcome: "failed", Status: res.Status, Data: res.Body, Reason: reasonOr(res.Reason, fmt.Sprint(res.Status))}, true
			}
			wait := res.After
			if wait <= 0 {
				wait = backoff(s.Attempt)
			}
			s.Attempt++
			s.Held, s.Waiting, s.Phase = r.later(wait), "time", phaseHeld
		case phaseHeld:
			if t.park(s.Held, nil) == halted || (r.st.Paused && !t.pause()) {
				return StepResult{}, false
			}
			s.Held, s.Waiting, s.Phase = time.Time{}, "", ""
		}
	}
}
