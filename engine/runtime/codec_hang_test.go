package runtime

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// A local activity encrypts its result in a goroutine of its own, while its workflow
// runs: neither may wait for the other for ever. (With the SDK's converter that pauses
// the detection of deadlocks this hangs within a few of these activities.)
func TestConvertersHangNoWorkflow(t *testing.T) {
	const activities, rounds = 48, 20
	options := ClientOptions(client.Options{}, newKeyring("key_ana"))
	suite := testsuite.WorkflowTestSuite{}
	env := suite.NewTestWorkflowEnvironment()
	env.SetDataConverter(options.DataConverter)
	env.SetTestTimeout(5 * time.Minute)
	said := func(_ context.Context, n int) (int, error) { return n, nil }
	env.ExecuteWorkflow(func(ctx workflow.Context) (int, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 5 * time.Minute})
		sum := 0
		for range rounds {
			var all []workflow.Future
			for n := range activities {
				all = append(all, workflow.ExecuteLocalActivity(ctx, said, n))
			}
			for _, f := range all {
				var n int
				if err := f.Get(ctx, &n); err != nil {
					return 0, err
				}
				sum += n
			}
		}
		return sum, nil
	})
	require.True(t, env.IsWorkflowCompleted())
	require.NoError(t, env.GetWorkflowError())
	var sum int
	require.NoError(t, env.GetWorkflowResult(&sum))
	require.Equal(t, rounds*activities*(activities-1)/2, sum)
}
