package dsl

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"jornada/dsl/diag"
)

// Every character of a generated scalar must be found at exactly the place
// where it was written, through every style YAML has. One of its characters is a
// mark that stands nowhere else: searching the file for it says where it must be,
// whatever replay thinks.
func TestPositionsAreExact(t *testing.T) {
	const want = 100_000
	rng := rand.New(rand.NewSource(1))
	tried, misses := map[string]int{}, 0
	for total := 0; total < want; {
		file, kind, ok := randomScalar(rng)
		if !ok {
			continue
		}
		r := &reporter{}
		root := readYAML(File{"p.yaml", []byte(file)}, r)
		if root == nil || root.kind != mappingNode || len(r.list) > 0 {
			continue
		}
		n := root.get("key")
		if n != nil && n.kind == listNode && len(n.items) == 2 {
			n = n.items[1]
		}
		if n != nil && n.kind == mappingNode {
			n = n.get("deep")
		}
		if n == nil || n.kind != scalarNode || !strings.ContainsRune(n.value, mark) {
			continue // a comment or another value took it: YAML read something else
		}
		total++
		tried[kind]++
		problem := exact(n)
		if problem == "" {
			problem = marked(n, file)
		}
		if problem != "" {
			if misses++; misses <= 3 {
				t.Errorf("%s: %s\n%q", kind, problem, file)
			}
		}
	}
	if misses > 0 {
		t.Errorf("%d of %d scalars missed", misses, want)
	}
	for _, kind := range kinds {
		if tried[kind] < want/200 {
			t.Errorf("only %d scalars are %s", tried[kind], kind)
		}
	}
}

// mark is the character whose place is known, written as it is or, between
// double quotes, as an escape.
const (
	mark   = '⌖'
	escape = `\u2316`
)

// marked compares where the mark is said to be with where it is in the file.
func marked(n *node, file string) string {
	at := slices.Index([]rune(n.value), mark)
	got := n.Locate(at, at+1)
	for l, line := range strings.Split(file, "\n") {
		line = strings.TrimPrefix(line, "\ufeff")
		for _, written := range []string{string(mark), escape} {
			before, _, found := strings.Cut(line, written)
			if !found {
				continue
			}
			column := utf8.RuneCountInString(before) + 1
			if want := (diag.Span{File: "p.yaml", Line: l + 1, Column: column, EndLine: l + 1, EndColumn: column + utf8.RuneCountInString(written)}); got != want {
				return fmt.Sprintf("the mark is at %+v, not %+v", want, got)
			}
			return ""
		}
	}
	return "the mark is not in the file"
}

// exact compares every located character with the source. It does not trust
// replay: it looks at the file.
func exact(n *node) string {
	places, _, ok := replay(n.src, n.style, n.line, n.column, n.value)
	if !ok {
		return "not replayed"
	}
	if len(places) != utf8.RuneCountInString(n.value) {
		return "wrong number of places"
	}
	previous := place{-1, -1, 0}
	for i, c := range []rune(n.value) {
		at := places[i]
		if at.line < previous.line || at.line == previous.line && at.column < previous.column {
			return fmt.Sprintf("character %d goes backwards", i)
		}
		previous = at
		line := n.src.lines[at.line]
		if c == '\n' || c == ' ' && at.column >= len(line) {
			continue
		}
		if at.column >= len(line) {
			return fmt.Sprintf("character %d (%q) is located after its line", i, c)
		}
		if written := line[at.column]; written != c && written != '\\' && !isBlank(written) {
			return fmt.Sprintf("character %d is %q but the file has %q there", i, c, written)
		}
	}
	return ""
}

var pieces = []string{"a", "é", "ção", "語", "😀", "x y", "  ", " ", "z.", "{", "}", "'", "\"", ":", "?", "-", "#", ",", "==", "contact.city", "\t"}

func randomText(rng *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(pieces[rng.Intn(len(pieces))])
	}
	return b.String()
}

// kinds are the styles, of which each must come up often.
var kinds = func() []string {
	all := []string{"plain", "single", "double"}
	for _, style := range []string{"|", ">"} {
		for _, chomp := range []string{"", "-", "+"} {
			for _, indent := range []string{"", " explicit"} {
				all = append(all, style+chomp+indent)
			}
		}
	}
	return all
}()

// randomScalar writes a file with one scalar under `key`, in a random style and
// context, with folds, escapes, chomping, indentation and either kind of line
// end.
func randomScalar(rng *rand.Rand) (file, kind string, ok bool) {
	kind = kinds[rng.Intn(len(kinds))]
	end := []string{"\n", "\n", "\r\n"}[rng.Intn(3)]
	lines := make([]string, 1+rng.Intn(4))
	for i := range lines {
		if rng.Intn(6) > 0 {
			lines[i] = randomText(rng, 1+rng.Intn(6))
		} else if rng.Intn(3) == 0 {
			lines[i] = strings.Repeat(" ", rng.Intn(3)) // blank, not empty
		}
	}
	with := rng.Intn(len(lines))
	runes := []rune(lines[with])
	at := rng.Intn(len(runes) + 1)
	lines[with] = string(runes[:at]) + string(mark) + string(runes[at:])

	before, after, parent := "key: ", end+"other: 1"+end, 0
	block := kind[0] == '|' || kind[0] == '>'
	switch rng.Intn(6) {
	case 0:
		if block {
			return "", "", false
		}
		before, after = "key: [1, ", "]"+end
	case 1:
		before, after, parent = "key:"+end+"  - 0"+end+"  - ", end, 2
	case 2:
		before, after, parent = "key:"+end+"    é: 1"+end+"    deep: ", end+"    z: 1"+end, 4
	case 3:
		after = "" // the end of the file, without a line end
	case 4:
		before = "# 好 a comment" + end + end + before
	case 5:
		before = "\ufeff" + before
	}
	switch kind {
	case "plain", "single", "double":
		file, ok = flowScalar(rng, kind, lines, parent, end)
	default:
		file, ok = blockScalar(rng, kind, lines, parent, end)
	}
	return before + file + after, kind, ok
}

func flowScalar(rng *rand.Rand, kind string, lines []string, parent int, end string) (string, bool) {
	indent := strings.Repeat(" ", parent+1+rng.Intn(5))
	switch kind {
	case "plain":
		for i, l := range lines {
			l = strings.NewReplacer("#", "", ":", "", "{", "", "}", "", "'", "", "\"", "", ",", "", "-", "", "\t", "").Replace(l)
			lines[i] = strings.TrimSpace(l)
		}
		return strings.Join(lines, end+indent), lines[0] != ""
	case "single":
		return "'" + strings.ReplaceAll(strings.Join(lines, end+indent), "'", "''") + "'", true
	}
	for i, l := range lines {
		l = strings.ReplaceAll(l, `"`, `\"`)
		if rng.Intn(3) == 0 {
			l = strings.Replace(l, string(mark), escape, 1)
		}
		switch rng.Intn(6) {
		case 0:
			l += `\u00e9\x41`
		case 1:
			l = `\n\t\\` + l
		case 2:
			if i < len(lines)-1 {
				l += `\`
			}
		case 3:
			l += `\U0001F600` + `\ `
		}
		lines[i] = l
	}
	return `"` + strings.Join(lines, end+indent) + `"`, true
}

func blockScalar(rng *rand.Rand, kind string, lines []string, parent int, end string) (string, bool) {
	header, explicit := strings.CutSuffix(kind, " explicit")
	deep := 1 + rng.Intn(4)
	if explicit { // the indicator and the chomping come in either order
		digit := fmt.Sprint(deep)
		if rng.Intn(2) == 0 {
			header = header[:1] + digit + header[1:]
		} else {
			header += digit
		}
	}
	if rng.Intn(4) == 0 {
		header += "  # é a comment"
	}
	indent := strings.Repeat(" ", parent+deep)
	for i, l := range lines {
		if rng.Intn(4) == 0 && (i > 0 || explicit) {
			l = strings.Repeat(" ", 1+rng.Intn(3)) + l
		}
		if strings.TrimSpace(l) == "" && rng.Intn(2) == 0 {
			lines[i] = l // an empty line need not be indented
			continue
		}
		lines[i] = indent + l
	}
	if !explicit { // the first line that is not empty says how deep the text stands
		for _, l := range lines {
			if text := strings.TrimLeft(l, " "); text != "" {
				if len(l)-len(text) != len(indent) {
					return "", false
				}
				break
			}
		}
	}
	trailing := strings.Repeat(end, rng.Intn(3))
	return header + end + strings.Join(lines, end) + trailing, true
}

// Hand-made cases whose columns were counted by eye.
func TestLocate(t *testing.T) {
	for _, c := range []struct {
		name, file   string
		from, to     int
		line, column int
		endLine, end int
	}{
		{"plain", "k: abc def\n", 4, 7, 1, 8, 1, 11},
		{"quoted with an escape before", "k: \"a\\u00e9bc\"\n", 2, 3, 1, 12, 1, 13},
		{"the escape itself", "k: \"a\\u00e9bc\"\n", 1, 2, 1, 6, 1, 12},
		{"doubled quote", "k: 'it''s'\n", 3, 4, 1, 9, 1, 10},
		{"folded block, second line", "k: >\n  one\n  two\n", 4, 7, 3, 3, 3, 6},
		{"literal block, indented", "k: |\n    one\n      two\n", 6, 9, 3, 7, 3, 10},
		{"explicit indentation", "k: |2\n   one\n", 1, 4, 2, 4, 2, 7},
		{"CRLF", "k: |\r\n  one\r\n  two\r\n", 4, 7, 3, 3, 3, 6},
		{"multi-byte before", "k: \"olá 😀 mundo\"\n", 6, 11, 1, 11, 1, 16},
		{"plain over two lines", "k: one\n   two\n", 4, 7, 2, 4, 2, 7},
		{"question mark in a flow mapping", "k: {a: string?, b: c}\nz: 1\n", 0, 0, 1, 4, 1, 5},
		{"byte order mark", "\ufeffk: abc\n", 0, 3, 1, 4, 1, 7},
		{"end of the text", "k: abc\n", 3, 3, 1, 7, 1, 8},
	} {
		r := &reporter{}
		root := readYAML(File{"f.yaml", []byte(c.file)}, r)
		if root == nil {
			t.Fatalf("%s: %v", c.name, r.diagnostics())
		}
		n := root.get("k")
		got := n.Locate(c.from, c.to)
		if n.kind == mappingNode {
			got = n.span()
		}
		if got.Line != c.line || got.Column != c.column || got.EndLine != c.endLine || got.EndColumn != c.end {
			t.Errorf("%s: %d:%d-%d:%d, want %d:%d-%d:%d", c.name, got.Line, got.Column, got.EndLine, got.EndColumn, c.line, c.column, c.endLine, c.end)
		}
	}
}
