package dsl

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// AskStep is the verb ask: a question, and the wait for its answer.
type AskStep struct {
	Outgoing
	Options  []*OptionDecl
	Scale    *ScaleDecl
	Bands    []*BandDecl
	Accept   *Scalar
	Timeout  *Placed[Duration]
	Deadline *Scalar
	Retries  *Placed[int]
	Reprompt *Scalar
	Survey   *Scalar

	node *node
}

// OptionDecl is one answer.
type OptionDecl struct {
	ID      *Scalar
	Title   *Scalar
	Section *Scalar // of a list: what stands above it and its neighbors of the same section
	Match   []*Scalar
}

// ScaleDecl is csat, nps or a range.
type ScaleDecl struct {
	Kind      *Scalar // csat, nps; nil for a custom range
	Min, Max  *Placed[int]
	Low, High *Scalar
}

// BandDecl is an outcome of a scale: "0-6".
type BandDecl struct {
	Outcome  *Scalar
	At       *Scalar
	Min, Max int
}

var scaleKinds = map[string]Scale{
	"csat": {Kind: "csat", Min: 1, Max: 5, Bands: []Band{{"satisfied", 4, 5}, {"neutral", 3, 3}, {"dissatisfied", 1, 2}}},
	"nps":  {Kind: "nps", Min: 0, Max: 10, Bands: []Band{{"promoter", 9, 10}, {"passive", 7, 8}, {"detractor", 0, 6}}},
}

var acceptKinds = []string{"text", "number", "date", "email", "image", acceptForm}

// acceptForm is the answer of a form that the message opens.
const acceptForm = "form"

var optionFields = []field[OptionDecl]{
	idField("id", doc("The outcome when this is chosen.", "O resultado quando esta é escolhida."), func(o *OptionDecl) **Scalar { return &o.ID }).must(),
	textField("title", doc("What the button says.", "O que o botão diz."), func(o *OptionDecl) **Scalar { return &o.Title }).must(),
	textField("section", doc("What stands above this answer in a list; neighbors of the same section stand together. All answers have one, or none.", "O que fica acima desta resposta na lista; vizinhas da mesma seção ficam juntas. Todas as respostas têm uma, ou nenhuma."), func(o *OptionDecl) **Scalar { return &o.Section }),
	wordsField("match", doc("Other words that mean this answer.", "Outras palavras que significam esta resposta."), func(o *OptionDecl) *[]*Scalar { return &o.Match }),
}

var scaleFields = []field[ScaleDecl]{
	intField("min", 0, 100, doc("The lowest score.", "A menor nota."), func(s *ScaleDecl) **Placed[int] { return &s.Min }).must(),
	intField("max", 1, 100, doc("The highest score.", "A maior nota."), func(s *ScaleDecl) **Placed[int] { return &s.Max }).must(),
	textField("low", doc("What the lowest score means.", "O que a menor nota significa."), func(s *ScaleDecl) **Scalar { return &s.Low }),
	textField("high", doc("What the highest score means.", "O que a maior nota significa."), func(s *ScaleDecl) **Scalar { return &s.High }),
}

var askFields = append(outgoingFields(func(a *AskStep) *Outgoing { return &a.Outgoing }),
	listField("options", doc("The answers to choose from.", "As respostas para escolher."), diag.Text{En: "an option", Pt: "uma opção"},
		func() []field[OptionDecl] { return optionFields }, func(a *AskStep) *[]*OptionDecl { return &a.Options }),
	field[AskStep]{key: "scale", doc: doc("A score: csat (1-5), nps (0-10) or a range.", "Uma nota: csat (1-5), nps (0-10) ou um intervalo."),
		shape: textOr(enumShape("csat", "nps"), "object", objectShape(scaleFields)), read: readScale},
	field[AskStep]{key: "bands", doc: doc("Outcomes of a scale: {low: 0-6, high: 7-10}.", "Resultados de uma escala: {low: 0-6, high: 7-10}."),
		shape: mapShape(textShape), read: readBands},
	enumField("accept", doc("A free answer of this kind.", "Uma resposta livre deste tipo."), func(a *AskStep) **Scalar { return &a.Accept }, acceptKinds...),
	durationField("timeout", doc("How long to wait for the answer.", "Quanto esperar pela resposta."), func(a *AskStep) **Placed[Duration] { return &a.Timeout }),
	exprField("deadline", doc("Wait until this moment.", "Esperar até este momento."), func(a *AskStep) **Scalar { return &a.Deadline }),
	intField("retries", 0, 5, doc("How often to ask again after an answer that does not fit.", "Quantas vezes perguntar de novo após uma resposta que não serve."), func(a *AskStep) **Placed[int] { return &a.Retries }),
	textField("reprompt", doc("What to say after an answer that does not fit.", "O que dizer após uma resposta que não serve."), func(a *AskStep) **Scalar { return &a.Reprompt }),
	idField("survey", doc("The survey this question belongs to.", "A pesquisa a que esta pergunta pertence."), func(a *AskStep) **Scalar { return &a.Survey }),
)

var askVerb = verb{
	name: "ask", doc: doc("Ask a question and wait for the answer.", "Faz uma pergunta e espera a resposta."), shape: func() any { return describe(askFields).oneKey(channelNames()...).oneKey("options", "scale", "accept") },
	keys: keysWith(askFields),
	read: func(p *parser, n *node, _ *Step) Body {
		a := &AskStep{node: n}
		if !readFields(p, n, quoted("ask"), askFields, a) {
			return nil
		}
		p.needsChannel(n, quoted("ask"), &a.RouteDecl)
		p.exactlyOne(n, quoted("ask"), "options", "scale", "accept")
		p.goesWith(n, "bands", "scale")
		p.goesWith(n, "reprompt", "retries")
		if options := n.get("options"); options != nil && options.kind == listNode && len(options.items) == 0 {
			p.report("J0102", options.span(), diag.T("`options` is empty", "`options` está vazio"))
		}
		p.uniqueOptions(a.Options)
		p.sections(a.Options)
		a.checkBands(p)
		return a
	},
}

func (p *parser) uniqueOptions(options []*OptionDecl) {
	ids := make([]*Scalar, len(options))
	for i, o := range options {
		ids[i] = o.ID
	}
	p.unique(ids)
}

// sections: a list is divided whole or not at all (J0104), and the answers of one
// section are neighbors (J0107).
func (p *parser) sections(options []*OptionDecl) {
	sectioned := slices.ContainsFunc(options, func(o *OptionDecl) bool { return o.Section != nil })
	for i, o := range options {
		switch {
		case !sectioned || o.ID == nil:
		case o.Section == nil:
			p.report("J0104", o.ID.Span(), diag.T("the option `%s` is in no section, and others are", "a opção `%s` não está em nenhuma seção, e outras estão", o.ID.Value)).
				Hint = diag.T("give every option a `section`, or none", "dê uma `section` a todas as opções, ou a nenhuma")
			return
		case beginsSection(options, i) && slices.ContainsFunc(options[:i], o.sameSection):
			p.report("J0107", o.Section.Span(), diag.T("the section `%s` is in two places", "a seção `%s` está em dois lugares", o.Section.Value)).
				Hint = diag.T("write its options one after the other", "escreva as opções dela uma depois da outra")
			return
		}
	}
}

// beginsSection says whether a section of a list begins with an option.
func beginsSection(options []*OptionDecl, i int) bool {
	return options[i].Section != nil && (i == 0 || !options[i].sameSection(options[i-1]))
}

func (o *OptionDecl) sameSection(other *OptionDecl) bool {
	return o.Section != nil && other.Section != nil && o.Section.Value == other.Section.Value
}

// sectionPath is how translations call a section: by the option it begins with.
func sectionPath(step *Step, o *OptionDecl) string {
	return step.ID.Value + ".sections." + o.ID.Value
}

func readScale(p *parser, n *node, a *AskStep) {
	s := &ScaleDecl{}
	if n.kind == mappingNode {
		if readFields(p, n, quoted("scale"), scaleFields, s) {
			if s.Min != nil && s.Max != nil && s.Min.Value >= s.Max.Value {
				p.report("J0105", s.Max.At.Span(), diag.T("`max` must be above `min`", "`max` deve ser maior que `min`"))
				return
			}
			a.Scale = s
		}
		return
	}
	if s.Kind = p.enum(n, quoted("scale"), []string{"csat", "nps"}); s.Kind != nil {
		a.Scale = s
	}
}

var bandPattern = regexp.MustCompile(`^([0-9]{1,3})(?:\s*[-–]\s*([0-9]{1,3}))?$`)

func readBands(p *parser, n *node, a *AskStep) {
	if !p.isMapping(n, quoted("bands")) {
		return
	}
	for i, key := range n.keys {
		outcome := &Scalar{key.value, key}
		at := p.scalar(n.items[i], quoted(key.value))
		if at == nil || !p.checkID(outcome) {
			continue
		}
		m := bandPattern.FindStringSubmatch(at.Value)
		if m == nil {
			p.report("J0105", at.Span(), diag.T("`%s` is not a range of scores", "`%s` não é um intervalo de notas", at.Value)).
				Hint = diag.T("write 0-6, or one score", "escreva 0-6, ou uma nota só")
			continue
		}
		band := &BandDecl{Outcome: outcome, At: at}
		band.Min, _ = strconv.Atoi(m[1])
		if band.Max = band.Min; m[2] != "" {
			band.Max, _ = strconv.Atoi(m[2])
		}
		a.Bands = append(a.Bands, band)
	}
}

// checkBands proves that every score of the scale is in exactly one band.
func (a *AskStep) checkBands(p *parser) {
	if len(a.Bands) == 0 || a.Scale == nil {
		return
	}
	scale := a.scale()
	owner := map[int]*BandDecl{}
	for _, b := range a.Bands {
		if b.Min > b.Max || b.Min < scale.Min || b.Max > scale.Max {
			p.report("J0105", b.At.Span(), diag.T("`%s` is outside the scale %d-%d", "`%s` está fora da escala %d-%d", b.At.Value, scale.Min, scale.Max))
			return
		}
		for score := b.Min; score <= b.Max; score++ {
			if other := owner[score]; other != nil {
				p.report("J0105", b.At.Span(), diag.T("the score %d is already in the band `%s`", "a nota %d já está na faixa `%s`", score, other.Outcome.Value))
				return
			}
			owner[score] = b
		}
	}
	for score := scale.Min; score <= scale.Max; score++ {
		if owner[score] == nil {
			p.report("J0105", a.Bands[0].Outcome.Span(), diag.T("the score %d is in no band", "a nota %d não está em nenhuma faixa", score)).
				Hint = diag.T("cover the whole scale, %d-%d", "cubra a escala toda, %d-%d", scale.Min, scale.Max)
			return
		}
	}
}

// scale is the scale with its bands, as the plan has it.
func (a *AskStep) scale() Scale {
	var s Scale
	if a.Scale.Kind != nil {
		s = scaleKinds[a.Scale.Kind.Value]
	} else {
		s = Scale{Kind: "custom", Min: a.Scale.Min.or(0), Max: a.Scale.Max.or(0), Bands: []Band{}}
	}
	if len(a.Bands) > 0 {
		s.Bands = nil
		for _, b := range a.Bands {
			s.Bands = append(s.Bands, Band{b.Outcome.Value, b.Min, b.Max})
		}
	}
	return s
}

func (a *AskStep) outcomes(*Workspace) outcomes {
	o := outcomes{May: []string{"undelivered"}}
	switch {
	case len(a.Options) > 0:
		for _, option := range a.Options {
			if option.ID != nil {
				o.Must = append(o.Must, option.ID.Value)
			}
		}
		o.Must = append(o.Must, "other")
	case a.Scale != nil:
		bands := a.scale().Bands
		for _, band := range bands {
			o.Must = append(o.Must, band.Outcome)
		}
		if len(bands) == 0 {
			o.Must = append(o.Must, "answered")
		}
		o.May = append(o.May, "other")
	default:
		o.Must = append(o.Must, "answered")
		if a.Accept != nil && a.Accept.Value != "text" {
			o.May = append(o.May, "other")
		}
	}
	o.Must = append(o.Must, "timeout")
	return o
}

// result types what an answer gives as present: reading it where nobody
// answered is a question of paths, not of types.
func (a *AskStep) result() expression.Fields {
	text := expression.Type{Kind: expression.String}
	fields := expression.Fields{"channel": text, "text": text, "reason": optional(expression.String)}
	switch {
	case a.Scale != nil:
		fields["score"] = expression.Type{Kind: expression.Int}
	case len(a.Options) > 0:
		fields["option"] = text
	case a.Accept != nil:
		kind := map[string]expression.Kind{"number": expression.Number, "date": expression.Time, acceptForm: expression.Any}[a.Accept.Value]
		if kind == "" {
			kind = expression.String
		}
		fields["value"] = expression.Type{Kind: kind}
	}
	return fields
}

func (a *AskStep) check(c *checker, step *Step) {
	c.outgoing(step, &a.Outgoing, a)
	c.expression(a.Deadline, c.env(step), expression.Type{Kind: expression.Time})
	c.text(a.Reprompt, c.env(step), shownText)
	for _, o := range a.Options {
		c.text(o.Title, c.env(step), shownText)
		c.text(o.Section, c.env(step), shownText)
	}
	if a.Scale != nil {
		c.text(a.Scale.Low, c.env(step), shownText)
		c.text(a.Scale.High, c.env(step), shownText)
	}
	if a.node.get("timeout") == nil && a.node.get("deadline") == nil {
		c.unbounded(step, diag.Text{
			En: "nobody may ever answer: this `ask` has no `timeout` or `deadline`",
			Pt: "pode ser que ninguém responda: este `ask` não tem `timeout` nem `deadline`",
		})
	}
}

func (a *AskStep) lower(l *lowering, step *Step, n *Node) {
	ask := &Ask{
		Routes: l.routes(step, &a.Outgoing), Urgent: a.Urgent.or(false), Accept: a.Accept.String(),
		Timeout: a.Timeout.or(0), Deadline: l.expr(a.Deadline), Retries: a.Retries.or(0),
		Reprompt: l.copyText(a.Reprompt, step.ID.Value+".reprompt"), Survey: a.Survey.String(),
	}
	for i, o := range a.Options {
		option := Option{ID: o.ID.Value, Title: l.copyText(o.Title, fmt.Sprintf("%s.options.%s", step.ID.Value, o.ID.Value))}
		for _, word := range o.Match {
			option.Match = append(option.Match, word.Value)
		}
		if beginsSection(a.Options, i) {
			option.Section = l.copyText(o.Section, sectionPath(step, o))
		}
		ask.Options = append(ask.Options, option)
	}
	if a.Scale != nil {
		scale := a.scale()
		scale.Low = l.copyText(a.Scale.Low, step.ID.Value+".low")
		scale.High = l.copyText(a.Scale.High, step.ID.Value+".high")
		ask.Scale = &scale
	}
	n.Ask = ask
}

// checkOptions compares the options with what a route can show: the buttons of
// its template, or reply buttons and list rows of an own text.
func (c *checker) checkOptions(step *Step, r *RouteDecl, a *AskStep, done map[*OptionDecl]bool) {
	spec := channelNamed(r.Channel.Value)
	if spec.ListRows > 0 && len(a.Options) > spec.ListRows && !done[a.Options[spec.ListRows]] {
		done[a.Options[spec.ListRows]] = true
		c.report("J0511", a.Options[spec.ListRows].ID.spanOr(step.at()), diag.T("%d options; %s shows at most %d", "%d opções; %s mostra no máximo %d", len(a.Options), channelTitle(spec.Name), spec.ListRows)).
			Hint = diag.T("ask in two steps, or use `accept: text`", "pergunte em dois passos, ou use `accept: text`")
		return
	}
	limit, what := spec.ButtonTitle, diag.Text{En: "button title", Pt: "o título do botão"}
	sections := spec.SectionTitle > 0 && a.Options[0].Section != nil
	if len(a.Options) > spec.Buttons || sections {
		limit, what = spec.ListTitle, diag.Text{En: "list row title", Pt: "o título da linha da lista"}
	}
	var buttons []string
	template := c.template(r.Channel.Value, r.Message.Template)
	if template == nil && r.Message.Closed != nil {
		template = c.template(r.Channel.Value, r.Message.Closed.Template)
	}
	if template != nil {
		buttons = template.Buttons
	}
	complete := true
	for _, o := range a.Options {
		if o.Title == nil || done[o] {
			complete = false
			continue
		}
		if sections && !done[o] && o.Section != nil && writtenLength(o.Section.Value) > spec.SectionTitle {
			done[o], complete = true, false
			c.length(o.Section, spec.SectionTitle, spec.Name, diag.Text{En: "section title", Pt: "o título da seção"})
			continue
		}
		inTemplate := slices.Contains(buttons, o.Title.Value)
		length := writtenLength(o.Title.Value)
		switch {
		case limit > 0 && length > limit && !inTemplate:
			done[o], complete = true, false
			c.report("J0510", o.Title.Span(), diag.Text{
				En: fmt.Sprintf("%s has %d characters; %s allows %d", what.En, length, channelTitle(spec.Name), limit),
				Pt: fmt.Sprintf("%s tem %d caracteres; o %s permite %d", what.Pt, length, channelTitle(spec.Name), limit),
			})
		case len(buttons) > 0 && !inTemplate && !strings.Contains(o.Title.Value, "{{"):
			done[o], complete = true, false
			d := c.report("J0512", o.Title.Span(), diag.T("the template `%s` has no button `%s`", "o modelo `%s` não tem o botão `%s`", template.Name, o.Title.Value))
			d.Suggestion = didYouMean(o.Title.Value, buttons)
			d.Hint = diag.T("its buttons: %s", "os botões dele: %s", strings.Join(buttons, ", "))
		}
	}
	if !complete || len(buttons) == 0 {
		return
	}
	for _, b := range buttons {
		if !slices.ContainsFunc(a.Options, func(o *OptionDecl) bool { return o.Title.Value == b }) {
			at := r.Message.Template
			if at == nil {
				at = r.Message.Closed.Template
			}
			c.report("J0512", at.Span(), diag.T("the button `%s` of the template `%s` is no option of this question", "o botão `%s` do modelo `%s` não é uma opção desta pergunta", b, template.Name)).
				Hint = diag.T("add `{id: …, title: %s}` to `options`", "acrescente `{id: …, title: %s}` a `options`", b)
			return
		}
	}
}
