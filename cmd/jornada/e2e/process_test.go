//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for something that takes milliseconds on an
// idle machine.
const patience = time.Minute

// binary is the program under test.
var binary string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	binary = os.Getenv("JORNADA_BIN")
	if binary != "" {
		abs, err := filepath.Abs(binary)
		if err != nil {
			return 1, fmt.Errorf("finding JORNADA_BIN: %w", err)
		}
		binary = abs
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "jornada-e2e")
	if err != nil {
		return 1, fmt.Errorf("making a folder for the binary: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "jornada")
	build := exec.Command("go", "build", "-o", binary, "jornada/cmd/jornada")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 1, fmt.Errorf("building the binary: %w", err)
	}
	return m.Run(), nil
}

// process is one running `jornada dev`.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	base  string // http://127.0.0.1:port
	ended chan struct{}

	mu     sync.Mutex
	output bytes.Buffer
}

// freeAddr is a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// environment is this process's, without settings of Jornada and with a home of
// its own, so that nothing a developer has can change a test.
func environment(t *testing.T) []string {
	t.Helper()
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "JORNADA_") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			env = append(env, kv)
		}
	}
	return append(env, "HOME="+t.TempDir(), "LANG=C.UTF-8")
}

// startDev starts `jornada dev` on a data folder and waits until it says that it
// is ready. It is stopped when the test ends.
func startDev(t *testing.T, data string, args ...string) *process {
	t.Helper()
	return startDevAt(t, freeAddr(t), data, args...)
}

// startDevAt does so on an address, where an open page finds it again.
func startDevAt(t *testing.T, addr, data string, args ...string) *process {
	t.Helper()
	p := &process{t: t, base: "http://" + addr, ended: make(chan struct{})}
	p.cmd = exec.Command(binary, append([]string{"dev", "--addr", addr, "--data", data}, args...)...)
	p.cmd.Env = environment(t)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = p
	require.NoError(t, p.cmd.Start())
	ready := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			_, _ = p.Write(append(lines.Bytes(), '\n'))
			if strings.HasPrefix(lines.Text(), "Jornada is ready") {
				close(ready)
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("what jornada dev said:\n%s", p.said())
		}
	})
	select {
	case <-ready:
	case <-p.ended:
		t.Fatalf("jornada dev ended before it was ready:\n%s", p.said())
	case <-time.After(patience):
		t.Fatalf("jornada dev was not ready after %s:\n%s", patience, p.said())
	}
	return p
}

// Write collects what the process says.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// stop ends it as Ctrl-C does and returns its exit code.
func (p *process) stop() int {
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Errorf("jornada dev did not stop %s after an interrupt", patience)
		p.kill()
	}
	return p.cmd.ProcessState.ExitCode()
}

// kill ends it as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.ended
}

// jornada runs one command line to its end.
func jornada(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = environment(t)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

// request makes a call as the pages do.
func (p *process) request(method, path, contentType, body string) string {
	p.t.Helper()
	req, err := http.NewRequest(method, p.base+path, strings.NewReader(body))
	require.NoError(p.t, err)
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	require.Less(p.t, resp.StatusCode, 300, "%s %s: %s", method, path, b)
	return string(b)
}

func (p *process) get(path string) string {
	p.t.Helper()
	return p.request("GET", path, "application/json", "")
}

func (p *process) post(path string, body any) string {
	p.t.Helper()
	b, err := json.Marshal(body)
	require.NoError(p.t, err)
	return p.request("POST", path, "application/json", string(b))
}

// importAgenda does what the story's first two steps do, without the pages.
func (p *process) importAgenda() {
	p.t.Helper()
	agenda := p.get("/dev/clinic/appointments.csv")
	require.Contains(p.t, p.request("POST", "/dev/events/import?event=appointment.scheduled", "text/csv", agenda), `"imported":4`)
}

// item is one bubble of the phone.
type item struct {
	ID, Direction, Channel, Text, Status string
	StepID                               string `json:"step_id"`
	Content                              struct {
		Template string
		Choices  []struct{ Title string }
	}
}

// sent lists what reached a contact, oldest first.
func (p *process) sent(contact string) []item {
	p.t.Helper()
	var view struct{ Items []item }
	require.NoError(p.t, json.Unmarshal([]byte(p.get("/dev/outbox?contact_id="+url.QueryEscape(contact))), &view))
	var list []item
	for _, i := range view.Items {
		if i.Direction == "outbound" {
			list = append(list, i)
		}
	}
	return list
}

// awaitSent waits for the n-th message to a contact, from 1.
func (p *process) awaitSent(contact string, n int) item {
	p.t.Helper()
	p.eventually(fmt.Sprintf("message %d to %s", n, contact), func() bool { return len(p.sent(contact)) >= n })
	return p.sent(contact)[n-1]
}

func (p *process) says(contact, field, value string) {
	p.t.Helper()
	p.post("/dev/inbound", map[string]string{"contact_id": contact, "channel": "whatsapp", field: value})
}

// eventually waits until cond holds: what it waits for happens in another
// process and has no signal.
func (p *process) eventually(what string, cond func() bool) {
	p.t.Helper()
	require.Eventually(p.t, cond, patience, 50*time.Millisecond, what)
}
