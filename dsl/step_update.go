package dsl

import (
	"slices"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// UpdateStep is the verb update: a change of the contact.
type UpdateStep struct {
	Fields     []Pair
	AddTags    []*Scalar
	RemoveTags []*Scalar
	OptOut     []*Scalar
}

func contentsField[T any](key string, doc diag.Text, at func(*T) *[]*Scalar) field[T] {
	return field[T]{key: key, shape: listShape(textShape), doc: doc, read: func(p *parser, n *node, t *T) {
		*at(t) = p.scalars(n, quoted(key), p.content)
	}}
}

var updateFields = []field[UpdateStep]{
	pairsField("fields", doc("New values of the contact's fields.", "Novos valores dos campos do contato."), func(u *UpdateStep) *[]Pair { return &u.Fields }),
	contentsField("add_tags", doc("Tags to add.", "Etiquetas a acrescentar."), func(u *UpdateStep) *[]*Scalar { return &u.AddTags }),
	contentsField("remove_tags", doc("Tags to take away.", "Etiquetas a tirar."), func(u *UpdateStep) *[]*Scalar { return &u.RemoveTags }),
	{key: "opt_out", doc: doc("Channels the contact no longer wants.", "Canais que o contato não quer mais."), shape: func() any { return listShape(enumShape(channelNames()...))() }, read: func(p *parser, n *node, u *UpdateStep) {
		u.OptOut = p.scalars(n, quoted("opt_out"), func(n *node, what diag.Text) *Scalar { return p.enum(n, what, channelNames()) })
	}},
}

var updateVerb = verb{
	name: "update", doc: doc("Change the contact.", "Altera o contato."), shape: objectShape(updateFields),
	keys: keysWith(updateFields),
	read: func(p *parser, n *node, _ *Step) Body {
		u := &UpdateStep{}
		if !readFields(p, n, quoted("update"), updateFields, u) {
			return nil
		}
		return u
	},
}

func (u *UpdateStep) outcomes(*Workspace) outcomes { return outcomes{Normal: "ok"} }

func (u *UpdateStep) result() expression.Fields { return nil }

// fixedContactFields are kept by Jornada itself; update may not write them.
var fixedContactFields = []string{"id", "opt_in"}

func (u *UpdateStep) check(c *checker, step *Step) {
	for _, pair := range u.Fields {
		t, ok := c.ws.Contact[pair.Key.Value]
		if slices.Contains(fixedContactFields, pair.Key.Value) {
			c.report("J0302", pair.Key.Span(), diag.T("`contact.%s` cannot be changed by a journey", "`contact.%s` não pode ser alterado por uma jornada", pair.Key.Value)).
				Hint = diag.T("to stop a channel, use `opt_out: [whatsapp]`", "para parar um canal, use `opt_out: [whatsapp]`")
			continue
		}
		if !ok {
			d := c.report("J0301", pair.Key.Span(), diag.T("`contact` has no field `%s`", "`contact` não tem o campo `%s`", pair.Key.Value))
			d.Suggestion = didYouMean(pair.Key.Value, sortedKeys(c.ws.Contact))
			d.Hint = listHint(diag.Text{En: "fields of contact", Pt: "campos de contact"}, sortedKeys(c.ws.Contact))
			continue
		}
		c.text(pair.Value, c.env(step), t)
	}
	for _, tag := range slices.Concat(u.AddTags, u.RemoveTags) {
		c.text(tag, c.env(step), expression.Type{Kind: expression.String})
	}
}

func (u *UpdateStep) lower(l *lowering, _ *Step, n *Node) {
	n.Update = &Update{Fields: l.texts(u.Fields)}
	for _, tag := range u.AddTags {
		n.Update.AddTags = append(n.Update.AddTags, l.text(tag))
	}
	for _, tag := range u.RemoveTags {
		n.Update.RemoveTags = append(n.Update.RemoveTags, l.text(tag))
	}
	for _, channel := range u.OptOut {
		n.Update.OptOut = append(n.Update.OptOut, channel.Value)
	}
}
