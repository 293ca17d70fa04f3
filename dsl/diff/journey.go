package diff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// journey compares what belongs to no step.
func (c *comparison) journey() {
	before, now := c.head(c.old.plan, c.rename), c.head(c.now.plan, same)
	differ(nil, before, now, func(d leaf) {
		l, stars := labelOf(journeyLabels, d.path)
		one := Change{Kind: l.kind, Path: strings.Join(d.path, "."), From: d.from, To: d.to, Class: l.class}
		switch {
		case l.path == "inputs.*":
			one.Class, one.Why = c.input(stars[0], d)
		case l.kind == Settings && l.class == Refused, l.path == "entry.key":
			one.Why = diag.Text{En: "who is inside finishes on the version they began", Pt: "quem está dentro termina na versão em que começou"}
		case l.path == "vars.*.type":
			one.Why = diag.Text{En: "who is inside may carry a value of the old type: they finish on the version they began", Pt: "quem está dentro pode ter um valor do tipo antigo: termina na versão em que começou"}
		case l.path == "translations.*.*":
			step, _, _ := strings.Cut(stars[1], ".")
			if c.now.plan.Nodes[step] != nil {
				one.Step = step
			}
		}
		one.Words = l.words(d, stars, "")
		c.add(one)
	})
}

// input says what another input means for who entered without it.
func (c *comparison) input(name string, d leaf) (Class, diag.Text) {
	old, now := c.old.plan.Inputs[name], c.now.plan.Inputs[name]
	switch {
	case !d.has:
		return AtNextWait, diag.Text{}
	case !d.had && now.Optional:
		return AtNextWait, diag.Text{}
	case !d.had:
		return Unsafe, diag.T("`%s` is required, and who is inside entered without it: write it with `?`, and read it with ??", "`%s` é obrigatória, e quem está dentro entrou sem ela: escreva-a com `?` e leia com ??", name)
	}
	old.Optional, now.Optional = false, now.Optional && !old.Optional
	if now.Optional {
		now.Optional = false
		if reflect.DeepEqual(old, now) {
			return AtNextWait, diag.Text{}
		}
	}
	return Refused, diag.T("who is inside carries a `%s` of the old type: they finish on the version they began", "quem está dentro tem `%s` do tipo antigo: termina na versão em que começou", name)
}

// head is the tree of a plan without its steps. Of the workspace it holds what
// both versions use: what only one uses is told by the step that does.
func (c *comparison) head(p *dsl.Plan, change func(string) string) branch {
	other := c.now.plan
	if p == other {
		other = c.old.plan
	}
	head := *p
	head.Nodes, head.Name, head.Workspace, head.Start, head.OnFailure, head.Format = nil, "", "", "", "", 0
	head.FlowHash, head.CopyHash, head.Hash, head.Contact = "", "", "", nil
	tree := treeOf(&head, change)
	delete(tree, "format")
	for _, name := range []string{"inputs", "vars", "triggers", "entry", "delivery", "goals", "exits", "translations", "events", "schedules", "templates"} {
		if tree[name] == nil {
			tree[name] = branch{} // so that each item's coming and going is one change
		}
	}
	tree["contact"] = contactUsed(p, other)
	for _, name := range []string{"templates", "schedules", "events"} {
		shared := tree[name].(branch)
		for key := range shared {
			if !known(other, name, key) {
				delete(shared, key)
			}
		}
	}
	for _, one := range tree["templates"].(branch) {
		delete(one.(branch), "status")
	}
	if translations := tree["translations"].(branch); p == c.old.plan {
		for language, texts := range translations {
			translations[language] = c.renamedPaths(texts.(branch))
		}
	}
	return tree
}

func known(p *dsl.Plan, part, key string) bool {
	var ok bool
	switch part {
	case "templates":
		_, ok = p.Templates[key]
	case "schedules":
		_, ok = p.Schedules[key]
	case "events":
		_, ok = p.Events[key]
	}
	return ok
}

// renamedPaths writes the paths of an old version's texts with the steps' new
// names.
func (c *comparison) renamedPaths(texts branch) branch {
	out := branch{}
	for path, text := range texts {
		step, rest, _ := strings.Cut(path, ".")
		out[cmp.Or(c.is[step], step)+"."+rest] = text
	}
	return out
}

var contactName = regexp.MustCompile(`\bcontact\??\.([a-z][a-z0-9_]*)`)

// contactUsed are the contact's fields that both versions read or write.
func contactUsed(p, other *dsl.Plan) branch {
	types := treeOf(p.Contact, same)
	out := branch{}
	for name := range fieldsOf(p) {
		if types[name] != nil && fieldsOf(other)[name] && other.Contact[name].Kind != "" {
			out[name] = types[name]
		}
	}
	return out
}

func fieldsOf(p *dsl.Plan) map[string]bool {
	used := map[string]bool{}
	raw, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("diff: a plan that is not JSON: %v", err))
	}
	for _, m := range contactName.FindAllSubmatch(raw, -1) {
		used[string(m[1])] = true
	}
	for _, n := range p.Nodes {
		if n.Update != nil {
			for name := range n.Update.Fields {
				used[name] = true
			}
		}
	}
	return used
}

// lacking marks as unsafe what makes a step read a result that somebody who waits
// before it may not have.
func (c *comparison) lacking() {
	for _, id := range c.now.order {
		before := c.was[id]
		if before == "" || !c.old.plan.Nodes[before].Rests() {
			continue
		}
		for _, lack := range c.now.plan.Lacks(c.old.plan, before) {
			why := diag.T("who waits at `%s` may not have been through `%s`, whose result `%s` reads: read it with steps.%[2]s?.… ??",
				"quem está em `%s` pode não ter passado por `%s`, cujo resultado `%s` lê: leia com steps.%[2]s?.… ??", before, lack.Step, lack.Reader)
			for i, one := range c.list {
				if (one.Step == lack.Reader || one.Step == lack.Step) && one.Class.Proved() {
					c.list[i].Class, c.list[i].Why = Unsafe, why
					break
				}
			}
		}
	}
}

// inOrder sorts the list as the new version is read; a removed step stands where
// the one before it does.
func (c *comparison) inOrder() List {
	at := map[string]int{}
	for i, id := range c.now.order {
		at[id] = 2 * (i + 1)
	}
	gone, here := map[string]int{}, 1
	for _, id := range c.old.order {
		if is := c.is[id]; is != "" {
			here = at[is] + 1
			continue
		}
		gone[id] = here
	}
	rank := func(one Change) int {
		if one.Kind == StepRemoved {
			return gone[one.Step]
		}
		return at[one.Step]
	}
	slices.SortStableFunc(c.list, func(a, b Change) int { return cmp.Compare(rank(a), rank(b)) })
	return c.list
}
