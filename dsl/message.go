package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// RouteDecl is one way a message may take.
type RouteDecl struct {
	Channel *Scalar // the key: whatsapp, sms, email
	Message *MessageDecl
	Within  *Placed[Duration]
}

// Outgoing is what `send` and `ask` share.
type Outgoing struct {
	RouteDecl
	Fallback []*RouteDecl
	Urgent   *Placed[bool]
}

// routes are the first route and its fallbacks, those that could be read.
func (o *Outgoing) routes() []*RouteDecl {
	var routes []*RouteDecl
	for _, r := range append([]*RouteDecl{&o.RouteDecl}, o.Fallback...) {
		if r.Channel != nil && r.Message != nil {
			routes = append(routes, r)
		}
	}
	return routes
}

// MessageDecl is what one route says.
type MessageDecl struct {
	Template *Scalar
	Params   []Pair
	Text     *Scalar
	Media    *MediaDecl // of an own text, or the template's header
	Location *LocationDecl
	Reaction *Scalar // an emoji on the contact's last message; "" takes it back
	Link     *LinkDecl
	Form     *FormDecl
	Footer   *Scalar
	Closed   *MessageDecl
	Subject  *Scalar
	Markdown *Scalar
	Segments *Placed[int] // of an SMS: how many the author pays for

	node *node
}

// MediaDecl is a picture, document, video or recording.
type MediaDecl struct {
	Kind *Scalar // the key
	URL  *Scalar
}

// LocationDecl is a place on the map.
type LocationDecl struct{ Latitude, Longitude, Name, Address *Scalar }

// FormDecl is a form of the platform's own that the message opens.
type FormDecl struct{ ID, Title, Screen *Scalar }

// LinkDecl is a button that opens a page.
type LinkDecl struct{ Title, URL *Scalar }

// channelSpec is what the language knows of a channel: its row of the table of
// media, and what that lets an author write. Nothing in the parser names a channel.
type channelSpec struct {
	medium.Medium
	fields []field[MessageDecl]
	forms  [][]string // the ways to say something: one of these key sets
}

var channelTable = func() []channelSpec {
	table := make([]channelSpec, len(medium.Table))
	for i, m := range medium.Table {
		table[i] = specOf(m)
	}
	return table
}()

func specOf(m medium.Medium) channelSpec {
	c := channelSpec{Medium: m}
	may := func(yes bool, fields ...field[MessageDecl]) {
		if yes {
			c.fields = append(c.fields, fields...)
		}
	}
	plain := m.Writing == medium.Plain
	may(m.Templates, messageTemplate, messageParams)
	may(plain, messageText)
	may(!plain, messageSubject, messageMarkdown)
	may(m.Media, messageMedia)
	may(m.Approved, messageHeader)
	may(m.Location, messageLocation)
	may(m.Reaction, messageReaction)
	may(m.LinkTitle > 0, messageLink)
	may(m.FormTitle > 0, messageForm)
	may(m.Footer > 0, messageFooter)
	may(m.Window > 0 && m.Templates, messageClosed)
	may(m.Segments, messageSegments)
	if m.Templates {
		c.forms = append(c.forms, []string{"template"})
	}
	if m.Location {
		c.forms = append(c.forms, []string{"location"})
	}
	if m.Reaction {
		c.forms = append(c.forms, []string{"reaction"})
	}
	switch {
	case !plain:
		c.forms = append(c.forms, []string{"subject", "markdown"})
	case m.Media:
		c.forms = append(c.forms, []string{"text", "media"})
	default:
		c.forms = append(c.forms, []string{"text"})
	}
	return c
}

func channelNames() []string { return medium.Names() }

func channelNamed(name string) *channelSpec {
	for i := range channelTable {
		if channelTable[i].Name == name {
			return &channelTable[i]
		}
	}
	return &channelSpec{Medium: medium.Of(name)}
}

var (
	messageTemplate = labelField("template", doc("An approved template of templates.lock.yaml.", "Um modelo aprovado de templates.lock.yaml."), func(m *MessageDecl) **Scalar { return &m.Template })
	messageParams   = pairsField("params", doc("The template's parameters, by name.", "Os parâmetros do modelo, por nome."), func(m *MessageDecl) *[]Pair { return &m.Params })
	messageText     = textField("text", doc("Own text, with {{ }}.", "Texto próprio, com {{ }}."), func(m *MessageDecl) **Scalar { return &m.Text })
	messageFooter   = textField("footer", doc("Small text under the message, at most 60 characters.", "Texto pequeno sob a mensagem, até 60 caracteres."), func(m *MessageDecl) **Scalar { return &m.Footer })
	messageSubject  = textField("subject", doc("The e-mail's subject.", "O assunto do e-mail."), func(m *MessageDecl) **Scalar { return &m.Subject })
	messageMarkdown = textField("markdown", doc("The e-mail's text.", "O texto do e-mail."), func(m *MessageDecl) **Scalar { return &m.Markdown })
	messageSegments = intField("segments", 1, 10, doc("How many SMS this text may become (1).", "Quantos SMS este texto pode virar (1)."), func(m *MessageDecl) **Placed[int] { return &m.Segments })
	messageClosed   = field[MessageDecl]{
		key: "closed", shape: func() any { return objectShape(closedFields)() },
		doc: doc("The template sent instead when the service window is closed.", "O modelo enviado no lugar quando a janela de atendimento está fechada."),
		read: func(p *parser, n *node, m *MessageDecl) {
			closed := &MessageDecl{node: n}
			if readFields(p, n, quoted("closed"), closedFields, closed) {
				m.Closed = closed
			}
		},
	}
	closedFields = []field[MessageDecl]{messageTemplate.must(), messageParams, messageHeader}

	messageMedia  = mediaField("media", doc("A picture, document, video or recording by its address.", "Uma imagem, documento, vídeo ou áudio pelo endereço."), "image", "document", "video", "audio")
	messageHeader = mediaField("header", doc("The picture, document or video at the top of the template.", "A imagem, o documento ou o vídeo no topo do modelo."), "image", "document", "video")

	messageLocation = groupField("location", doc("A place on the map.", "Um lugar no mapa."), func() []field[LocationDecl] { return locationFields }, func(m *MessageDecl) **LocationDecl { return &m.Location })
	locationFields  = []field[LocationDecl]{
		textField("latitude", doc("In degrees, south is negative.", "Em graus, sul é negativo."), func(l *LocationDecl) **Scalar { return &l.Latitude }).must(),
		textField("longitude", doc("In degrees, west is negative.", "Em graus, oeste é negativo."), func(l *LocationDecl) **Scalar { return &l.Longitude }).must(),
		textField("name", doc("What the place is called.", "Como o lugar se chama."), func(l *LocationDecl) **Scalar { return &l.Name }),
		textField("address", doc("Where it is, in words.", "Onde fica, em palavras."), func(l *LocationDecl) **Scalar { return &l.Address }),
	}

	messageReaction = textField("reaction", doc("An emoji on the contact's last message; \"\" takes it back.", "Um emoji na última mensagem do contato; \"\" tira o emoji."), func(m *MessageDecl) **Scalar { return &m.Reaction })

	messageForm = groupField("form", doc("A WhatsApp Flow that the message opens; its answers are what `accept: form` takes.", "Um WhatsApp Flow que a mensagem abre; as respostas dele são o que `accept: form` aceita."), func() []field[FormDecl] { return formFields }, func(m *MessageDecl) **FormDecl { return &m.Form })
	formFields  = []field[FormDecl]{
		textField("id", doc("Its id on the platform.", "O id dele na plataforma."), func(f *FormDecl) **Scalar { return &f.ID }).must(),
		textField("title", doc("What the button that opens it says, at most 30 characters.", "O que diz o botão que o abre, até 30 caracteres."), func(f *FormDecl) **Scalar { return &f.Title }).must(),
		textField("screen", doc("The screen it begins with.", "A tela em que ele começa."), func(f *FormDecl) **Scalar { return &f.Screen }),
	}

	messageLink = groupField("link", doc("A button that opens a page.", "Um botão que abre uma página."), func() []field[LinkDecl] { return linkFields }, func(m *MessageDecl) **LinkDecl { return &m.Link })
	linkFields  = []field[LinkDecl]{
		textField("title", doc("What the button says, at most 20 characters.", "O que o botão diz, até 20 caracteres."), func(l *LinkDecl) **Scalar { return &l.Title }).must(),
		textField("url", doc("The page's address.", "O endereço da página."), func(l *LinkDecl) **Scalar { return &l.URL }).must(),
	}
)

// mediaField is a mapping of one kind of media to its address.
func mediaField(name string, about diag.Text, kinds ...string) field[MessageDecl] {
	return field[MessageDecl]{
		key: name, doc: about,
		shape: func() any {
			properties := schemaObject{}
			for _, kind := range kinds {
				properties[kind] = textShape()
			}
			return schemaObject{"type": "object", "properties": properties, "additionalProperties": false}.oneKey(kinds...)
		},
		read: func(p *parser, n *node, m *MessageDecl) {
			if !p.isMapping(n, quoted(name)) {
				return
			}
			for i, key := range n.keys {
				if !slices.Contains(kinds, key.value) {
					p.unknownKey(key, quoted(name), kinds)
					return
				}
				if url := p.content(n.items[i], quoted(key.value)); url != nil {
					m.Media = &MediaDecl{Kind: &Scalar{key.value, key}, URL: url}
				}
			}
			p.exactlyOne(n, quoted(name), kinds...)
		},
	}
}

// routeFields are the keys of one route: each channel, and within.
func routeFields[T any](at func(*T) *RouteDecl) []field[T] {
	var fields []field[T]
	for _, c := range channelTable {
		fields = append(fields, field[T]{
			key: c.Name, shape: func() any { return describe(c.fields).oneOf(c.forms...) }, doc: doc("The message on this channel.", "A mensagem neste canal."),
			read: func(p *parser, n *node, t *T) {
				r, key := at(t), p.key
				if r.Channel != nil {
					p.report("J0102", key.span(), diag.T("one channel per route: this one already goes by `%s`", "um canal por rota: esta já vai por `%s`", r.Channel.Value)).
						Hint = diag.T("put the second channel under `fallback: [{%s: …}]`", "ponha o segundo canal em `fallback: [{%s: …}]`", key.value)
					return
				}
				r.Channel = &Scalar{key.value, key}
				r.Message = readMessage(p, n, c)
			},
		})
	}
	return append(fields, durationField("within", doc("How long to wait for delivery before the next route (15m).", "Quanto esperar pela entrega antes da próxima rota (15m)."),
		func(t *T) **Placed[Duration] { return &at(t).Within }))
}

func outgoingFields[T any](at func(*T) *Outgoing) []field[T] {
	return append(routeFields(func(t *T) *RouteDecl { return &at(t).RouteDecl }),
		field[T]{
			key: "fallback", doc: doc("Other routes, tried in order.", "Outras rotas, tentadas em ordem."),
			shape: listShape(func() any { return describe(fallbackFields()).oneKey(channelNames()...) }),
			read: func(p *parser, n *node, t *T) {
				if !p.isList(n, quoted("fallback")) {
					return
				}
				for _, item := range n.items {
					r := &RouteDecl{}
					if readFields(p, item, quoted("fallback"), fallbackFields(), r) {
						p.needsChannel(item, quoted("fallback"), r)
						at(t).Fallback = append(at(t).Fallback, r)
					}
				}
			},
		},
		boolField("urgent", doc("Do not hold this message in quiet hours.", "Não segure esta mensagem fora do horário."), func(t *T) **Placed[bool] { return &at(t).Urgent }))
}

func fallbackFields() []field[RouteDecl] {
	return routeFields(func(r *RouteDecl) *RouteDecl { return r })
}

func (p *parser) needsChannel(n *node, what diag.Text, r *RouteDecl) {
	if r.Channel == nil && !n.misspellsOneOf(channelNames()) {
		names := strings.Join(channelNames(), ", ")
		p.report("J0104", n.headSpan(), diag.Text{
			En: what.En + " needs a channel: " + names, Pt: what.Pt + " precisa de um canal: " + names,
		})
	}
}

func readMessage(p *parser, n *node, c channelSpec) *MessageDecl {
	m := &MessageDecl{node: n}
	if !readFields(p, n, quoted(c.Name), c.fields, m) {
		return nil
	}
	var has [][]string
	for _, form := range c.forms {
		if slices.ContainsFunc(form, func(key string) bool { return n.get(key) != nil }) {
			has = append(has, form)
		}
	}
	switch {
	case len(has) == 0 && n.misspellsOneOf(slices.Concat(c.forms...)):
	case len(has) == 0:
		var ways []string
		for _, form := range c.forms {
			ways = append(ways, "`"+form[0]+"`")
		}
		p.report("J0104", n.headSpan(), diag.T("`%s` says nothing: add %s", "`%s` não diz nada: acrescente %s", c.Name, strings.Join(ways, " / ")))
	case len(has) > 1:
		d := p.report("J0102", n.headSpan(), diag.T("a message is either `%s` or own text, not both", "uma mensagem é `%s` ou texto próprio, não os dois", has[0][0]))
		d.Hint = diag.T("send the place in a step of its own", "envie o lugar em um passo só dele")
		if has[0][0] == "reaction" {
			d.Hint = diag.T("react in a step of its own", "reaja em um passo só disso")
		}
		if has[0][0] == "template" {
			d.Hint = diag.T("to fall back to a template when the window is closed, write `closed: {template: …}`", "para usar um modelo quando a janela está fechada, escreva `closed: {template: …}`")
		}
	case has[0][0] == "subject":
		for _, key := range has[0] {
			if n.get(key) == nil {
				p.missing(n, quoted(c.Name), key)
			}
		}
	}
	p.goesWith(n, "segments", "text")
	p.goesWith(n, "params", "template")
	p.goesWith(n, "closed", "text", "media", "location")
	p.goesWith(n, "footer", "text", "media")
	p.goesWith(n, "header", "template")
	p.goesWith(n, "link", "text")
	p.goesWith(n, "form", "text")
	return m
}
