package dsl

import (
	"fmt"
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// The syntax tree of a *.test.yaml file: as written, every scalar with its place.

type scenarioFileDecl struct {
	journey  *Scalar
	defaults scenarioDefaults
	cases    []*caseDecl
}

type scenarioDefaults struct {
	now             *Scalar
	contact, inputs *node
	draw            []Pair
}

type caseDecl struct {
	scenarioDefaults

	name   *Scalar
	script []*actDecl
	end    *Scalar
	sent   []*Scalar
	sentAt *node // nil: not said
	stop   *Placed[bool]
	node   *node
}

type actDecl struct {
	words   map[ActKind]*Scalar // expect, skipped, status, event, finish
	reply   *replyDecl
	respond *respondDecl
	of, at  *Scalar
	after   *Placed[Duration]
	data    *node
	content []contentDecl
	node    *node
}

type contentDecl struct {
	key   *node
	value *node
}

type replyDecl struct {
	text, option, media, via *Scalar
	form                     []Pair
	delayed                  *Placed[Duration]
}

type respondDecl struct {
	status *Placed[int]
	body   *Value
	err    *Scalar
}

func mappingOf[T any](key string, doc diag.Text, at func(*T) **node) field[T] {
	return field[T]{key: key, doc: doc, shape: constShape(schemaObject{"type": "object"}), read: func(p *parser, n *node, t *T) {
		if p.isMapping(n, quoted(key)) {
			*at(t) = n
		}
	}}
}

func scenarioDefaultFields[T any](at func(*T) *scenarioDefaults) []field[T] {
	return []field[T]{
		labelField("now", doc("When the enrollment begins, in the journey's time zone: \"2026-03-09T10:00\".", "Quando a inscrição começa, no fuso da jornada: \"2026-03-09T10:00\"."), func(t *T) **Scalar { return &at(t).now }),
		mappingOf("contact", doc("The contact: id, phone, email, opt_in, timezone, locale and the workspace's fields.", "O contato: id, phone, email, opt_in, timezone, locale e os campos do workspace."), func(t *T) **node { return &at(t).contact }),
		mappingOf("inputs", doc("The journey's inputs.", "As entradas da jornada."), func(t *T) **node { return &at(t).inputs }),
		pairsField("draw", doc("Which variant a `split` draws: {offer_test: holdout}.", "Que variante um `split` sorteia: {offer_test: holdout}."), func(t *T) *[]Pair { return &at(t).draw }),
	}
}

var replyFields = []field[replyDecl]{
	textField("text", doc("What the person writes.", "O que a pessoa escreve."), func(r *replyDecl) **Scalar { return &r.text }),
	labelField("option", doc("The id of the option the person taps.", "O id da opção que a pessoa toca."), func(r *replyDecl) **Scalar { return &r.option }),
	labelField("media", doc("The address of the picture the person sends.", "O endereço da imagem que a pessoa manda."), func(r *replyDecl) **Scalar { return &r.media }),
	pairsField("form", doc("The answers of the form the person fills in.", "As respostas do formulário que a pessoa preenche."), func(r *replyDecl) *[]Pair { return &r.form }),
	enumField("via", doc("On which channel (that of the newest message).", "Por que canal (o da mensagem mais nova)."), func(r *replyDecl) **Scalar { return &r.via }, channelNames()...),
	durationField("delayed", doc("How long the provider took to hand it over.", "Quanto o provedor demorou para entregar a resposta."), func(r *replyDecl) **Placed[Duration] { return &r.delayed }),
}

var respondFields = []field[respondDecl]{
	intField("status", 100, 599, doc("The HTTP status (200).", "O status HTTP (200)."), func(r *respondDecl) **Placed[int] { return &r.status }),
	{key: "body", doc: doc("The JSON answer.", "A resposta JSON."), shape: anyShape, read: func(p *parser, n *node, r *respondDecl) { r.body = p.value(n) }},
	enumField("error", doc("No answer at all (timeout, unreachable); of a message: why it is not taken.", "Nenhuma resposta (timeout, unreachable); de uma mensagem: por que não é aceita."), func(r *respondDecl) **Scalar { return &r.err }, slices.Concat(CallErrors, Refusals)...),
}

func wordField(kind ActKind, doc diag.Text) field[actDecl] {
	return field[actDecl]{key: string(kind), doc: doc, shape: textShape, read: func(p *parser, n *node, a *actDecl) {
		if s := p.scalar(n, quoted(string(kind))); s != nil {
			a.words[kind] = s
		}
	}}
}

func actFields() []field[actDecl] {
	fields := []field[actDecl]{
		wordField(Expect, doc("The step that must do something now.", "O passo que deve fazer algo agora.")),
		wordField(Skipped, doc("The step whose `if` must have been false.", "O passo cujo `if` deve ter sido falso.")),
		groupField("reply", doc("The person answers.", "A pessoa responde."), func() []field[replyDecl] { return replyFields }, func(a *actDecl) **replyDecl { return &a.reply }),
		{key: string(Status), doc: doc("What the provider reports on a message.", "O que o provedor informa sobre uma mensagem."), shape: enumShape(StatusWords...), read: func(p *parser, n *node, a *actDecl) {
			if s := p.enum(n, quoted("status"), StatusWords); s != nil {
				a.words[Status] = s
			}
		}},
		wordField(Event, doc("A business event comes in.", "Um evento de negócio chega.")),
		wordField(Finish, doc("How people, or a sub-journey, end it.", "Como pessoas, ou uma subjornada, terminam.")),
		groupField("respond", doc("What the called service answers, or the network that takes the message.", "O que responde o serviço chamado, ou a rede que leva a mensagem."), func() []field[respondDecl] { return respondFields }, func(a *actDecl) **respondDecl { return &a.respond }),
		labelField("of", doc("Whose message, hand-off or sub-journey (the newest).", "De que passo é a mensagem, o atendimento ou a subjornada (o mais novo)."), func(a *actDecl) **Scalar { return &a.of }),
		labelField("at", doc("When, in the journey's time zone.", "Quando, no fuso da jornada."), func(a *actDecl) **Scalar { return &a.at }),
		durationField("after", doc("How long after the line before.", "Quanto depois da linha anterior."), func(a *actDecl) **Placed[Duration] { return &a.after }),
		mappingOf("data", doc("The event's data.", "Os dados do evento."), func(a *actDecl) **node { return &a.data }),
	}
	known := keysOf(fields)
	for _, verb := range sortedKeys(contentKeys) {
		for _, key := range contentKeys[verb] {
			if slices.Contains(known, key) {
				continue
			}
			known = append(known, key)
			fields = append(fields, field[actDecl]{key: key, doc: doc("What it must look like; `*` stands for anything.", "Como deve ser; `*` vale por qualquer coisa."), shape: anyShape, read: func(p *parser, n *node, a *actDecl) {
				a.content = append(a.content, contentDecl{p.key, n})
			}})
		}
	}
	return fields
}

var anAct = diag.Text{En: "a line of a script", Pt: "uma linha de um roteiro"}

func scenarioCaseFields() []field[caseDecl] {
	return append(scenarioDefaultFields(func(c *caseDecl) *scenarioDefaults { return &c.scenarioDefaults }),
		labelField("name", doc("What the case shows.", "O que o caso mostra."), func(c *caseDecl) **Scalar { return &c.name }).must(),
		field[caseDecl]{key: "script", doc: doc("What must happen, and what the world does, in order.", "O que deve acontecer, e o que o mundo faz, em ordem."), shape: listShape(actShape), read: func(p *parser, n *node, c *caseDecl) {
			if !p.isList(n, quoted("script")) {
				return
			}
			for _, item := range n.items {
				a := &actDecl{words: map[ActKind]*Scalar{}, node: item}
				if readFields(p, item, anAct, actFields(), a) && p.oneAct(item) {
					c.script = append(c.script, a)
				}
			}
		}},
		labelField("end", doc("How the enrollment must end.", "Como a inscrição deve terminar."), func(c *caseDecl) **Scalar { return &c.end }),
		field[caseDecl]{key: "sent", doc: doc("The steps whose messages went out, in order; [] = none.", "Os passos cujas mensagens saíram, em ordem; [] = nenhuma."), shape: listShape(idShape), read: func(p *parser, n *node, c *caseDecl) {
			c.sentAt, c.sent = n, p.scalars(n, quoted("sent"), p.scalar)
		}},
		boolField("stop", doc("Do not play on to the end after the script.", "Não seguir até o fim depois do roteiro."), func(c *caseDecl) **Placed[bool] { return &c.stop }))
}

// actShape is a line of a script to editors: what oneAct asks for.
func actShape() any {
	groups := [][]string{{string(Expect), string(Finish)}}
	for _, act := range acts {
		if !slices.Contains(groups[0], act) {
			groups = append(groups, []string{act})
		}
	}
	return describe(actFields()).oneOf(groups...)
}

// oneAct reports a line that does nothing, or two things. `finish` may stand
// beside `expect`.
func (p *parser) oneAct(n *node) bool {
	words := acts
	if n.get(string(Expect)) != nil {
		words = slices.DeleteFunc(slices.Clone(acts), func(w string) bool { return w == string(Finish) })
	}
	ok := p.exactlyOne(n, anAct, words...)
	p.goesWith(n, "respond", string(Expect))
	p.goesWith(n, "of", string(Status), string(Finish))
	if at, after := n.get("at"), n.get("after"); ok && at != nil && after != nil {
		return p.exactlyOne(n, anAct, "at", "after")
	}
	return ok
}

func scenarioFields() []field[scenarioFileDecl] {
	return []field[scenarioFileDecl]{
		labelField("test", doc("The journey that is tested.", "A jornada testada."), func(f *scenarioFileDecl) **Scalar { return &f.journey }).must(),
		{key: "defaults", doc: doc("What the cases share.", "O que os casos têm em comum."), shape: func() any {
			return objectShape(scenarioDefaultFields(func(d *scenarioDefaults) *scenarioDefaults { return d }))()
		}, read: func(p *parser, n *node, f *scenarioFileDecl) {
			readFields(p, n, quoted("defaults"), scenarioDefaultFields(func(d *scenarioDefaults) *scenarioDefaults { return d }), &f.defaults)
		}},
		field[scenarioFileDecl]{key: "cases", doc: doc("The cases.", "Os casos."), shape: func() any { return listShape(objectShape(scenarioCaseFields()))() }, read: func(p *parser, n *node, f *scenarioFileDecl) {
			if !p.isList(n, quoted("cases")) {
				return
			}
			for _, item := range n.items {
				c := &caseDecl{node: item}
				if readFields(p, item, diag.Text{En: "a case", Pt: "um caso"}, scenarioCaseFields(), c) {
					f.cases = append(f.cases, c)
				}
			}
			names := map[string]int{}
			for _, c := range f.cases {
				if c.name == nil {
					continue
				}
				if line := names[c.name.Value]; line > 0 {
					p.report("J0107", c.name.Span(), diag.T("a case of this name is already on line %d", "um caso com este nome já está na linha %d", line))
				}
				names[c.name.Value] = c.name.node.line
			}
		}}.must(),
	}
}

// readScenarios reads the form of a *.test.yaml file; nil when there is nothing
// to go on with.
func readScenarios(f File, p *parser) *scenarioFileDecl {
	root := readYAML(f, p.reporter)
	if root == nil || root.kind == badNode {
		return nil
	}
	d := &scenarioFileDecl{}
	what := diag.Text{En: "a test file", Pt: "um arquivo de testes"}
	if root.kind != mappingNode {
		p.report("J0003", root.src.start(), diag.T("a test file is a mapping (`key: value`), not text or a list", "um arquivo de testes é um mapeamento (`chave: valor`), não um texto ou uma lista")).
			Hint = diag.T("start with `test: my_journey` and `cases:`", "comece com `test: minha_jornada` e `cases:`")
		return nil
	}
	readFields(p, root, what, scenarioFields(), d)
	return d
}

// plainOf is a node as data: what an author would expect of JSON.
func plainOf(n *node) any {
	switch {
	case n == nil || n.null():
		return nil
	case n.kind == listNode:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = plainOf(item)
		}
		return list
	case n.kind == mappingNode:
		m := make(map[string]any, len(n.items))
		for i, key := range n.keys {
			m[key.value] = plainOf(n.items[i])
		}
		return m
	case n.kind == scalarNode:
		return constant(&Scalar{n.value, n})
	}
	return nil
}

// below finds the node of a path such as "unit.name" or "items[2]"; where it
// ends early, the last node on the way.
func (n *node) below(path string) *node {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		var next *node
		if n.kind == listNode {
			i := 0
			if _, err := fmt.Sscanf(part, "%d", &i); err == nil && i >= 0 && i < len(n.items) {
				next = n.items[i]
			}
		} else {
			next = n.get(part)
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}
