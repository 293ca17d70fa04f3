package dsl

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

// Every character of a generated scalar must be found at exactly the place
// where it was written, through every style YAML has.
func TestPositionsAreExact(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	const want = 30_000
	tried, misses := 0, 0
	for i := 0; tried < want; i++ {
		file, ok := randomScalar(rng)
		if !ok {
			continue
		}
		r := &reporter{}
		root := readYAML(File{"p.yaml", []byte(file)}, r)
		if root == nil || root.kind != mappingNode || len(r.list) > 0 {
			continue
		}
		n := root.get("key")
		if n == nil || n.kind == badNode {
			continue
		}
		if n.kind == listNode {
			n = n.items[1]
		}
		tried++
		if problem := exact(n); problem != "" {
			if misses++; misses <= 3 {
				t.Errorf("%s\n%q", problem, file)
			}
		}
	}
	if misses > 0 {
		t.Errorf("%d of %d scalars missed", misses, tried)
	}
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

// randomScalar writes a file with one scalar under `key`, in a random style and
// context, with folds, escapes, chomping and either kind of line end.
func randomScalar(rng *rand.Rand) (string, bool) {
	indent := strings.Repeat(" ", 1+rng.Intn(5))
	lines := make([]string, 1+rng.Intn(4))
	for i := range lines {
		if rng.Intn(6) > 0 {
			lines[i] = randomText(rng, 1+rng.Intn(6))
		}
	}
	end := "\n"
	if rng.Intn(3) == 0 {
		end = "\r\n"
	}
	before, after := "key: ", end+"other: 1"+end
	switch rng.Intn(4) {
	case 0:
		before, after = "key: [1, ", "]"+end
	case 1:
		before, after = "key:"+end+"  - 0"+end+"  - ", end
		indent = "   " + indent
	}
	flow := strings.HasSuffix(after, "]"+end)
	var body string
	switch style := rng.Intn(5); style {
	case 0:
		for i, l := range lines {
			l = strings.NewReplacer("#", "", ":", "", "{", "", "}", "", "'", "", "\"", "", ",", "", "-", "", "\t", "").Replace(l)
			lines[i] = strings.TrimSpace(l)
		}
		body = strings.Join(lines, end+indent)
		if strings.TrimSpace(lines[0]) == "" {
			return "", false
		}
	case 1:
		body = "'" + strings.ReplaceAll(strings.Join(lines, end+indent), "'", "''") + "'"
	case 2:
		for i, l := range lines {
			l = strings.ReplaceAll(l, `"`, `\"`)
			switch rng.Intn(6) {
			case 0:
				l += `\u00e9\x41`
			case 1:
				l += `\n\t\\`
			case 2:
				if i < len(lines)-1 {
					l += `\`
				}
			case 3:
				l += `\U0001F600` + `\ `
			}
			lines[i] = l
		}
		body = `"` + strings.Join(lines, end+indent) + `"`
	default:
		if flow {
			return "", false
		}
		mark := []string{"|", ">"}[style-3] + []string{"", "-", "+"}[rng.Intn(3)]
		if rng.Intn(4) == 0 {
			mark += "  # a comment"
		}
		for i, l := range lines {
			if rng.Intn(5) == 0 && i > 0 {
				lines[i] = "  " + l
			}
		}
		if strings.TrimSpace(lines[0]) == "" || isBlank([]rune(lines[0])[0]) {
			return "", false
		}
		body = mark + end + indent + strings.Join(lines, end+indent)
	}
	return before + body + after, true
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
