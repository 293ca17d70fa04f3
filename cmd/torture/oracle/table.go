package oracle

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// columns of the table, as the reliability plan lists them.
var columns = []string{
	"id", "seed", "commit", "db", "enrolled", "ended once", "due", "accepted", "lost", "dup", "max", "unconf",
	"opt-out", "after end", "quiet", "window", "stale", "regress", "mismatch", "kills", "recover p95", "wall", "",
}

// Table prints results, one line each.
func Table(w io.Writer, lines []Line) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, strings.Join(columns, "\t")+"\t")
	for _, l := range lines {
		verdict := "PASS"
		if !l.Pass {
			verdict = "FAIL"
		}
		_, _ = fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f s\t%.1f s\t%s\t\n",
			l.ID, l.Seed, l.Commit, l.Database, l.Enrolled, l.EndedOnce, l.Due, l.Accepted, l.Lost, l.Dup, l.MaxCopies, l.Unconfirmed,
			l.AfterOptOut, l.AfterEnd, l.QuietHours, l.OutsideWindow, l.Stale, l.StatusRegress, l.LedgerMismatch, l.Kills, l.RecoverP95, l.Wall, verdict)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("printing the table: %w", err)
	}
	for _, l := range lines {
		if len(l.Notes) > 0 {
			_, _ = fmt.Fprintf(w, "%s seed %d %s: %s\n", l.ID, l.Seed, l.Database, strings.Join(l.Notes, "; "))
		}
	}
	return nil
}
