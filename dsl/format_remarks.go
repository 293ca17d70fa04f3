package dsl

import "strings"

// remark is one comment of a file.
type remark struct {
	at    place
	text  string // with its #
	blank bool   // an empty line stands above it
	tight bool   // one blank before `#word`: our checker may take it for a cut text (J0015)
}

// before compares places in the order of the file.
func (p place) before(other place) bool {
	return p.line < other.line || p.line == other.line && p.column < other.column
}

// remarkReader walks over a file beside its tree and finds what YAML throws
// away: the comments, and where each value ends. The library's own comments are
// not used, because inside brackets it loses some.
type remarkReader struct {
	lines   [][]rune
	cursor  place
	remarks []remark
	ends    map[*node]place // just after each value
	ok      bool
}

// remarksOf finds every comment of a file, in order, and the end of every value.
// It is not ok when a scalar could not be followed exactly.
func remarksOf(root *node) ([]remark, map[*node]place, bool) {
	r := &remarkReader{lines: root.src.lines, ends: map[*node]place{}, ok: true}
	r.walk(root)
	r.gap(place{line: len(r.lines)})
	return r.remarks, r.ends, r.ok
}

func startOf(n *node) place { return place{line: n.line - 1, column: n.column - 1} }

func (r *remarkReader) walk(n *node) {
	switch {
	case n.kind == scalarNode && n.style == plainStyle && n.value == "": // nothing is written
	case n.kind == scalarNode:
		r.scalar(n)
	default:
		opened := n.flow && r.char(startOf(n)) != 0 && strings.ContainsRune("[{", r.char(startOf(n)))
		if opened {
			r.gap(startOf(n))
			r.cursor.column++
		}
		for i, item := range n.items {
			if n.kind == mappingNode {
				r.walk(n.keys[i])
			}
			r.walk(item)
		}
		if opened {
			r.close()
		}
	}
	r.ends[n] = r.cursor
}

func (r *remarkReader) scalar(n *node) {
	r.gap(startOf(n))
	if n.style >= literalStyle && strings.Trim(n.value, "\n") == "" { // a comment may be all that follows
		r.gap(place{line: n.line})
		return
	}
	places, end, ok := replay(n.src, n.style, n.line, n.column, n.value)
	if !ok {
		r.ok = false
		return
	}
	if n.style < literalStyle {
		r.cursor = end
		return
	}
	r.gap(place{line: n.line}) // a comment may stand behind | and >
	if len(places) > 0 {
		r.cursor = place{line: places[len(places)-1].line + 1}
	}
}

func (r *remarkReader) char(at place) rune {
	if at.line < len(r.lines) && at.column < len(r.lines[at.line]) {
		return r.lines[at.line][at.column]
	}
	return 0
}

// gap goes on to a place and takes the comments on the way.
func (r *remarkReader) gap(to place) {
	for r.cursor.before(to) && r.cursor.line < len(r.lines) {
		r.step()
	}
}

// close goes on behind the bracket that closes a list or mapping.
func (r *remarkReader) close() {
	for r.cursor.line < len(r.lines) {
		c := r.char(r.cursor)
		r.step()
		if c == ']' || c == '}' {
			return
		}
	}
	r.ok = false
}

// step goes on by one character, or by a comment to the end of its line.
func (r *remarkReader) step() {
	line, c := r.lines[r.cursor.line], r.cursor.column
	switch {
	case c >= len(line):
		r.cursor = place{line: r.cursor.line + 1}
	case line[c] == '#' && (c == 0 || isBlank(line[c-1])):
		text := strings.TrimRight(string(line[c:]), " \t")
		r.remarks = append(r.remarks, remark{
			at: r.cursor, text: text, blank: r.blankAbove(r.cursor.line),
			tight: c > 0 && line[c-1] == ' ' && (c == 1 || !isBlank(line[c-2])) && len(text) > 1 && text[1] != ' ' && text[1] != '\t',
		})
		r.cursor = place{line: r.cursor.line + 1}
	default:
		r.cursor.column++
	}
}

func (r *remarkReader) blankAbove(line int) bool {
	return line > 0 && blank(r.lines[line-1])
}
