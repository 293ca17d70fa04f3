package diff

import (
	"slices"
	"strings"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// outline is the nesting of a plan's steps, which the flat graph implies: a list
// of steps for the journey, for every branch, body and lane.
type outline struct {
	plan   *dsl.Plan
	order  []string         // every step, as the file is read
	places map[string]place // by step
	lists  map[string]*list // by first step
}

// list is steps that follow each other.
type list struct {
	owner    string   // the step whose branch, body or lane it is; "" = the journey
	via      string   // "", "failure", "branch", "body", or "lane " and its name
	outcomes []string // of a branch: those that lead here, sorted
	steps    []string
}

// place is where a step stands.
type place struct {
	list  *list
	index int
}

func outlineOf(p *dsl.Plan) *outline {
	o := &outline{plan: p, places: map[string]place{}, lists: map[string]*list{}}
	o.walk(p.Start, dsl.End, &list{})
	o.walk(p.OnFailure, dsl.End, &list{via: "failure"})
	return o
}

// walk reads one list, and what is inside its steps as it comes by.
func (o *outline) walk(id, stop string, l *list) {
	if id == "" || id == stop {
		return
	}
	o.lists[id] = l
	for id != stop && id != dsl.End {
		n := o.plan.Nodes[id]
		if _, seen := o.places[id]; n == nil || seen {
			return
		}
		o.places[id] = place{l, len(l.steps)}
		l.steps = append(l.steps, id)
		o.order = append(o.order, id)
		for _, outcome := range keys(n.Edges) {
			target := n.Edges[outcome]
			if branch := o.lists[target]; branch != nil && branch.owner == id {
				branch.outcomes = append(branch.outcomes, outcome)
			} else if target != n.Next && o.places[target].list == nil {
				o.walk(target, n.Next, &list{owner: id, via: "branch", outcomes: []string{outcome}})
			}
		}
		if n.Repeat != nil {
			o.walk(n.Repeat.Body, id, &list{owner: id, via: "body"})
		}
		if n.Parallel != nil {
			for _, lane := range n.Parallel.Lanes {
				o.walk(lane.Start, id, &list{owner: id, via: "lane " + lane.ID})
			}
		}
		id = n.Next
	}
}

// branch is the list that an outcome leads to; nil when it goes on below.
func (o *outline) branch(step, outcome string) *list {
	if l := o.lists[o.plan.Nodes[step].Edges[outcome]]; l != nil && l.owner == step {
		return l
	}
	return nil
}

// where says in words where a step stands.
func (o *outline) where(id string) diag.Text {
	at := o.places[id]
	l := at.list
	switch {
	case at.index > 0:
		return diag.T("after `%s`", "depois de `%s`", l.steps[at.index-1])
	case l.via == "branch":
		return diag.T("after `%s` = %s", "depois de `%s` = %s", l.owner, strings.Join(l.outcomes, ", "))
	case l.via == "body":
		return diag.T("at the beginning of `%s`", "no começo de `%s`", l.owner)
	case strings.HasPrefix(l.via, "lane "):
		return diag.T("at the beginning of lane %s of `%s`", "no começo da raia %s de `%s`", strings.TrimPrefix(l.via, "lane "), l.owner)
	case l.via == "failure":
		return diag.T("at the beginning of the failure exit", "no começo da saída por falha")
	}
	return diag.T("at the beginning", "no começo")
}

// sameList reports whether two lists are one, edited.
func (c *comparison) sameList(old, now *list) bool {
	if old.via != now.via || (now.owner == "") != (old.owner == "") || now.owner != "" && c.was[now.owner] != old.owner {
		return false
	}
	return now.via != "branch" || slices.ContainsFunc(now.outcomes, func(o string) bool { return slices.Contains(old.outcomes, o) })
}

// findMoved marks the steps that stand in another list now, and the fewest in
// each list that must have changed places.
func (c *comparison) findMoved() {
	stayed := map[*list][]string{}
	var lists []*list
	for _, id := range c.now.order {
		before := c.was[id]
		if before == "" {
			continue
		}
		l := c.now.places[id].list
		if !c.sameList(c.old.places[before].list, l) {
			c.moved[id] = true
			continue
		}
		if stayed[l] == nil {
			lists = append(lists, l)
		}
		stayed[l] = append(stayed[l], id)
	}
	for _, l := range lists {
		ids := stayed[l]
		at := make([]int, len(ids))
		for i, id := range ids {
			at[i] = c.old.places[c.was[id]].index
		}
		kept := increasing(at)
		for i, id := range ids {
			if !kept[i] {
				c.moved[id] = true
			}
		}
	}
}

// increasing marks a longest run of numbers, not necessarily side by side, that
// rises.
func increasing(at []int) []bool {
	length, before := make([]int, len(at)), make([]int, len(at))
	best := -1
	for i := range at {
		length[i], before[i] = 1, -1
		for j := range i {
			if at[j] < at[i] && length[j]+1 > length[i] {
				length[i], before[i] = length[j]+1, j
			}
		}
		if best < 0 || length[i] > length[best] {
			best = i
		}
	}
	kept := make([]bool, len(at))
	for i := best; i >= 0; i = before[i] {
		kept[i] = true
	}
	return kept
}
