package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// Picture is a journey as boxes and arrows.
type Picture struct {
	title    string
	language diag.Language
	boxes    map[string]*box
	arrows   []arrow
	main     []*row   // the steps, from the start
	failure  []*row   // what runs when an enrollment fails
	always   []string // boxes of goals and exits
}

// box is one step, or one of the boxes around them.
type box struct {
	id    string
	icon  string // a verb, or start, end, goal, interrupt, failure
	title string
	lines []string
}

// arrow leads from one box to another, under one or more outcomes.
type arrow struct {
	from, to string
	labels   []string
	back     bool // a jump, or the next round: against the reading order
	jump     bool // of a goto
}

// row is one step of a list with the lists inside it.
type row struct {
	id     string
	inside [][]*row
	frame  bool   // a repeat or parallel: what is inside belongs together
	join   string // the box below the lanes of a parallel
}

// The boxes that are no steps. No id of a step starts with a dollar sign.
const (
	startBox   = "$start"
	failureBox = "$failure"
	failedBox  = "$failed"
	joinPrefix = "$join_"
)

// Of draws a journey and its plan. Words are in the language given; what the
// author named keeps its name.
func Of(j *dsl.Journey, plan *dsl.Plan, language diag.Language) *Picture {
	p := &Picture{title: plan.Journey, language: language, boxes: map[string]*box{}}
	if plan.Name != "" {
		p.title = plan.Name + " (" + plan.Journey + ")"
	}
	p.start(plan)
	p.main = append([]*row{{id: startBox}}, p.rows(j.Steps, plan)...)
	for _, e := range j.Exits {
		if len(e.Steps) > 0 {
			p.boxes[failureBox] = &box{id: failureBox, icon: "failure", title: p.say(wordOnFailure)}
			before := len(p.arrows)
			p.failure = append([]*row{{id: failureBox}}, p.rows(e.Steps, plan)...)
			p.arrows = append(p.arrows, arrow{from: failureBox, to: plan.OnFailure})
			p.boxes[failedBox] = &box{id: failedBox, icon: "end", title: p.say(wordFailed)}
			p.failure = append(p.failure, &row{id: failedBox})
			for i := range p.arrows[before:] { // it does not end as completed
				if a := &p.arrows[before+i]; a.to == dsl.End {
					a.to = failedBox
				}
			}
		}
	}
	p.interrupts("goal", wordGoal, plan.Goals)
	p.interrupts("interrupt", wordExit, plan.Exits)
	if slices.ContainsFunc(p.arrows, func(a arrow) bool { return a.to == dsl.End }) {
		p.boxes[dsl.End] = &box{id: dsl.End, icon: "end", title: p.say(wordCompleted)}
		p.main = append(p.main, &row{id: dsl.End})
	}
	return p
}

func (p *Picture) say(t diag.Text) string { return t.In(p.language) }

func (p *Picture) start(plan *dsl.Plan) {
	b := &box{id: startBox, icon: "start", title: p.say(wordStart)}
	for _, t := range plan.Triggers {
		b.lines = append(b.lines, p.trigger(t))
	}
	if plan.Audience != nil {
		b.lines = append(b.lines, p.say(wordOnlyIf)+" "+plan.Audience.Source)
	}
	p.boxes[startBox] = b
	p.arrows = append(p.arrows, arrow{from: startBox, to: plan.Start})
}

func (p *Picture) interrupts(icon string, what diag.Text, list []dsl.Interrupt) {
	for _, i := range list {
		b := &box{id: "$" + icon + "_" + i.ID, icon: icon, title: p.say(what) + " " + i.ID}
		if i.Event != "" {
			b.lines = append(b.lines, p.say(wordEvent)+" "+i.Event)
		}
		for _, condition := range []*dsl.Expr{i.Where, i.When} {
			if condition != nil {
				b.lines = append(b.lines, p.say(wordIf)+" "+condition.Source)
			}
		}
		if icon == "goal" && i.Exit {
			b.lines = append(b.lines, p.say(wordEnds))
		}
		p.boxes[b.id] = b
		p.always = append(p.always, b.id)
	}
}

// rows makes the boxes and arrows of a list of steps.
func (p *Picture) rows(steps []*dsl.Step, plan *dsl.Plan) []*row {
	rows := make([]*row, 0, len(steps))
	for _, s := range steps {
		n := plan.Nodes[s.ID.Value]
		r := &row{id: n.ID}
		p.boxes[n.ID] = p.step(n)
		from := n.ID
		switch {
		case n.Repeat != nil:
			r.frame = true
			p.arrows = append(p.arrows, arrow{from: n.ID, to: n.Repeat.Body, labels: []string{p.say(wordRound)}})
		case n.Parallel != nil:
			r.frame, r.join = true, joinPrefix+n.ID
			from = r.join
			p.boxes[r.join] = &box{id: r.join, icon: "join", title: p.say(map[string]diag.Text{"all": wordAllLanes, "first": wordFirstLane}[n.Parallel.Join])}
			for _, b := range s.Branches {
				at := slices.IndexFunc(n.Parallel.Lanes, func(l dsl.Lane) bool { return l.ID == b.Outcome.Value })
				p.connect(n, n.ID, n.Parallel.Lanes[at].Start, b.Outcome.Value, plan)
			}
		}
		p.edges(s, n, from, plan)
		for _, list := range lists(s) {
			r.inside = append(r.inside, p.rows(list, plan))
		}
		rows = append(rows, r)
	}
	return rows
}

// lists are the lists of steps inside a step that hold some.
func lists(s *dsl.Step) [][]*dsl.Step {
	var inside [][]*dsl.Step
	if r, ok := s.Body.(*dsl.RepeatStep); ok {
		inside = append(inside, r.Steps)
	}
	for _, b := range s.Branches {
		if len(b.Steps) > 0 {
			inside = append(inside, b.Steps)
		}
	}
	return inside
}

// edges draws the outcomes of a step: those with a branch in the author's order,
// then the other options of a question, then the rest.
func (p *Picture) edges(s *dsl.Step, n *dsl.Node, from string, plan *dsl.Plan) {
	var outcomes []string
	for _, b := range s.Branches {
		if n.Edges[b.Outcome.Value] != "" && n.Parallel == nil {
			outcomes = append(outcomes, b.Outcome.Value)
		}
	}
	var others []string
	if n.Ask != nil {
		for _, o := range n.Ask.Options {
			others = append(others, o.ID)
		}
	}
	for _, outcome := range append(others, slices.Sorted(maps.Keys(n.Edges))...) {
		if !slices.Contains(outcomes, outcome) {
			outcomes = append(outcomes, outcome)
		}
	}
	for _, outcome := range outcomes {
		p.connect(n, from, n.Edges[outcome], p.outcome(n, outcome), plan)
	}
	if n.If != nil {
		p.connect(n, n.ID, n.Next, p.say(wordElse), plan)
	}
	if n.Goto != nil {
		p.arrows = append(p.arrows, arrow{from: n.ID, to: n.Goto.Step, back: true, jump: true})
	}
}

// connect adds an outcome to the arrow between two boxes. An edge to the id of
// an enclosing repeat is its next round, to that of a parallel the end of a lane.
func (p *Picture) connect(n *dsl.Node, from, to, label string, plan *dsl.Plan) {
	back := false
	if slices.Contains(n.Inside, to) || n.ID == to && plan.Nodes[to].Parallel != nil {
		if plan.Nodes[to].Parallel != nil {
			to = joinPrefix + to
		} else {
			back = true
		}
	}
	for i, a := range p.arrows {
		if a.from == from && a.to == to {
			p.arrows[i].labels = append(p.arrows[i].labels, label)
			return
		}
	}
	p.arrows = append(p.arrows, arrow{from: from, to: to, labels: []string{label}, back: back})
}

// label is what stands at an arrow. A step with one way on needs no words.
func (p *Picture) label(a arrow) string {
	alone := true
	for _, other := range p.arrows {
		if other.from == a.from && other.to != a.to {
			alone = false
		}
	}
	if alone && len(a.labels) < 2 && !slices.Contains(a.labels, p.say(wordElse)) {
		return ""
	}
	return strings.Join(a.labels, ", ")
}

// out are the arrows that leave a box.
func (p *Picture) out(id string) []arrow {
	var list []arrow
	for _, a := range p.arrows {
		if a.from == id {
			list = append(list, a)
		}
	}
	return list
}

// short cuts a text to a number of characters.
func short(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if chars := []rune(s); len(chars) > most {
		return strings.TrimRight(string(chars[:most-1]), " ,.;:") + "…"
	}
	return s
}

// span writes a duration as authors do: 2d, 1h30m.
func span(d dsl.Duration) string {
	rest := d.Std()
	var b strings.Builder
	if rest < 0 {
		b.WriteString("-")
		rest = -rest
	}
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if n := rest / unit.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			rest %= unit.size
		}
	}
	return b.String()
}
