package api

import (
	"maps"
	"slices"

	"jornada/dsl"
)

// graphView is a journey as a picture needs it.
type graphView struct {
	Start string     `json:"start"`
	Nodes []nodeView `json:"nodes"`
	Edges []edgeView `json:"edges"`
}

type nodeView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Verb string `json:"verb"`
	Line int    `json:"line"`
}

type edgeView struct {
	From    string `json:"from"`
	Outcome string `json:"outcome"`
	To      string `json:"to"`
}

func graphOf(p *dsl.Plan) graphView {
	g := graphView{Start: p.Start, Nodes: []nodeView{}, Edges: []edgeView{}}
	ids := slices.SortedFunc(maps.Keys(p.Nodes), func(a, b string) int {
		if byLine := p.Nodes[a].Line - p.Nodes[b].Line; byLine != 0 {
			return byLine
		}
		if a < b {
			return -1
		}
		return 1
	})
	for _, id := range ids {
		n := p.Nodes[id]
		g.Nodes = append(g.Nodes, nodeView{id, n.Name, n.Verb, n.Line})
		for _, outcome := range slices.Sorted(maps.Keys(n.Edges)) {
			g.Edges = append(g.Edges, edgeView{id, outcome, n.Edges[outcome]})
		}
		if n.If != nil || len(n.Edges) == 0 && n.Next != "" {
			g.Edges = append(g.Edges, edgeView{id, "", n.Next})
		}
	}
	return g
}

// estimateView is how many messages one person gets, at least and at most, when
// nobody interrupts. Fallbacks and reprompts count for the most.
type estimateView struct {
	MessagesMin int `json:"messages_min"`
	MessagesMax int `json:"messages_max"`
}

func estimateOf(p *dsl.Plan) estimateView {
	return estimateView{fewest(p), most(p)}
}

// most adds up every send and ask that can happen, each as often as its loops allow.
func most(p *dsl.Plan) int {
	total := 0
	for _, n := range p.Nodes {
		each := 0
		switch {
		case n.Send != nil:
			each = len(n.Send.Routes)
		case n.Ask != nil:
			each = len(n.Ask.Routes) + n.Ask.Retries
		}
		for _, outer := range n.Inside {
			if loop := p.Nodes[outer]; loop != nil && loop.Repeat != nil && loop.Repeat.Max > 0 {
				each *= loop.Repeat.Max
			}
		}
		total += each
	}
	return total
}

// fewest is the shortest way to an end, counted in messages (Dijkstra with
// weights 0 and 1). A parallel counts as its cheapest lane.
func fewest(p *dsl.Plan) int {
	best := map[string]int{p.Start: 0}
	done := map[string]bool{}
	for {
		at, found := "", false
		for id, cost := range best {
			if !done[id] && (!found || cost < best[at] || cost == best[at] && id < at) {
				at, found = id, true
			}
		}
		if !found {
			return 0
		}
		n := p.Nodes[at]
		if at == dsl.End || n == nil {
			return best[at]
		}
		done[at] = true
		cost := best[at]
		reach := func(to string, weight int) {
			if to == "" {
				to = dsl.End
			}
			if old, seen := best[to]; !seen || cost+weight < old {
				best[to] = cost + weight
			}
		}
		weight := 0
		if n.Send != nil || n.Ask != nil {
			weight = 1
		}
		for _, to := range n.Edges {
			reach(to, weight)
		}
		if n.If != nil {
			reach(n.Next, 0)
		}
		if n.Repeat != nil {
			reach(n.Repeat.Body, 0)
		}
		if n.Parallel != nil {
			for _, lane := range n.Parallel.Lanes {
				reach(lane.Start, 0)
			}
		}
		if len(n.Edges) == 0 && n.Exit == "" {
			reach(n.Next, weight)
		}
		if n.Exit != "" {
			reach(dsl.End, 0)
		}
	}
}
