package graph

import (
	"fmt"
	"maps"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// Whatever the nesting, boxes and labels lie apart, inside the picture, and every
// edge of the plan is drawn.
func TestBoxesLieApart(t *testing.T) {
	ws := dsl.DefaultWorkspace()
	rng := rand.New(rand.NewSource(1))
	steps := 0
	for range 300 {
		source := drawn(rng)
		j, list := dsl.Parse(dsl.File{Path: "drawn.journey.yaml", Content: []byte(source)})
		require.False(t, list.HasErrors(), "%v\n%s", list, source)
		plan, list := dsl.Compile(j, ws)
		require.NotNil(t, plan, "%v\n%s", list, source)
		steps += len(plan.Nodes)
		p := Of(j, plan, diag.English)
		l := p.layout()
		require.Len(t, p.order(), len(l.rects))
		require.Len(t, l.rects, len(p.boxes))
		placed := maps.Clone(l.rects)
		for i, a := range l.paths {
			if len(a.lines) > 0 {
				placed[fmt.Sprintf("label %d %v", i, a.lines)] = a.label
			}
			for _, pt := range a.points {
				require.True(t, pt.x > 0 && pt.y > 0 && pt.x < l.w && pt.y < l.h, "an arrow leaves the picture: %+v\n%s", a, source)
			}
		}
		apart(t, placed, l, source)
		for id, n := range plan.Nodes {
			for outcome, to := range n.Edges {
				require.True(t, drawnEdge(p, plan, n, id, to), "%s ends with %s and goes on to %s, which is not drawn\n%s", id, outcome, to, source)
			}
		}
	}
	require.Greater(t, steps, 3000)
}

func apart(t *testing.T, placed map[string]rect, l *layout, source string) {
	t.Helper()
	for a, ra := range placed {
		require.True(t, ra.x > 0 && ra.y > 0 && ra.right() < l.w && ra.bottom() < l.h, "%s lies outside: %+v of %d × %d\n%s", a, ra, l.w, l.h, source)
		for b, rb := range placed {
			if a < b {
				require.False(t, ra.x < rb.right() && rb.x < ra.right() && ra.y < rb.bottom() && rb.y < ra.bottom(), "%s %+v lies over %s %+v\n%s", a, ra, b, rb, source)
			}
		}
	}
}

func drawnEdge(p *Picture, plan *dsl.Plan, n *dsl.Node, from, to string) bool {
	if n.Parallel != nil {
		from = joinPrefix + from
	}
	if other := plan.Nodes[to]; other != nil && other.Parallel != nil {
		for _, around := range n.Inside {
			if around == to {
				to = joinPrefix + to
			}
		}
	}
	for _, a := range p.arrows {
		if a.from == from && (a.to == to || to == dsl.End && a.to == failedBox) {
			return true
		}
	}
	return false
}

// drawn writes a random clean journey with nested branches, loops and lanes.
func drawn(rng *rand.Rand) string {
	var b strings.Builder
	b.WriteString("dsl: 1\njourney: drawn\ncategory: utility\ntimezone: UTC\ntriggers: [{api: true}]\nvars: {a: 0}\n")
	if rng.Intn(2) == 0 {
		b.WriteString("exits: [{id: broke, failure: true, steps: [{id: note, set: {a: 1}}]}, {id: off, when: contact.opt_in.sms}]\n")
	}
	b.WriteString("steps:\n")
	n := 0
	drawSteps(rng, &b, &n, "  ", 0, false)
	return b.String()
}

func drawSteps(rng *rand.Rand, b *strings.Builder, n *int, indent string, depth int, lane bool) {
	for i := range 1 + rng.Intn(3) {
		*n++
		id := fmt.Sprintf("s%d_%s", *n, strings.Repeat("x", rng.Intn(30)))
		kind := rng.Intn(8)
		if depth > 3 || *n > 40 {
			kind = rng.Intn(3)
		}
		if lane && (kind == 0 || kind == 3 || kind == 4) { // lanes neither write the same variable nor ask at once
			kind = 1
		}
		nested := func(name string) {
			fmt.Fprintf(b, "%s    %s:\n", indent, name)
			drawSteps(rng, b, n, indent+"      ", depth+1, lane || kind == 6)
		}
		fmt.Fprintf(b, "%s- id: %s\n", indent, id)
		if rng.Intn(5) == 0 {
			fmt.Fprintf(b, "%s  if: vars.a > %d\n", indent, *n)
		}
		switch kind {
		case 0:
			fmt.Fprintf(b, "%s  set: {a: \"{{ vars.a + 1 }}\"}\n", indent)
		case 1:
			fmt.Fprintf(b, "%s  wait: {for: 1h}\n", indent)
		case 2:
			fmt.Fprintf(b, "%s  send: {sms: {text: Oi}}\n", indent)
		case 3, 4:
			fmt.Fprintf(b, "%s  ask: {sms: {text: Oi}, options: [{id: aa, title: A long title here}, {id: bb, title: B}, {id: cc, title: C}], timeout: 1d}\n%s  branches:\n", indent, indent)
			nested("aa")
			if rng.Intn(2) == 0 {
				nested("bb")
			}
			if rng.Intn(2) == 0 {
				nested("otherwise")
			} else {
				fmt.Fprintf(b, "%s    otherwise: []\n", indent)
			}
		case 5:
			until := rng.Intn(2) == 0
			fmt.Fprintf(b, "%s  repeat:\n%s    max: 2\n", indent, indent)
			if until {
				fmt.Fprintf(b, "%s    until: vars.a > %d\n", indent, *n)
			}
			nested("steps")
			if until {
				fmt.Fprintf(b, "%s  branches:\n", indent)
				nested("exhausted")
			}
		case 6:
			fmt.Fprintf(b, "%s  parallel: {join: all}\n%s  branches:\n", indent, indent)
			nested("left")
			nested("right")
		case 7:
			if i == 0 {
				fmt.Fprintf(b, "%s  wait: {for: 2h}\n", indent)
				continue
			}
			fmt.Fprintf(b, "%s  switch: [{case: x, when: vars.a > %d}]\n%s  branches:\n", indent, *n, indent)
			nested("x")
		}
	}
}
