package oracle

import "time"

// Line is the result of one scenario with one seed.
type Line struct {
	ID             string   `json:"id"`
	Seed           uint64   `json:"seed"`
	Commit         string   `json:"commit"`
	Database       string   `json:"db"`
	Size           string   `json:"size"`
	Enrolled       int      `json:"enrolled"`
	EndedOnce      int      `json:"ended_once"`
	Due            int      `json:"msgs_due"`
	Accepted       int      `json:"accepted"`
	Lost           int      `json:"lost"`
	Dup            int      `json:"dup"`
	MaxCopies      int      `json:"max_copies"`
	Unconfirmed    int      `json:"unconfirmed"`
	Skipped        int      `json:"skipped"`
	Failed         int      `json:"failed"`
	AfterOptOut    int      `json:"after_opt_out"`
	AfterEnd       int      `json:"after_exit"`
	QuietHours     int      `json:"quiet_hours"`
	OutsideWindow  int      `json:"outside_window"`
	Stale          int      `json:"stale"`
	StatusRegress  int      `json:"status_regress"`
	LedgerMismatch int      `json:"ledger_mismatch"`
	Kills          int      `json:"kills"`
	RecoverP95     float64  `json:"recover_p95_s"`
	Wall           float64  `json:"wall_s"`
	Notes          []string `json:"notes,omitempty"` // what a reader should know: retries, drains
	Breaches       []Breach `json:"breaches,omitempty"`
	Pass           bool     `json:"pass"`
}

// Breach is one rule that did not hold, with the things it did not hold for.
type Breach struct {
	Rule     string   `json:"rule"`
	Count    int      `json:"count"`
	Examples []string `json:"examples,omitempty"` // the first few
}

// examplesKept is how many examples of one breach are shown.
const examplesKept = 8

// breaches collects examples by rule, in the order in which rules first broke.
type breaches struct {
	order  []string
	byRule map[string]*Breach
}

func (b *breaches) add(rule, example string) {
	if b.byRule == nil {
		b.byRule = map[string]*Breach{}
	}
	one := b.byRule[rule]
	if one == nil {
		one = &Breach{Rule: rule}
		b.byRule[rule] = one
		b.order = append(b.order, rule)
	}
	one.Count++
	if len(one.Examples) < examplesKept {
		one.Examples = append(one.Examples, example)
	}
}

func (b *breaches) list() []Breach {
	var all []Breach
	for _, rule := range b.order {
		all = append(all, *b.byRule[rule])
	}
	return all
}

// p95 is the 95th percentile of some lengths of time, in seconds.
func p95(all []time.Duration) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := sortedCopy(all)
	return sorted[(len(sorted)*95+99)/100-1].Seconds()
}
