// Package journal notes which provider calls a process is about to make, so that
// after a crash it is known which ones it never made.
//
// A message is claimed in the database, and then its provider is called. A process
// that is killed in the few milliseconds between the two leaves a message of which
// nobody can say whether it went out, and a doubt is never sent again. So each
// process keeps a file of its own. The name of the file is part of the token of
// every claim it makes, and the last thing it does before a call is to write the
// message's id into it. Who finds the claim of a dead process looks into its file:
// what is not there was never called, and may be sent.
//
// What makes the absence of a line a proof:
//   - a line that was written survives the process, also without fsync: the
//     kernel has it. It would not survive the machine, so a file counts only
//     until the next boot, whose id stands in its first line;
//   - the process is dead: it holds a lock on its file for as long as it lives
//     (also when it is frozen), and the kernel takes the lock away with it.
//
// A file that is not there proves nothing: then the doubt stays a doubt. That is
// how it is on another machine, after a reboot, and on systems without boot ids.
// The lines are ids of messages; nothing in them is personal.
package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	header    = "jornada calls 1 " // and the boot's id
	extension = ".calls"
	// rotateAt is how many lines a file may have: it is read whole when somebody
	// asks.
	rotateAt = 50_000
	// keepFor is how long a file is kept that nobody writes any more. A claim of a
	// dead process is looked at within minutes of somebody's starting.
	keepFor = 48 * time.Hour
)

// Journal is one process's. Its methods are safe for concurrent use; those of a
// nil *Journal note and prove nothing.
type Journal struct {
	dir, boot string

	mu    sync.Mutex
	file  *os.File // nil: it could not be written
	id    string
	lines int
	old   []*os.File // still locked, so that nobody takes this process for dead
}

// Open begins a journal in a folder, which it makes, and removes files there that
// are too old to prove anything. The error says why there can be none; Jornada
// works without, as it says in the package's description.
func Open(dir string) (*Journal, error) {
	boot, err := bootID()
	if err != nil {
		return nil, fmt.Errorf("noting calls: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("noting calls: %w", err)
	}
	j := &Journal{dir: dir, boot: boot}
	if err := j.rotate(); err != nil {
		return nil, err
	}
	return j, j.tidy()
}

// rotate begins a new file. The one before stays locked.
func (j *Journal) rotate() error {
	file, err := os.CreateTemp(j.dir, "*"+extension)
	if err != nil {
		return fmt.Errorf("noting calls: %w", err)
	}
	if err = lock(file); err == nil {
		_, err = file.WriteString(header + j.boot + "\n")
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(file.Name())
		return fmt.Errorf("noting calls in %s: %w", file.Name(), err)
	}
	if j.file != nil {
		j.old = append(j.old, j.file)
	}
	// What was claimed under the files before the last was called long ago, or
	// never will be.
	for len(j.old) > 1 {
		_ = j.old[0].Close()
		j.old = j.old[1:]
	}
	j.file, j.lines = file, 0
	j.id = strings.TrimSuffix(filepath.Base(file.Name()), extension)
	return nil
}

// Token makes the token of a claim tell whose it is.
func (j *Journal) Token(unique string) string {
	if j == nil {
		return unique
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lines >= rotateAt {
		if j.rotate() != nil || j.tidy() != nil {
			return unique
		}
	}
	if j.file == nil {
		return unique
	}
	return j.id + "." + unique
}

// Calling notes that the provider is called for a message, which was claimed with
// a token. With an error it must not be called: the next process would believe
// that it never was.
func (j *Journal) Calling(token, message string) error {
	id, _, noted := strings.Cut(token, ".")
	if j == nil || !noted {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	file := j.file
	if id != j.id {
		file = nil
		if i := slices.IndexFunc(j.old, func(f *os.File) bool { return filepath.Base(f.Name()) == id+extension }); i >= 0 {
			file = j.old[i]
		}
	}
	if file == nil {
		return fmt.Errorf("noting the call for message %s: the file of %s is closed", message, id)
	}
	j.lines++
	if _, err := file.WriteString(message + "\n"); err != nil {
		// What is half written may be completed by nobody. Claims go on without.
		if file == j.file {
			j.old, j.file = append(j.old, file), nil
		}
		return fmt.Errorf("noting the call for message %s: %w", message, err)
	}
	return nil
}

// NeverCalled reports that the provider was surely never called for a message
// that was claimed with a token: by a process of this machine, since its last
// boot, that is dead. False means that nobody knows.
func (j *Journal) NeverCalled(token, message string) bool {
	id, _, noted := strings.Cut(token, ".")
	if j == nil || !noted || strings.ContainsAny(id, `/\`) {
		return false
	}
	file, err := os.Open(filepath.Join(j.dir, id+extension))
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	if lockedByOther(file) {
		return false
	}
	lines := bufio.NewScanner(file)
	if !lines.Scan() || lines.Text() != header+j.boot {
		return false
	}
	for lines.Scan() {
		// The last line may be a part of one, of a process that died over it.
		if line := lines.Text(); line == message || line != "" && strings.HasPrefix(message, line) {
			return false
		}
	}
	return lines.Err() == nil
}

// tidy removes what dead processes left long ago.
func (j *Journal) tidy() error {
	list, err := os.ReadDir(j.dir)
	if err != nil {
		return fmt.Errorf("tidying up the notes on calls: %w", err)
	}
	for _, entry := range list {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || filepath.Ext(entry.Name()) != extension {
			continue
		}
		if err != nil {
			return fmt.Errorf("tidying up the notes on calls: %w", err)
		}
		path := filepath.Join(j.dir, entry.Name())
		if time.Since(info.ModTime()) < keepFor || alive(path) {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("tidying up the notes on calls: %w", err)
		}
	}
	return nil
}

func alive(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	return lockedByOther(file)
}

// Close ends the journal, as the process's end would.
func (j *Journal) Close() error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var problems []error
	for _, f := range append(j.old, j.file) {
		if f != nil {
			problems = append(problems, f.Close())
		}
	}
	j.old, j.file = nil, nil
	return errors.Join(problems...)
}
