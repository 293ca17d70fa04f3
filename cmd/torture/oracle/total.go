package oracle

import (
	"fmt"
	"io"
	"strings"
)

// Bounds of what may be in doubt at full size, over all the runs of a scenario: a
// share of the messages due, and as many as chance leaves where few are due. (One
// run is judged by its own rules, see [Rules].)
const (
	fullUnconfirmedShare = 0.002
	fullUnconfirmedFew   = 2
)

// Together judges what only several runs can show: of each scenario's messages at
// full size, over all its seeds and databases, so few may be unconfirmed. A breach
// goes to the scenario's last line, and such lines are returned with that breach
// alone.
func Together(lines []Line) []Line {
	var broken []Line
	due, unconfirmed, last := map[string]int{}, map[string]int{}, map[string]int{}
	for i, l := range lines {
		if l.Size == "full" && !l.Mutant() {
			due[l.ID] += l.Due
			unconfirmed[l.ID] += l.Unconfirmed
			last[l.ID] = i
		}
	}
	for i, l := range lines {
		id := l.ID
		if at, ok := last[id]; !ok || at != i {
			continue
		}
		if most := max(int(fullUnconfirmedShare*float64(due[id])), fullUnconfirmedFew); unconfirmed[id] > most {
			breach := Breach{Rule: "few messages are unconfirmed, over all runs of a scenario", Count: 1, Examples: []string{
				fmt.Sprintf("%d of %d messages of %s are, and %d may be (%.1f %%)", unconfirmed[id], due[id], id, most, 100*fullUnconfirmedShare),
			}}
			lines[i].Pass = false
			lines[i].Breaches = append(lines[i].Breaches, breach)
			only := lines[i]
			only.Breaches = []Breach{breach}
			broken = append(broken, only)
		}
	}
	return broken
}

// mutant ends the id of the run that must be caught.
const mutant = "-mutant"

// AsMutant makes a line the one of a product that was built to be caught.
func (l Line) AsMutant() Line {
	l.ID += mutant
	return l
}

// Mutant reports whether a line is of a product that was built to be caught.
func (l Line) Mutant() bool { return strings.HasSuffix(l.ID, mutant) }

// Total says of how many messages all runs together speak. Zero seen in N tries
// still allows about three in N (with 95 % confidence), so N is said.
func Total(w io.Writer, lines []Line) error {
	var t Line
	runs := 0
	for _, l := range lines {
		if l.Mutant() {
			continue
		}
		runs++
		t.Enrolled += l.Enrolled
		t.Due += l.Due
		t.Accepted += l.Accepted
		t.Lost += l.Lost
		t.Dup += l.Dup
		t.Unconfirmed += l.Unconfirmed
		t.Skipped += l.Skipped
		t.Failed += l.Failed
		t.Kills += l.Kills
	}
	if runs == 0 || t.Due == 0 {
		return nil
	}
	bound := ""
	if t.Lost == 0 && t.Dup == 0 {
		bound = fmt.Sprintf("; none of N = %d means fewer than %.2g %% (95 %% confidence)", t.Due, 100*3/float64(t.Due))
	}
	_, err := fmt.Fprintf(w, "\n%d runs, %d enrollments, %d messages due, %d accepted, %d kills: %d lost, %d sent twice, %d unconfirmed, %d skipped, %d failed%s\n",
		runs, t.Enrolled, t.Due, t.Accepted, t.Kills, t.Lost, t.Dup, t.Unconfirmed, t.Skipped, t.Failed, bound)
	return err
}
