package dsl

import (
	"slices"

	"jornada/dsl/flow"
)

// planGraph is a plan as the analyses see it: a point before every step, in the
// order of the file, and an edge for every way on. A repeat has a second point,
// after a round; a parallel has one at the end of each lane and one where they
// meet.
type planGraph struct {
	flow.Graph
	plan  *Plan
	at    map[string]int   // the point before a step
	again map[string]int   // the point after a round of a repeat
	ends  map[string][]int // the points at the ends of a parallel's lanes
	steps []planPoint      // what each point is
	roots []int            // where enrollments begin: the first step, and that of the failure exit
}

// planPoint is a point before a step, or another of the step's points.
type planPoint struct {
	node *Node // nil of the end
	role role
}

type role uint8

const (
	beforeStep role = iota
	afterRound
	laneOver
	lanesMet
)

// graph draws the plan.
func (p *Plan) graph() *planGraph {
	g := &planGraph{plan: p, at: map[string]int{}, again: map[string]int{}, ends: map[string][]int{}}
	var bodies []func()
	met := map[string]int{}
	var chain func(id, stop string)
	chain = func(id, stop string) {
		for id != stop && id != End {
			n := p.Nodes[id]
			if _, seen := g.at[id]; n == nil || seen {
				return
			}
			g.at[id] = g.add(n, beforeStep)
			switch {
			case n.Repeat != nil:
				chain(n.Repeat.Body, id)
				g.again[id] = g.add(n, afterRound)
				bodies = append(bodies, func() { g.loop(n) })
			case n.Parallel != nil:
				for _, lane := range n.Parallel.Lanes {
					chain(lane.Start, id)
					g.ends[id] = append(g.ends[id], g.add(n, laneOver))
				}
				met[id] = g.add(n, lanesMet)
				bodies = append(bodies, func() { g.fork(n, met[n.ID]) })
			}
			for _, outcome := range sortedKeys(n.Edges) {
				if target := n.Edges[outcome]; target != n.Next {
					chain(target, n.Next)
				}
			}
			id = n.Next
		}
	}
	chain(p.Start, End)
	chain(p.OnFailure, End)
	g.End = g.add(nil, beforeStep)
	g.connect()
	for _, body := range bodies { // inner ones first
		body()
	}
	for i, start := range []string{p.Start, p.OnFailure} {
		if point, ok := g.at[start]; ok {
			g.roots = append(g.roots, point)
		} else if i == 0 {
			g.roots = append(g.roots, g.End)
		}
	}
	return g
}

func (g *planGraph) add(n *Node, r role) int {
	g.steps = append(g.steps, planPoint{n, r})
	name := End
	if n != nil {
		name = n.ID
	}
	return g.Point(name)
}

// connect draws what leaves every step but the ways into and out of bodies.
func (g *planGraph) connect() {
	for point, s := range g.steps {
		n := s.node
		if n == nil || s.role != beforeStep {
			continue
		}
		if n.If != nil {
			g.Connect(flow.Edge{From: point, To: g.target(n, n.Next, point), Kind: flow.Skip})
		}
		switch {
		case n.Exit != "":
			g.Connect(flow.Edge{From: point, To: g.End})
		case n.Goto != nil:
			if to, ok := g.at[n.Goto.Step]; ok {
				g.Connect(flow.Edge{From: point, To: to, Kind: flow.Jump, Limit: n.Goto.Max})
			}
		}
		if n.Repeat != nil || n.Parallel != nil {
			continue
		}
		for _, outcome := range sortedKeys(n.Edges) {
			g.Connect(flow.Edge{From: point, To: g.target(n, n.Edges[outcome], point), Label: outcome})
		}
		if n.Verb == "call" || n.Verb == "enroll" {
			if _, handled := n.Edges["failed"]; !handled {
				g.Connect(flow.Edge{From: point, To: g.End, Label: "failed"})
			}
		}
	}
}

// target is the point where an edge of a step leads: back to the enclosing
// repeat is the point after a round, back to the enclosing parallel the end of
// the lane that the step stands in.
func (g *planGraph) target(n *Node, id string, from int) int {
	if id == End {
		return g.End
	}
	if slices.Contains(n.Inside, id) {
		if again, ok := g.again[id]; ok {
			return again
		}
		for _, end := range g.ends[id] {
			if end > from {
				return end
			}
		}
	}
	if to, ok := g.at[id]; ok {
		return to
	}
	return g.End
}

// loop draws a repeat: in, round again, and out.
func (g *planGraph) loop(n *Node) {
	point, again := g.at[n.ID], g.again[n.ID]
	body := again
	if n.Repeat.Body != n.ID {
		body = g.at[n.Repeat.Body]
	}
	enter, round := g.Connect(flow.Edge{From: point, To: body, Kind: flow.Enter}), -1
	if n.Repeat.Max > 1 {
		round = g.Connect(flow.Edge{From: again, To: body, Kind: flow.Round, Limit: n.Repeat.Max - 1})
	}
	for _, outcome := range sortedKeys(n.Edges) {
		g.Connect(flow.Edge{From: again, To: g.target(n, n.Edges[outcome], again), Label: outcome})
	}
	least := n.Repeat.Max
	if n.Repeat.Until != nil {
		least = 1
	}
	g.Loop(enter, again, round, least, n.Repeat.Max)
}

// fork draws a parallel.
func (g *planGraph) fork(n *Node, met int) {
	point, ends := g.at[n.ID], g.ends[n.ID]
	var lanes []int
	for i, lane := range n.Parallel.Lanes {
		start := ends[i]
		if lane.Start != n.ID {
			start = g.at[lane.Start]
		}
		lanes = append(lanes, g.Connect(flow.Edge{From: point, To: start, Kind: flow.Lane, Label: lane.ID}))
	}
	g.Fork(point, met, lanes, ends, n.Parallel.Join == "all")
	for _, outcome := range sortedKeys(n.Edges) {
		g.Connect(flow.Edge{From: met, To: g.target(n, n.Edges[outcome], met), Label: outcome})
	}
}
