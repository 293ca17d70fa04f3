package main

import (
	"context"

	"jornada/engine"
	"jornada/engine/api"
	"jornada/engine/runtime"
)

// apiRuntime shows the runtime to the API in the API's own words: api does not
// import runtime, so that handlers are tested without Temporal.
type apiRuntime struct{ *runtime.Runtime }

// Enroll implements api.Runtime.
func (r apiRuntime) Enroll(ctx context.Context, q api.EnrollRequest) (api.EnrollResult, error) {
	res, err := r.Runtime.Enroll(ctx, runtime.EnrollRequest{ID: q.ID, JourneyID: q.JourneyID, ContactID: q.ContactID, Inputs: q.Inputs, Trigger: q.Trigger})
	return api.EnrollResult{EnrollmentID: res.EnrollmentID, Skipped: res.Skipped}, err
}

// Explain implements api.Runtime.
func (r apiRuntime) Explain(ctx context.Context, id engine.EnrollmentID) (*api.Explanation, error) {
	e, err := r.Runtime.Explain(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &api.Explanation{Status: e.Status, Vars: e.Vars, Trail: e.Trail, NextWakeAt: e.NextWakeAt}
	for _, s := range e.CurrentSteps {
		out.CurrentSteps = append(out.CurrentSteps, api.StepView{StepID: s.StepID, Verb: s.Verb, Since: s.Since, Waiting: s.Waiting, WakeAt: s.WakeAt})
	}
	return out, nil
}

// Health implements api.Runtime.
func (r apiRuntime) Health(ctx context.Context) []api.Check {
	var out []api.Check
	for _, c := range r.Runtime.Health(ctx) {
		out = append(out, api.Check{Name: c.Name, OK: c.OK, Message: c.Message})
	}
	return out
}
