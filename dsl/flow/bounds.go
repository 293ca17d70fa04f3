package flow

import "slices"

// Cost is what a walk adds up: the cost of every edge it takes. Costs are never
// negative.
type Cost struct {
	Of func(e Edge) int64
	// Beside says that what lanes cost is not added up, because they run at the
	// same time: the dearest counts.
	Beside bool
	// Not are edges that are left out, unless there is no other way to the end;
	// nil: none.
	Not func(e Edge) bool
	// Apart are edges that begin a new sum: the dearest stretch between two of
	// them counts, not the whole walk; nil: none.
	Apart func(e Edge) bool
}

// none marks a point that no walk reaches, and an edge that none takes.
const none = int64(-1)

// Longest is the most that a walk from a root can cost: loops run as often as
// they may, and every jump is taken as often as it may be.
func (g *Graph) Longest(root int, c Cost) int64 {
	w := &walker{g: g, cost: c, dearest: true, edge: make([]int64, len(g.Edges)), dist: make([]int64, g.Len())}
	starts := []int{root}
	if c.Apart != nil {
		for _, e := range g.Edges {
			if e.Kind < over && c.Apart(e) {
				starts = append(starts, e.To)
			}
		}
	}
	w.collapse()
	var most int64
	for _, start := range starts[:min(len(starts), maxStarts)] {
		w.from(start, g.Len())
		for i, d := range w.dist {
			most = max(most, d)
			if head, cut := w.heads[i]; cut && d != none {
				most = max(most, plus(d, head))
			}
		}
	}
	// A walk is a way without going back, and for each jump back the way from
	// where it leads to where it stands.
	way, jumps := most, 0
	for i, e := range g.Edges {
		if e.Kind != Jump || e.To > e.From || w.edge[i] == none {
			continue
		}
		if jumps++; jumps > maxStarts {
			most = plus(most, times(e.Limit, way)) // as if it led back all the way
			continue
		}
		back := w.from(e.To, e.From)
		switch {
		case back != none:
			most = plus(most, times(e.Limit, back+w.edge[i]))
		case c.Apart != nil:
			most = plus(most, slices.Max(w.dist)) // what follows the jump, up to the edge that ends the sum
		}
	}
	return most
}

// maxStarts bounds how many stretches are measured one by one.
const maxStarts = 64

// Shortest is the least that a walk from a root to the end can cost.
func (g *Graph) Shortest(root int, c Cost) int64 {
	w := &walker{g: g, cost: c, edge: make([]int64, len(g.Edges)), dist: make([]int64, g.Len())}
	w.collapse()
	least := w.from(root, g.End)
	if least == none && c.Not != nil {
		c.Not = nil
		return g.Shortest(root, c)
	}
	return max(0, least)
}

// walker measures ways without going back, with every loop and fork inside them
// counted on the edge that leads in.
type walker struct {
	g       *Graph
	cost    Cost
	dearest bool
	edge    []int64 // what each edge costs, loops and forks included; none: cannot be taken
	dist    []int64
	heads   map[int]int64 // of a loop's point after a round, when a round cannot be walked through: what the next can add
}

// huge is more than anything: sums stop there.
const huge = int64(1) << 60

func plus(a, b int64) int64 { return min(a+b, huge) }

func times(n int, a int64) int64 {
	if n > 0 && a > huge/int64(n) {
		return huge
	}
	return int64(n) * a
}

// better keeps the dearer, or the cheaper, of two costs.
func (w *walker) better(a, b int64) int64 {
	switch {
	case a == none:
		return b
	case b == none:
		return a
	case w.dearest:
		return max(a, b)
	}
	return min(a, b)
}

// collapse works out what loops and forks cost, inner ones first.
func (w *walker) collapse() {
	for i, e := range w.g.Edges {
		switch {
		case e.Kind >= over:
		case w.cost.Not != nil && w.cost.Not(e), w.cost.Apart != nil && w.cost.Apart(e):
			w.edge[i] = none
		default:
			w.edge[i] = w.cost.Of(e)
		}
	}
	for _, r := range w.g.regions {
		if r.loop {
			w.loop(r)
		} else {
			w.fork(r)
		}
	}
}

// loop adds the other rounds: the most to the edge that leads in, the least to
// those that lead out.
func (w *walker) loop(r region) {
	rounds := r.rounds[0]
	if w.dearest {
		rounds = r.rounds[1]
	}
	body := w.from(w.g.Edges[r.enter].To, r.again)
	switch {
	case rounds < 2 || r.pause < 0 || w.edge[r.pause] == none || w.edge[r.enter] == none:
	case body != none && w.dearest: // also for who leaves in the middle of the last round
		w.edge[r.enter] = plus(w.edge[r.enter], times(rounds-1, body+w.edge[r.pause]))
	case body != none:
		for _, i := range w.g.out[r.again] {
			if w.g.Edges[i].Kind == Flow && w.edge[i] != none {
				w.edge[i] = plus(w.edge[i], times(rounds-1, body+w.edge[r.pause]))
			}
		}
	case w.cost.Apart != nil:
		if w.heads == nil {
			w.heads = map[int]int64{}
		}
		w.heads[r.again] = plus(w.edge[r.pause], slices.Max(w.dist))
	}
}

// fork sums up the lanes on the edge that leads past them.
func (w *walker) fork(r region) {
	met, gone, every := none, none, true
	add := func(sum *int64, v int64) {
		switch {
		case v == none:
		case *sum == none:
			*sum = v
		case w.cost.Beside || !r.all && !w.dearest:
			*sum = w.better(*sum, v)
		default:
			*sum = plus(*sum, v)
		}
	}
	for i, lane := range r.lanes {
		start := w.g.Edges[lane].To
		end := w.from(start, r.ends[i])
		exit := w.dist[w.g.End]
		if w.cost.Apart != nil {
			end = slices.Max(w.dist) // a sum that ends in the lane lets the others go on
		}
		if w.dearest {
			add(&met, w.better(end, exit)) // whatever way it takes, and the others beside it
		} else {
			add(&met, end)
			gone = w.better(gone, exit)
		}
		every = every && end != none
	}
	if w.dearest {
		gone = met
	}
	if r.all && !every {
		met = none // some lane always ends the walk
	}
	w.edge[r.over], w.edge[r.ended] = met, gone
}

// from measures from one point to another, and to all between; to the number of
// points, to all.
func (w *walker) from(start, to int) int64 {
	for i := range w.dist {
		w.dist[i] = none
	}
	w.dist[start] = 0
	for point := start; point < len(w.dist); point++ {
		if w.dist[point] == none || point == to {
			continue
		}
		for _, i := range w.g.out[point] {
			e := w.g.Edges[i]
			if e.To <= e.From || e.Kind == Lane || e.Kind == Meet || w.edge[i] == none {
				continue
			}
			w.dist[e.To] = w.better(w.dist[e.To], plus(w.dist[point], w.edge[i]))
		}
	}
	if to == len(w.dist) {
		return none
	}
	return w.dist[to]
}
