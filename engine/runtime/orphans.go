package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"jornada/engine"
	"jornada/workflows"
)

// A workflow writes its ending into the database before it ends, so an enrollment
// that is active has an open workflow. It has none any more when somebody ended the
// workflow by hand, when Temporal closed it, or when Temporal's database was lost or
// is an older copy. Nothing would ever happen in such an enrollment, and nobody would
// hear of it: it would be active for ever.
//
// So every running enrollment is looked up in Temporal from time to time. One that
// has no open workflow, and a minute later still has none, is quarantined. When that
// is so of more than a fourth it is no matter of single journeys but of a wrong
// address or a database brought back: then none is ended, and /readyz says so.
const (
	orphansEvery = time.Minute // real time
	orphansLook  = 100         // enrollments a look, so 100,000 take 17 hours
)

// orphans is where the search stands; only its loop touches it.
type orphans struct {
	status  engine.EnrollmentStatus
	cursor  string
	suspect []engine.EnrollmentID // without a workflow at the last look
	looked  int                   // at so many then
}

// seekOrphans looks once more at those it suspects, then at the next enrollments.
func (r *Runtime) seekOrphans(ctx context.Context) error {
	var sure []engine.EnrollmentID
	for _, id := range r.orphans.suspect {
		orphan, err := r.orphan(ctx, id)
		if err != nil {
			return err
		}
		if orphan {
			sure = append(sure, id)
		}
	}
	if err := r.quarantineOrphans(ctx, sure); err != nil {
		return err
	}
	o := orphans{status: r.orphans.status, cursor: r.orphans.cursor}
	if o.status == "" {
		o.status = engine.Active
	}
	list, next, err := r.Store.Enrollments(ctx, engine.EnrollmentFilter{Status: o.status, Cursor: o.cursor, Limit: orphansLook})
	if err != nil {
		return fmt.Errorf("looking for enrollments without a workflow: %w", err)
	}
	for i := range list {
		orphan, err := r.orphan(ctx, list[i].ID)
		if err != nil {
			return err // the same ones again, when Temporal is back
		}
		if orphan {
			o.suspect = append(o.suspect, list[i].ID)
		}
	}
	o.looked = len(list)
	if o.cursor = next; next == "" {
		if o.status == engine.Active {
			o.status = engine.Paused
		} else {
			o.status = engine.Active
		}
	}
	r.orphans = o
	return nil
}

// orphan reports whether an enrollment has no open workflow, and none is about to be
// started.
func (r *Runtime) orphan(ctx context.Context, id engine.EnrollmentID) (bool, error) {
	call, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	d, err := r.Client.DescribeWorkflowExecution(call, workflows.WorkflowID(id), "")
	var notFound *serviceerror.NotFound
	if err != nil && !errors.As(err, &notFound) {
		return false, fmt.Errorf("asking Temporal about enrollment %s: %w", id, err)
	}
	if err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return false, nil
	}
	begins, err := r.Store.OutboxHolds(ctx, id, outboxStart)
	if err != nil || begins {
		return false, err
	}
	e, err := r.Store.Enrollment(ctx, id)
	if isCode(err, engine.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading enrollment %s: %w", id, err)
	}
	return e.Status == engine.Active || e.Status == engine.Paused, nil
}

func (r *Runtime) quarantineOrphans(ctx context.Context, ids []engine.EnrollmentID) error {
	everybody := len(ids) > 1 && 4*len(ids) > r.orphans.looked
	r.watched.mu.Lock()
	if r.orphans.looked > 0 {
		r.watched.unknown = 0
	}
	if everybody {
		r.watched.unknown = len(ids)
	}
	r.watched.mu.Unlock()
	if everybody {
		r.Logger.ErrorContext(ctx, "many active enrollments are unknown to Temporal at once, so none is quarantined; is this the right Temporal and namespace, and was its database restored?", "enrollments", len(ids), "of", r.orphans.looked)
		return nil
	}
	for _, id := range ids {
		won, err := r.putAside(ctx, id, "Temporal has no open workflow for this enrollment any more, so nothing more could happen in it: somebody ended it there, or Temporal's database is not the one it began in. What was sent and answered until then stands in its timeline.")
		if err != nil {
			return fmt.Errorf("quarantining enrollment %s: %w", id, err)
		}
		if won {
			r.Logger.ErrorContext(ctx, "an enrollment was quarantined: Temporal has no open workflow for it", "enrollment", id)
		}
	}
	return nil
}
