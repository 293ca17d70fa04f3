package dsl

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
)

// templateDecl is one entry of templates.lock.yaml.
type templateDecl struct {
	name, channel, file *Scalar
	category, status    *Scalar
	params, buttons     []*Scalar
	body, header        *Scalar
	links               []*templateLinkDecl
	change              *categoryChangeDecl
	Template

	node *node
}

// templateStatuses are the provider's, in small letters: WhatsApp writes them in
// capitals, and both are read.
var templateStatuses = []string{
	"approved", "pending", "rejected", "paused", "disabled", "flagged", "in_appeal", "limit_exceeded", "locked", "archived", "pending_deletion", "deleted",
}

// categoryChange is a new category that the provider has announced.
type categoryChange struct{ to, at string }

type categoryChangeDecl struct{ to, at *Scalar }

var categoryChangeFields = []field[categoryChangeDecl]{
	providerField("to", doc("The new category.", "A nova categoria."), func(c *categoryChangeDecl) **Scalar { return &c.to }, categories).must(),
	{key: "at", doc: doc("When: \"2026-11-28T12:00:00Z\".", "Quando: \"2026-11-28T12:00:00Z\"."), shape: textShape, read: func(p *parser, n *node, c *categoryChangeDecl) { c.at = p.moment(n, quoted("at")) }},
}

// moment reads a time with its zone, as providers write it.
func (p *parser) moment(n *node, what diag.Text) *Scalar {
	s := p.scalar(n, what)
	if s == nil {
		return nil
	}
	if _, err := time.Parse(time.RFC3339, s.Value); err != nil {
		p.report("J0202", s.Span(), diag.T("`%s` is not a moment", "`%s` não é um momento", s.Value)).
			Hint = diag.T("write \"2026-11-28T12:00:00Z\"", "escreva \"2026-11-28T12:00:00Z\"")
		return nil
	}
	return s
}

// providerField is a word of the provider's, which writes it in capitals.
func providerField[T any](key string, doc diag.Text, at func(*T) **Scalar, allowed []string) field[T] {
	return field[T]{key: key, doc: doc, shape: enumShape(allowed...), read: func(p *parser, n *node, t *T) {
		s := p.scalar(n, quoted(key))
		if s == nil {
			return
		}
		small := strings.ToLower(s.Value)
		if !slices.Contains(allowed, small) {
			p.notAllowed(s, quoted(key), allowed)
			return
		}
		*at(t) = &Scalar{small, s.node}
	}}
}

var templateFields = []field[templateDecl]{
	labelField("name", doc("The template's name.", "O nome do modelo."), func(t *templateDecl) **Scalar { return &t.name }).must(),
	enumField("channel", doc("Its channel.", "O canal dele."), func(t *templateDecl) **Scalar { return &t.channel }, channelNames()...).must(),
	plainText("language", doc("The provider's language code: pt_BR.", "O código de idioma do provedor: pt_BR."), func(t *templateDecl) *string { return &t.Language }),
	providerField("category", doc("What it was approved for.", "Para que foi aprovado."), func(t *templateDecl) **Scalar { return &t.category }, categories),
	groupField("category_change", doc("A change of category that the provider has announced.", "Uma mudança de categoria que o provedor anunciou."),
		func() []field[categoryChangeDecl] { return categoryChangeFields }, func(t *templateDecl) **categoryChangeDecl { return &t.change }),
	providerField("status", doc("What the provider says of it.", "O que o provedor diz dele."), func(t *templateDecl) **Scalar { return &t.status }, templateStatuses),
	wordsField("params", doc("Its parameters, in order.", "Os parâmetros dele, em ordem."), func(t *templateDecl) *[]*Scalar { return &t.params }),
	{key: "named", doc: doc("The provider wants parameter names.", "O provedor quer os nomes dos parâmetros."), shape: boolShape, read: func(p *parser, n *node, t *templateDecl) {
		t.Named = p.boolean(n, quoted("named")).or(false)
	}},
	wordsField("buttons", doc("Its quick-reply buttons.", "Os botões de resposta dele."), func(t *templateDecl) *[]*Scalar { return &t.buttons }),
	textField("header", doc("The text above its text, with a {{name}}.", "O texto acima do texto dele, com um {{nome}}."), func(t *templateDecl) **Scalar { return &t.header }),
	listField("links", doc("Its buttons that are no quick replies.", "Os botões dele que não são de resposta."), diag.T("a button", "um botão"),
		func() []field[templateLinkDecl] { return templateLinkFields }, func(t *templateDecl) *[]*templateLinkDecl { return &t.links }),
	textField("body", doc("Its text, with {{name}} placeholders.", "O texto dele, com marcadores {{nome}}."), func(t *templateDecl) **Scalar { return &t.body }),
	labelField("file", doc("An e-mail template file of the folder.", "Um arquivo de modelo de e-mail da pasta."), func(t *templateDecl) **Scalar { return &t.file }),
}

// templateLinkDecl is a button of a template that is no quick reply.
type templateLinkDecl struct {
	at  *Placed[int]
	url *Scalar
}

var templateLinkFields = []field[templateLinkDecl]{
	intField("at", 1, templateButtons, doc("Its place among all buttons, from 1.", "O lugar dele entre todos os botões, a partir de 1."), func(l *templateLinkDecl) **Placed[int] { return &l.at }).must(),
	textField("url", doc("The page it opens, with a {{name}} at its end.", "A página que abre, com um {{nome}} no fim."), func(l *templateLinkDecl) **Scalar { return &l.url }),
}

type lockDecl struct {
	version   *Placed[int]
	syncedAt  *Scalar
	templates []*templateDecl
}

var lockFields = []field[lockDecl]{
	intField("lock", 1, 1, doc("The format of this file: 1.", "O formato deste arquivo: 1."), func(l *lockDecl) **Placed[int] { return &l.version }).must(),
	labelField("synced_at", doc("When it was fetched.", "Quando foi obtido."), func(l *lockDecl) **Scalar { return &l.syncedAt }),
	{key: "templates", doc: doc("The templates.", "Os modelos."), shape: listShape(objectShape(templateFields)), read: func(p *parser, n *node, l *lockDecl) {
		if !p.isList(n, quoted("templates")) {
			return
		}
		for _, item := range n.items {
			t := &templateDecl{node: item}
			if readFields(p, item, diag.Text{En: "a template", Pt: "um modelo"}, templateFields, t) {
				l.templates = append(l.templates, t)
			}
		}
	}},
}

func readLock(f File, files map[string]File, ws *Workspace) diag.List {
	p := &parser{reporter: &reporter{}}
	root := readYAML(f, p.reporter)
	if root == nil || root.kind == badNode {
		return p.diagnostics()
	}
	if root.kind != mappingNode {
		p.report("J0003", root.src.start(), diag.T("templates.lock.yaml is a mapping (`key: value`)", "templates.lock.yaml é um mapeamento (`chave: valor`)"))
		return p.diagnostics()
	}
	lock := &lockDecl{}
	readFields(p, root, diag.Text{En: lockFile, Pt: lockFile}, lockFields, lock)
	seen := map[string]int{}
	for _, t := range lock.templates {
		if t.name == nil || t.channel == nil {
			continue
		}
		key := t.channel.Value + "/" + t.name.Value
		if line, twice := seen[key+"/"+t.Language]; twice {
			p.duplicateID(t.name, line)
			continue
		}
		seen[key+"/"+t.Language] = t.name.node.line
		t.Name, t.Channel, t.Category, t.Status = t.name.Value, t.channel.Value, t.category.String(), t.status.String()
		t.Params, t.Buttons = append([]string{}, words(t.params)...), words(t.buttons)
		if t.body != nil {
			t.Body = t.body.Value
		}
		p.around(t)
		if t.node.get("params") == nil {
			t.Params = append(t.Params, placeholders(t.Body+t.above())...)
		}
		if t.body != nil {
			p.placeholders(t, t.Body, t.body.Span())
		}
		if t.file != nil {
			p.add(readTemplateFile(p, t, path.Join(path.Dir(f.Path), t.file.Value), files))
		}
		for _, s := range append([]*Scalar{t.header}, t.urls()...) {
			if s != nil {
				p.placeholders(t, s.Value, s.Span())
			}
		}
		p.templateLimits(t)
		p.unusedParams(t)
		p.sells(t)
		if t.change != nil && t.change.to != nil {
			ws.changes[t.key()] = categoryChange{t.change.to.Value, t.change.at.String()}
		}
		ws.languages[key] = append(ws.languages[key], t.Template)
		if len(ws.languages[key]) == 1 {
			ws.Templates[key] = t.Template
		}
	}
	return p.diagnostics()
}

// around reads what stands above the text of a template and below it, of which each
// takes one parameter at most.
func (p *parser) around(t *templateDecl) {
	one := func(s *Scalar) string {
		if names := placeholders(s.Value); len(names) > 1 {
			d := p.report("J0510", s.Span(), diag.T("%d parameters; a header or a button of a WhatsApp template takes one", "%d parâmetros; um cabeçalho ou um botão de um modelo do WhatsApp leva um só", len(names)))
			d.Hint = diag.T("keep {{%s}}", "deixe {{%s}}", names[0])
		}
		return s.Value
	}
	if t.header != nil {
		t.Header = one(t.header)
	}
	seen := map[int]bool{}
	for _, l := range t.links {
		if l.at == nil {
			continue
		}
		if seen[l.at.Value] {
			p.report("J0107", l.at.At.Span(), diag.T("two buttons at place %d", "dois botões no lugar %d", l.at.Value)).Hint = diag.T("keep one of the two", "deixe só um dos dois")
		}
		seen[l.at.Value] = true
		link := TemplateLink{At: l.at.Value}
		if l.url != nil {
			link.URL = one(l.url)
		}
		t.Links = append(t.Links, link)
	}
}

func (t *templateDecl) urls() []*Scalar {
	var list []*Scalar
	for _, l := range t.links {
		list = append(list, l.url)
	}
	return list
}

// above is all text of a template but its own.
func (t *Template) above() string {
	var text strings.Builder
	text.WriteString(t.Header)
	for _, l := range t.Links {
		text.WriteString(" " + l.URL)
	}
	return text.String()
}

var placeholderName = regexp.MustCompile(`\{\{\s*([A-Za-z0-9_]+)\s*\}\}`)

// placeholders are the distinct {{name}} of a template's text, in order.
func placeholders(text string) []string {
	var names []string
	for _, m := range placeholderName.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

func (p *parser) placeholders(t *templateDecl, text string, at diag.Span) {
	for _, name := range placeholders(text) {
		if !t.hasParam(name) {
			d := p.report("J0405", at, diag.T("the text of template `%s` uses `{{%s}}`, which is not in `params`", "o texto do modelo `%s` usa `{{%s}}`, que não está em `params`", t.Name, name))
			d.Suggestion = didYouMean(name, t.Params)
			d.Hint = diag.T("parameters: %s", "parâmetros: %s", strings.Join(t.Params, ", "))
			return
		}
	}
}

type frontMatter struct{ subject *Scalar }

var frontMatterFields = []field[frontMatter]{
	textField("subject", doc("The e-mail's subject.", "O assunto do e-mail."), func(m *frontMatter) **Scalar { return &m.subject }).must(),
}

// readTemplateFile reads an e-mail template: a subject between two lines `---`,
// then markdown with {{ param }}.
func readTemplateFile(lock *parser, t *templateDecl, name string, files map[string]File) diag.List {
	f, ok := files[name]
	if !ok {
		var known []string
		for other := range files {
			if strings.HasSuffix(other, ".md") {
				known = append(known, other)
			}
		}
		slices.Sort(known)
		d := lock.report("J0404", t.file.Span(), diag.T("there is no template file `%s`", "não existe o arquivo de modelo `%s`", t.file.Value))
		d.Suggestion = didYouMean(name, known)
		return nil
	}
	p := &parser{reporter: &reporter{}}
	text, ok := admit(f, p.reporter)
	if !ok {
		return p.diagnostics()
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, body, found := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---")
	if !strings.HasPrefix(text, "---\n") || !found {
		p.src = newSource(f.Path, text)
		p.report("J0104", p.src.start(), diag.T("an e-mail template starts with its subject", "um modelo de e-mail começa com o assunto")).
			Hint = diag.T("first lines: `---`, `subject: …`, `---`", "primeiras linhas: `---`, `subject: …`, `---`")
		return p.diagnostics()
	}
	root := readYAML(File{f.Path, []byte("\n" + head + "\n")}, p.reporter) // the empty line stands for `---`
	matter := &frontMatter{}
	if root != nil && readFields(p, root, diag.Text{En: "the front matter", Pt: "o cabeçalho"}, frontMatterFields, matter) && matter.subject != nil {
		t.Subject = matter.subject.Value
	}
	_, body, _ = strings.Cut(body, "\n")
	t.Markdown = strings.TrimLeft(body, "\n")
	at := newSource(f.Path, text).span(strings.Count(head, "\n")+4, 1, 1)
	if t.node.get("params") == nil {
		t.Params = append(t.Params, placeholders(t.Subject+t.Markdown)...)
	}
	p.placeholders(t, t.Subject+"\n"+t.Markdown, at)
	return p.diagnostics()
}
