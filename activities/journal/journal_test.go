package journal

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if runtime.GOOS != "linux" {
		os.Exit(0) // no boot ids, so no journals: see Open
	}
	if dir := os.Getenv("JOURNAL_TEST_DIR"); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child claims two messages, is about to call for one, says so, and waits to be
// killed.
func child(dir string) {
	j, err := Open(dir)
	if err != nil {
		panic(err)
	}
	a, b := j.Token("a"), j.Token("b")
	if err := j.Calling(a, "msg_called"); err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString(a + " " + b + "\n")
	select {}
}

// A process is killed between two claims and their calls. While it lives, also
// frozen, nobody knows; when it is dead, what it never called is known.
func TestAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	process := exec.Command(os.Args[0]) // this test, again
	process.Env = append(os.Environ(), "JOURNAL_TEST_DIR="+dir)
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	var line [200]byte
	n, err := out.Read(line[:])
	require.NoError(t, err)
	called, other, _ := strings.Cut(strings.TrimSpace(string(line[:n])), " ")

	j, err := Open(dir)
	require.NoError(t, err)
	require.False(t, j.NeverCalled(other, "msg_other"), "it lives and may call yet")
	require.NoError(t, process.Process.Kill())
	_ = process.Wait()
	require.True(t, j.NeverCalled(other, "msg_other"))
	require.False(t, j.NeverCalled(called, "msg_called"))
	require.False(t, j.NeverCalled("plain", "msg_other"), "claimed by a process without a journal")
	require.False(t, j.NeverCalled("nobody.x", "msg_other"), "its file is gone")
	require.False(t, j.NeverCalled("../"+other, "msg_other"))
	require.False(t, j.NeverCalled(j.Token("mine"), "msg_mine"), "ours, and we live")
}

// After a reboot, what the kernel had not written is lost: nothing is proved.
func TestAnotherBootProvesNothing(t *testing.T) {
	dir := t.TempDir()
	past, err := Open(dir)
	require.NoError(t, err)
	token := past.Token("a")
	require.NoError(t, past.Close())
	j, err := Open(dir)
	require.NoError(t, err)
	require.True(t, j.NeverCalled(token, "msg_1"))
	j.boot = "another"
	require.False(t, j.NeverCalled(token, "msg_1"))
}

func TestWhatIsHalfWrittenCounts(t *testing.T) {
	dir := t.TempDir()
	past, err := Open(dir)
	require.NoError(t, err)
	token := past.Token("a")
	_, err = past.file.WriteString("msg_12")
	require.NoError(t, err)
	require.NoError(t, past.Close())
	j, err := Open(dir)
	require.NoError(t, err)
	require.False(t, j.NeverCalled(token, "msg_123"))
	require.True(t, j.NeverCalled(token, "msg_2"))
}

// A call that cannot be noted is not made, and the claims after it promise nothing.
func TestAJournalThatCannotBeWritten(t *testing.T) {
	j, err := Open(t.TempDir())
	require.NoError(t, err)
	token := j.Token("a")
	require.NoError(t, j.file.Close())
	require.ErrorContains(t, j.Calling(token, "msg_1"), "noting the call for message msg_1")
	require.Equal(t, "b", j.Token("b"))
	require.NoError(t, j.Calling("b", "msg_2"))

	var none *Journal
	require.Equal(t, "c", none.Token("c"))
	require.NoError(t, none.Calling("c", "msg_3"))
	require.NoError(t, none.Calling("x.c", "msg_3"))
	require.False(t, none.NeverCalled("x.c", "msg_3"))
	_, err = Open(filepath.Join(os.DevNull, "calls"))
	require.ErrorContains(t, err, "noting calls")
}

// A long life fills several files; a claim's call is noted where its token says.
func TestFilesAreRotatedAndTidiedUp(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir)
	require.NoError(t, err)
	first := j.Token("a")
	j.lines = rotateAt
	second := j.Token("b")
	file, _, _ := strings.Cut(first, ".")
	require.NotContains(t, second, file)
	require.NoError(t, j.Calling(first, "msg_1"))
	require.NoError(t, j.Calling(second, "msg_2"))
	stranger, err := Open(dir)
	require.NoError(t, err)
	require.False(t, stranger.NeverCalled(first, "msg_0"), "rotated, but alive")
	require.NoError(t, j.Close())
	require.True(t, stranger.NeverCalled(first, "msg_0"))
	require.False(t, stranger.NeverCalled(first, "msg_1"))
	require.False(t, stranger.NeverCalled(second, "msg_2"))

	long := time.Now().Add(-keepFor - time.Hour)
	files, err := filepath.Glob(filepath.Join(dir, "*"+extension))
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, f := range files {
		require.NoError(t, os.Chtimes(f, long, long))
	}
	_, err = Open(dir)
	require.NoError(t, err)
	files, err = filepath.Glob(filepath.Join(dir, "*"+extension))
	require.NoError(t, err)
	require.Len(t, files, 2, "its own, and the living stranger's")
}
