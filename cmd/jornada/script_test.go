package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"jornada/dsl/diag"
	"jornada/examples/clinic"
)

var update = flag.Bool("update", false, "write what the command line prints into testdata/script; read the diff")

// TestScripts plays the command line as people type it. Each script starts in a
// folder with a copy of the demo clinic, and can reach a running server.
func TestScripts(t *testing.T) {
	r := newRig(t, onSQLite, rigOptions{})
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			for k, v := range map[string]string{
				"JORNADA_LANG": "en", "NO_COLOR": "1", "SERVER": r.server.URL, "TOKEN": r.token,
				"HOME": e.WorkDir, "XDG_STATE_HOME": filepath.Join(e.WorkDir, "state"),
			} {
				e.Setenv(k, v)
			}
			return os.CopyFS(filepath.Join(e.WorkDir, "clinic"), clinic.Files())
		},
	})
}

// Every command says in one line what it is for and shows how it is typed.
func TestEveryCommandHasAnExample(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		require.NotEmpty(t, c.Short, c.CommandPath())
		require.Contains(t, c.Example, "jornada", "%s --help shows no example", c.CommandPath())
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				visit(sub)
			}
		}
	}
	visit(newRoot(&terminal{language: diag.English}))
}
