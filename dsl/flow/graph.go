package flow

// Kind is the role of an edge.
type Kind uint8

// The roles of edges.
const (
	Flow  Kind = iota // an outcome, falling through
	Skip              // past a step that is not run
	Enter             // into the body of a loop, the first time
	Round             // into the body again: leads back, at most Limit times per Enter
	Jump              // leads anywhere, at most Limit times in a walk
	Lane              // from a fork into one of its lanes
	Meet              // from the end of a lane to where the lanes meet
	over              // from a fork past its lanes: what they cost together
	gone              // from a fork to the end: a lane ended the whole walk
)

// Edge is one way from a point to another.
type Edge struct {
	From, To int
	Kind     Kind
	Label    string // the outcome it stands for; "" when there is nothing to choose
	Limit    int    // of a Round or Jump
}

// Graph is a program. Points are numbered in the order of reading; End is where
// every walk ends.
type Graph struct {
	Edges []Edge
	End   int

	names   []string
	in, out [][]int // edges by point
	regions []region
	joins   map[int]int // of a point where lanes meet: its region
}

// region is a loop or a fork. Inner ones were closed before outer ones.
type region struct {
	enter       int // of a loop: the Enter edge
	again       int // of a loop: the point after a round
	rounds      [2]int
	pause       int // of a loop: the Round edge, or -1
	fork, join  int
	all         bool
	lanes       []int // Lane edges
	ends        []int // the lanes' last points
	over, ended int   // the edges that stand for the lanes
	loop        bool
}

// Point adds a point; what it is called is shown in paths.
func (g *Graph) Point(name string) int {
	g.names = append(g.names, name)
	g.in, g.out = append(g.in, nil), append(g.out, nil)
	return len(g.names) - 1
}

// Len is the number of points.
func (g *Graph) Len() int { return len(g.names) }

// Name is what a point is called.
func (g *Graph) Name(point int) string { return g.names[point] }

// Connect adds an edge and returns its number.
func (g *Graph) Connect(e Edge) int {
	g.Edges = append(g.Edges, e)
	i := len(g.Edges) - 1
	g.out[e.From] = append(g.out[e.From], i)
	g.in[e.To] = append(g.in[e.To], i)
	return i
}

// Loop declares that the Enter edge leads into a loop whose rounds end at the
// point again, and run at least and at most so often. round is the edge back, or
// -1 when there is none. Inner loops and forks are declared before outer ones.
func (g *Graph) Loop(enter, again, round, least, most int) {
	g.regions = append(g.regions, region{loop: true, enter: enter, again: again, pause: round, rounds: [2]int{least, most}})
}

// Fork declares that the lanes, Lane edges from one point, end at the points
// ends and meet at join: all of them, or the first.
func (g *Graph) Fork(fork, join int, lanes, ends []int, all bool) {
	if g.joins == nil {
		g.joins = map[int]int{}
	}
	r := region{fork: fork, join: join, lanes: lanes, ends: ends, all: all}
	for _, end := range ends {
		g.Connect(Edge{From: end, To: join, Kind: Meet})
	}
	g.joins[join] = len(g.regions)
	r.over = g.Connect(Edge{From: fork, To: join, Kind: over})
	r.ended = g.Connect(Edge{From: fork, To: g.End, Kind: gone})
	g.regions = append(g.regions, r)
}

// Out are the edges that leave a point.
func (g *Graph) Out(point int) []int { return g.out[point] }
