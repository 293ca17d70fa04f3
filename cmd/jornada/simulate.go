package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/price"
	"jornada/engine/simulator"
)

func newSimulate(t *terminal) *cobra.Command {
	var format string
	var seed uint64
	var runs int
	c := &cobra.Command{
		Use:   "simulate FILE",
		Short: "Play a journey without a test, once or a thousand times",
		Long: `Plays a journey on a virtual clock with a made-up contact and a world of chance:
people answer or do not, networks fail, events come. One run prints its timeline;
many runs print how they ended, how long they took, how many messages they sent and
what those cost, where they ran into a dead end, and which outcomes none reached. The same seed gives the same runs.

Exit code: 0 played, 1 the journey has errors, 2 usage.`,
		Example: "  jornada simulate examples/clinic/confirm_appointment.journey.yaml\n  jornada simulate journeys/nps.journey.yaml --seed 1 --runs 1000",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if runs < 1 {
				return usage("--runs: %d is not a number of runs from 1", runs)
			}
			plan, folder, err := journeyAt(t, args[0])
			if err != nil {
				return err
			}
			hurryThrough()
			config := simulator.Config{Open: inMemoryStore, Folder: folder}
			if runs == 1 && format == "text" {
				bench, err := simulator.NewBench(c.Context(), config)
				if err != nil {
					return err
				}
				defer func() { _ = bench.Close() }()
				transcript, err := bench.Walk(c.Context(), plan.Journey, seed, 1)
				if err != nil {
					return err
				}
				return transcript.Render(t.out, nil, t.language)
			}
			chance := simulator.Chance{Seed: seed, Runs: runs, At: time.Now(), Done: walked(t, runs)}
			summary, err := simulator.Walks(c.Context(), config, plan.Journey, chance)
			if err != nil {
				return err
			}
			if format == "json" {
				e := json.NewEncoder(t.out)
				e.SetIndent("", "  ")
				return e.Encode(summary)
			}
			return printSummary(t.out, summary, t.language)
		},
	}
	formatVar(c.Flags(), &format, "how the result is printed", "text", "json")
	c.Flags().Uint64Var(&seed, "seed", 1, "chooses what happens: a `number`")
	c.Flags().IntVar(&runs, "runs", 1, "how often to play")
	return c
}

// journeyAt reads and checks the workspace of one journey file.
func journeyAt(t *terminal, p string) (*dsl.Plan, *dsl.Folder, error) {
	at, err := findTarget(p)
	if err != nil {
		return nil, nil, err
	}
	files, err := readFolder(os.DirFS(at.root))
	if err != nil {
		return nil, nil, err
	}
	folder, _ := dsl.Load(files)
	for _, j := range folder.Journeys {
		if at.only == "" || j.Path != at.only {
			continue
		}
		if plan := folder.Plans[j.ID.String()]; plan != nil {
			return plan, folder, nil
		}
		broken, err := check([]string{p})
		if err != nil {
			return nil, nil, err
		}
		if err := broken.print(t, "text"); err != nil {
			return nil, nil, err
		}
		return nil, nil, &failure{exitFailed, fmt.Errorf("nothing was played: mend the errors above first")}
	}
	return nil, nil, usage("%s is not a journey (*.journey.yaml)", p)
}

// hurryThrough lets memory grow before it is collected: a command that plays
// scenarios is over in seconds, and makes much that is soon forgotten.
func hurryThrough() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// walked shows how far many walks are, on a terminal.
func walked(t *terminal, runs int) func(int) {
	if !isTerminal(t.err) {
		return nil
	}
	return func(run int) {
		if run == runs {
			_, _ = fmt.Fprint(t.err, "\r\x1b[K")
		} else if run%20 == 0 {
			done := run * 30 / runs
			_, _ = fmt.Fprintf(t.err, "\r[%s%s] %d/%d", strings.Repeat("█", done), strings.Repeat("░", 30-done), run, runs)
		}
	}
}

func printSummary(w io.Writer, s *simulator.Summary, language diag.Language) error {
	var b strings.Builder
	say := func(en, pt string) string { return diag.Text{En: en, Pt: pt}.In(language) }
	fmt.Fprintf(&b, "%s: %d %s, seed %d\n", s.Journey, s.Runs, say("runs", "execuções"), s.Seed)
	list := func(title string, shares []simulator.Share, of int) {
		if len(shares) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, x := range shares {
			fmt.Fprintf(&b, "  %-40s %6d  %5.1f %%\n", x.Name, x.Count, 100*float64(x.Count)/float64(max(of, 1)))
		}
	}
	inside := s.Runs - s.NotLetIn
	list(say("how they ended", "como terminaram"), s.Endings, inside)
	if s.NotLetIn > 0 {
		fmt.Fprintf(&b, "  %-40s %6d\n", say("(not let in by the audience)", "(fora do público)"), s.NotLetIn)
	}
	if len(s.Failures) > 0 {
		fmt.Fprintf(&b, "\n%s\n", say("dead ends", "becos sem saída"))
	}
	for _, d := range s.Failures {
		fmt.Fprintf(&b, "  %-40s %6d  %5.1f %%\n    %s\n", d.Name, d.Count, 100*float64(d.Count)/float64(max(inside, 1)), d.Path)
	}
	row := func(title string, p50, p90, p99, most string) {
		fmt.Fprintf(&b, "%-20s %17s %17s %17s %17s\n", title, p50, p90, p99, most)
	}
	b.WriteString("\n")
	row("", "p50", "p90", "p99", "max")
	d, m, low, high := s.Duration, s.Messages, s.Cost.Low, s.Cost.High
	row(say("duration", "duração"), lasting(d.Half), lasting(d.Most), lasting(d.Nearly), lasting(d.Max))
	row(say("messages", "mensagens"), fmt.Sprint(m.Half), fmt.Sprint(m.Most), fmt.Sprint(m.Nearly), fmt.Sprint(m.Max))
	money := func(low, high float64) string {
		return price.Cost{Currency: s.Cost.Currency, Low: price.Of(low), High: price.Of(high)}.Money().In(language)
	}
	if s.Cost.Currency != "" {
		row(say("cost", "custo"), money(low.Half, high.Half), money(low.Most, high.Most), money(low.Nearly, high.Nearly), money(low.Max, high.Max))
	}
	list(say("messages without a known price, not in the cost", "mensagens sem preço conhecido, fora do custo"), s.Cost.Unknown, totalOf(s.Channels))
	list(say("messages by channel", "mensagens por canal"), s.Channels, totalOf(s.Channels))
	if len(s.Unseen) > 0 {
		fmt.Fprintf(&b, "\n%s\n", say("never reached", "nunca alcançados"))
		for _, line := range s.Unseen {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func totalOf(shares []simulator.Share) int {
	sum := 0
	for _, x := range shares {
		sum += x.Count
	}
	return sum
}

// lasting is a length of time as people say it.
func lasting(seconds float64) string {
	d := (time.Duration(seconds) * time.Second).Round(time.Minute)
	days, rest := d/(24*time.Hour), d%(24*time.Hour)
	short := strings.TrimSuffix(rest.String(), "0s")
	switch {
	case days > 0 && rest == 0:
		return fmt.Sprintf("%dd", days)
	case days > 0:
		return fmt.Sprintf("%dd%s", days, short)
	case short == "":
		return "0m"
	}
	return short
}
