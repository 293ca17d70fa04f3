package driver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build names how the product is built.
type Build string

// The product as it ships, and the two that have a mistake on purpose.
const (
	AsShipped Build = "jornada"
	Mutant    Build = "mutant"   // it sends again on doubt: see activities/mutant_torture.go
	Poisoned  Build = "poisoned" // it panics for some contacts: see activities/poison_torture.go
)

// target is one program to build.
type target struct{ file, pkg, tags string }

var targets = map[string]target{
	"jornada":  {file: "jornada", pkg: "./cmd/jornada"},
	"mutant":   {file: "jornada-mutant", pkg: "./cmd/jornada", tags: "torture_mutant"},
	"poisoned": {file: "jornada-poisoned", pkg: "./cmd/jornada", tags: "torture_poison"},
	"temporal": {file: "temporal-server", pkg: "go.temporal.io/server/cmd/server"},
	"sqltool":  {file: "temporal-sql-tool", pkg: "go.temporal.io/server/cmd/tools/sql"},
}

// Root is the folder of the repository, where the product's source is.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	mod := strings.TrimSpace(string(out))
	if err != nil || filepath.Base(mod) != "go.mod" {
		return "", fmt.Errorf("finding the product's source: run torture inside the repository, with Go installed (go env GOMOD says %q, %w)", mod, orNone(err))
	}
	return filepath.Dir(mod), nil
}

func orNone(err error) error {
	if err == nil {
		return os.ErrNotExist
	}
	return err
}

// build makes one program in <root>/bin/torture. Go's own cache decides whether
// anything has to be done.
func build(ctx context.Context, root, name string, say func(string)) (string, error) {
	t := targets[name]
	out := filepath.Join(root, "bin", "torture", t.file)
	if _, err := os.Stat(out); err != nil {
		say("building " + t.file + " (the first time takes a few minutes)")
	} else {
		say("building " + t.file)
	}
	args := []string{"build", "-o", out}
	if t.tags != "" {
		args = append(args, "-tags", t.tags)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, t.pkg)...) //nolint:gosec // names of the table above
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", t.pkg, err, text)
	}
	return out, nil
}
