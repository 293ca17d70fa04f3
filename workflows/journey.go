package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"jornada/dsl"
	"jornada/engine"
)

// PlanSource fetches published plans by their hash. A plan never changes, so
// fetching one inside a workflow is deterministic. It is called on the
// workflow's own goroutine: answer from memory, and on a miss wait well under a
// second; an error makes Temporal try the workflow task again later.
type PlanSource interface {
	Plan(hash engine.VersionHash) (*dsl.Plan, error)
}

// Journeys is the interpreter with what it needs from outside.
type Journeys struct {
	Plans PlanSource
}

// Registry is what Register needs of a Temporal worker.
type Registry interface {
	RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions)
}

// Register registers the interpreter under its literal name.
func (j *Journeys) Register(r Registry) {
	r.RegisterWorkflowWithOptions(j.Journey, workflow.RegisterOptions{Name: WorkflowName})
}

// Journey walks one contact through one version of a journey.
func (j *Journeys) Journey(ctx workflow.Context, in JourneyInput) error {
	return errors.New("the interpreter is being written")
}
