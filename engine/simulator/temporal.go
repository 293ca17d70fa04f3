package simulator

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"jornada/workflows"
)

// stage is Temporal as the runtime sees it: one workflow, in the test environment
// whose clock jumps from one thing that happens to the next.
type stage struct {
	env     *testsuite.TestWorkflowEnvironment
	busy    *busy
	first   *workflows.JourneyInput // the enrollment that is played
	stopped bool                    // it has ended
}

var errNotPlayed = errors.New("a scenario plays one workflow, which does not do this")

// ExecuteWorkflow implements runtime.Temporal.
func (s *stage) ExecuteWorkflow(_ context.Context, _ client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	in, _ := args[0].(workflows.JourneyInput)
	if s.first == nil { // a scenario is about one passage: what it starts beside itself is not played
		s.first = &in
	}
	return nil, nil
}

// SignalWorkflow implements runtime.Temporal.
func (s *stage) SignalWorkflow(_ context.Context, id, _, name string, arg any) error {
	if s.first == nil || id != workflows.WorkflowID(s.first.EnrollmentID) {
		return serviceerror.NewNotFound("not played")
	}
	s.env.SignalWorkflow(name, arg)
	return nil
}

// TerminateWorkflow implements runtime.Temporal.
func (s *stage) TerminateWorkflow(context.Context, string, string, string, ...any) error {
	return errNotPlayed
}

// QueryWorkflow implements runtime.Temporal.
func (s *stage) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return nil, errNotPlayed
}

// DescribeWorkflowExecution implements runtime.Temporal.
func (s *stage) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return nil, errNotPlayed
}

// CheckHealth implements runtime.Temporal.
func (s *stage) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, nil
}

// busy lets one activity run at a time, in the order in which the interpreter asked
// for them: lanes side by side do the same every time. And it tells whether the
// journey rests, which a short timer alone does not: the environment lets it go off
// while an activity is running. All of it happens on the environment's one loop.
type busy struct {
	interceptor.WorkerInterceptorBase

	running int
	last    int // ticket that was given out
	next    int // ticket whose turn it is
}

// resting reports whether nothing is under way.
func (b *busy) resting() bool { return b.running == 0 && b.next == b.last }

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (b *busy) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &inbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, b}
}

// done is an activity that came back.
func (b *busy) done() { b.running = max(0, b.running-1) } // a try of the SDK's own is not counted

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase

	busy *busy
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&outbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, i.busy})
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase

	busy *busy
}

// ExecuteLocalActivity implements interceptor.WorkflowOutboundInterceptor.
func (o *outbound) ExecuteLocalActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	b := o.busy
	if b.resting() {
		b.running++
		return o.Next.ExecuteLocalActivity(ctx, name, args...)
	}
	future, result := workflow.NewFuture(ctx)
	ticket := b.last
	b.last++
	workflow.Go(ctx, func(ctx workflow.Context) {
		if err := workflow.Await(ctx, func() bool { return b.running == 0 && b.next == ticket }); err != nil {
			result.SetError(err)
			return
		}
		b.next++
		b.running++
		result.Chain(o.Next.ExecuteLocalActivity(ctx, name, args...))
	})
	return future
}

// silent is a Temporal logger that says nothing: what matters is in the transcript.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

var _ log.Logger = silent{}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
