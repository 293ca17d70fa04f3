package expression

import (
	"strings"

	"jornada/dsl/diag"
)

// nodeKind is the shape of one node of our own small syntax tree. The parser's
// tree is turned into it at once (see backend.go), so that checking, wording
// and lowering do not depend on the parser's library.
type nodeKind uint8

const (
	litNode   nodeKind = iota // value: nil, bool, int, float64 or string
	pathNode                  // parts: contact.opt_in.sms
	fieldNode                 // kids[0] . parts[0]: a field of something that is not a path
	indexNode                 // kids[0] [ kids[1] ]
	elemNode                  // `#` (text ""), `#index` (text "index"), inside a list test
	unaryNode                 // text: not, -, +
	binNode                   // text: the operator, `and` and `or` in words
	condNode                  // kids: condition, then, else
	listNode                  // kids: the elements
	callNode                  // text: one of our functions; kids: arguments
	eachNode                  // text: all any none one filter map count find sum; kids: list, test
)

// span is a stretch of the source in characters, the end exclusive.
type span struct{ from, to int }

func (s span) join(o span) span { return span{min(s.from, o.from), max(s.to, o.to)} }

// part is one name of a path.
type part struct {
	name string
	at   span
	safe bool // written after `?.`
}

// node is one node; which fields are used depends on kind.
type node struct {
	kind  nodeKind
	text  string
	value any
	parts []part
	kids  []*node
	whole span // all of it
	at    span // what to blame: the operator, the function's name
}

// path is the dotted name of a path node, `?.` written as `.`.
func (n *node) path() string { return joinParts(n.parts) }

func joinParts(parts []part) string {
	if len(parts) == 1 {
		return parts[0].name
	}
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p.name)
	}
	return b.String()
}

// problem is a diagnostic before it has a place in a file.
type problem struct {
	code       string
	at         span
	message    diag.Text
	suggestion diag.Text
	note       diag.Text
	hint       diag.Text
}

// problems become diagnostics; offset moves them into a longer text.
func locate(ps []problem, at diag.Locator, offset int) diag.List {
	if len(ps) == 0 {
		return nil
	}
	if at == nil {
		at = inline{}
	}
	out := make(diag.List, 0, len(ps))
	for _, p := range ps {
		out = append(out, diag.Diagnostic{
			Code: p.code, Severity: diag.Error, Span: at.Locate(p.at.from+offset, p.at.to+offset),
			Message: p.message, Suggestion: p.suggestion, Note: p.note, Hint: p.hint,
		})
	}
	return out.Sort()
}

// inline is the place of an expression that stands in no file.
type inline struct{}

func (inline) Locate(from, to int) diag.Span {
	return diag.Span{Line: 1, Column: from + 1, EndLine: 1, EndColumn: to + 1}
}
