package dsl

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// SameEntry reports whether the same people enter this version and another one at the
// same moments, with the same inputs. differs names the first part in which they do
// not. Places in the text do not count, nor fields that only the other one knows.
func (p *Plan) SameEntry(other *Plan) (differs diag.Text, same bool) {
	here, there := p.entryTriggers(), other.entryTriggers()
	read := map[string]bool{} // names of fields that are read before somebody is inside
	switch {
	case !sameJSON(here, there):
		return diag.T("the triggers (`triggers:`) differ", "os gatilhos (`triggers:`) são diferentes"), false
	case !sameJSON(nonNil(p.Inputs), nonNil(other.Inputs)):
		return diag.T("the inputs (`inputs:`) differ", "as entradas (`inputs:`) são diferentes"), false
	case sourceOf(p.Audience) != sourceOf(other.Audience):
		return diag.T("the audience (`audience:`) differs", "o público (`audience:`) é diferente"), false
	case sourceOf(p.Entry.Key) != sourceOf(other.Entry.Key):
		return diag.T("the entry key (`entry: {key: …}`) differs", "a chave de entrada (`entry: {key: …}`) é diferente"), false
	case p.Entry.Overlap != other.Entry.Overlap || p.Entry.Reentry != other.Entry.Reentry:
		return diag.T("who may enter again (`entry: {overlap: …, reentry: …}`) differs", "quem pode entrar de novo (`entry: {overlap: …, reentry: …}`) é diferente"), false
	case p.Timezone != other.Timezone:
		return diag.T("the time zone (`timezone:`) differs", "o fuso horário (`timezone:`) é diferente"), false
	case p.NeedsContact() != other.NeedsContact():
		return diag.T("only one of them needs a contact", "só uma delas precisa de um contato"), false
	}
	for _, t := range here {
		if name, ok := keeps(p.Events[t.Event], other.Events[t.Event]); !ok {
			return diag.T("the field `%s` of event `%s` differs", "o campo `%s` do evento `%s` é diferente", name, t.Event), false
		}
		read["contact"] = read["contact"] || t.reads("contact")
		read["in_schedule"] = read["in_schedule"] || t.calls("in_schedule")
	}
	for _, e := range []*Expr{p.Audience, p.Entry.Key} {
		if e != nil {
			read["contact"] = read["contact"] || slices.Contains(e.Reads, "contact")
			read["in_schedule"] = read["in_schedule"] || strings.Contains(e.Source, "in_schedule")
		}
	}
	if name, ok := keeps(p.Contact, other.Contact); read["contact"] && !ok {
		return diag.T("the field `%s` of contacts differs", "o campo `%s` dos contatos é diferente", name), false
	}
	if read["in_schedule"] && !sameJSON(p.Schedules, other.Schedules) {
		return diag.T("the opening hours (`schedules:` of the workspace) differ", "os horários (`schedules:` do workspace) são diferentes"), false
	}
	return diag.Text{}, true
}

// entryTrigger is a trigger without its places in the text.
type entryTrigger Trigger

func (p *Plan) entryTriggers() []entryTrigger {
	list := make([]entryTrigger, 0, len(p.Triggers))
	for _, t := range p.Triggers {
		if t.Where != nil {
			t.Where = &Expr{Source: t.Where.Source, Reads: t.Where.Reads}
		}
		with := map[string]*Text{}
		for name, text := range t.With {
			with[name] = &Text{Source: text.Source, Reads: text.Reads}
		}
		t.With = with
		list = append(list, entryTrigger(t))
	}
	return list
}

func (t *entryTrigger) reads(root string) bool {
	for _, text := range t.With {
		if slices.Contains(text.Reads, root) {
			return true
		}
	}
	return t.Where != nil && slices.Contains(t.Where.Reads, root)
}

func (t *entryTrigger) calls(function string) bool {
	for _, text := range t.With {
		if strings.Contains(text.Source, function) {
			return true
		}
	}
	return strings.Contains(sourceOf(t.Where), function)
}

// keeps reports whether fields are all there in others, with the same types; name is
// the first that is not.
func keeps(fields, in expression.Fields) (name string, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		other, there := in[name]
		if !there || other.String() != fields[name].String() {
			return name, false
		}
	}
	return "", true
}

func nonNil(f expression.Fields) expression.Fields {
	if f == nil {
		return expression.Fields{}
	}
	return f
}

// sameJSON compares parts of plans, of which one may have been stored.
func sameJSON(a, b any) bool {
	one, err := json.Marshal(a)
	if err != nil {
		return false
	}
	two, err := json.Marshal(b)
	return err == nil && string(one) == string(two)
}
