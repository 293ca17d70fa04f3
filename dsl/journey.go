package dsl

import (
	"regexp"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// Journey is one parsed journey file. Every scalar keeps its place in it.
type Journey struct {
	Path         string // the file
	DSL          *Placed[int]
	ID           *Scalar
	Name         *Scalar
	Description  *Scalar
	Owner        *Scalar
	Tags         []*Scalar
	Category     *Scalar
	Locale       *Scalar
	Timezone     *Scalar
	Clock        *Scalar
	Inputs       expression.Fields
	Vars         []*VarDecl
	Triggers     []*TriggerDecl
	Audience     *Scalar
	Entry        *EntryDecl
	Delivery     *DeliveryDecl
	Goals        []*InterruptDecl
	Exits        []*InterruptDecl
	Translations []*TranslationDecl
	Steps        []*Step

	src    *source
	node   *node           // nil when the file could not be read at all
	broken map[string]bool // ids of steps with mistakes of form; "" = outside steps
}

// TriggerDecl is one way to start.
type TriggerDecl struct {
	Event    *Scalar
	Where    *Scalar
	With     []Pair
	Inbound  *Scalar
	Keywords []*Scalar
	Segment  *Scalar
	Schedule *Schedule
	Rate     *Rate
	API      *Placed[bool]
	Called   *Placed[bool]

	node *node
}

// EntryDecl says who may be inside twice.
type EntryDecl struct {
	Key     *Scalar
	Overlap *Scalar
	Reentry *Scalar
}

// DeliveryDecl is when and how often messages may go; nil fields are inherited
// from the workspace.
type DeliveryDecl struct {
	SendWindow   *Hours
	HoldMax      *Placed[Duration]
	FrequencyCap *CapDecl
	Suppress     []*Scalar
}

// CapDecl is a frequency cap.
type CapDecl struct {
	Max *Placed[int]
	Per *Placed[Duration]
}

// InterruptDecl is a goal or an exit.
type InterruptDecl struct {
	ID      *Scalar
	Event   *Scalar
	Where   *Scalar
	When    *Scalar
	Exit    *Placed[bool] // of a goal
	Failure *Placed[bool] // of an exit
	Steps   []*Step       // of a failure exit

	node *node
}

// TranslationDecl are the texts of one language, by path.
type TranslationDecl struct {
	Language *Scalar
	Texts    []Pair
}

var categories = []string{"utility", "marketing", "authentication", "service"}

var languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

func (p *parser) language(n *node, what diag.Text) *Scalar {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	if !languagePattern.MatchString(s.Value) {
		p.report("J0105", s.Span(), diag.T("`%s` is not a language", "`%s` não é um idioma", s.Value)).
			Hint = diag.T("write pt-BR, en or es-AR", "escreva pt-BR, en ou es-AR")
		return nil
	}
	return s
}

var triggerFields = []field[TriggerDecl]{
	labelField("event", doc("On this business event.", "Neste evento de negócio."), func(t *TriggerDecl) **Scalar { return &t.Event }),
	exprField("where", doc("Only events for which this holds.", "Só eventos para os quais isto vale."), func(t *TriggerDecl) **Scalar { return &t.Where }),
	pairsField("with", doc("Inputs; event fields of the same name map by themselves.", "Entradas; campos do evento com o mesmo nome se ligam sozinhos."), func(t *TriggerDecl) *[]Pair { return &t.With }),
	enumField("inbound", doc("The contact writes on this channel.", "O contato escreve neste canal."), func(t *TriggerDecl) **Scalar { return &t.Inbound }, channelNames()...),
	wordsField("keywords", doc("Only these words; none = any text nobody else claims.", "Só estas palavras; nenhuma = qualquer texto que ninguém mais pegue."), func(t *TriggerDecl) *[]*Scalar { return &t.Keywords }),
	labelField("segment", doc("On entering the segment; with schedule, everyone in it.", "Ao entrar no segmento; com schedule, todos nele."), func(t *TriggerDecl) **Scalar { return &t.Segment }),
	{key: "schedule", doc: doc("At these times.", "Nestes horários."), shape: func() any { return describe(scheduleFields).oneKey("cron", "at") }, read: func(p *parser, n *node, t *TriggerDecl) {
		s := &scheduleDecl{}
		if readFields(p, n, quoted("schedule"), scheduleFields, s) && p.exactlyOne(n, quoted("schedule"), "cron", "at") {
			t.Schedule = &Schedule{Cron: s.cron.String(), At: s.at.String()}
		}
	}},
	{key: "rate", doc: doc("Spread the start: 3000/h.", "Espalha o início: 3000/h."), shape: textShape, read: func(p *parser, n *node, t *TriggerDecl) { t.Rate = p.rate(n) }},
	boolField("api", doc("By an API call.", "Por uma chamada de API."), func(t *TriggerDecl) **Placed[bool] { return &t.API }),
	boolField("called", doc("By `enroll` in another journey.", "Por `enroll` em outra jornada."), func(t *TriggerDecl) **Placed[bool] { return &t.Called }),
}

var aTrigger = diag.Text{En: "a trigger", Pt: "um gatilho"}

func readTriggers(p *parser, n *node, j *Journey) {
	if !p.isList(n, quoted("triggers")) {
		return
	}
	if len(n.items) == 0 {
		p.report("J0102", n.span(), diag.T("`triggers` is empty: nothing starts this journey", "`triggers` está vazio: nada inicia esta jornada")).
			Hint = diag.T("add `- {api: true}` to start it by hand or from your system", "acrescente `- {api: true}` para iniciá-la à mão ou pelo seu sistema")
	}
	for _, item := range n.items {
		t := &TriggerDecl{node: item}
		if !readFields(p, item, aTrigger, triggerFields, t) {
			continue
		}
		if item.get("schedule") != nil {
			p.exactlyOne(item, aTrigger, "event", "inbound", "schedule", "api", "called")
		} else {
			p.exactlyOne(item, aTrigger, "event", "inbound", "segment", "schedule", "api", "called")
		}
		p.goesWith(item, "where", "event")
		p.goesWith(item, "with", "event", "inbound", "segment", "schedule")
		p.goesWith(item, "keywords", "inbound")
		p.goesWith(item, "rate", "segment", "schedule")
		j.Triggers = append(j.Triggers, t)
	}
}

func entryFields() []field[EntryDecl] {
	return []field[EntryDecl]{
		exprField("key", doc("What makes two enrollments the same (contact.id).", "O que torna duas inscrições a mesma (contact.id)."), func(e *EntryDecl) **Scalar { return &e.Key }),
		enumField("overlap", doc("A second one while the first runs: skip, replace or allow.", "Uma segunda enquanto a primeira corre: skip, replace ou allow."), func(e *EntryDecl) **Scalar { return &e.Overlap }, "skip", "replace", "allow"),
		{key: "reentry", doc: doc("Again after the end: always, once, or after 30d.", "De novo depois do fim: always, once, ou depois de 30d."), shape: textShape, read: func(p *parser, n *node, e *EntryDecl) {
			s := p.scalar(n, quoted("reentry"))
			if s == nil {
				return
			}
			if d, err := ParseDuration(s.Value); s.Value != "always" && s.Value != "once" && (err != nil || d <= 0) {
				p.notAllowed(s, quoted("reentry"), []string{"always", "once", "30d"})
				return
			}
			e.Reentry = s
		}},
	}
}

func capFields() []field[CapDecl] {
	return []field[CapDecl]{
		intField("max", 1, 1000, doc("At most so many messages,", "No máximo tantas mensagens,"), func(c *CapDecl) **Placed[int] { return &c.Max }).must(),
		durationField("per", doc("in any stretch of this length.", "em qualquer período deste tamanho."), func(c *CapDecl) **Placed[Duration] { return &c.Per }).must(),
	}
}

func deliveryFields() []field[DeliveryDecl] {
	return []field[DeliveryDecl]{
		{key: "send_window", doc: doc("The hours in which messages may go.", "O horário em que mensagens podem sair."), shape: objectShape(hoursFields), read: func(p *parser, n *node, d *DeliveryDecl) {
			d.SendWindow = p.hours(n, quoted("send_window"))
		}},
		durationField("hold_max", doc("How long a message may be held (24h).", "Quanto uma mensagem pode ficar retida (24h)."), func(d *DeliveryDecl) **Placed[Duration] { return &d.HoldMax }),
		groupField("frequency_cap", doc("How many messages a contact may get.", "Quantas mensagens um contato pode receber."), capFields, func(d *DeliveryDecl) **CapDecl { return &d.FrequencyCap }),
		wordsField("suppress", doc("Suppression lists that apply.", "Listas de bloqueio que valem."), func(d *DeliveryDecl) *[]*Scalar { return &d.Suppress }),
	}
}

// delivery overlays what the journey says over what it inherits.
func (d *DeliveryDecl) over(base Delivery) Delivery {
	if d == nil {
		return base
	}
	if d.SendWindow != nil {
		base.SendWindow = d.SendWindow
	}
	if d.HoldMax != nil {
		base.HoldMax = d.HoldMax.Value
	}
	if c := d.FrequencyCap; c != nil && c.Max != nil && c.Per != nil {
		base.FrequencyCap = &Cap{c.Max.Value, c.Per.Value}
	}
	if d.Suppress != nil {
		base.Suppress = words(d.Suppress)
	}
	return base
}

func words(list []*Scalar) []string {
	var out []string
	for _, s := range list {
		out = append(out, s.Value)
	}
	return out
}

var goalFields = []field[InterruptDecl]{
	idField("id", doc("Its name in statistics, and the ending when it exits.", "Seu nome nas estatísticas, e o fim quando sai."), func(i *InterruptDecl) **Scalar { return &i.ID }).must(),
	labelField("event", doc("Reached when this event comes.", "Atingida quando este evento chega."), func(i *InterruptDecl) **Scalar { return &i.Event }),
	exprField("where", doc("Only events for which this holds.", "Só eventos para os quais isto vale."), func(i *InterruptDecl) **Scalar { return &i.Where }),
	exprField("when", doc("Reached when this becomes true.", "Atingida quando isto se torna verdade."), func(i *InterruptDecl) **Scalar { return &i.When }),
	boolField("exit", doc("Whether reaching it ends the enrollment.", "Se atingi-la termina a inscrição."), func(i *InterruptDecl) **Placed[bool] { return &i.Exit }).must(),
}

var exitFields []field[InterruptDecl]

var journeyFields []field[Journey]

func init() {
	exitFields = []field[InterruptDecl]{
		goalFields[0], goalFields[1], goalFields[2], goalFields[3],
		boolField("failure", doc("Steps to do when the enrollment fails.", "Passos a fazer quando a inscrição falha."), func(i *InterruptDecl) **Placed[bool] { return &i.Failure }),
		{key: "steps", doc: doc("With failure: what to do then.", "Com failure: o que fazer então."), shape: stepsShape, read: func(p *parser, n *node, i *InterruptDecl) {
			i.Steps = p.readSteps(n, quoted("steps"))
		}},
	}
	journeyFields = []field[Journey]{
		field[Journey]{key: "dsl", doc: doc("The language version: 1.", "A versão da linguagem: 1."), shape: enumShapeInt(1), read: func(p *parser, n *node, j *Journey) {
			if s := p.scalar(n, quoted("dsl")); s != nil && s.Value != "1" {
				p.report("J0105", s.Span(), diag.T("this Jornada reads language version 1, not `%s`", "esta Jornada lê a versão 1 da linguagem, não `%s`", s.Value)).
					Hint = diag.T("write `dsl: 1`", "escreva `dsl: 1`")
			} else if s != nil {
				j.DSL = &Placed[int]{1, s}
			}
		}}.must(),
		idField("journey", doc("The journey's id.", "O id da jornada."), func(j *Journey) **Scalar { return &j.ID }).must(),
		labelField("name", doc("A label for people.", "Um rótulo para pessoas."), func(j *Journey) **Scalar { return &j.Name }),
		labelField("description", doc("What it is for.", "Para que serve."), func(j *Journey) **Scalar { return &j.Description }),
		labelField("owner", doc("Who looks after it.", "Quem cuida dela."), func(j *Journey) **Scalar { return &j.Owner }),
		wordsField("tags", doc("Labels.", "Etiquetas."), func(j *Journey) *[]*Scalar { return &j.Tags }),
		enumField("category", doc("What kind of messages it sends.", "Que tipo de mensagem ela envia."), func(j *Journey) **Scalar { return &j.Category }, categories...).must(),
		{key: "locale", doc: doc("The language of the texts (pt-BR).", "O idioma dos textos (pt-BR)."), shape: textShape, read: func(p *parser, n *node, j *Journey) { j.Locale = p.language(n, quoted("locale")) }},
		{key: "timezone", doc: doc("IANA zone of all local times.", "Fuso IANA de todos os horários locais."), shape: textShape, read: func(p *parser, n *node, j *Journey) { j.Timezone = p.zone(n) }},
		enumField("clock", doc("Whose zone send windows follow.", "De quem é o fuso das janelas de envio."), func(j *Journey) **Scalar { return &j.Clock }, "journey", "contact"),
		{key: "inputs", doc: doc("What an enrollment starts with, with types.", "Com o que uma inscrição começa, com tipos."), shape: typeFieldsShape, read: func(p *parser, n *node, j *Journey) { j.Inputs = p.typeFields(n, quoted("inputs"), true) }},
		{key: "vars", doc: doc("Variables: a default value, or a type.", "Variáveis: um valor inicial, ou um tipo."), shape: constShape(schemaObject{"type": "object"}), read: func(p *parser, n *node, j *Journey) { j.Vars = p.vars(n) }},
		field[Journey]{key: "triggers", doc: doc("What starts an enrollment.", "O que inicia uma inscrição."), shape: listShape(func() any {
			return describe(triggerFields).oneOf([]string{"event"}, []string{"inbound"}, []string{"segment", "schedule"}, []string{"api"}, []string{"called"})
		}), read: readTriggers}.must(),
		exprField("audience", doc("Checked once, on entry.", "Verificada uma vez, na entrada."), func(j *Journey) **Scalar { return &j.Audience }),
		groupField("entry", doc("Who may be inside twice.", "Quem pode estar dentro duas vezes."), entryFields, func(j *Journey) **EntryDecl { return &j.Entry }),
		groupField("delivery", doc("When and how often messages may go.", "Quando e quantas vezes mensagens podem sair."), deliveryFields, func(j *Journey) **DeliveryDecl { return &j.Delivery }),
		{key: "goals", doc: doc("Measures of success.", "Medidas de sucesso."), shape: listShape(func() any { return describe(goalFields).oneKey("event", "when") }), read: func(p *parser, n *node, j *Journey) {
			j.Goals = p.interrupts(n, quoted("goals"), diag.Text{En: "a goal", Pt: "uma meta"}, goalFields)
		}},
		{key: "exits", doc: doc("Rules that end an enrollment at once.", "Regras que terminam uma inscrição na hora."), shape: listShape(func() any { return describe(exitFields).oneKey("event", "when", "failure") }), read: func(p *parser, n *node, j *Journey) {
			j.Exits = p.interrupts(n, quoted("exits"), diag.Text{En: "an exit", Pt: "uma saída"}, exitFields)
		}},
		{key: "translations", doc: doc("Texts in other languages, by path.", "Textos em outros idiomas, por caminho."), shape: mapShape(mapShape(textShape)), read: func(p *parser, n *node, j *Journey) {
			if !p.isMapping(n, quoted("translations")) {
				return
			}
			for i, key := range n.keys {
				if language := p.language(key, quoted("translations")); language != nil {
					j.Translations = append(j.Translations, &TranslationDecl{language, p.pairs(n.items[i], quoted(key.value))})
				}
			}
		}},
		field[Journey]{key: "steps", doc: doc("What happens, in order.", "O que acontece, em ordem."), shape: stepsShape, read: func(p *parser, n *node, j *Journey) {
			j.Steps = p.readSteps(n, quoted("steps"))
			if n.kind == listNode && len(n.items) == 0 {
				p.report("J0102", n.span(), diag.T("`steps` is empty: this journey does nothing", "`steps` está vazio: esta jornada não faz nada"))
			}
		}}.must(),
	}
}

func (p *parser) interrupts(n *node, what, one diag.Text, fields []field[InterruptDecl]) []*InterruptDecl {
	if !p.isList(n, what) {
		return nil
	}
	var list []*InterruptDecl
	for _, item := range n.items {
		i := &InterruptDecl{node: item}
		if !readFields(p, item, one, fields, i) {
			continue
		}
		if what.En == "`exits`" {
			p.exactlyOne(item, one, "event", "when", "failure")
			p.goesWith(item, "steps", "failure")
		} else {
			p.exactlyOne(item, one, "event", "when")
		}
		p.goesWith(item, "where", "event")
		list = append(list, i)
	}
	return list
}

// Parse reads one journey file and collects every mistake of form. The journey
// is never nil; what could not be read is missing from it.
func Parse(f File) (*Journey, diag.List) {
	p := &parser{reporter: &reporter{}}
	j := &Journey{Path: f.Path, broken: map[string]bool{}}
	root := readYAML(f, p.reporter)
	j.src = p.src
	switch {
	case root == nil || root.kind == badNode:
	case root.kind != mappingNode:
		p.report("J0003", root.src.start(), diag.T("a journey is a mapping (`key: value`), not text or a list", "uma jornada é um mapeamento (`chave: valor`), não um texto ou uma lista")).
			Hint = diag.T("start with `dsl: 1`, `journey: my_journey`, …", "comece com `dsl: 1`, `journey: minha_jornada`, …")
	default:
		j.node = root
		readFields(p, root, diag.Text{En: "a journey", Pt: "uma jornada"}, journeyFields, j)
	}
	for _, d := range p.list {
		j.broken[d.StepID] = true
	}
	if j.node == nil {
		j.broken[""] = true
	}
	return j, p.diagnostics()
}

// all visits every step of the journey, those of failure exits included.
func (j *Journey) all(visit func(*Step)) {
	walk(j.Steps, visit)
	for _, e := range j.Exits {
		walk(e.Steps, visit)
	}
}
