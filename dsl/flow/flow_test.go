package flow

import (
	"reflect"
	"slices"
	"testing"
)

// line is a graph of points in a row: a, b, c, … and the end.
func line(names ...string) *Graph {
	g := &Graph{}
	for _, name := range names {
		g.Point(name)
	}
	g.End = g.Point("end")
	for i := range names {
		g.Connect(Edge{From: i, To: i + 1, Label: "ok"})
	}
	return g
}

// ran counts which points were passed, as sets.
func ran(g *Graph) Problem[Set] {
	return Problem[Set]{
		Roots: map[int]Set{0: NewSet(g.Len())},
		Along: func(e Edge, s Set) Set {
			if e.Kind == Skip {
				return s
			}
			return s.With(e.From)
		},
		Join: Set.Both, Meet: Set.Met, Equal: Set.Equal, Widen: Set.Both,
	}
}

func passed(s Set, g *Graph) (names []string) {
	for i := range g.Len() {
		if s.Has(i) {
			names = append(names, g.Name(i))
		}
	}
	return names
}

func TestWhereWaysMeetBothMustHold(t *testing.T) {
	g := line("a", "b", "c")
	g.Connect(Edge{From: 1, To: 2, Kind: Skip})
	states, reached := Solve(g, ran(g))
	if got := passed(states[3], g); !slices.Equal(got, []string{"a", "c"}) || !reached[3] {
		t.Errorf("%v surely ran at the end", got)
	}
}

func TestLanes(t *testing.T) {
	for _, c := range []struct {
		all  bool
		want []string
	}{{true, []string{"fork", "one", "two"}}, {false, []string{"fork"}}} {
		g := &Graph{}
		fork := g.Point("fork")
		one, oneEnd := g.Point("one"), g.Point("one's end")
		two, twoEnd := g.Point("two"), g.Point("two's end")
		met := g.Point("met")
		g.End = g.Point("end")
		g.Connect(Edge{From: one, To: oneEnd})
		g.Connect(Edge{From: two, To: twoEnd})
		lanes := []int{
			g.Connect(Edge{From: fork, To: one, Kind: Lane, Label: "b"}),
			g.Connect(Edge{From: fork, To: two, Kind: Lane, Label: "a"}),
		}
		g.Fork(fork, met, lanes, []int{oneEnd, twoEnd}, c.all)
		g.Connect(Edge{From: met, To: g.End})
		states, _ := Solve(g, ran(g))
		got := passed(states[met], g)
		got = slices.DeleteFunc(got, func(name string) bool { return name == "one's end" || name == "two's end" })
		if !slices.Equal(got, c.want) {
			t.Errorf("all=%v: %v surely ran where the lanes meet, want %v", c.all, got, c.want)
		}
		cost := Cost{Of: func(e Edge) int64 { return map[string]int64{"one": 3, "two": 5}[g.Name(e.From)] }}
		most, least := g.Longest(fork, cost), g.Shortest(fork, cost)
		cost.Beside = true
		if beside := g.Longest(fork, cost); most != 8 || beside != 5 || least != map[bool]int64{true: 8, false: 3}[c.all] {
			t.Errorf("all=%v: lanes cost %d to %d, and %d beside each other", c.all, least, most, beside)
		}
	}
}

// A loop that always leaves less settles at nothing, in bounded time.
func TestWiden(t *testing.T) {
	g := line("a", "b")
	g.Connect(Edge{From: 1, To: 1, Kind: Round, Limit: 1000})
	states, _ := Solve(g, Problem[int]{
		Roots: map[int]int{0: 1 << 30},
		Along: func(_ Edge, n int) int { return n - 1 },
		Join:  func(a, b int) int { return min(a, b) },
		Equal: func(a, b int) bool { return a == b },
		Widen: func(int, int) int { return 0 },
	})
	if states[1] != 0 {
		t.Errorf("widened to %d", states[1])
	}
}

func TestPath(t *testing.T) {
	g := line("a", "b", "c")
	g.Connect(Edge{From: 0, To: 2, Label: "jump"})
	g.Connect(Edge{From: 0, To: 2, Label: "hop"})
	labels := func(path []int) (out []string) {
		for _, i := range path {
			out = append(out, g.Edges[i].Label)
		}
		return out
	}
	every := func(Edge) bool { return true }
	if got := labels(g.Path([]int{0}, 3, func(Edge, bool) bool { return false }, every)); !reflect.DeepEqual(got, []string{"hop", "ok"}) {
		t.Errorf("the shortest path, first in the alphabet, is %v", got)
	}
	if got := labels(g.Path([]int{0}, 3, func(e Edge, yes bool) bool { return yes || e.Label != "ok" }, every)); !reflect.DeepEqual(got, []string{"ok", "ok", "ok"}) {
		t.Errorf("without a jump or hop it is %v", got)
	}
	if got := g.Path([]int{0}, 3, func(Edge, bool) bool { return true }, every); got != nil {
		t.Errorf("there is no path, and it is %v", got)
	}
}

func TestLoopsAndJumps(t *testing.T) {
	g := &Graph{}
	before, body, again, after := g.Point("before"), g.Point("body"), g.Point("again"), g.Point("after")
	g.End = g.Point("end")
	enter := g.Connect(Edge{From: before, To: body, Kind: Enter})
	g.Connect(Edge{From: body, To: again})
	round := g.Connect(Edge{From: again, To: body, Kind: Round, Limit: 3})
	g.Connect(Edge{From: again, To: after})
	g.Connect(Edge{From: after, To: g.End})
	g.Connect(Edge{From: after, To: before, Kind: Jump, Limit: 2})
	g.Loop(enter, again, round, 1, 4)
	cost := Cost{Of: func(e Edge) int64 {
		if e.From == body {
			return 1
		}
		return 0
	}}
	if most, least := g.Longest(before, cost), g.Shortest(before, cost); most != 3*4 || least != 1 {
		t.Errorf("%d to %d rounds, want 1 to 12", least, most)
	}
	cost.Apart = func(e Edge) bool { return e.Kind == Round }
	if most := g.Longest(before, cost); most > 3*2 || most < 2 {
		t.Errorf("between two rounds apart: %d", most)
	}
}
