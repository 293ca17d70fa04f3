package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/diff"
)

func newDiff(t *terminal) *cobra.Command {
	var at remoteFlags
	var format string
	var moves moveFlags
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what an edit changes, and what it means for the people inside",
		Long: `Compares two files or folders of journeys in words: steps added, removed, renamed
and moved, times, texts, templates and everything else that runs. Comments, layout,
labels and the order of keys are no difference. Every change says what it means for
the people inside: safe now, safe at next wait, timers recomputed, unsafe, refused.

With --server, NEW is compared with what is live there (OLD may be left out), and for
every step where people stand it says how many they are and whether they could go on
in NEW. Nothing is changed.

Exit code: 0 nothing is unsafe; 1 something is unsafe or refused, with --server for
somebody who is inside now; 2 usage.`,
		Example: "  jornada diff main/journeys journeys\n  jornada diff journeys --server https://jornada.example",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			remote := c.Flags().Changed("server") || len(args) == 1 && os.Getenv("JORNADA_SERVER") != ""
			if len(args) == 1 && !remote {
				return usage("NEW is missing; for example: jornada diff main/journeys journeys, or name a --server to compare with what is live there")
			}
			now, err := readSide(t, args[len(args)-1])
			if err != nil {
				return err
			}
			var old *side
			if len(args) == 2 {
				if old, err = readSide(t, args[0]); err != nil {
					return err
				}
				if old.only && now.only && old.ids()[0] != now.ids()[0] {
					return usage("%s defines journey %q and %s journey %q: compare two versions of one journey", args[0], old.ids()[0], args[1], now.ids()[0])
				}
			}
			var list []journeyDiff
			switch {
			case remote:
				server, err := at.open(t.language, c.Flags().Changed)
				if err != nil {
					return err
				}
				list, err = diffWithServer(c.Context(), server, old, now, &moves, t.language)
				if err != nil {
					return err
				}
			case len(moves.wish) > 0:
				return usage("--move: says what becomes of the people on a server; name it with --server")
			default:
				list = diffSides(old, now, t.language)
			}
			if err := printDiff(t, format, list); err != nil {
				return err
			}
			if slices.ContainsFunc(list, journeyDiff.unsafe) {
				return &failure{code: exitFailed}
			}
			return nil
		},
	}
	at.register(c.Flags())
	moves.register(c.Flags())
	formatVar(c.Flags(), &format, "how the differences are printed", "text", "json")
	return c
}

// side is what one argument holds.
type side struct {
	plans map[string]*dsl.Plan
	cards map[string]dsl.Card
	files map[string]string // of its folder
	only  bool              // the argument is one file
}

func (s *side) ids() []string {
	ids := make([]string, 0, len(s.plans))
	for id := range s.plans {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// readSide compiles the journeys of a file or folder. One with errors cannot be
// compared.
func readSide(t *terminal, path string) (*side, error) {
	at, err := findTarget(path)
	if err != nil {
		return nil, err
	}
	files, err := readFolder(os.DirFS(at.root))
	if err != nil {
		return nil, err
	}
	folder, list := dsl.Load(files)
	s := &side{plans: map[string]*dsl.Plan{}, cards: map[string]dsl.Card{}, files: map[string]string{}, only: at.only != ""}
	for _, f := range files {
		s.files[f.Path] = string(f.Content)
	}
	for _, j := range folder.Journeys {
		if plan := folder.Plans[j.ID.String()]; plan != nil && (at.only == "" || at.only == j.Path) {
			s.plans[plan.Journey], s.cards[plan.Journey] = plan, j.Card()
		}
	}
	broken := &checked{sources: map[string][]byte{}, files: len(files)}
	for _, d := range list {
		if d.Severity == diag.Error && (at.only == "" || d.Span.File == at.only) {
			d.Span.File = filepath.Join(at.root, d.Span.File)
			broken.list = append(broken.list, d)
		}
	}
	if len(broken.list) > 0 {
		for _, f := range files {
			broken.sources[filepath.Join(at.root, f.Path)] = f.Content
		}
		if err := broken.print(t, "text"); err != nil {
			return nil, err
		}
		return nil, &failure{exitFailed, fmt.Errorf("%s cannot be compared: mend the errors above first", path)}
	}
	if len(s.plans) == 0 {
		return nil, usage("%s holds no journey (*.journey.yaml)", path)
	}
	return s, nil
}

// journeyDiff is what differs in one journey.
type journeyDiff struct {
	Journey string      `json:"journey"`
	Status  string      `json:"status"` // changed | unchanged | added | removed
	Class   diff.Class  `json:"class"`
	Changes []diff.View `json:"changes"`
	People  *standings  `json:"people,omitempty"`
}

// unsafe reports whether somebody cannot go on, or might not: somebody who is
// inside now when the server told who is, else whoever might be.
func (d journeyDiff) unsafe() bool {
	if d.People != nil {
		return d.People.Staying > 0 || d.People.Deciding > 0 && d.Class == diff.Unsafe
	}
	return !d.Class.Proved()
}

// standings is where people stand on the server, and what would become of them.
type standings struct {
	Inside   int `json:"inside"`
	Moving   int `json:"moving"`
	Deciding int `json:"deciding"`
	Staying  int `json:"staying"`
	Exiting  int `json:"exiting"`
	At       []struct {
		Version int    `json:"version"`
		Hash    string `json:"hash"`
		StepID  string `json:"step_id"`
		People  int    `json:"people"`
		Verdict string `json:"verdict"`
		ToStep  string `json:"to_step"`
		Reason  string `json:"reason"`
	} `json:"at"`
}

// diffSides compares two folders on this machine.
func diffSides(old, now *side, lang diag.Language) []journeyDiff {
	ids := append(old.ids(), now.ids()...)
	slices.Sort(ids)
	list := []journeyDiff{}
	for _, id := range slices.Compact(ids) {
		one := journeyDiff{Journey: id, Status: "unchanged", Class: diff.Safe, Changes: []diff.View{}}
		switch before, after := old.plans[id], now.plans[id]; {
		case before == nil:
			one.Status = "added"
		case after == nil && now.only, before != nil && old.only && after == nil:
			continue // only one journey was asked about
		case after == nil:
			one.Status = "removed"
		default:
			changes := compare(old, now, id)
			one.Changes, one.Class = changes.In(lang), changes.Worst()
			if len(changes) > 0 {
				one.Status = "changed"
			}
		}
		if one.Status == "added" && old.only {
			continue
		}
		list = append(list, one)
	}
	return list
}

// compare lists what differs in a journey that both sides have.
func compare(old, now *side, id string) diff.List {
	return append(diff.Cards(old.cards[id], now.cards[id]), diff.Compare(old.plans[id], now.plans[id])...)
}

// diffWithServer asks the server about every journey of a folder. With an old
// folder the changes are those from it; the people are always those on the server.
func diffWithServer(ctx context.Context, server *remote, old, now *side, moves *moveFlags, lang diag.Language) ([]journeyDiff, error) {
	if err := moves.check(now.ids(), func(journey, step string) bool { return now.plans[journey].Nodes[step] != nil }); err != nil {
		return nil, err
	}
	list := []journeyDiff{}
	for _, id := range now.ids() {
		var answer struct {
			From    *struct{}   `json:"from"`
			Class   diff.Class  `json:"class"`
			Changes []diff.View `json:"changes"`
			People  *standings  `json:"people"`
		}
		mine := moves.of(id, len(now.plans) == 1)
		body := map[string]any{"files": now.files}
		if len(mine) > 0 {
			body["move"] = mine
		}
		if err := server.post(ctx, "/api/v1/journeys/"+id+"/diff", body, &answer); err != nil {
			return nil, err
		}
		one := journeyDiff{Journey: id, Status: "unchanged", Class: answer.Class, Changes: answer.Changes, People: answer.People}
		if old != nil && old.plans[id] != nil {
			changes := compare(old, now, id)
			one.Changes, one.Class = changes.In(lang), changes.Worst()
		} else if answer.From == nil {
			one.Status = "added"
		}
		if len(one.Changes) > 0 {
			one.Status = "changed"
		}
		list = append(list, one)
	}
	return list, nil
}

func printDiff(t *terminal, format string, list []journeyDiff) error {
	if format == "json" {
		return json.NewEncoder(t.out).Encode(map[string]any{"journeys": list})
	}
	for _, d := range list {
		if err := d.print(t.out, t.language); err != nil {
			return err
		}
	}
	return nil
}

func (d journeyDiff) print(w io.Writer, lang diag.Language) error {
	var b strings.Builder
	head := map[string]diag.Text{
		"unchanged": {En: "no difference", Pt: "sem diferença"},
		"added":     {En: "a new journey", Pt: "jornada nova"},
		"removed":   {En: "not in the new folder; what is live stays live", Pt: "não está na pasta nova; o que está no ar continua no ar"},
		"changed":   diag.T("%d changes", "%d mudanças", len(d.Changes)),
	}[d.Status]
	if len(d.Changes) == 1 {
		head = diag.Text{En: "1 change", Pt: "1 mudança"}
	}
	fmt.Fprintf(&b, "%s: %s\n", d.Journey, head.In(lang))
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "  %-*s  %s\n", widthOf(lang), c.Class.Words().In(lang), c.Text)
		if c.Reason != "" {
			fmt.Fprintf(&b, "  %*s  = %s\n", widthOf(lang), "", c.Reason)
		}
	}
	d.People.print(&b, lang)
	_, err := io.WriteString(w, b.String())
	return err
}

// widthOf is the widest class in a language.
func widthOf(lang diag.Language) int {
	width := 0
	for _, c := range []diff.Class{diff.Safe, diff.AtNextWait, diff.Timers, diff.Unsafe, diff.Refused} {
		width = max(width, len([]rune(c.Words().In(lang))))
	}
	return width
}

func (p *standings) print(b *strings.Builder, lang diag.Language) {
	if p == nil || p.Inside == 0 {
		return
	}
	b.WriteString("  " + peopleWords(p.Inside, diag.Text{En: "inside now", Pt: "dentro agora"}).In(lang) + "\n")
	for _, at := range p.At {
		where := diag.T("at `%s` (version %d)", "em `%s` (versão %d)", at.StepID, at.Version)
		if at.StepID == "" {
			where = diag.T("before the first step (version %d)", "antes do primeiro passo (versão %d)", at.Version)
		}
		what := map[string]diag.Text{
			"there":    {En: "are in this version already", Pt: "já estão nesta versão"},
			"moves":    {En: "can move at their next wait", Pt: "podem passar na próxima espera"},
			"may_move": {En: "may be able to move", Pt: "talvez possam passar"},
			"stays":    {En: "finish on the version they began", Pt: "terminam na versão em que começaram"},
			"exits":    {En: "end as moved_out", Pt: "terminam como moved_out"},
		}[at.Verdict]
		if at.Verdict == "moves" && at.ToStep != at.StepID && at.StepID != "" {
			what = diag.T("can move, to `%s`", "podem passar, para `%s`", at.ToStep)
		}
		fmt.Fprintf(b, "    %s: %s", peopleWords(at.People, where).In(lang), what.In(lang))
		if at.Reason != "" {
			fmt.Fprintf(b, ": %s", at.Reason)
		}
		b.WriteString("\n")
	}
}

func peopleWords(n int, where diag.Text) diag.Text {
	if n == 1 {
		return diag.Text{En: "1 person " + where.En, Pt: "1 pessoa " + where.Pt}
	}
	return diag.Text{En: fmt.Sprintf("%d people %s", n, where.En), Pt: fmt.Sprintf("%d pessoas %s", n, where.Pt)}
}
