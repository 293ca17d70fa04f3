package devserver_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"jornada/engine/devserver"
	"jornada/engine/devserver/devservertest"
)

// The same server on Postgres, started twice on the same databases.
func TestPostgresKeepsItsSchema(t *testing.T) {
	dsn := os.Getenv("JORNADA_TEST_POSTGRES")
	if dsn == "" {
		dsn = "postgres://root@127.0.0.1:5432/test"
	}
	ctx := context.Background()
	name := devservertest.Database(t, dsn)
	for range 2 {
		s, err := devserver.Start(ctx, devserver.Options{Postgres: dsn, Database: name})
		require.NoError(t, err)
		c, err := client.Dial(client.Options{HostPort: s.HostPort(), Namespace: s.Namespace()})
		require.NoError(t, err)
		w := worker.New(c, "q", worker.Options{})
		w.RegisterWorkflow(echo)
		require.NoError(t, w.Start())
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "one", TaskQueue: "q"}, echo, "a")
		require.NoError(t, err)
		require.NoError(t, c.SignalWorkflow(ctx, "one", "", "go", "b"))
		var out string
		require.NoError(t, run.Get(ctx, &out))
		require.Equal(t, "ab", out)
		w.Stop()
		c.Close()
		require.NoError(t, s.Stop())
	}
}
