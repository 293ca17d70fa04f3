package dsl

import (
	"math"
	"strconv"
	"time"

	"jornada/dsl/expression"
)

// CallStep is the verb call: an outbound HTTP request.
type CallStep struct {
	Method  *Scalar
	URL     *Scalar
	Headers []Pair
	Query   []Pair
	Body    *Value
	Timeout *Placed[Duration]
	Retries *Placed[int]
	Returns expression.Fields
}

// Value is a piece of a request body: text with {{ }}, a list, a mapping, or a
// constant.
type Value struct {
	Text *Scalar // with {{ }}, or constant text
	List []*Value
	Map  []ValuePair
	kind nodeKind
	null bool
}

// ValuePair is an entry of a mapping.
type ValuePair struct {
	Key   string
	Value *Value
}

const defaultCallTimeout, defaultCallRetries = 10 * time.Second, 3

var callFields = []field[CallStep]{
	enumField("method", doc("GET, POST, PUT, PATCH or DELETE.", "GET, POST, PUT, PATCH ou DELETE."), func(c *CallStep) **Scalar { return &c.Method }, "GET", "POST", "PUT", "PATCH", "DELETE").must(),
	textField("url", doc("The address.", "O endereço."), func(c *CallStep) **Scalar { return &c.URL }).must(),
	pairsField("headers", doc("Request headers.", "Cabeçalhos da requisição."), func(c *CallStep) *[]Pair { return &c.Headers }),
	pairsField("query", doc("Query parameters.", "Parâmetros da consulta."), func(c *CallStep) *[]Pair { return &c.Query }),
	{key: "body", doc: doc("The JSON body.", "O corpo JSON."), shape: anyShape, read: func(p *parser, n *node, c *CallStep) { c.Body = p.value(n) }},
	durationField("timeout", doc("How long one try may take (10s).", "Quanto uma tentativa pode levar (10s)."), func(c *CallStep) **Placed[Duration] { return &c.Timeout }),
	intField("retries", 0, 10, doc("How often to try again (3).", "Quantas vezes tentar de novo (3)."), func(c *CallStep) **Placed[int] { return &c.Retries }),
	{key: "returns", doc: doc("Fields of the answer, with their types.", "Campos da resposta, com seus tipos."), shape: typeFieldsShape, read: func(p *parser, n *node, c *CallStep) {
		c.Returns = p.typeFields(n, quoted("returns"), false)
	}},
}

var callVerb = verb{
	name: "call", doc: doc("Call a web service.", "Chama um serviço web."), shape: objectShape(callFields),
	keys: keysWith(callFields),
	read: func(p *parser, n *node, _ *Step) Body {
		c := &CallStep{}
		if !readFields(p, n, quoted("call"), callFields, c) {
			return nil
		}
		return c
	},
}

func (p *parser) value(n *node) *Value {
	v := &Value{kind: n.kind}
	switch n.kind {
	case scalarNode:
		v.null = n.null()
		v.Text = &Scalar{n.value, n}
	case listNode:
		for _, item := range n.items {
			v.List = append(v.List, p.value(item))
		}
	case mappingNode:
		for i, key := range n.keys {
			v.Map = append(v.Map, ValuePair{key.value, p.value(n.items[i])})
		}
	}
	return v
}

// texts visits every text of a value.
func (v *Value) texts(visit func(*Scalar)) {
	if v == nil {
		return
	}
	if v.Text != nil && !v.null {
		visit(v.Text)
	}
	for _, item := range v.List {
		item.texts(visit)
	}
	for _, pair := range v.Map {
		pair.Value.texts(visit)
	}
}

// constant reads an unquoted scalar as JSON would: 3, 2.5, true; all else is
// text. Numbers with a leading zero stay text: they are codes, not amounts.
func constant(s *Scalar) any {
	if s.node.style != plainStyle {
		return s.Value
	}
	switch s.Value {
	case "true":
		return true
	case "false":
		return false
	}
	if len(s.Value) > 1 && s.Value[0] == '0' && s.Value[1] != '.' || s.Value == "" || s.Value[0] == '+' {
		return s.Value
	}
	if i, err := strconv.ParseInt(s.Value, 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(s.Value, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && numberLike.MatchString(s.Value) {
		return f
	}
	return s.Value
}

func (c *CallStep) outcomes(*Workspace) outcomes {
	return outcomes{Normal: "ok", May: []string{"failed"}}
}

func (c *CallStep) result() expression.Fields {
	body := expression.Type{Kind: expression.Any}
	if c.Returns != nil {
		body = expression.Type{Kind: expression.Object, Fields: c.Returns}
	}
	return expression.Fields{"status": {Kind: expression.Int}, "body": body, "reason": optional(expression.String)}
}

func (c *CallStep) check(k *checker, step *Step) {
	env := k.secretEnv(k.env(step))
	k.text(c.URL, env, expression.Type{})
	for _, pair := range append(append([]Pair(nil), c.Headers...), c.Query...) {
		k.text(pair.Value, env, expression.Type{})
	}
	c.Body.texts(func(s *Scalar) { k.text(s, env, expression.Type{}) })
}

func (c *CallStep) lower(l *lowering, _ *Step, n *Node) {
	n.Call = &Call{
		Method: c.Method.Value, URL: l.text(c.URL), Headers: l.texts(c.Headers), Query: l.texts(c.Query), Body: l.value(c.Body),
		Timeout: c.Timeout.or(Duration(defaultCallTimeout)), Retries: c.Retries.or(defaultCallRetries), Returns: c.Returns,
	}
}
