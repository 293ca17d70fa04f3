package dsl

import "unicode/utf8"

// layoutBlock is a mapping or list as it will be printed, one entry below the
// other, with the comments beside what they are about.
type layoutBlock struct {
	list    bool
	entries []*layoutEntry
	foot    []remark // below the last entry, at its indentation
}

// layoutEntry is one `key: value` or `- value`.
type layoutEntry struct {
	head  []remark // on lines of their own, above
	blank bool     // an empty line stands above
	key   *node    // nil in a list
	value *node
	block *layoutBlock // the value, when it goes on lines of its own
	trail []remark     // behind it on its line; more when they go on below in the same column
}

// arranger gives every comment its place: behind what stands on its line, above
// what follows, or below a block that ends when it is indented as deeply.
type arranger struct {
	remarks []remark // not yet placed
	ends    map[*node]place
	lines   [][]rune
	within  map[*node]bool // brackets with comments inside
}

// wideBrackets is how long brackets written over several lines may become on one.
const wideBrackets = 80

func arrange(root *node, remarks []remark, ends map[*node]place) *layoutBlock {
	a := &arranger{remarks: remarks, ends: ends, lines: root.src.lines, within: map[*node]bool{}}
	a.commented(root, 0)
	b := a.block(root, place{line: len(a.lines)}, -1)
	b.foot = append(b.foot, a.take(place{line: len(a.lines) + 1})...)
	return b
}

// commented notes which brackets hold comments; from is the first comment not
// before the node, and the result the first one behind it.
func (a *arranger) commented(n *node, from int) int {
	if n.kind == scalarNode {
		return from
	}
	for from < len(a.remarks) && a.remarks[from].at.before(startOf(n)) {
		from++
	}
	to := from
	for to < len(a.remarks) && a.remarks[to].at.before(a.ends[n]) {
		to++
	}
	a.within[n] = to > from
	for _, item := range n.items {
		from = a.commented(item, from)
	}
	return from
}

// open reports whether a value goes on lines of its own.
func (a *arranger) open(n *node) bool {
	if n.kind == scalarNode || len(n.items) == 0 {
		return false
	}
	return !n.flow || a.within[n] || a.ends[n].line > n.line-1 && (room(n, wideBrackets) < 0 || len([]rune(onOneLine(n))) > wideBrackets)
}

// room is what is left of a line behind a value, at most; it stops counting when
// nothing is, because brackets may hold half a megabyte.
func room(n *node, left int) int {
	left -= utf8.RuneCountInString(n.value)
	for i := 0; i < len(n.items) && left >= 0; i++ {
		if n.kind == mappingNode {
			left = room(n.keys[i], left)
		}
		left = room(n.items[i], left-1)
	}
	return left
}

// take removes and returns the comments before a place.
func (a *arranger) take(to place) []remark {
	n := 0
	for n < len(a.remarks) && a.remarks[n].at.before(to) {
		n++
	}
	taken := a.remarks[:n:n]
	a.remarks = a.remarks[n:]
	return taken
}

// beside takes the comment on a line, and those that go on below it in the same
// column. single: nothing can go on below.
func (a *arranger) beside(line int, next place, single bool) []remark {
	n := 0
	for n < len(a.remarks) && a.remarks[n].at.before(next) && a.remarks[n].at.line == line+n &&
		(n == 0 || !single && a.remarks[n].at.column == a.remarks[0].at.column) {
		n++
	}
	taken := a.remarks[:n:n]
	a.remarks = a.remarks[n:]
	return taken
}

// block arranges a mapping or list. next is where the file goes on behind it, and
// column the indentation there.
func (a *arranger) block(n *node, next place, column int) *layoutBlock {
	b := &layoutBlock{list: n.kind == listNode}
	for i, value := range n.items {
		e := &layoutEntry{value: value}
		start := startOf(value)
		if !b.list {
			e.key = n.keys[i]
			start = startOf(e.key)
		}
		then, thenColumn := next, column
		switch {
		case i+1 < len(n.items):
			then, thenColumn = startOf(n.items[i+1]), n.column-1
			if !b.list {
				then = startOf(n.keys[i+1])
			}
		case n.flow:
			then = a.ends[n]
		}
		e.head = a.take(start)
		e.blank = start.line > 0 && blank(a.lines[start.line-1])
		a.value(e, then, thenColumn)
		b.entries = append(b.entries, e)
	}
	if n.flow {
		b.foot = append(a.take(a.ends[n]), a.beside(a.ends[n].line, next, true)...)
		return b
	}
	for len(a.remarks) > 0 && a.remarks[0].at.before(next) && a.remarks[0].at.column >= n.column-1 && a.remarks[0].at.column > column {
		b.foot = append(b.foot, a.remarks[0])
		a.remarks = a.remarks[1:]
	}
	return b
}

func (a *arranger) value(e *layoutEntry, next place, column int) {
	v := e.value
	switch {
	case a.open(v):
		if e.key != nil {
			e.trail = a.beside(a.ends[e.key].line, firstOf(v), false)
			if v.column == e.key.column { // a list as far out as its key
				column = v.column - 1
			}
		}
		e.block = a.block(v, next, column)
		if e.key == nil { // what stands above the first line of an item stands above the item
			first := e.block.entries[0]
			e.head, first.head = append(e.head, first.head...), nil
			first.blank = false
		}
	case v.kind == scalarNode && v.style >= literalStyle:
		e.head = append(e.head, a.take(startOf(v))...)
		e.trail = a.beside(v.line-1, place{line: v.line}, true)
	default:
		end := a.ends[v]
		if v.null() && v.value == "" && e.key != nil {
			end = a.ends[e.key]
		}
		e.head = append(e.head, a.take(end)...)
		e.trail = a.beside(end.line, next, false)
	}
}

// firstOf is where the first entry of a list or mapping starts.
func firstOf(n *node) place {
	if n.kind == mappingNode {
		return startOf(n.keys[0])
	}
	return startOf(n.items[0])
}
