package graph

import (
	"slices"
	"strings"
)

// Sizes in pixels. Widths of texts are estimated, because a picture that stands
// alone cannot ask which font it will be shown in; lines are cut to what surely fits.
const (
	boxWidth   = 280
	boxPadding = 10
	titleLine  = 18
	textLine   = 16
	columnGap  = 46 // between columns; loops run up in it
	margin     = 28
	turn       = 16 // from a box to where its arrows part or meet
	labelLine  = 15
	titleChars = 31 // of a box
	textChars  = 37
	labelChars = 38 // of a line of a label
	charWidth  = 6.2
)

type point struct{ x, y int }

// rect is a box with its place.
type rect struct{ x, y, w, h int }

func (r rect) right() int  { return r.x + r.w }
func (r rect) bottom() int { return r.y + r.h }
func (r rect) middle() int { return r.x + r.w/2 }

// path is an arrow with its place, made of straight lines; label is where its
// words stand, and lines are they.
type path struct {
	points []point
	label  rect
	lines  []string
	back   bool
}

// layout is a picture with a place for everything.
type layout struct {
	picture *Picture
	rects   map[string]rect
	rounds  map[string]int // of a repeat: the height below its steps where the next round turns
	frames  []rect
	jumps   int // routed so far
	paths   []path
	always  *point // the heading of goals and exits
	w, h    int
}

func (p *Picture) layout() *layout {
	l := &layout{picture: p, rects: map[string]rect{}, rounds: map[string]int{}}
	right, bottom := l.list(p.main, margin+boxWidth/2, margin+titleLine+16)
	if len(p.failure) > 0 {
		r, b := l.list(p.failure, right+columnGap+boxWidth/2, margin+titleLine+16)
		right, bottom = r, max(bottom, b)
	}
	if len(p.always) > 0 {
		l.always = &point{margin, bottom + 34}
		x, y, low := margin, bottom+46, 0
		for i, id := range p.always {
			if i > 0 && x+boxWidth > max(right, margin+3*(boxWidth+columnGap)) {
				x, y = margin, low+turn
			}
			l.rects[id] = rect{x, y, boxWidth, p.boxes[id].height()}
			x, low = x+boxWidth+columnGap, max(low, l.rects[id].bottom())
			right = max(right, l.rects[id].right())
		}
		bottom = low
	}
	for _, a := range p.arrows {
		l.paths = append(l.paths, l.route(a))
	}
	l.w, l.h = right+margin, bottom+margin
	return l
}

func (b *box) height() int {
	if b.icon == "join" {
		return titleLine + 6
	}
	return 2*boxPadding + titleLine + textLine*len(b.lines)
}

// list places rows below each other, and beside each row the lists inside it. It
// returns the edges of the room that it took.
func (l *layout) list(rows []*row, middle, y int) (right, bottom int) {
	right = middle + boxWidth/2
	for _, r := range rows {
		l.rects[r.id] = rect{middle - boxWidth/2, y, boxWidth, l.picture.boxes[r.id].height()}
		y = l.rects[r.id].bottom() + l.gap(r.id)
		if len(r.inside) > 0 {
			top, low, x := y, y, middle
			if l.past(r) {
				x = right0(middle)
			}
			for i, inside := range r.inside {
				edge, end := l.list(inside, x, top)
				right, low = max(right, edge), max(low, end)
				if r.frame && (r.join != "" || i == 0) {
					l.frame(r, edge, end, i)
				}
				x = edge + columnGap + boxWidth/2
			}
			y = low + 2*turn
			if r.frame {
				y += turn / 2
			}
		}
		if r.join != "" {
			l.rects[r.join] = rect{middle - boxWidth/2, y, boxWidth, l.picture.boxes[r.join].height()}
			y = l.rects[r.join].bottom() + l.gap(r.join)
		}
		bottom = max(bottom, y)
	}
	last := rows[len(rows)-1]
	switch {
	case last.join != "":
		bottom = l.rects[last.join].bottom()
	case len(last.inside) == 0:
		bottom = l.rects[last.id].bottom()
	}
	if room := l.gap(lastBox(last)); len(l.picture.out(lastBox(last))) > 0 && room > 2*turn {
		bottom = max(bottom, l.rects[lastBox(last)].bottom()+room-2*turn) // its label
	}
	return right, bottom
}

// frame draws a line around the steps of a repeat, with room on the left for the
// arrow of the next round, or around the lanes of a parallel, one after the other.
func (l *layout) frame(r *row, right, bottom, lane int) {
	first := l.rects[r.inside[0][0].id]
	top := l.rects[r.id].bottom() + turn/2
	left := first.x - 12
	if r.join == "" {
		left = first.x - columnGap/2 - 12
		l.rounds[r.id] = bottom + turn
	}
	if lane > 0 {
		last := &l.frames[len(l.frames)-1]
		bottom = max(bottom, last.bottom()-2*turn)
		l.frames = l.frames[:len(l.frames)-1]
	}
	l.frames = append(l.frames, rect{left, top, right + 12 - left, bottom + 2*turn - top})
}

func right0(middle int) int { return middle + boxWidth + columnGap }

func lastBox(r *row) string {
	if r.join != "" {
		return r.join
	}
	return r.id
}

// past reports whether an arrow leads past the lists inside a row, straight down
// from its box: the lists then stand beside it.
func (l *layout) past(r *row) bool {
	for _, a := range l.picture.out(r.id) {
		if !a.jump && !slices.ContainsFunc(r.inside, func(list []*row) bool { return list[0].id == a.to }) {
			return true
		}
	}
	return false
}

// gap is the room below a box: for arrows to part and meet, and for their words.
func (l *layout) gap(id string) int {
	lines := 0
	for _, a := range l.picture.out(id) {
		if !a.jump {
			lines = max(lines, len(l.picture.labelLines(a)))
		}
	}
	return 2*turn + lines*labelLine + min(lines, 1)*8
}

func (p *Picture) labelLines(a arrow) []string {
	label := p.label(a)
	if label == "" {
		return nil
	}
	lines := []string{""}
	for i, word := range strings.Split(label, ", ") {
		at := len(lines) - 1
		switch {
		case i == 0:
			lines[at] = short(word, labelChars)
		case len([]rune(lines[at]))+len([]rune(word))+2 <= labelChars:
			lines[at] += ", " + word
		default:
			lines[at] += ","
			lines = append(lines, short(word, labelChars))
		}
	}
	return lines
}

// route leads an arrow. Forward: down, across where arrows part, down into the
// next box; or, when it leaves its list, down its own column and across above the
// box where the branches meet. Back: up in the gap left of where it goes.
func (l *layout) route(a arrow) path {
	from, to := l.rects[a.from], l.rects[a.to]
	p := path{lines: l.picture.labelLines(a), back: a.back}
	switch {
	case a.back && !a.jump: // the next round of a repeat
		gutter := to.right() + columnGap/2
		p.points = []point{{from.middle(), from.bottom()}, {from.middle(), l.rounds[a.to]}, {gutter, l.rounds[a.to]}, {gutter, to.y + to.h/2}, {to.right(), to.y + to.h/2}}
	case a.jump: // above the boxes beside it, then up; several keep apart
		apart := 4 * (l.jumps % 3)
		l.jumps++
		side, y, gutter := from.x-columnGap/3+apart, from.y-9-apart/2, to.x-columnGap/3-apart
		p.points = []point{{from.x, from.y + from.h/2}, {side, from.y + from.h/2}, {side, y}, {gutter, y}, {gutter, to.y + to.h/2}, {to.x, to.y + to.h/2}}
	case from.middle() == to.middle():
		p.points = []point{{from.middle(), from.bottom()}, {to.middle(), to.y}}
	case to.middle() > from.middle(): // into a branch
		y := from.bottom() + turn
		p.points = []point{{from.middle(), from.bottom()}, {from.middle(), y}, {to.middle(), y}, {to.middle(), to.y}}
	default: // out of a branch
		y := to.y - turn
		p.points = []point{{from.middle(), from.bottom()}, {from.middle(), y}, {to.middle(), y}, {to.middle(), to.y}}
	}
	if len(p.lines) > 0 {
		x, y := from.middle(), from.bottom()+turn+4
		if to.middle() > x && !a.back {
			x = to.middle()
		}
		w := 0
		for _, line := range p.lines {
			w = max(w, int(float64(len([]rune(line)))*charWidth)+12)
		}
		p.label = rect{x - w/2, y, w, len(p.lines)*labelLine + 2}
	}
	return p
}
