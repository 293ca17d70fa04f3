package dsl

import (
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"jornada/dsl/diag"
)

// counter counts the messages of every walk through a plan: every outcome,
// every guard both ways.
type counter struct {
	plan   *Plan
	lucky  bool // every message arrives, nothing breaks
	loops  []string
	jumps  []string
	places int

	number map[string]int      // of steps, when it follows which have run
	reads  map[string][]string // steps whose results a step reads
	unrun  map[string]bool     // "reader step" that came too early
}

// count is how far a walk got, and the messages so far.
type count struct {
	at           string
	returned     bool
	loops, jumps [6]int8
	sent         int
	ran          uint64 // steps, by number
}

// ends walks on in every way, and tells the messages at which a walk came to
// stop, or ended the enrollment.
func (c *counter) ends(start count, stop string) (stopped []count, over []int) {
	seen := map[count]bool{}
	todo := []count{start}
	add := func(m count, n *Node, target string, ran bool) {
		if ran && c.number != nil {
			m.ran |= 1 << c.number[n.ID]
		}
		m.at, m.returned = target, slices.Contains(n.Inside, target)
		todo = append(todo, m)
	}
	for len(todo) > 0 && c.places < mostPlaces {
		m := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[m] {
			continue
		}
		seen[m] = true
		c.places++
		switch m.at {
		case stop:
			stopped = append(stopped, m)
			continue
		case End:
			over = append(over, m.sent)
			continue
		}
		n := c.plan.Nodes[m.at]
		if n.Repeat != nil && m.returned {
			i := slices.Index(c.loops, n.ID)
			if last := int(m.loops[i]) >= n.Repeat.Max; !last {
				again := m
				again.loops[i]++
				again.at, again.returned = n.Repeat.Body, n.Repeat.Body == n.ID
				todo = append(todo, again)
				if n.Repeat.Until == nil {
					continue
				}
			}
			m.loops[i] = 0
			add(m, n, n.Edges["done"], true)
			if target, ok := n.Edges["exhausted"]; ok {
				add(m, n, target, true)
			}
			continue
		}
		if n.If != nil {
			add(m, n, n.Next, false)
		}
		for _, read := range c.reads[n.ID] {
			if m.ran&(1<<c.number[read]) == 0 {
				c.unrun[n.ID+" "+read] = true
			}
		}
		switch {
		case n.Exit != "":
			over = append(over, m.sent)
		case n.Repeat != nil:
			m.loops[slices.Index(c.loops, n.ID)] = 1
			m.at, m.returned = n.Repeat.Body, n.Repeat.Body == n.ID
			todo = append(todo, m)
		case n.Goto != nil:
			i := slices.Index(c.jumps, n.ID)
			if int(m.jumps[i]) >= n.Goto.Max {
				add(m, n, n.Edges["exhausted"], true)
				break
			}
			m.jumps[i]++
			for k, id := range c.loops {
				if !slices.Contains(c.plan.Nodes[n.Goto.Step].Inside, id) {
					m.loops[k] = 0
				}
			}
			m.at, m.returned = n.Goto.Step, false
			todo = append(todo, m)
		case n.Parallel != nil:
			done, ended := c.lanes(n, m)
			over = append(over, ended...)
			for _, d := range done {
				add(d, n, n.Edges["done"], true)
			}
		default:
			for outcome, target := range n.Edges {
				if c.lucky && (outcome == "undelivered" || outcome == "failed") {
					continue
				}
				for _, went := range c.messages(n, outcome) {
					next := m
					next.sent += went
					add(next, n, target, true)
				}
			}
		}
	}
	return stopped, over
}

// messages are how many may go before an outcome.
func (c *counter) messages(n *Node, outcome string) []int {
	routes := len(n.routes())
	switch {
	case routes == 0:
		return []int{0}
	case outcome == "undelivered":
		return []int{0, routes - 1}
	case outcome == "timeout" && n.Ask.Deadline != nil:
		return []int{0, routes}
	}
	return []int{1, routes}
}

func (c *counter) lanes(n *Node, m count) (done []count, over []int) {
	all := []count{m}
	for _, lane := range n.Parallel.Lanes {
		start := m
		start.at, start.returned, start.sent = lane.Start, false, 0
		stopped, ended := c.ends(start, n.ID)
		met := map[count]bool{}
		for _, before := range all {
			for _, s := range stopped {
				d := before
				d.sent, d.ran = d.sent+s.sent, d.ran|s.ran
				met[d] = true
			}
		}
		for _, e := range ended {
			over = append(over, m.sent+e)
		}
		if n.Parallel.Join == "first" { // any lane may be it, with or without the others
			for _, s := range stopped {
				d := m
				d.sent, d.ran = d.sent+s.sent, s.ran
				done = append(done, d)
			}
		}
		all = all[:0:0]
		for d := range met {
			all = append(all, d)
		}
	}
	return append(done, all...), over
}

// bounds of all walks; ok is false when there are too many, or none ends.
func (c *counter) bounds() (r Range, ok bool) {
	for _, id := range sortedKeys(c.plan.Nodes) {
		switch n := c.plan.Nodes[id]; {
		case n.Repeat != nil:
			c.loops = append(c.loops, id)
		case n.Goto != nil:
			c.jumps = append(c.jumps, id)
		}
	}
	if len(c.loops) > 6 || len(c.jumps) > 6 {
		return r, false
	}
	stopped, over := c.ends(count{at: c.plan.Start}, End)
	for _, s := range stopped {
		over = append(over, s.sent)
	}
	if len(over) == 0 || c.places >= mostPlaces {
		return r, false
	}
	return Range{slices.Min(over), slices.Max(over)}, true
}

// TestBoundsHold compares the bounds of random journeys with all their walks: no
// walk sends more or less, and nearly always some walk sends just that.
func TestBoundsHold(t *testing.T) {
	folder, _ := Load(readFolder(t, "testdata/ok"))
	var played, exact int
	for seed := range int64(3000) {
		text := (&windowAuthor{Rand: rand.New(rand.NewSource(seed))}).journey()
		j, _ := Parse(File{"sample.journey.yaml", []byte(text)})
		p := runCheck(j, folder.Workspace).plan()
		b := p.Bounds()
		all, ok := (&counter{plan: p}).bounds()
		lucky, found := (&counter{plan: p, lucky: true}).bounds()
		if !ok || !found {
			continue
		}
		played++
		if all.Max > b.Messages.Max || lucky.Min < b.Messages.Min {
			t.Fatalf("seed %d: said %v, but walks send %v, and at least %v\n%s", seed, b.Messages, all, lucky, text)
		}
		if all.Max == b.Messages.Max && lucky.Min == b.Messages.Min {
			exact++
		}
	}
	t.Logf("%d journeys, %d exact", played, exact)
	if played < 2500 || exact*100 < played*85 {
		t.Errorf("%d journeys played, the bounds of %d exact", played, exact)
	}
}

// What the examples may cost.
func TestBounds(t *testing.T) {
	folder := edited(t, "")
	plans := folder.Plans
	for id, want := range map[string]string{
		"abandoned_cart":      "messages per contact: 1-5 (marketing: 1-3) · cost US$ 0.06-0.08 (the first 1,000 service messages of each number and month are free), and no known price of email marketing (BR) · longest stay 6 d 11 h + the waits of before_close",
		"black_friday_2026":   "messages per contact: 0-2 (marketing: 0-2) · cost US$ 0.00-0.06, and no known price of email marketing (BR), sms marketing (BR) · longest stay 4 d",
		"backfill_slot":       "messages per contact: 0 · longest stay 3 h 45 min",
		"offer_slot":          "messages per contact: 1-2 · cost US$ 0.0068-0.0136 (the first 1,000 service messages of each number and month are free) · longest stay 30 min",
		"no_show_recovery":    "messages per contact: 1-6 · cost US$ 0.00-0.02, and no known price of sms utility (BR) · longest stay 3 d 6 h + the waits of daytime",
		"confirm_appointment": "messages per contact: 0-7 · cost US$ 0.00-0.03 (the first 1,000 service messages of each number and month are free), and no known price of email utility (BR), sms utility (BR) · longest stay 3 d 13 h + the waits of eve, confirm, visit",
	} {
		bounds := plans[id].Bounds()
		cost := plans[id].Cost(bounds, folder.Workspace, time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
		if got := bounds.Summary(cost).In(diag.English); got != want {
			t.Errorf("%s: %s", id, got)
		}
	}
	want := []Sends{{"email", "marketing", Range{0, 2}}, {"whatsapp", "marketing", Range{1, 1}}, {"whatsapp", "service", Range{0, 2}}}
	if got := plans["abandoned_cart"].Bounds().Sends; !reflect.DeepEqual(got, want) {
		t.Errorf("kinds: %+v", got)
	}
}

// An SMS whose accents the integration leaves out is estimated, and warned of, as it
// is sent.
func TestAnSMSWithoutAccentsIsEstimatedSo(t *testing.T) {
	const journey = "dsl: 1\njourney: tiny\ncategory: utility\ntimezone: America/Sao_Paulo\nlocale: pt-BR\ntriggers: [{api: true}]\n" +
		"steps:\n  - {id: remind, send: {sms: {text: \"Olá, Ana! Confirmamos a sua sessão de fisioterapia amanhã às 14h30. Responda SIM ou NÃO.\"}}}\n  - {id: end, exit: done}\n"
	for encoding, want := range map[string]string{"false": "cost R$ 0,16 J0540", "true": "cost R$ 0,08"} {
		workspace := "workspace: sample\ntimezone: America/Sao_Paulo\nchannels: {sms: {smart_encoding: " + encoding + "}}\nprices: {currency: BRL, sms: 0.08}\n"
		folder, list := Load([]File{{"workspace.yaml", []byte(workspace)}, {"tiny.journey.yaml", []byte(journey)}})
		plan := folder.Plans["tiny"]
		if plan == nil {
			t.Fatal(render(t, list, folder.Contents(), diag.English))
		}
		got := plan.Cost(plan.Bounds(), folder.Workspace, time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)).String()
		for _, d := range list {
			got += " " + d.Code
		}
		if got != want {
			t.Errorf("smart_encoding: %s: %s, want %s", encoding, got, want)
		}
	}
}

const costly = `
  - id: outer
    repeat:
      max: 3
      every: 1d
      steps:
        - id: inner
          repeat: {max: 2, steps: [{id: a, send: {sms: {text: Oi}}}]}
        - {id: leave, if: contact.visits > 3, goto: {step: end, max: 1}}
  - id: both
    parallel: {join: all}
    branches:
      quick: [{id: b, send: {sms: {text: Oi}}}, {id: c, wait: {for: 1h}}]
      slow: [{id: d, send: {email: {template: nps_email}}}, {id: e, wait: {for: 2d}}]
  - id: end
    ask: {whatsapp: {template: nps_question, params: {name: x}}, scale: nps, retries: 2, timeout: 1h}
    branches: {timeout: [{id: again, goto: {step: end, max: 3}}], otherwise: []}
`

// Loops count as often as they run, lanes together in messages and beside each
// other in time, jumps as often as they may.
func TestBoundsOfLoopsAndLanes(t *testing.T) {
	text := strings.Replace(tiny, "steps: [{id: end, exit: done}]\n", "steps:"+costly, 1)
	folder, list := Load(append(readFolder(t, "testdata/ok"), File{"tiny.journey.yaml", []byte(text)}))
	if list.HasErrors() {
		t.Fatal(render(t, list, folder.Contents(), diag.English))
	}
	b := folder.Plans["tiny"].Bounds()
	if want := (Range{3, 3*2 + 1 + 1 + 4*(1+2)}); b.Messages != want {
		t.Errorf("messages %v, want %v", b.Messages, want)
	}
	if want := 2*24*time.Hour + 2*24*time.Hour + 4*time.Hour; b.Stay.Std() != want {
		t.Errorf("stay %v, want %v", b.Stay.Std(), want)
	}
}
