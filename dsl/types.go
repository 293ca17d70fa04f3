package dsl

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

var (
	numberLike   = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$`)
	fieldPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
)

func optional(kind expression.Kind) expression.Type {
	return expression.Type{Kind: kind, Optional: true}
}

func object(fields expression.Fields) expression.Type {
	return expression.Type{Kind: expression.Object, Fields: fields}
}

// typeFieldsShape is the schema of a mapping of names to types.
var typeFieldsShape = constShape(schemaObject{"type": "object", "additionalProperties": schemaObject{"type": []string{"string", "object"}}})

// typeFields reads {starts_at: time, unit: {name: string}}. With declarations,
// a type may also be written {type: string, pii: true}.
func (p *parser) typeFields(n *node, what diag.Text, declarations bool) expression.Fields {
	fields := expression.Fields{}
	if !p.isMapping(n, what) {
		return fields
	}
	for i, key := range p.fewNames(n, what) {
		if !fieldPattern.MatchString(key.value) || keywords[key.value] {
			p.report("J0106", key.span(), diag.T("`%s` cannot be the name of a field", "`%s` não pode ser nome de campo", key.value)).
				Hint = diag.T("use letters, digits and _, and no word of the expression language", "use letras, dígitos e _, e nenhuma palavra da linguagem de expressões")
			continue
		}
		if t, ok := p.typeOf(n.items[i], quoted(key.value), declarations); ok {
			fields[key.value] = t
		}
	}
	return fields
}

// maxNames is how many names one mapping may declare. Whatever is misspelled is
// compared with all of them, so a folder made of both would keep the checker busy
// for minutes.
const maxNames = 1000

// fewNames are the names that a mapping declares, and no more than it may.
func (p *parser) fewNames(n *node, what diag.Text) []*node {
	if len(n.keys) <= maxNames {
		return n.keys
	}
	p.report("J0001", n.keys[maxNames].span(), diag.Text{
		En: fmt.Sprintf("%s declares %d names; the limit is %d", what.En, len(n.keys), maxNames),
		Pt: fmt.Sprintf("%s declara %d nomes; o limite é %d", what.Pt, len(n.keys), maxNames),
	}).Hint = diag.T("put what belongs together into an object, such as `unit: {name: string}`", "junte o que é da mesma coisa num objeto, como `unit: {name: string}`")
	return n.keys[:maxNames]
}

// keywords are words of the expression language: no field can have such a name.
var keywords = map[string]bool{}

func init() {
	for _, word := range []string{"true", "false", "nil", "in", "not", "and", "or", "let", "if", "else", "matches", "contains", "startsWith", "endsWith"} {
		keywords[word] = true
	}
}

func (p *parser) typeOf(n *node, what diag.Text, declarations bool) (expression.Type, bool) {
	switch {
	case n.kind == mappingNode && declarations && isDeclaration(n):
		t, ok := p.typeOf(n.get("type"), what, false)
		if pii := n.get("pii"); pii != nil {
			if b := p.boolean(pii, quoted("pii")); b != nil {
				t.PII = b.Value
			}
		}
		return t, ok
	case n.kind == mappingNode:
		return object(p.typeFields(n, what, declarations)), true
	case n.kind != scalarNode || n.null():
		p.shapeError(n, what, diag.Text{En: "a type", Pt: "um tipo"})
		return expression.Type{}, false
	}
	t, err := expression.ParseType(n.value)
	if err != nil {
		d := p.report("J0201", n.span(), diag.T("`%s` is not a type", "`%s` não é um tipo", n.value))
		var wrong *expression.TypeError
		if errors.As(err, &wrong) {
			d.Span, d.Message, d.Suggestion = n.Locate(wrong.From, wrong.To), wrong.Text, wrong.Suggestion
		}
		d.Hint = diag.T("types: string, number, int, bool, time, duration, list<string>, {name: string}; `?` = may be missing", "tipos: string, number, int, bool, time, duration, list<string>, {name: string}; `?` = pode faltar")
		return expression.Type{}, false
	}
	return t, true
}

func isDeclaration(n *node) bool {
	t := n.get("type")
	if t == nil || t.kind != scalarNode {
		return false
	}
	return !slices.ContainsFunc(n.keys, func(k *node) bool { return k.value != "type" && k.value != "pii" })
}

// VarDecl is a variable of the journey: a default value, or a type.
type VarDecl struct {
	Name *Scalar
	Var
}

// vars reads {attempts: 0, slot: string?}: unquoted text that names a type is a
// type, everything else is a default value, whose type it then has.
func (p *parser) vars(n *node) []*VarDecl {
	if !p.isMapping(n, quoted("vars")) {
		return nil
	}
	var list []*VarDecl
	for i, key := range p.fewNames(n, quoted("vars")) {
		name := &Scalar{key.value, key}
		if keywords[key.value] || !idPattern.MatchString(key.value) {
			p.checkID(name)
			continue
		}
		if v, ok := p.varOf(n.items[i], quoted(key.value)); ok {
			list = append(list, &VarDecl{name, v})
		}
	}
	return list
}

func (p *parser) varOf(n *node, what diag.Text) (Var, bool) {
	switch n.kind {
	case mappingNode:
		t, ok := p.typeOf(n, what, false)
		return Var{Type: t}, ok
	case listNode:
		v := Var{Type: expression.Type{Kind: expression.List, Elem: &expression.Type{Kind: expression.Any}}}
		values := []any{}
		for i, item := range n.items {
			if item.kind != scalarNode || item.null() {
				p.shapeError(item, what, diag.Text{En: "a list of plain values", Pt: "uma lista de valores simples"})
				return Var{}, false
			}
			value := constant(&Scalar{item.value, item})
			if t := typeOfConstant(value); i == 0 {
				v.Type.Elem = &t
			} else if t.Kind != v.Type.Elem.Kind {
				v.Type.Elem = &expression.Type{Kind: expression.Any}
			}
			values = append(values, value)
		}
		v.Default = values
		return v, true
	case scalarNode:
		if n.null() {
			p.shapeError(n, what, diag.Text{En: "a default value or a type", Pt: "um valor inicial ou um tipo"})
			return Var{}, false
		}
		if n.style == plainStyle {
			if t, err := expression.ParseType(n.value); err == nil {
				return Var{Type: t}, true
			}
		}
		value := constant(&Scalar{n.value, n})
		return Var{Type: typeOfConstant(value), Default: value}, true
	}
	return Var{}, false
}

func typeOfConstant(v any) expression.Type {
	switch v.(type) {
	case bool:
		return expression.Type{Kind: expression.Bool}
	case int64:
		return expression.Type{Kind: expression.Int}
	case float64:
		return expression.Type{Kind: expression.Number}
	}
	return expression.Type{Kind: expression.String}
}

// sortedKeys are the keys of a map, sorted.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
