package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"jornada/engine"
)

// A database that is restored from a backup has forgotten what went out since,
// while Temporal and the providers have not. Nothing in the database can tell, so
// Temporal is told: at every start and every minute the database's epoch grows,
// first in the database, then in Temporal. A database whose epoch is smaller than
// what Temporal was told is an older copy. Then nothing is sent until an
// administrator has looked and says so.
const (
	epochEvery   = time.Minute
	epochTimeout = 5 * time.Second
)

// Epochs is where epochs are kept besides the database.
type Epochs interface {
	// Known is the newest epoch told of a database; 0 when none was.
	Known(ctx context.Context, database string) (int64, error)
	Tell(ctx context.Context, e engine.Epoch) error
}

// epochLoop compares once, before anything of this process may send, and then
// moves the epoch on.
func (r *Runtime) epochLoop(ctx context.Context) error {
	if !r.compared.Load() {
		if err := r.compareEpoch(ctx); err != nil {
			return err
		}
		r.compared.Store(true)
		close(r.mayAct)
	}
	e, err := r.Store.AdvanceEpoch(ctx, 0)
	if err != nil {
		return fmt.Errorf("moving the database's epoch on: %w", err)
	}
	return r.Epochs.Tell(ctx, e)
}

// compareEpoch stops everything when the database is an older copy.
func (r *Runtime) compareEpoch(ctx context.Context) error {
	have, err := r.Store.Epoch(ctx)
	if err != nil {
		return fmt.Errorf("reading the database's epoch: %w", err)
	}
	if have.Database == "" {
		return nil // it begins
	}
	known, err := r.Epochs.Known(ctx, have.Database)
	if err != nil {
		return err
	}
	if known <= have.N {
		return nil
	}
	// Another process may have moved it on between the two questions; if so, the
	// database has by now what Temporal was told.
	if have, err = r.Store.Epoch(ctx); err != nil {
		return fmt.Errorf("reading the database's epoch: %w", err)
	}
	if known <= have.N {
		return nil
	}
	changed, err := r.Store.SetHalt(ctx, &engine.Halt{At: r.Clock.Now(), Have: have.N, Known: known})
	if err != nil {
		return fmt.Errorf("stopping all sending: %w", err)
	}
	if changed {
		n := engine.Notice{Kind: engine.NoticeRestored}
		r.Logger.ErrorContext(ctx, n.Text().En, "epoch_of_the_database", have.N, "epoch_of_temporal", known)
	}
	return nil
}

// Restored is why nothing is sent; nil when everything may be.
func (r *Runtime) Restored(ctx context.Context) (*engine.Halt, error) { return r.Store.Halt(ctx) }

// ResumeAfterRestore lets everything go on, because an administrator has looked.
func (r *Runtime) ResumeAfterRestore(ctx context.Context, actor string) error {
	var epoch engine.Epoch
	err := r.inTx(ctx, func(ctx context.Context) error {
		h, err := r.Store.Halt(ctx)
		if err != nil {
			return err
		}
		if h == nil {
			return engine.Errorf(engine.Conflict, "nothing is stopped; messages go out as they are due")
		}
		// From here on this copy is the truth.
		if epoch, err = r.Store.AdvanceEpoch(ctx, h.Known); err != nil {
			return fmt.Errorf("moving the database's epoch on: %w", err)
		}
		if _, err := r.Store.SetHalt(ctx, nil); err != nil {
			return fmt.Errorf("letting messages go: %w", err)
		}
		return r.auditBy(ctx, actor, "sending.resumed", "database", map[string]any{"epoch_of_the_database": h.Have, "epoch_of_temporal": h.Known})
	})
	if err != nil {
		return err
	}
	r.Logger.InfoContext(ctx, "an administrator lets messages go again after a backup was restored", "epoch", epoch.N)
	wake(r.wakeResume)
	return nil
}

// haltHealth is the alarm while nothing is sent.
func (r *Runtime) haltHealth(ctx context.Context) (Check, bool) {
	h, err := r.Store.Halt(ctx)
	if err != nil || h == nil {
		return Check{}, false // a database that is away is said elsewhere
	}
	n := engine.Notice{Kind: engine.NoticeRestored}
	return Check{Name: "restored", Message: n.Text().En}, true
}

// NewTemporalEpochs keeps epochs in the memo of a workflow that nobody runs: it
// needs no worker, no special permission, and survives like the journeys' own.
func NewTemporalEpochs(c client.Client, namespace string) Epochs {
	return &temporalEpochs{c.WorkflowService(), namespace}
}

type temporalEpochs struct {
	service   workflowservice.WorkflowServiceClient
	namespace string
}

const (
	epochWorkflow = "jornada-epoch"
	epochMemo     = "epoch"
)

func epochID(database string) string { return epochWorkflow + "/" + database }

// Known implements Epochs.
func (t *temporalEpochs) Known(ctx context.Context, database string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, epochTimeout)
	defer cancel()
	d, err := t.service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: t.namespace, Execution: &commonpb.WorkflowExecution{WorkflowId: epochID(database)},
	})
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("asking Temporal for the newest epoch of this database: %w", err)
	}
	memo, told := d.GetWorkflowExecutionInfo().GetMemo().GetFields()[epochMemo]
	if !told {
		return 0, nil
	}
	var n int64
	if err := converter.GetDefaultDataConverter().FromPayload(memo, &n); err != nil {
		return 0, fmt.Errorf("reading the newest epoch of this database: %w", err)
	}
	return n, nil
}

// Tell implements Epochs: the newest run replaces the one before.
func (t *temporalEpochs) Tell(ctx context.Context, e engine.Epoch) error {
	ctx, cancel := context.WithTimeout(ctx, epochTimeout)
	defer cancel()
	// In the clear: a number, and a name that means nothing.
	memo, err := converter.GetDefaultDataConverter().ToPayload(e.N)
	if err != nil {
		return fmt.Errorf("writing the epoch: %w", err)
	}
	_, err = t.service.StartWorkflowExecution(ctx, &workflowservice.StartWorkflowExecutionRequest{
		Namespace: t.namespace, WorkflowId: epochID(e.Database), WorkflowType: &commonpb.WorkflowType{Name: epochWorkflow},
		TaskQueue: &taskqueuepb.TaskQueue{Name: epochWorkflow}, RequestId: engine.NewID("epo"), Identity: "jornada",
		WorkflowIdReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIdConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING,
		Memo:                     &commonpb.Memo{Fields: map[string]*commonpb.Payload{epochMemo: memo}},
	})
	if err != nil {
		return fmt.Errorf("telling Temporal the epoch of this database: %w", err)
	}
	return nil
}
