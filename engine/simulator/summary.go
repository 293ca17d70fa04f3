package simulator

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
)

// Summary is what many walks through one journey came to.
type Summary struct {
	Journey  string      `json:"journey"`
	Seed     uint64      `json:"seed"`
	Runs     int         `json:"runs"`
	NotLetIn int         `json:"not_let_in"` // by the journey's audience
	Endings  []Share     `json:"endings"`    // the frequent ones first
	Failures []DeadEnd   `json:"failures"`   // why enrollments failed, or never ended
	Duration Percentiles `json:"duration"`   // in seconds
	Messages Percentiles `json:"messages"`   // per enrollment
	Cost     CostOfRuns  `json:"cost"`       // per enrollment
	Channels []Share     `json:"channels"`   // of all messages
	Unseen   []string    `json:"unseen"`     // steps with outcomes that no walk reached

	plan      *dsl.Plan
	workspace *dsl.Workspace
	at        time.Time // of the prices
	coverage  *Coverage
	counts    map[string]int
	failures  map[string]DeadEnd
	channels  map[string]int
	unknown   map[string]int
	durations []float64
	messages  []float64
	low, high []float64
}

// DeadEnd is a way in which enrollments failed, with the shortest path there.
type DeadEnd struct {
	Share

	Path string `json:"path"` // eve=past → confirm=other → front_desk
}

// CostOfRuns is what the messages of one enrollment cost, in units of the currency:
// at the lowest and at the highest price, which differ where part of the messages
// is free.
type CostOfRuns struct {
	Currency string      `json:"currency"`
	Low      Percentiles `json:"low"`
	High     Percentiles `json:"high"`
	Unknown  []Share     `json:"unknown"` // messages without a known price; they are not in the amounts
}

// Share is how often something was so.
type Share struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Percentiles of a measure over all enrollments.
type Percentiles struct {
	Half   float64 `json:"p50"`
	Most   float64 `json:"p90"`
	Nearly float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// NewSummary begins to count the walks through a journey of a folder, at the prices
// of a day.
func NewSummary(folder *dsl.Folder, journey string, seed uint64, at time.Time) *Summary {
	plan := folder.Plans[journey]
	return &Summary{
		Journey: plan.Journey, Seed: seed, plan: plan, workspace: folder.Workspace, at: at, coverage: NewCoverage(plan),
		counts: map[string]int{}, failures: map[string]DeadEnd{}, channels: map[string]int{}, unknown: map[string]int{},
	}
}

// Add counts one walk.
func (s *Summary) Add(t *Transcript) {
	s.Runs++
	if t.Ending == stopped {
		s.NotLetIn++
		return
	}
	s.coverage.Add(t)
	s.counts[t.Ending]++
	switch t.Ending {
	case "failed", "quarantined":
		s.fail(t.Reason, t.Path)
	case "active":
		s.fail("never ends", t.Path)
	}
	cost := s.workspace.Cost(t.Sent, s.plan.Locale, s.at)
	s.Cost.Currency = cost.Currency
	s.low, s.high = append(s.low, cost.Low.Units()), append(s.high, cost.High.Units())
	for _, n := range cost.Unknown {
		s.unknown[strings.Join(strings.Fields(n.Channel+" "+n.Category+" "+n.Country), " ")] += n.Max
	}
	for _, c := range t.Channels {
		s.channels[c]++
	}
	s.durations = append(s.durations, t.EndedAt.Sub(t.StartedAt).Round(time.Second).Seconds())
	s.messages = append(s.messages, float64(t.Messages))
}

// fail counts a dead end; of two ways there the shorter one is kept, so that it
// does not matter which was walked first.
func (s *Summary) fail(reason, path string) {
	d, known := s.failures[reason]
	if !known || cmp.Or(cmp.Compare(len(path), len(d.Path)), cmp.Compare(path, d.Path)) < 0 {
		d.Path = path
	}
	d.Name, d.Count = reason, d.Count+1
	s.failures[reason] = d
}

// Finish works out shares and percentiles.
func (s *Summary) Finish() {
	s.Endings, s.Channels, s.Cost.Unknown = shares(s.counts), shares(s.channels), shares(s.unknown)
	s.Failures = make([]DeadEnd, 0, len(s.failures))
	for _, reason := range sortedKeys(s.failures) {
		s.Failures = append(s.Failures, s.failures[reason])
	}
	slices.SortStableFunc(s.Failures, func(a, b DeadEnd) int { return cmp.Compare(b.Count, a.Count) })
	s.Cost.Low, s.Cost.High = percentiles(s.low), percentiles(s.high)
	s.Duration, s.Messages = percentiles(s.durations), percentiles(s.messages)
	s.Unseen = s.coverage.Untested()
}

func shares(counts map[string]int) []Share {
	list := make([]Share, 0, len(counts))
	for _, name := range sortedKeys(counts) {
		list = append(list, Share{name, counts[name]})
	}
	slices.SortStableFunc(list, func(a, b Share) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// percentiles are nearest ranks: values that occurred.
func percentiles(values []float64) Percentiles {
	if len(values) == 0 {
		return Percentiles{}
	}
	slices.Sort(values)
	rank := func(percent int) float64 { return values[(len(values)*percent+99)/100-1] }
	return Percentiles{rank(50), rank(90), rank(99), values[len(values)-1]}
}
