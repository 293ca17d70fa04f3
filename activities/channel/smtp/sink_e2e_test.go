//go:build e2e

package smtp_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
)

// TestAgainstSMTPSink: the same words from somebody else's server, postfix's
// smtp-sink (Debian package postfix; JORNADA_SMTP_SINK names another one). Each time, a later look at what it kept finds no second copy.
func TestAgainstSMTPSink(t *testing.T) {
	program := smtpSink(t)
	for name, c := range map[string]struct {
		options []string
		class   channel.Class
		doubt   channel.Doubt
		code    string
		copies  int
	}{
		"taken after a second":     {[]string{"-W", ".:1"}, "", channel.Certain, "", 1},
		"refused after the dot":    {[]string{"-f", "."}, channel.FixRequest, channel.Certain, "500 5.3.0", -1},
		"later, after the dot":     {[]string{"-r", "."}, channel.Throttle, channel.Certain, "450 4.3.0", -1},
		"goodbye after the dot":    {[]string{"-Q", "."}, channel.Throttle, channel.Certain, "421", -1},
		"silence after the dot":    {[]string{"-q", "."}, channel.RetryLater, channel.Unclear, "", -1},
		"no recipients":            {[]string{"-f", "RCPT"}, channel.SwitchChannel, channel.Certain, "500 5.3.0", 0},
		"no content":               {[]string{"-q", "DATA"}, channel.RetryLater, channel.Certain, "", 0},
		"no enhanced status codes": {[]string{"-E", "-f", "."}, channel.FixRequest, channel.Certain, "500", -1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			address := sink(t, program, dir, c.options)
			began := time.Now()
			receipt, err := open(t, address, nil, nil).Send(context.Background(), letter())
			var failure *channel.SendError
			if errors.As(err, &failure) != (c.class != "") {
				t.Fatalf("got %+v, %v", receipt, err)
			}
			if failure != nil && (failure.Class != c.class || failure.Doubt != c.doubt || !strings.HasPrefix(failure.Code, c.code)) {
				t.Errorf("got %+v", failure)
			}
			if c.options[0] == "-W" && time.Since(began) < time.Second {
				t.Error("it did not wait for the answer")
			}
			copies := 0
			for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				if copies = kept(t, dir); copies >= max(c.copies, 0) || time.Now().After(deadline) {
					break
				}
			}
			if copies > 1 || (c.copies >= 0 && copies != c.copies) {
				t.Errorf("a later look finds %d copies", copies)
			}
		})
	}
}

// smtpSink is where the program is. Debian keeps it where only root's PATH looks.
func smtpSink(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("JORNADA_SMTP_SINK"), "smtp-sink", "/usr/sbin/smtp-sink"} {
		if name == "" {
			continue
		}
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	t.Fatal("smtp-sink is missing; install postfix, which brings it (Debian: DEBIAN_FRONTEND=noninteractive apt-get install postfix, without a configuration), or name the program in JORNADA_SMTP_SINK")
	return ""
}

// sink starts one and waits until it listens.
func sink(t *testing.T, program, dir string, options []string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	args := append([]string{"-4", "-u", "nobody", "-d", filepath.Join(dir, "m.")}, options...)
	if os.Getuid() != 0 {
		args = append(args[:1], args[3:]...)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} { // for whom it turns into
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, append(args, address, "10")...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return address
		}
	}
	t.Fatal("smtp-sink does not listen")
	return ""
}

// kept counts the copies of our letter that the sink wrote down.
func kept(t *testing.T, dir string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "m.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(raw), "Message-ID: <msg_0191e180-aaaa@example.com>")
	}
	return n
}
