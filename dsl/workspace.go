package dsl

import (
	"path"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
	"jornada/dsl/price"
)

// Workspace is what the journeys of a folder share: workspace.yaml, the
// approved templates of templates.lock.yaml and the e-mail template files.
type Workspace struct {
	ID        string
	Timezone  string            // "" when there is no workspace.yaml
	Contact   expression.Fields // declared fields and the ones every contact has
	Events    map[string]expression.Fields
	Segments  map[string]*Expr
	Schedules map[string]Hours
	Queues    []string
	Channels  map[string]ChannelDefaults
	Delivery  map[string]Delivery // by category
	Templates map[string]Template // by channel + "/" + name; of several languages the first
	Journeys  map[string]JourneySummary
	Prices    price.Table // what messages cost: the published prices and the workspace's own
	Country   string      // where most people are, for prices: BR; "" = that of a journey's locale

	languages map[string][]Template     // the same, with every language
	changes   map[string]categoryChange // announced by the provider, by Template.key
}

// ChannelDefaults is how the workspace uses one channel.
type ChannelDefaults struct {
	Number     string // which number sends; "main"
	Provider   string // the company that carries it; "" = not known, and nothing is checked of it
	FreeForm   string // window | always: when own text may go without a template
	DirectSend bool   // the account may send utility text without a template
	Unicode    string // sms: allow | refuse
	From       string // email: the sender's address
	// SmartEncoding: of sms, the integration leaves accents out where that saves a segment.
	SmartEncoding bool

	mustContain []*mustContain // what every text of the channel has to say
}

// JourneySummary is what other journeys may know of a journey.
type JourneySummary struct {
	ID       string
	Inputs   expression.Fields
	Exits    []string // sorted ending names, without completed
	Triggers []string // sorted kinds: api, called, event, inbound, schedule, segment

	Templates []string // sorted channel + "/" + name of those it sends

	journey *Journey // nil when only the summary is known
}

// The names of the files of a workspace folder.
const (
	workspaceFile = "workspace.yaml"
	lockFile      = "templates.lock.yaml"
	journeySuffix = ".journey.yaml"
)

// builtinContact are the fields every contact has.
func builtinContact() expression.Fields {
	text, flag := expression.Type{Kind: expression.String}, expression.Type{Kind: expression.Bool}
	optIn := expression.Fields{}
	for _, spec := range channelTable {
		optIn[spec.Name] = flag
	}
	return expression.Fields{"id": text, "timezone": text, "locale": text, "opt_in": object(optIn)}
}

// DefaultWorkspace is used when a folder has no workspace.yaml: no events,
// segments or queues, and only the fields every contact has. Journeys then need
// a timezone of their own.
func DefaultWorkspace() *Workspace {
	return &Workspace{
		ID: "default", Contact: builtinContact(),
		Events: map[string]expression.Fields{}, Segments: map[string]*Expr{}, Schedules: map[string]Hours{},
		Channels: map[string]ChannelDefaults{}, Delivery: map[string]Delivery{}, Templates: map[string]Template{},
		Journeys: map[string]JourneySummary{}, languages: map[string][]Template{}, changes: map[string]categoryChange{},
		Prices: price.Default(),
	}
}

// template finds a template in the journey's language, else in the first one.
func (ws *Workspace) template(channel, name, locale string) *Template {
	all := ws.languages[channel+"/"+name]
	if locale == "" {
		locale = defaultLocale
	}
	for i := range all {
		if strings.EqualFold(strings.ReplaceAll(all[i].Language, "_", "-"), locale) {
			return &all[i]
		}
	}
	if len(all) > 0 {
		return &all[0]
	}
	if t, ok := ws.Templates[channel+"/"+name]; ok { // a workspace made by hand
		return &t
	}
	return nil
}

// AllTemplates are the templates of the lock file in every language, by channel,
// name and language.
func (ws *Workspace) AllTemplates() []Template {
	var all []Template
	for key, t := range ws.Templates {
		if list := ws.languages[key]; len(list) > 0 {
			all = append(all, list...)
			continue
		}
		all = append(all, t) // a workspace made by hand
	}
	slices.SortFunc(all, func(a, b Template) int { return strings.Compare(a.key(), b.key()) })
	return all
}

func (ws *Workspace) templateNames(channel string) []string {
	var names []string
	for key := range ws.Templates {
		if name, ok := strings.CutPrefix(key, channel+"/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

type segmentDecl struct{ name, rule *Scalar }

type workspaceDecl struct {
	id       *Scalar
	ws       *Workspace
	segments []segmentDecl
}

var channelDefaultFields = []field[ChannelDefaults]{
	plainText("number", doc("Which number sends.", "Que número envia."), func(c *ChannelDefaults) *string { return &c.Number }),
	plainEnum("provider", doc("The company that carries it: what it cannot do is an error.", "A empresa que o leva: o que ela não faz é um erro."), func(c *ChannelDefaults) *string { return &c.Provider }, medium.CarrierNames()...),
	plainEnum("free_form", doc("When own text may go without a template.", "Quando texto próprio pode sair sem modelo."), func(c *ChannelDefaults) *string { return &c.FreeForm }, "window", "always"),
	{key: "direct_send", doc: doc("Utility text needs no template.", "Texto de utilidade não precisa de modelo."), shape: boolShape, read: func(p *parser, n *node, c *ChannelDefaults) {
		c.DirectSend = p.boolean(n, quoted("direct_send")).or(false)
	}},
	plainEnum("unicode", doc("SMS outside the GSM alphabet.", "SMS fora do alfabeto GSM."), func(c *ChannelDefaults) *string { return &c.Unicode }, "allow", "refuse"),
	{key: "smart_encoding", doc: doc("The integration leaves accents out where that saves a segment.", "A integração tira os acentos onde isso poupa um segmento."), shape: boolShape, read: func(p *parser, n *node, c *ChannelDefaults) {
		c.SmartEncoding = p.boolean(n, quoted("smart_encoding")).or(false)
	}},
	plainText("from", doc("The sender's address.", "O endereço do remetente."), func(c *ChannelDefaults) *string { return &c.From }),
	mustContainField,
}

func plainText[T any](key string, doc diag.Text, at func(*T) *string) field[T] {
	return field[T]{key: key, doc: doc, shape: textShape, read: func(p *parser, n *node, t *T) { *at(t) = p.scalar(n, quoted(key)).String() }}
}

func plainEnum[T any](key string, doc diag.Text, at func(*T) *string, allowed ...string) field[T] {
	return field[T]{key: key, doc: doc, shape: enumShape(allowed...), read: func(p *parser, n *node, t *T) { *at(t) = p.enum(n, quoted(key), allowed).String() }}
}

var workspaceFields = []field[workspaceDecl]{
	idField("workspace", doc("The workspace's id.", "O id do workspace."), func(w *workspaceDecl) **Scalar { return &w.id }).must(),
	field[workspaceDecl]{key: "timezone", doc: doc("The default zone of journeys.", "O fuso padrão das jornadas."), shape: textShape, read: func(p *parser, n *node, w *workspaceDecl) {
		w.ws.Timezone = p.zone(n).String()
	}}.must(),
	{key: "contact", doc: doc("The fields of a contact.", "Os campos de um contato."), shape: typeFieldsShape, read: func(p *parser, n *node, w *workspaceDecl) {
		for name, t := range p.typeFields(n, quoted("contact"), true) {
			if _, builtin := w.ws.Contact[name]; builtin {
				p.report("J0107", n.keyNamed(name).span(), diag.T("every contact already has `%s`", "todo contato já tem `%s`", name)).Hint = diag.T("remove this line", "remova esta linha")
				continue
			}
			w.ws.Contact[name] = t
		}
	}},
	{key: "events", doc: doc("The business events, with their fields.", "Os eventos de negócio, com seus campos."), shape: mapShape(typeFieldsShape), read: func(p *parser, n *node, w *workspaceDecl) {
		p.each(n, quoted("events"), func(key, value *node) {
			w.ws.Events[key.value] = p.typeFields(value, quoted(key.value), true)
		})
	}},
	{key: "segments", doc: doc("Rules over contacts.", "Regras sobre contatos."), shape: mapShape(exprShape), read: func(p *parser, n *node, w *workspaceDecl) {
		p.each(n, quoted("segments"), func(key, value *node) {
			if rule := p.expression(value, quoted(key.value)); rule != nil && p.checkID(&Scalar{key.value, key}) {
				w.segments = append(w.segments, segmentDecl{&Scalar{key.value, key}, rule})
			}
		})
	}},
	{key: "schedules", doc: doc("Named hours.", "Horários com nome."), shape: mapShape(objectShape(hoursFields)), read: func(p *parser, n *node, w *workspaceDecl) {
		p.each(n, quoted("schedules"), func(key, value *node) {
			if h := p.hours(value, quoted(key.value)); h != nil && p.checkID(&Scalar{key.value, key}) {
				w.ws.Schedules[key.value] = *h
			}
		})
	}},
	{key: "queues", doc: doc("Where hand-offs wait.", "Onde os atendimentos esperam."), shape: listShape(idShape), read: func(p *parser, n *node, w *workspaceDecl) {
		queues := p.scalars(n, quoted("queues"), p.id)
		p.unique(queues)
		w.ws.Queues = words(queues)
	}},
	{key: "channels", doc: doc("How each channel is used.", "Como cada canal é usado."), shape: channelsShape, read: func(p *parser, n *node, w *workspaceDecl) {
		p.each(n, quoted("channels"), func(key, value *node) {
			m, ok := medium.Named(key.value)
			if !ok {
				p.unknownKey(key, quoted("channels"), channelNames())
				return
			}
			var c ChannelDefaults
			if readFields(p, value, quoted(key.value), channelFields(m.Settings), &c) {
				w.ws.Channels[key.value] = c
			}
		})
	}},
	{key: "prices", doc: doc("What messages cost, where it is not the list price.", "Quanto custam as mensagens, quando não é o preço de tabela."), shape: objectShape(priceFields), read: readPrices},
	{key: "delivery", doc: doc("Defaults by category.", "Padrões por categoria."), shape: deliveriesShape, read: func(p *parser, n *node, w *workspaceDecl) {
		p.each(n, quoted("delivery"), func(key, value *node) {
			if !slices.Contains(categories, key.value) {
				p.unknownKey(key, quoted("delivery"), categories)
				return
			}
			d := &DeliveryDecl{}
			if readFields(p, value, quoted(key.value), deliveryFields(), d) {
				w.ws.Delivery[key.value] = d.over(Delivery{})
			}
		})
	}},
}

// channelFields are the defaults that make sense on one channel.
func channelFields(keys []string) []field[ChannelDefaults] {
	var fields []field[ChannelDefaults]
	for _, f := range channelDefaultFields {
		if slices.Contains(keys, f.key) {
			fields = append(fields, f)
		}
	}
	return fields
}

func channelsShape() any {
	properties := schemaObject{}
	for _, m := range medium.Table {
		properties[m.Name] = describe(channelFields(m.Settings))
	}
	return schemaObject{"type": "object", "properties": properties, "additionalProperties": false}
}

func deliveriesShape() any {
	properties := schemaObject{}
	for _, category := range categories {
		properties[category] = describe(deliveryFields())
	}
	return schemaObject{"type": "object", "properties": properties, "additionalProperties": false}
}

// each visits the entries of a mapping.
func (p *parser) each(n *node, what diag.Text, visit func(key, value *node)) {
	if !p.isMapping(n, what) {
		return
	}
	for i, key := range n.keys {
		visit(key, n.items[i])
	}
}

func (n *node) keyNamed(name string) *node {
	for _, key := range n.keys {
		if key.value == name {
			return key
		}
	}
	return n
}

// ParseWorkspace reads workspace.yaml, templates.lock.yaml and the template
// files among files. Without a workspace.yaml it starts from DefaultWorkspace.
// The workspace is never nil.
func ParseWorkspace(files []File) (*Workspace, diag.List) {
	ws := DefaultWorkspace()
	byPath := map[string]File{}
	var list diag.List
	var workspace, lock *File
	for i, f := range files {
		byPath[path.Clean(f.Path)] = f
		switch path.Base(f.Path) {
		case workspaceFile:
			workspace = &files[i]
		case lockFile:
			lock = &files[i]
		}
	}
	if workspace != nil {
		list = append(list, readWorkspace(*workspace, ws)...)
	}
	if lock != nil {
		list = append(list, readLock(*lock, byPath, ws)...)
	}
	return ws, list.Sort()
}

func readWorkspace(f File, ws *Workspace) diag.List {
	p := &parser{reporter: &reporter{}}
	root := readYAML(f, p.reporter)
	if root == nil || root.kind == badNode {
		return p.diagnostics()
	}
	if root.kind != mappingNode {
		p.report("J0003", root.src.start(), diag.T("workspace.yaml is a mapping (`key: value`), not text or a list", "workspace.yaml é um mapeamento (`chave: valor`), não um texto ou uma lista"))
		return p.diagnostics()
	}
	w := &workspaceDecl{ws: ws}
	readFields(p, root, diag.Text{En: "workspace.yaml", Pt: "workspace.yaml"}, workspaceFields, w)
	if w.id != nil {
		ws.ID = w.id.Value
	}
	env := expression.NewEnv(expression.Fields{"contact": object(ws.Contact)}, expression.EnvOptions{Schedules: sortedKeys(ws.Schedules)})
	for _, s := range w.segments {
		e := &Expr{Source: s.rule.Value, Line: s.rule.node.line, Column: s.rule.node.column}
		ws.Segments[s.name.Value] = e
		if p.full() {
			continue // the name is known; what is not listed is not looked for
		}
		program, problems := expression.Compile(s.rule.Value, s.rule, env, condition)
		p.add(problems)
		if program != nil && !problems.HasErrors() {
			e.Reads = program.Reads()
		}
	}
	return p.diagnostics()
}
