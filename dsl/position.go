package dsl

// place is where one character of a scalar's value was written: 0-based line
// and column, and how many characters of the file it took (an escape such as
// \u00e1 takes six).
type place struct{ line, column, width int }

// replay reads a scalar again, from the place where YAML says it starts, and
// notes where every character of its value was written: through quotes,
// escapes, folded lines, block indentation and CRLF. The library tells only
// where a scalar starts, and an error inside a folded text must still stand
// under the exact characters.
//
// The answer is compared with the value the library read, so it never lies: on
// any difference ok is false and callers fall back to the start of the scalar.
// end is the place just after the scalar in the file.
func replay(src *source, style scalarStyle, line, column int, value string) (places []place, end place, ok bool) {
	r := &replayer{lines: src.lines, line: line - 1, column: column - 1}
	if r.line < 0 || r.line >= len(r.lines) || r.column < 0 || r.column > len(r.lines[r.line]) {
		return nil, place{}, false
	}
	want := []rune(value)
	switch style {
	case plainStyle:
		ok = r.plain(want)
	case singleStyle:
		ok = r.quoted('\'')
	case doubleStyle:
		ok = r.quoted('"')
	case literalStyle, foldedStyle:
		ok = r.block(style == literalStyle, want)
	}
	if !ok || !r.says(want) {
		return nil, place{}, false
	}
	return r.places, place{r.line, r.column, 0}, true
}

type replayer struct {
	lines        [][]rune
	line, column int
	text         []rune
	places       []place

	measured int // the line of end, from 1
	end      int // where nothing but blanks follows on it
}

// restIsBlank reports whether nothing but blanks follows on this line. It is asked
// at every character, and looks at a line once.
func (r *replayer) restIsBlank() bool {
	if r.measured != r.line+1 {
		line := r.lines[r.line]
		r.measured, r.end = r.line+1, len(line)
		for r.end > 0 && isBlank(line[r.end-1]) {
			r.end--
		}
	}
	return r.column >= r.end
}

func (r *replayer) says(want []rune) bool { return string(r.text) == string(want) }

func (r *replayer) emit(c rune, at place) {
	r.text = append(r.text, c)
	r.places = append(r.places, at)
}

func (r *replayer) here(width int) place { return place{r.line, r.column, width} }

// take emits the character under the cursor as it stands.
func (r *replayer) take() {
	r.emit(r.lines[r.line][r.column], r.here(1))
	r.column++
}

// fold reads one or more line breaks inside a flow scalar: one break becomes a
// space, n breaks become n-1 line breaks. After an escaped break (`\` at the
// end of a line) nothing stands for the first one.
func (r *replayer) fold(escaped bool) bool {
	at := r.here(1)
	breaks := 0
	for {
		if r.line+1 >= len(r.lines) {
			return false
		}
		r.line, r.column = r.line+1, 0
		breaks++
		if !blank(r.lines[r.line]) {
			break
		}
	}
	for isBlank(r.lines[r.line][r.column]) {
		r.column++
	}
	if breaks == 1 && !escaped {
		r.emit(' ', at)
	}
	for i := 1; i < breaks; i++ {
		r.emit('\n', at)
	}
	return true
}

// plain follows an unquoted scalar for as long as its value lasts: where it
// ends depends on the context, which the value already knows.
func (r *replayer) plain(want []rune) bool {
	for len(r.text) < len(want) {
		line := r.lines[r.line]
		if r.restIsBlank() {
			if !r.fold(false) {
				return false
			}
			continue
		}
		if line[r.column] != want[len(r.text)] {
			return false
		}
		r.take()
	}
	return true
}

// quoted follows '…' and "…" to the closing quote.
func (r *replayer) quoted(quote rune) bool {
	line := r.lines[r.line]
	if r.column >= len(line) || line[r.column] != quote {
		return false
	}
	r.column++
	for {
		line := r.lines[r.line]
		if r.restIsBlank() {
			if !r.fold(false) {
				return false
			}
			continue
		}
		switch c := line[r.column]; {
		case c == quote && quote == '\'' && r.column+1 < len(line) && line[r.column+1] == '\'':
			r.emit('\'', r.here(2))
			r.column += 2
		case c == quote:
			r.column++
			return true
		case c == '\\' && quote == '"':
			if !r.escape() {
				return false
			}
		default:
			r.take()
		}
	}
}

var escapes = map[rune]rune{
	'0': 0, 'a': '\a', 'b': '\b', 't': '\t', '\t': '\t', 'n': '\n', 'v': '\v', 'f': '\f', 'r': '\r',
	'e': 0x1B, ' ': ' ', '"': '"', '\'': '\'', '/': '/', '\\': '\\', 'N': 0x85, '_': 0xA0, 'L': 0x2028, 'P': 0x2029,
}

var escapeDigits = map[rune]int{'x': 2, 'u': 4, 'U': 8}

// escape reads one backslash sequence of a double-quoted scalar.
func (r *replayer) escape() bool {
	line := r.lines[r.line]
	if r.column+1 >= len(line) {
		return r.fold(true)
	}
	next := line[r.column+1]
	if c, ok := escapes[next]; ok {
		r.emit(c, r.here(2))
		r.column += 2
		return true
	}
	digits, ok := escapeDigits[next]
	if !ok || r.column+2+digits > len(line) {
		return false
	}
	var c rune
	for _, d := range line[r.column+2 : r.column+2+digits] {
		switch {
		case '0' <= d && d <= '9':
			c = c<<4 | (d - '0')
		case 'a' <= d && d <= 'f':
			c = c<<4 | (d - 'a' + 10)
		case 'A' <= d && d <= 'F':
			c = c<<4 | (d - 'A' + 10)
		default:
			return false
		}
	}
	r.emit(c, r.here(2+digits))
	r.column += 2 + digits
	return true
}

// widestParent bounds how far indented a parent is looked for.
const widestParent = 200

// block follows | and > scalars.
func (r *replayer) block(literal bool, want []rune) bool {
	header := r.lines[r.line][r.column:]
	if len(header) == 0 || r.line+1 >= len(r.lines) {
		return len(want) == 0
	}
	chomp, explicit := ' ', 0
	for _, c := range header[1:] {
		if c == '+' || c == '-' {
			chomp = c
			continue
		}
		if c < '1' || c > '9' {
			break
		}
		explicit = int(c - '0')
	}
	start := r.line + 1
	widest := 0
	for _, line := range r.lines[start:] {
		widest = max(widest, indentation(line))
		if indentation(line) < len(line) {
			break
		}
	}
	if explicit == 0 {
		r.blockLines(start, max(widest, 1), literal, chomp)
		return true
	}
	// An explicit indentation counts from the parent's, which the value tells.
	for indent := explicit; indent <= min(widest, widestParent)+explicit; indent++ {
		r.text, r.places = nil, nil
		r.blockLines(start, indent, literal, chomp)
		if r.says(want) {
			return true
		}
	}
	return false
}

// blockLines joins the lines of a block scalar the way the YAML library does.
func (r *replayer) blockLines(start, indent int, literal bool, chomp rune) {
	r.line, r.column = start, 0
	var lead *place    // the line break that ended the last line of text
	var breaks []place // empty lines since
	leadingBlank := false
	eatEmpty := func() {
		for {
			line := r.lines[r.line]
			r.column = min(indentation(line), indent)
			if r.column < len(line) || r.line == len(r.lines)-1 {
				return
			}
			breaks = append(breaks, r.here(1))
			r.line, r.column = r.line+1, 0
		}
	}
	flush := func() {
		for _, at := range breaks {
			r.emit('\n', at)
		}
		breaks = nil
	}
	eatEmpty()
	for r.column == indent && r.column < len(r.lines[r.line]) {
		line := r.lines[r.line]
		trailingBlank := isBlank(line[r.column])
		if lead != nil {
			if literal || leadingBlank || trailingBlank {
				r.emit('\n', *lead)
			} else if len(breaks) == 0 {
				r.emit(' ', *lead)
			}
		}
		lead = nil
		flush()
		leadingBlank = trailingBlank
		for r.column < len(line) {
			r.take()
		}
		if r.line == len(r.lines)-1 {
			break
		}
		at := r.here(1)
		lead = &at
		r.line, r.column = r.line+1, 0
		eatEmpty()
	}
	if chomp != '-' && lead != nil {
		r.emit('\n', *lead)
	}
	if chomp == '+' {
		flush()
	}
}
