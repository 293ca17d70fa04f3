package main

import (
	"strings"
	"testing"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/scenario"
)

func TestWhatIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		args string
		runs string // the runs' names, or the complaint
	}{
		{"--run t02", "T02-sqlite-seed1"},
		{"--run T01 --seeds 3,4 --database both", "T01-postgres-seed3 T01-postgres-seed4 T01-sqlite-seed3 T01-sqlite-seed4"},
		{"--run T02 --database postgres", "nothing to play: no scenario asked for knows the database \"postgres\"; `torture list` shows which do"},
		{"--run T02,T02 --size full", "T02-sqlite-seed1 T02-sqlite-seed2 T02-sqlite-seed3"},
		{"--mutant --database sqlite --seeds 9", "T01-sqlite-seed9-mutant"},
		{"", "say what to play: --all, --run T01,T02, or --mutant; `torture list` shows what there is"},
		{"--run T99", "--run: there is no scenario \"T99\"; `torture list` shows them"},
		{"--all --size huge", "--size is \"huge\" and must be ci or full"},
		{"--all --database mysql", "--database is \"mysql\" and must be sqlite, postgres or both"},
		{"--all --seeds one", "--seeds: \"one\" is not a number"},
		{"--all --format xml", "--format is \"xml\" and must be text or json"},
		{"--all --parallel -1", "--parallel is -1 and must be between 1 and 64"},
		{"everything", "\"everything\" is no command; there are `torture list`, `torture provsim`, and runs with --all or --run"},
	} {
		o, err := parse(strings.Fields(c.args))
		var got string
		if err != nil {
			got = err.Error()
		} else {
			var names []string
			for _, r := range o.runs() {
				names = append(names, r.Name())
			}
			got = strings.Join(names, " ")
		}
		if got != c.runs {
			t.Errorf("torture %s\n gives %s\n want  %s", c.args, got, c.runs)
		}
	}
}

// With --all the mutant is among the runs, and every scenario.
func TestAllMeansTheMutantToo(t *testing.T) {
	o, err := parse([]string{"--all"})
	if err != nil {
		t.Fatal(err)
	}
	runs := o.runs()
	if last := runs[len(runs)-1]; !last.Mutant || len(runs) != len(scenario.Table)+1 {
		t.Errorf("%d runs for %d scenarios, the last is %s", len(runs), len(scenario.Table), last.Name())
	}
}

// A mutant that is not caught fails the run.
func TestAMutantMustBeCaught(t *testing.T) {
	if l := mutantLine(oracle.Line{Dup: 3, Breaches: []oracle.Breach{{Rule: "nothing is sent twice"}}}); !l.Pass || l.Breaches != nil {
		t.Errorf("a mutant that was caught gives %+v", l)
	}
	l := mutantLine(oracle.Line{Pass: true})
	if l.Pass || len(l.Breaches) != 1 || !strings.Contains(l.Breaches[0].Examples[0], "the harness cannot see duplicates") {
		t.Errorf("a mutant that nobody saw gives %+v", l)
	}
}

func TestHowToRepeatARun(t *testing.T) {
	o := &options{full: true}
	r := &scenario.Run{Scenario: scenario.Scenario{ID: "T03"}, Seed: 7, Database: driver.Postgres}
	if got, want := o.again(r), "go run ./cmd/torture --run T03 --size full --seeds 7 --database postgres --keep"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
