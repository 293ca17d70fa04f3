package dsl

import (
	"fmt"
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// Format lays out a file of a workspace folder the one way `jornada fmt` does:
// two spaces of indentation, lists under their key, one space where one is
// enough, and quotes around words that other YAML tools read as something else
// (`no`, `20:30`, `2026-03-10`). Block stays block and brackets stay brackets;
// brackets over several lines become one line when it is short, else a block.
// A value that starts with `{{` gets the quotes it misses (J0013).
//
// The order of keys, the comments and the meaning stay: the result is read again
// and compared before it is returned. A file that cannot be read gives the
// checker's diagnostics as the error (a [diag.List]) and no text.
func Format(f File) ([]byte, error) {
	root, problems := readMended(f)
	if len(problems) > 0 {
		return nil, problems
	}
	if root.kind != mappingNode {
		r := &reporter{src: root.src}
		r.report("J0003", root.src.start(), diag.T("a file of a workspace is a mapping (`key: value`), not text or a list", "um arquivo de um workspace é um mapeamento (`chave: valor`), não um texto ou uma lista"))
		return nil, r.diagnostics()
	}
	if key := noWord(root); key != nil {
		r := &reporter{src: root.src}
		r.report("J0102", key.span(), diag.T("a key must be a word", "uma chave deve ser uma palavra"))
		return nil, r.diagnostics()
	}
	remarks, ends, ok := remarksOf(root)
	if !ok {
		return nil, unchanged(f)
	}
	out := printFile(arrange(root, remarks, ends))
	again := readYAML(File{f.Path, out}, &reporter{})
	if again == nil || !sameMeaning(root, again) {
		return nil, unchanged(f)
	}
	kept, _, ok := remarksOf(again)
	if !ok || !slices.Equal(wordsOf(remarks), wordsOf(kept)) {
		return nil, unchanged(f)
	}
	return out, nil
}

// noWord finds a key that YAML allows and nobody means: none at all, or one so
// long that YAML reads it only where it has no value.
func noWord(n *node) *node {
	for _, key := range n.keys {
		if key.style == plainStyle && key.value == "" || len(key.value) > 1000 {
			return key
		}
	}
	for _, item := range n.items {
		if key := noWord(item); key != nil {
			return key
		}
	}
	return nil
}

// unchanged is said of a file that we would have damaged: nobody has seen one.
func unchanged(f File) error {
	return fmt.Errorf("%s is written in a way that cannot be laid out without changing it; it stays as it is", f.Path)
}

func wordsOf(remarks []remark) []string {
	words := make([]string, len(remarks))
	for i, r := range remarks {
		words[i] = r.text
	}
	slices.Sort(words)
	return words
}

// sameMeaning compares what two trees say to our parser: the texts, and of
// unquoted ones also whether they are nothing, a number or a flag.
func sameMeaning(a, b *node) bool {
	if a.kind != b.kind || len(a.keys) != len(b.keys) || len(a.items) != len(b.items) {
		return false
	}
	if a.kind == scalarNode {
		if a.null() || b.null() {
			return a.null() == b.null()
		}
		return a.value == b.value && constant(&Scalar{a.value, a}) == constant(&Scalar{b.value, b})
	}
	for i := range a.items {
		if a.kind == mappingNode && a.keys[i].value != b.keys[i].value || !sameMeaning(a.items[i], b.items[i]) {
			return false
		}
	}
	return true
}

// maxMended bounds how many missing quotes one run puts in.
const maxMended = 100

// readMended reads a file, putting quotes around values that start with `{{`
// where that is all that is wrong with it.
func readMended(f File) (*node, diag.List) {
	r := &reporter{}
	root := readYAML(f, r)
	first := r.diagnostics()
	for range maxMended {
		if len(r.list) == 0 {
			return root, nil
		}
		mended, ok := mendBraces(f, r.list[0])
		if !ok {
			break
		}
		f = mended
		r = &reporter{}
		root = readYAML(f, r)
	}
	return nil, first
}

// mendBraces puts quotes around the value that a J0013 points at. Where it ends
// depends on whether it stands in brackets, which its line makes likely but does
// not prove, so both ends are tried.
func mendBraces(f File, d *diag.Diagnostic) (File, bool) {
	if d.Code != "J0013" {
		return f, false
	}
	lines := strings.Split(strings.TrimPrefix(string(f.Content), "\ufeff"), "\n")
	line := []rune(lines[d.Span.Line-1])
	from := d.Span.Column - 1
	ends := []string{"", ",]}"}
	if strings.Count(string(line[:from]), "[")+strings.Count(string(line[:from]), "{") > strings.Count(string(line[:from]), "]")+strings.Count(string(line[:from]), "}") {
		slices.Reverse(ends)
	}
	for _, stops := range ends {
		to := valueEnd(line, from, stops)
		if to <= from {
			continue
		}
		value := string(line[from:to])
		quoted := `"` + value + `"`
		if strings.ContainsAny(value, `"\`) {
			quoted = "'" + strings.ReplaceAll(value, "'", "''") + "'"
		}
		tried := slices.Clone(lines)
		tried[d.Span.Line-1] = string(line[:from]) + quoted + string(line[to:])
		mended := File{f.Path, []byte(strings.Join(tried, "\n"))}
		r := &reporter{}
		readYAML(mended, r)
		if !slices.ContainsFunc(r.list, func(left *diag.Diagnostic) bool {
			behind := left.Span.Line > d.Span.Line || left.Span.Line == d.Span.Line && left.Span.Column > d.Span.Column
			return !behind && (left.Code != "J0013" || left.Span.Line == d.Span.Line)
		}) {
			return mended, true
		}
	}
	return f, false
}

// valueEnd is where an unquoted value with {{ }} ends: after its last `}}`
// before one of the stops, a comment or the end of the line.
func valueEnd(line []rune, from int, stops string) int {
	inside, end := 0, from
	for c := from; c < len(line); c++ {
		two := ""
		if c+1 < len(line) {
			two = string(line[c : c+2])
		}
		switch {
		case two == "{{":
			inside++
			c++
		case two == "}}" && inside > 0:
			inside--
			c++
		case inside > 0:
			continue
		case strings.ContainsRune(stops, line[c]), two == " #", line[c] == '\r':
			return end
		}
		if !isBlank(line[c]) {
			end = c + 1
		}
	}
	return end
}
