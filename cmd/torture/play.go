package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/scenario"
)

// play plays every run and prints what came of them.
func (o *options) play(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "torture-")
	if err != nil {
		return fmt.Errorf("making a folder for logs: %w", err)
	}
	o.progress = newProgress(os.Stderr)
	rig, err := driver.NewRig(ctx, dir, o.progress.say)
	if err != nil {
		return err
	}
	commit := commitOf(ctx, rig.Root)
	began := time.Now()
	lines := o.all(ctx, rig, commit)
	logs := slices.ContainsFunc(lines, failed) || o.keep // the logs of runs that held are gone
	for _, l := range oracle.Together(lines) {
		o.progress.together(l)
	}
	held := !slices.ContainsFunc(lines, failed)
	err = rig.Close()
	o.progress.end()
	if !logs {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err := o.print(lines); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("playing the scenarios: interrupted; logs are in %s", dir)
	case !held && !logs:
		fmt.Fprintln(os.Stderr, "\nEach run held, but not all together: see above. With --keep their logs stay.")
		return errors.Join(errBreached, err)
	case !held:
		fmt.Fprint(os.Stderr, "\nNot everything held:\n")
		failures(os.Stderr, lines) // again, as a long output is read from its end
		fmt.Fprintf(os.Stderr, "Logs are in %s\n", dir)
		return errors.Join(errBreached, err)
	}
	if !o.json {
		_, _ = fmt.Fprintf(o.out, "\n%d runs held in %s\n", len(lines), time.Since(began).Round(time.Second))
	}
	return err
}

func failed(l oracle.Line) bool { return !l.Pass }

// all plays the runs, some at once; results keep the order of the table.
func (o *options) all(ctx context.Context, rig *driver.Rig, commit string) []oracle.Line {
	runs := o.runs()
	lines := make([]oracle.Line, len(runs))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(o.parallel, len(runs)) {
		workers.Go(func() {
			for i := range next {
				lines[i] = o.beside(runs[i], func() oracle.Line { return o.one(ctx, rig, runs[i], commit) })
			}
		})
	}
	for i := range runs {
		select {
		case next <- i:
		case <-ctx.Done():
			lines[i] = oracle.Line{ID: runs[i].ID, Seed: runs[i].Seed, Database: string(runs[i].Database)}
		}
	}
	close(next)
	workers.Wait()
	return lines
}

// beside plays a run beside others, or, when it measures latencies, alone.
func (o *options) beside(r *scenario.Run, play func() oracle.Line) oracle.Line {
	if r.Alone {
		o.machine.Lock()
		defer o.machine.Unlock()
	} else {
		o.machine.RLock()
		defer o.machine.RUnlock()
	}
	return play()
}

// runs are all runs asked for; the mutant's is the last.
func (o *options) runs() []*scenario.Run {
	var all []*scenario.Run
	for _, s := range o.scenarios {
		all = append(all, s.Runs(o.full, o.seeds, o.databases)...)
	}
	if s, known := scenario.Find("T01"); known && o.mutant {
		mutants := s.Runs(o.full, o.seeds, o.databases)
		for _, r := range mutants[:min(1, len(mutants))] {
			r.Mutant = true
			all = append(all, r)
		}
	}
	return all
}

// one plays one run.
func (o *options) one(ctx context.Context, rig *driver.Rig, r *scenario.Run, commit string) oracle.Line {
	r.Rig, r.Dir = rig, filepath.Join(rig.Dir, r.Name())
	r.Say = o.progress.of(r.Name())
	began := time.Now()
	line, err := r.Play(ctx, r)
	line.ID, line.Seed, line.Commit, line.Database, line.Size = r.ID, r.Seed, commit, string(r.Database), "ci"
	if o.full {
		line.Size = "full"
	}
	if r.Mutant {
		line = mutantLine(line)
	}
	if err != nil {
		line.Pass = false
		line.Breaches = append(line.Breaches, oracle.Breach{Rule: "the scenario can be played", Count: 1, Examples: []string{err.Error()}})
	}
	line.Wall = time.Since(began).Seconds()
	o.progress.done(r.Name(), line, o.again(r))
	if b, err := json.MarshalIndent(line, "", "  "); err == nil {
		_ = os.MkdirAll(r.Dir, 0o700)
		_ = os.WriteFile(filepath.Join(r.Dir, "result.json"), b, 0o600)
	}
	if line.Pass && !o.keep {
		_ = os.RemoveAll(r.Dir)
	}
	return line
}

// mutantLine turns the judgment around: a product built to send again on doubt
// must be caught, else the harness proves nothing.
func mutantLine(line oracle.Line) oracle.Line {
	line = line.AsMutant()
	line.Pass = line.Dup > 0
	line.Breaches = nil
	if !line.Pass {
		line.Breaches = []oracle.Breach{{Rule: "the harness sees duplicates", Count: 1, Examples: []string{
			"a product built with -tags torture_mutant sends again on doubt, and the oracle saw no message accepted twice: the harness cannot see duplicates, so none of the other results counts",
		}}}
	}
	return line
}

// again is the command that repeats a run.
func (o *options) again(r *scenario.Run) string {
	what := "--run " + r.ID
	if r.Mutant {
		what = "--mutant"
	}
	size := ""
	if o.full {
		size = " --size full"
	}
	return fmt.Sprintf("go run ./cmd/torture %s%s --seeds %d --database %s --keep", what, size, r.Seed, r.Database)
}

func (o *options) print(lines []oracle.Line) error {
	if o.json {
		b, err := json.MarshalIndent(lines, "", "  ")
		if err != nil {
			return fmt.Errorf("encoding the results: %w", err)
		}
		_, err = fmt.Fprintln(o.out, string(b))
		return err
	}
	return errors.Join(oracle.Table(o.out, lines), oracle.Total(o.out, lines))
}

// commitOf names what was tested; a plus means that files were changed since.
func commitOf(ctx context.Context, root string) string {
	out, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--always", "--dirty=+").Output()
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(out))
}
