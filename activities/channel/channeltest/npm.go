package channeltest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// NPM runs somebody else's implementation of a provider's far end: the script in
// testdata/npm of the test's package, with the packages that its package-lock.json
// pins. The answer reads the script's output; the script ends with the test. It
// is for tests behind the build tag e2e, which say so when node or npm is missing
// instead of passing without them.
func NPM(t *testing.T, script string, arguments ...string) *bufio.Reader {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing; install it (Debian: apt-get install nodejs npm), for this test runs against a package from npm", program)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", script} {
		text, err := os.ReadFile(filepath.Join("testdata", "npm", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund")
	install.Env = outside
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm cannot install what testdata/npm/package-lock.json pins; is the registry in reach? %v\n%s", err, out)
	}
	node := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(dir, script)}, arguments...)...)
	node.Env = outside
	node.Stderr = os.Stderr
	out, err := node.StdoutPipe()
	if err == nil {
		err = node.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = node.Process.Kill()
		_, _ = io.Copy(io.Discard, out)
		_ = node.Wait()
	})
	return bufio.NewReader(out)
}
