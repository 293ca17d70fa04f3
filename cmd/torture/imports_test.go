package main

import (
	"os/exec"
	"strings"
	"testing"
)

// The harness judges the product from outside: sharing a package with it would
// share its mistakes.
func TestTheHarnessSharesNoCodeWithTheProduct(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for path := range strings.FieldsSeq(string(out)) {
		ours := path == "jornada" || strings.HasPrefix(path, "jornada/")
		if ours && !strings.HasPrefix(path, "jornada/cmd/torture") {
			t.Errorf("cmd/torture imports %s of the product", path)
		}
		if strings.HasPrefix(path, "go.temporal.io/") {
			t.Errorf("cmd/torture links %s: Temporal runs as a program of its own", path)
		}
		n++
	}
	if n < 10 {
		t.Fatalf("go list named only %d packages: the test looks at nothing", n)
	}
}
