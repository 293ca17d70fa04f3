package devserver_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"jornada/engine/devserver"
)

func echo(ctx workflow.Context, in string) (string, error) {
	var got string
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, &got)
	return in + got, nil
}

// A file keeps its workflows over a restart on other ports.
func TestAWorkflowOutlivesARestart(t *testing.T) {
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "deep", "temporal.db")

	s, err := devserver.Start(ctx, devserver.Options{File: file})
	require.NoError(t, err)
	c, err := client.Dial(client.Options{HostPort: s.HostPort(), Namespace: s.Namespace()})
	require.NoError(t, err)
	_, err = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "one", TaskQueue: "q"}, echo, "a")
	require.NoError(t, err)
	c.Close()
	require.NoError(t, s.Stop())

	began := time.Now()
	s, err = devserver.Start(ctx, devserver.Options{File: file})
	require.NoError(t, err)
	t.Logf("ready again after %v", time.Since(began))
	defer func() { require.NoError(t, s.Stop()) }()
	c, err = client.Dial(client.Options{HostPort: s.HostPort(), Namespace: s.Namespace()})
	require.NoError(t, err)
	defer c.Close()
	w := worker.New(c, "q", worker.Options{})
	w.RegisterWorkflow(echo)
	require.NoError(t, w.Start())
	defer w.Stop()
	require.NoError(t, c.SignalWorkflow(ctx, "one", "", "go", "b"))
	var out string
	require.NoError(t, c.GetWorkflow(ctx, "one", "").Get(ctx, &out))
	require.Equal(t, "ab", out)
}

func TestOptionsThatContradictAreRefused(t *testing.T) {
	_, err := devserver.Start(context.Background(), devserver.Options{Memory: true, File: "x"})
	require.EqualError(t, err, "starting Temporal: exactly one of File, Memory and Postgres must be set, not 2")
}
