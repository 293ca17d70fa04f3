package oracle

import (
	"strings"
	"testing"
)

func TestTogether(t *testing.T) {
	full := func(id string, due, unconfirmed int) Line {
		return Line{ID: id, Size: "full", Due: due, Unconfirmed: unconfirmed, Pass: true}
	}
	for _, c := range []struct {
		name   string
		lines  []Line
		failed int // which line; -1 = none
	}{
		{"few in two runs", []Line{full("T01", 1800, 4), full("T01", 1800, 3)}, -1},
		{"too many in two runs", []Line{full("T01", 1800, 4), full("T02", 1200, 0), full("T01", 1800, 4)}, 2},
		{"too many in one of two scenarios", []Line{full("T01", 1800, 8), full("T25", 60_000, 0)}, 0},
		{"two of few", []Line{full("T05", 600, 2)}, -1},
		{"three of few", []Line{full("T05", 600, 3)}, 0},
		{"at CI size a run judges itself", []Line{{ID: "T01", Size: "ci", Due: 120, Unconfirmed: 3, Pass: true}}, -1},
		{"the mutant", []Line{full("T01", 1800, 100).AsMutant()}, -1},
	} {
		broken := Together(c.lines)
		if (len(broken) == 1) != (c.failed >= 0) || len(broken) == 1 && broken[0].ID != c.lines[c.failed].ID {
			t.Errorf("%s: says %+v", c.name, broken)
		}
		for i, l := range c.lines {
			if l.Pass == (i == c.failed) || len(l.Breaches) > 0 == l.Pass {
				t.Errorf("%s: line %d gives %+v", c.name, i, l)
			}
		}
	}
}

func TestTotal(t *testing.T) {
	lines := []Line{{ID: "T01", Enrolled: 40, Due: 120, Accepted: 119, Kills: 6, Unconfirmed: 1}, {ID: "T12", Enrolled: 60, Due: 180, Accepted: 180}, Line{ID: "T01", Due: 120, Dup: 7}.AsMutant()}
	var out strings.Builder
	if err := Total(&out, lines); err != nil {
		t.Fatal(err)
	}
	want := "\n2 runs, 100 enrollments, 300 messages due, 299 accepted, 6 kills: 0 lost, 0 sent twice, 1 unconfirmed, 0 skipped, 0 failed; none of N = 300 means fewer than 1 % (95 % confidence)\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}
