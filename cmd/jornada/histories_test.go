package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/engine/devserver"
)

var (
	record  = flag.Bool("record", false, "record histories for the replay test of package workflows")
	release = flag.String("release", "dev", "the release that recorded histories are named after")
)

// TestRecordHistories starts a real Temporal server and has package workflows
// record its histories on it, which cannot link the server itself. An ordinary
// test run records nothing.
func TestRecordHistories(t *testing.T) {
	if !*record {
		return
	}
	s, err := devserver.Start(context.Background(), devserver.Options{Memory: true})
	require.NoError(t, err)
	defer func() { _ = s.Stop() }()
	cmd := exec.Command("go", "test", "jornada/workflows", "-run", "TestRecordHistories|TestReplayHistories", "-count=1", "-v", "-record", "-release", *release)
	cmd.Env = append(os.Environ(), "JORNADA_TEMPORAL="+s.HostPort())
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	require.NoError(t, cmd.Run())
}
