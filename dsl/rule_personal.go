package dsl

import (
	"regexp"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// rulePersonal: what the workspace marks `pii: true` stays out of addresses, of
// entry keys and of events (J0601), which are stored where nobody erases them.
func rulePersonal(c *checker) {
	p := &personal{checker: c, vars: map[string]string{}}
	p.variables()
	if c.journey.Entry != nil {
		p.expression(c.journey.Entry.Key, diag.T("in an entry key (it is stored for good)", "em uma chave de entrada (ela fica guardada)"),
			diag.T("use an id: contact.id, inputs.appointment_id", "use um id: contact.id, inputs.appointment_id"))
	}
	inURL := diag.T("in a URL (it is stored in logs)", "em uma URL (ela fica em logs)")
	c.journey.all(func(s *Step) {
		c.step = s.ID.String()
		switch body := s.Body.(type) {
		case *CallStep:
			hint := diag.T("send it in `body`, or use contact.id", "envie em `body`, ou use contact.id")
			p.content(body.URL, inURL, hint)
			for _, pair := range body.Query {
				p.content(pair.Value, inURL, hint)
			}
		case *EmitStep:
			for _, pair := range body.Data {
				p.content(pair.Value, diag.T("in an event (it is stored for good)", "em um evento (ele fica guardado)"),
					diag.T("leave it out: what starts on the event reads the contact by itself", "deixe fora: o que começa com o evento lê o contato por si"))
			}
		case *SendStep:
			p.message(&body.Outgoing, inURL)
		case *AskStep:
			p.message(&body.Outgoing, inURL)
		}
	})
}

type personal struct {
	*checker
	vars map[string]string // variables that hold something personal, and what
}

// variables finds those that `set` fills with something personal, directly or
// by another variable.
func (p *personal) variables() {
	for grown := true; grown; {
		before := len(p.vars)
		p.journey.all(func(s *Step) {
			set, ok := s.Body.(*SetStep)
			if !ok {
				return
			}
			for _, pair := range set.Values {
				for _, ref := range p.refs(pair.Value) {
					p.vars[pair.Key.Value] = p.what(ref)
				}
			}
		})
		grown = len(p.vars) > before
	}
}

// refs are the personal values that reach the text; a comparison of one with
// something is not the value itself.
func (p *personal) refs(s *Scalar) []expression.Ref {
	t := p.reads[s].template
	if t == nil {
		return nil
	}
	var out []expression.Ref
	for _, part := range t.Parts() {
		if part.Program == nil || part.Program.Type().Kind == expression.Bool {
			continue
		}
		for _, ref := range part.Program.Refs() {
			ref.From, ref.To = ref.From+part.From, ref.To+part.From
			if p.what(ref) != "" {
				out = append(out, ref)
			}
		}
	}
	return out
}

// what names the personal value that is read, or nothing.
func (p *personal) what(ref expression.Ref) string {
	path := strings.Join(ref.Path, ".")
	if len(ref.Path) > 1 && ref.Path[0] == "vars" && p.vars[ref.Path[1]] != "" {
		return p.vars[ref.Path[1]]
	}
	if isPersonal(ref.Type) {
		return path
	}
	return ""
}

// isPersonal reports whether a value is or holds something personal.
func isPersonal(t expression.Type) bool {
	if t.PII || t.Elem != nil && isPersonal(*t.Elem) {
		return true
	}
	for _, f := range t.Fields {
		if isPersonal(f) {
			return true
		}
	}
	return false
}

func (p *personal) told(s *Scalar, ref expression.Ref, where, hint diag.Text) {
	path := strings.Join(ref.Path, ".")
	d := p.report("J0601", s.Locate(ref.From, ref.To), diag.Text{
		En: "personal data `" + path + "` " + where.En, Pt: "dado pessoal `" + path + "` " + where.Pt,
	})
	d.Hint = hint
	if what := p.what(ref); what != path {
		d.Note = diag.T("`%s` is filled from `%s`", "`%s` vem de `%s`", path, what)
	}
}

func (p *personal) content(s *Scalar, where, hint diag.Text) {
	for _, ref := range p.refs(s) {
		p.told(s, ref, where, hint)
	}
}

func (p *personal) expression(s *Scalar, where, hint diag.Text) {
	program := p.reads[s].program
	if program == nil {
		return
	}
	for _, ref := range program.Refs() {
		if p.what(ref) != "" {
			p.told(s, ref, where, hint)
		}
	}
}

// openAddress is the beginning of an address that the text before a value has
// not ended.
var openAddress = regexp.MustCompile(`(?i)https?://[^\s<>"')\]]*$`)

// message looks at the addresses of a message: its media, and those written into
// its text.
func (p *personal) message(o *Outgoing, where diag.Text) {
	hint := diag.T("leave it out, or use contact.id", "deixe fora, ou use contact.id")
	for _, r := range o.routes() {
		if r.Message.Media != nil {
			p.content(r.Message.Media.URL, where, hint)
		}
		if r.Message.Link != nil {
			p.content(r.Message.Link.URL, where, hint)
		}
		for _, s := range []*Scalar{r.Message.Text, r.Message.Markdown} {
			if s == nil || p.reads[s].template == nil {
				continue
			}
			text := []rune(s.Value)
			for _, ref := range p.refs(s) {
				before := string(text[:ref.From])
				if open := strings.LastIndex(before, "{{"); open >= 0 && openAddress.MatchString(withoutValues(before[:open])) {
					p.told(s, ref, where, hint)
				}
			}
		}
	}
}

// withoutValues writes one letter for every `{{ }}`: the address goes on.
func withoutValues(text string) string { return placeholder.ReplaceAllLiteralString(text, "x") }
