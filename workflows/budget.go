package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/engine"
)

// Budgets that no journey for people comes near. An enrollment that exceeds one
// is quarantined: it would only cost the others their time.
const (
	maxSteps    = 10_000 // of one enrollment
	maxBurst    = 1_000  // within burstWithin of virtual time, without waiting
	burstWithin = time.Minute
	maxHour     = 2_000   // within an hour of virtual time, waiting or not
	maxCarried  = 1 << 20 // bytes of what steps found out and variables hold
)

// spend counts a step and stops an enrollment that runs in circles.
func (r *run) spend(now time.Time) bool {
	r.counted++
	r.st.Executed++
	if now.Sub(r.st.BurstFrom) > burstWithin || r.st.Burst == 0 {
		r.st.BurstFrom, r.st.Burst = now, 0
	}
	r.st.Burst++
	if now.Sub(r.st.HourFrom) > time.Hour {
		r.st.HourFrom, r.st.Hour = now, 0
	}
	r.st.Hour++
	circles := r.st.Executed > maxSteps || r.st.Burst > maxBurst
	if !circles && r.st.Hour > maxHour {
		circles = r.budgeted()
	}
	if !circles {
		return false
	}
	r.quarantine(r.say(
		"This journey runs in circles: %d steps, %d of them in the last hour and %d without waiting. Look for a `goto` or `repeat` without a wait, then enroll again.",
		"Esta jornada anda em círculos: %d passos, %d deles na última hora e %d sem esperar. Procure um `goto` ou `repeat` sem espera e inscreva de novo.",
		r.st.Executed, r.st.Hour, r.st.Burst))
	return true
}

// budgeted reports whether this history knows the budgets of changeBudget.
func (r *run) budgeted() bool {
	return workflow.GetVersion(r.ctx, changeBudget, workflow.DefaultVersion, 1) != workflow.DefaultVersion
}

func (r *run) quarantine(reason string) {
	r.end(Ending{Status: engine.Quarantine, Outcome: "quarantined", Reason: reason})
}

// tooLarge is the sentence about a variable that is larger than one may be.
func (t *thread) tooLarge(name string, value any) string {
	size := engine.PayloadSize(value)
	if size <= engine.MaxPayload || !t.r.budgeted() {
		return ""
	}
	return t.r.say("`%s` would be %d KB and may be %d KB.", "`%s` teria %d KB e pode ter %d KB.", name, size>>10, engine.MaxPayload>>10)
}

// overloaded stops an enrollment that carries more than its history can hold.
func (r *run) overloaded(res *StepResult) bool {
	if res.Data == nil && res.Answer == nil && len(res.Note) < engine.MaxPayload {
		return false
	}
	carried := engine.PayloadSize(r.st.Vars)
	for _, id := range sorted(r.st.Steps) {
		if s := r.st.Steps[id]; s.Data != nil || s.Answer != nil {
			carried += engine.PayloadSize(s.Data) + engine.PayloadSize(s.Answer)
		}
	}
	if carried <= maxCarried || !r.budgeted() {
		return false
	}
	r.quarantine(r.say(
		"This journey carries %d KB of answers and variables, more than the %d KB an enrollment may hold. Keep less of what `call` returns, then enroll again.",
		"Esta jornada carrega %d KB de respostas e variáveis, mais que os %d KB que um percurso pode ter. Guarde menos do que `call` devolve e inscreva de novo.",
		carried>>10, maxCarried>>10))
	return true
}
