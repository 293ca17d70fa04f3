package diag

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// A source line wider than lineWidth columns is shortened; when the caret would
// stand right of caretLimit, the line is cut to keep caretLead columns before it.
const (
	lineWidth  = 120
	caretLimit = 80
	caretLead  = 39
)

// The words around a diagnostic, by language.
type words struct{ err, warn, note, help string }

var (
	english    = words{"error", "warning", "note", "help"}
	portuguese = words{"erro", "aviso", "nota", "ajuda"}
)

func wordsOf(l Language) words {
	if l == Portuguese {
		return portuguese
	}
	return english
}

func (w words) severity(s Severity) string {
	if s == Warning {
		return w.warn
	}
	return w.err
}

// paint are the terminal colors of one rendering; empty when color is off.
type paint struct{ err, warn, gutter, bold, off string }

var colors = paint{"\x1b[1;31m", "\x1b[1;33m", "\x1b[34m", "\x1b[1m", "\x1b[0m"}

// Render writes the list for people, in the order it has: the sentence, the
// source line with a caret under the exact characters, the note and the help.
// Sources are the files by the name diagnostics give them; a file that is not
// among them is rendered without its line. Control characters in sources and
// messages never reach the terminal.
func (l List) Render(w io.Writer, sources map[string][]byte, lang Language, color bool) error {
	out := bufio.NewWriter(w)
	files := map[string][][]byte{}
	for _, d := range l {
		lines, ok := files[d.Span.File]
		if !ok {
			if src, have := sources[d.Span.File]; have {
				lines = bytes.Split(src, []byte("\n"))
			}
			files[d.Span.File] = lines
		}
		d.render(out, lines, lang, color)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing diagnostics: %w", err)
	}
	return nil
}

func (d Diagnostic) render(out *bufio.Writer, lines [][]byte, lang Language, color bool) {
	say, ink := wordsOf(lang), paint{}
	if color {
		ink = colors
	}
	tone := ink.err
	if d.Severity == Warning {
		tone = ink.warn
	}
	fmt.Fprintf(out, "%s%s[%s]%s %s: %s%s%s\n", tone, say.severity(d.Severity), d.Code, ink.off,
		place(d.Span), ink.bold, clean(d.Message.In(lang)), ink.off)

	suggestion := clean(d.Suggestion.In(lang))
	number := fmt.Sprint(d.Span.Line)
	margin := strings.Repeat(" ", len(number))
	if d.Span.Line >= 1 && d.Span.Line <= len(lines) {
		text, lead, carets := excerpt(string(lines[d.Span.Line-1]), d.Span)
		if text != "" {
			text = " " + text
		}
		fmt.Fprintf(out, "%s%s |%s%s\n", ink.gutter, number, ink.off, text)
		fmt.Fprintf(out, "%s%s |%s %s%s%s", ink.gutter, margin, ink.off, lead, tone, carets)
		if suggestion != "" {
			fmt.Fprint(out, " ", suggestion)
		}
		fmt.Fprintln(out, ink.off)
	} else if suggestion != "" {
		fmt.Fprintf(out, "%s = %s\n", margin, suggestion)
	}
	if note := clean(d.Note.In(lang)); note != "" {
		fmt.Fprintf(out, "%s %s=%s %s: %s\n", margin, ink.gutter, ink.off, say.note, note)
	}
	if hint := clean(d.Hint.In(lang)); hint != "" {
		fmt.Fprintf(out, "%s %s=%s %s: %s\n", margin, ink.gutter, ink.off, say.help, hint)
	}
}

// cell is one grapheme of a source line and what it costs on the screen.
type cell struct {
	text         string
	first, width int // index of its first character; columns
}

// excerpt cuts a source line to what fits, and returns it with the blanks and
// the carets that go below it. Columns count characters, the screen counts
// display width: é may be two characters in one column, 好 one in two.
func excerpt(whole string, s Span) (text, lead, carets string) {
	from, to := s.Column-1, s.EndColumn-1
	line, first := around(strings.TrimSuffix(whole, "\r"), from)
	if !utf8.ValidString(line) {
		line = strings.ToValidUTF8(line, "�")
	}
	if s.EndLine > s.Line {
		to = first + utf8.RuneCountInString(strings.TrimRightFunc(line, unicode.IsSpace))
	}
	to = max(to, from+1)

	cells := split(line, first)
	for first == 0 && len(cells) > 1 && cells[0].text == " " && cells[0].first < from {
		cells = cells[1:]
	}
	if at := column(cells, from); at > caretLimit {
		cut := at - caretLead
		kept := cells
		for len(kept) > 0 && cut > 0 {
			cut -= kept[0].width
			kept = kept[1:]
		}
		cells = append([]cell{{"…", -1, 1}}, kept...)
	}
	cells = fit(cells)

	var b, under, mark strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
		switch {
		case c.first < from:
			under.WriteString(strings.Repeat(" ", c.width))
		case c.first < to:
			mark.WriteString(strings.Repeat("^", c.width))
		}
	}
	if mark.Len() == 0 {
		mark.WriteByte('^') // the end of the line, or a mark without width
	}
	return strings.TrimRight(b.String(), " "), under.String(), mark.String()
}

// reach is how many characters before and behind a mark are looked at. The
// screen shows far fewer, but some have no width.
const reach = 1000

// around cuts a very long line to the neighborhood of a character, and says
// which character the cut begins with: a file of one line may have thousands of
// mistakes, and each excerpt must cost what is shown of it.
func around(line string, char int) (cut string, first int) {
	if len(line) <= 2*reach {
		return line, 0
	}
	begin, end, n := 0, len(line), 0
	for i := range line {
		if n == char-reach {
			begin, first = i, n
		}
		if n == char+reach {
			end = i
			break
		}
		n++
	}
	return line[begin:end], first
}

// split makes cells of a line that begins with a character. A control character
// or a tab becomes a blank.
func split(line string, index int) []cell {
	cells := make([]cell, 0, len(line))
	state := -1
	for len(line) > 0 {
		var cluster string
		var width int
		cluster, line, width, state = uniseg.FirstGraphemeClusterInString(line, state)
		n := utf8.RuneCountInString(cluster)
		if r, _ := utf8.DecodeRuneInString(cluster); unsafe(r) {
			cluster, width = " ", 1
		}
		cells = append(cells, cell{cluster, index, width})
		index += n
	}
	return cells
}

// column is where a character stands on the screen.
func column(cells []cell, char int) (at int) {
	for _, c := range cells {
		if c.first >= char {
			break
		}
		at += c.width
	}
	return at
}

// fit cuts the right end.
func fit(cells []cell) []cell {
	total := 0
	for _, c := range cells {
		total += c.width
	}
	if total <= lineWidth {
		return cells
	}
	total = 0
	for i, c := range cells {
		if total+c.width > lineWidth-1 {
			return append(cells[:i:i], cell{"…", c.first, 1})
		}
		total += c.width
	}
	return cells
}

// unsafe reports characters that would move the cursor, change colors or turn
// the reading direction of a terminal.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// clean makes one safe line of a sentence.
func clean(s string) string {
	if strings.IndexFunc(s, unsafe) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unsafe(r) {
			return ' '
		}
		return r
	}, s)
}
