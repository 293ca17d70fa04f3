package dsl

import "jornada/dsl/diag"

// The constructors of table rows, one for each kind of value.

func textField[T any](key string, doc diag.Text, at func(*T) **Scalar) field[T] {
	return field[T]{key: key, shape: textShape, doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.content(n, quoted(key))
	}}
}

func labelField[T any](key string, doc diag.Text, at func(*T) **Scalar) field[T] {
	return field[T]{key: key, shape: textShape, doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.scalar(n, quoted(key))
	}}
}

func exprField[T any](key string, doc diag.Text, at func(*T) **Scalar) field[T] {
	return field[T]{key: key, shape: exprShape, doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.expression(n, quoted(key))
	}}
}

func idField[T any](key string, doc diag.Text, at func(*T) **Scalar) field[T] {
	return field[T]{key: key, shape: idShape, doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.id(n, quoted(key))
	}}
}

func enumField[T any](key string, doc diag.Text, at func(*T) **Scalar, allowed ...string) field[T] {
	return field[T]{key: key, shape: enumShape(allowed...), doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.enum(n, quoted(key), allowed)
	}}
}

func intField[T any](key string, low, high int, doc diag.Text, at func(*T) **Placed[int]) field[T] {
	return field[T]{key: key, shape: intShape(low, high), doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.integer(n, quoted(key), low, high)
	}}
}

func boolField[T any](key string, doc diag.Text, at func(*T) **Placed[bool]) field[T] {
	return field[T]{key: key, shape: boolShape, doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.boolean(n, quoted(key))
	}}
}

func durationField[T any](key string, doc diag.Text, at func(*T) **Placed[Duration]) field[T] {
	return field[T]{key: key, shape: durationShape, doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.duration(n, quoted(key), false)
	}}
}

func pairsField[T any](key string, doc diag.Text, at func(*T) *[]Pair) field[T] {
	return field[T]{key: key, shape: mapShape(textShape), doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.pairs(n, quoted(key))
	}}
}

func wordsField[T any](key string, doc diag.Text, at func(*T) *[]*Scalar) field[T] {
	return field[T]{key: key, shape: listShape(textShape), doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.scalars(n, quoted(key), p.scalar)
	}}
}

func idsField[T any](key string, doc diag.Text, at func(*T) *[]*Scalar) field[T] {
	return field[T]{key: key, shape: listShape(idShape), doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.scalars(n, quoted(key), p.id)
	}}
}

// groupField is a mapping with a table of its own.
func groupField[T, G any](key string, doc diag.Text, fields func() []field[G], at func(*T) **G) field[T] {
	return field[T]{key: key, shape: func() any { return objectShape(fields())() }, doc: doc, read: func(p *parser, n *node, t *T) {
		g := new(G)
		if readFields(p, n, quoted(key), fields(), g) {
			*at(t) = g
		}
	}}
}

// listField is a list of mappings with a table of their own.
func listField[T, G any](key string, doc diag.Text, what diag.Text, fields func() []field[G], at func(*T) *[]*G) field[T] {
	return field[T]{key: key, shape: func() any { return listShape(objectShape(fields()))() }, doc: doc, read: func(p *parser, n *node, t *T) {
		if !p.isList(n, quoted(key)) {
			return
		}
		for _, item := range n.items {
			g := new(G)
			if readFields(p, item, what, fields(), g) {
				*at(t) = append(*at(t), g)
			}
		}
	}}
}
