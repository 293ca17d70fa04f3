package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/scenario"
)

// options are what was asked for.
type options struct {
	scenarios []scenario.Scenario
	full      bool
	seeds     []uint64 // none: each scenario's own
	databases []driver.Database
	mutant    bool // also prove that the harness sees duplicates
	json      bool
	keep      bool
	parallel  int // runs at once
	out       io.Writer
	progress  *progress
	machine   sync.RWMutex // held by a run that wants the machine alone
}

func parse(args []string) (*options, error) {
	flags := flag.NewFlagSet("torture", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	all := flags.Bool("all", false, "play every scenario, and the mutant")
	names := flags.String("run", "", "play these, such as `T01,T02`")
	size := flags.String("size", "ci", "`ci` (seconds each) or full (as large as the reliability plan says)")
	seeds := flags.String("seeds", "", "play with these seeds, such as `1,2` (default: each scenario's own)")
	database := flags.String("database", "", "`sqlite`, postgres or both (default: each scenario's own)")
	format := flags.String("format", "text", "`text` or json")
	keep := flags.Bool("keep", false, "keep logs and data of runs that held, too")
	parallel := flags.Int("parallel", 0, "how `many` runs at once (default 3 at ci size, which mostly waits, and 1 at full size)")
	mutant := flags.Bool("mutant", false, "play T01 with a product built to send again on doubt, which must be caught; alone unless --all or --run says more")
	flags.Usage = func() {
		fmt.Fprint(os.Stderr, "torture --all | --run T01,T02 | --mutant  [--size ci|full] [--seeds 1,2] [--database sqlite|postgres|both] [--format text|json] [--keep]\ntorture list\ntorture provsim\n\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return nil, usageError{"see --help"}
	}
	if flags.NArg() > 0 {
		return nil, usageError{fmt.Sprintf("%q is no command; there are `torture list`, `torture provsim`, and runs with --all or --run", flags.Arg(0))}
	}
	o := &options{keep: *keep, mutant: *mutant || *all, parallel: *parallel, out: os.Stdout}
	switch *size {
	case "ci":
	case "full":
		o.full = true
	default:
		return nil, usageError{fmt.Sprintf("--size is %q and must be ci or full", *size)}
	}
	switch {
	case o.parallel < 0 || o.parallel > 64:
		return nil, usageError{fmt.Sprintf("--parallel is %d and must be between 1 and 64", o.parallel)}
	case o.parallel == 0 && o.full:
		o.parallel = 1
	case o.parallel == 0:
		o.parallel = 3
	}
	switch *format {
	case "text":
	case "json":
		o.json = true
	default:
		return nil, usageError{fmt.Sprintf("--format is %q and must be text or json", *format)}
	}
	switch *database {
	case "":
	case "both":
		o.databases = []driver.Database{driver.Postgres, driver.SQLite}
	case string(driver.SQLite), string(driver.Postgres):
		o.databases = []driver.Database{driver.Database(*database)}
	default:
		return nil, usageError{fmt.Sprintf("--database is %q and must be sqlite, postgres or both", *database)}
	}
	for text := range strings.SplitSeq(*seeds, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, usageError{fmt.Sprintf("--seeds: %q is not a number", text)}
		}
		o.seeds = append(o.seeds, n)
	}
	if *all {
		o.scenarios = scenario.Table
	}
	for name := range strings.SplitSeq(*names, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		s, known := scenario.Find(name)
		if !known {
			return nil, usageError{fmt.Sprintf("--run: there is no scenario %q; `torture list` shows them", name)}
		}
		if !slices.ContainsFunc(o.scenarios, func(have scenario.Scenario) bool { return have.ID == s.ID }) {
			o.scenarios = append(o.scenarios, s)
		}
	}
	if len(o.scenarios) == 0 && !o.mutant {
		return nil, usageError{"say what to play: --all, --run T01,T02, or --mutant; `torture list` shows what there is"}
	}
	if len(o.runs()) == 0 {
		return nil, usageError{fmt.Sprintf("nothing to play: no scenario asked for knows the database %q; `torture list` shows which do", *database)}
	}
	return o, nil
}

// list prints what there is.
func list(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "id\tdatabases\tci\tfull\twhat happens")
	for _, s := range scenario.Table {
		var databases []string
		for _, d := range s.Databases {
			databases = append(databases, string(d))
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%d × %d\t%s\n", s.ID, strings.Join(databases, ", "), s.CI.N, s.Full.N, max(1, len(s.Full.Seeds)), s.Title)
	}
	_ = t.Flush()
}
