package diff

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// steps compares the steps: those that are in one version only, where the others
// stand, and what is in them.
func (c *comparison) steps() {
	c.findMoved()
	for _, id := range c.old.order {
		if c.is[id] == "" {
			c.removed(id)
		}
	}
	for _, id := range c.now.order {
		before, n := c.was[id], c.now.plan.Nodes[id]
		if before == "" {
			where := c.now.where(id)
			c.add(Change{Kind: StepAdded, Step: id, To: n.Verb, Class: AtNextWait, Words: diag.Text{
				En: "new step `" + id + "` (" + n.Verb + ") " + where.En, Pt: "novo passo `" + id + "` (" + n.Verb + ") " + where.Pt,
			}})
			continue
		}
		old := c.old.plan.Nodes[before]
		if before != id {
			c.add(Change{Kind: StepRenamed, Step: id, Was: before, From: before, To: id, Class: AtNextWait,
				Words: diag.T("step `%s` is called `%s` now", "o passo `%s` agora se chama `%s`", before, id)})
		}
		if c.moved[id] {
			c.movedStep(id, old, n)
		}
		if from, to := old.WaitsFor(), n.WaitsFor(); old.Verb != n.Verb || from != to {
			one := Change{Kind: StepRetyped, Step: id, From: from, To: to, Class: AtNextWait,
				Words: diag.T("step `%s` is `%s` now and was `%s`", "o passo `%s` agora é `%s` e era `%s`", id, described(n), described(old))}
			if old.Rests() {
				one.Class, one.Why = Refused, staysAt(before)
			}
			c.add(one)
			continue
		}
		explained := c.fields(id, old, n)
		c.outcomes(id, old, n, explained)
	}
}

func described(n *dsl.Node) string {
	if what := n.WaitsFor(); what != n.Verb {
		return n.Verb + ": " + what
	}
	return n.Verb
}

// staysAt says what happens to whoever waits at a step that is not there any more.
func staysAt(step string) diag.Text {
	return diag.T("who waits at `%s` finishes on the version they began, unless `--move %[1]s=STEP` or `%[1]s=exit` says otherwise",
		"quem está em `%s` termina na versão em que começou, a não ser que `--move %[1]s=PASSO` ou `%[1]s=exit` diga outra coisa", step)
}

func (c *comparison) removed(id string) {
	n := c.old.plan.Nodes[id]
	one := Change{Kind: StepRemoved, Step: id, From: n.Verb, Class: AtNextWait,
		Words: diag.T("step `%s` (%s) removed", "passo `%s` (%s) retirado", id, n.Verb)}
	if n.Rests() {
		one.Class, one.Why = Refused, staysAt(id)
	}
	c.add(one)
}

func (c *comparison) movedStep(id string, old, n *dsl.Node) {
	where := c.now.where(id)
	one := Change{Kind: StepMoved, Step: id, From: c.old.where(old.ID).En, To: where.En, Class: AtNextWait,
		Words: diag.Text{En: "step `" + id + "` moved: it comes " + where.En + " now", Pt: "passo `" + id + "` mudou de lugar: agora vem " + where.Pt}}
	inside := make([]string, len(old.Inside))
	for i, owner := range old.Inside {
		inside[i] = cmp.Or(c.is[owner], owner)
	}
	if old.Rests() && !slices.Equal(inside, n.Inside) {
		one.Class, one.Why = Refused, staysAt(old.ID)
	}
	c.add(one)
}

// fields compares what two steps of the same kind hold. It returns the outcomes
// whose coming and going that explains.
func (c *comparison) fields(id string, old, n *dsl.Node) []string {
	before, now := treeOf(old, c.rename), treeOf(n, same)
	for _, name := range ignored {
		delete(before, name)
		delete(now, name)
	}
	withoutSeed(before, c.old.plan.Journey+"/"+old.ID)
	withoutSeed(now, c.now.plan.Journey+"/"+n.ID)
	if old.Goto != nil && n.Goto != nil {
		if jump, ok := before["goto"].(branch); ok {
			jump["step"] = cmp.Or(c.is[old.Goto.Step], old.Goto.Step)
		}
	}
	var explained []string
	differ(nil, before, now, func(d leaf) {
		l, stars := labelOf(stepLabels, d.path)
		one := Change{Kind: l.kind, Step: id, Path: strings.Join(d.path, "."), From: d.from, To: d.to, Class: l.class, Words: l.words(d, stars, id)}
		switch l.path {
		case "ask.options.*", "switch.*", "wait.events.*", "parallel.lanes.*":
			explained = append(explained, stars[0])
			if !d.has && old.Rests() {
				one.Class, one.Why = Refused, noOutcome(old.ID, stars[0])
			}
		case "ask.scale", "split.variants":
			explained = append(append(explained, keys(old.Edges)...), keys(n.Edges)...)
			for _, outcome := range keys(old.Edges) {
				if _, still := n.Edges[outcome]; !still && old.Rests() {
					one.Class, one.Why = Refused, noOutcome(old.ID, outcome)
				}
			}
		case "*.routes.*.message":
			if c.sameParams(old, n, stars[1]) {
				one.Class = Safe
			}
		case "ask.timeout", "wait.timeout", "handoff.timeout", "wait.for", "repeat.every":
			if d.had && d.has && lengthOf(d.to) > lengthOf(d.from) {
				one.Class = AtNextWait
			}
		}
		c.add(one)
	})
	return explained
}

// withoutSeed takes away a seed that nobody wrote: it follows the step's name.
func withoutSeed(step branch, unwritten string) {
	if split, ok := step["split"].(branch); ok && split["seed"] == unwritten {
		delete(split, "seed")
	}
}

func noOutcome(step, outcome string) diag.Text {
	return diag.T("who waits at `%s` may still be waiting for `%s`: they finish on the version they began", "quem está em `%s` ainda pode estar esperando `%s`: termina na versão em que começou", step, outcome)
}

func lengthOf(text string) time.Duration {
	d, _ := time.ParseDuration(text) // a field that is no length is 0
	return d
}

// sameParams reports whether a channel's templates take the same parameters and
// have the same buttons, so that one can stand in for the other.
func (c *comparison) sameParams(old, n *dsl.Node, channel string) bool {
	find := func(p *dsl.Plan, n *dsl.Node) (dsl.Template, bool) {
		routes := []dsl.Route{}
		if n.Send != nil {
			routes = n.Send.Routes
		} else if n.Ask != nil {
			routes = n.Ask.Routes
		}
		for _, r := range routes {
			if r.Channel == channel && r.Message.Template != "" {
				return p.Template(channel, r.Message.Template)
			}
		}
		return dsl.Template{}, false
	}
	a, had := find(c.old.plan, old)
	b, has := find(c.now.plan, n)
	return had && has && slices.Equal(a.Params, b.Params) && slices.Equal(a.Buttons, b.Buttons)
}

// outcomes compares how a step can end, and where each outcome leads.
func (c *comparison) outcomes(id string, old, n *dsl.Node, explained []string) {
	for _, outcome := range keys(old.Edges) {
		if _, still := n.Edges[outcome]; !still && !slices.Contains(explained, outcome) && !failing(outcome, n) {
			one := Change{Kind: Outcomes, Step: id, From: outcome, Class: AtNextWait,
				Words: diag.T("`%s` never ends with %s any more", "`%s` não termina mais com %s", id, outcome)}
			if old.Rests() {
				one.Class, one.Why = Refused, noOutcome(old.ID, outcome)
			}
			c.add(one)
		}
	}
	type way struct{ from, to string }
	var ways []way
	taken := map[way][]string{}
	for _, outcome := range append(keys(n.Edges), "failed") {
		_, before := old.Edges[outcome]
		_, now := n.Edges[outcome]
		switch {
		case outcome == "failed" && (!failing(outcome, n) || slices.Contains(taken[way{}], outcome)):
			continue
		case !before && !failing(outcome, old):
			if !slices.Contains(explained, outcome) {
				c.add(Change{Kind: Outcomes, Step: id, To: outcome, Class: AtNextWait, Words: diag.T("`%s` may end with %s now", "`%s` agora pode terminar com %s", id, outcome)})
			}
			continue
		case !before && !now:
			continue
		}
		taken[way{}] = append(taken[way{}], outcome)
		from, fromSteps := c.leads(c.old, old, outcome, before)
		to, toSteps := c.leads(c.now, n, outcome, now)
		if c.sameWay(fromSteps, toSteps, from, to) {
			continue
		}
		w := way{from, to}
		if taken[w] == nil {
			ways = append(ways, w)
		}
		taken[w] = append(taken[w], outcome)
	}
	for _, w := range ways {
		list := strings.Join(taken[w], ", ")
		from, to := wayWords(w.from), wayWords(w.to)
		c.add(Change{Kind: Branches, Step: id, Path: list, From: w.from, To: w.to, Class: AtNextWait,
			Words: diag.Text{En: "`" + id + "` = " + list + ": " + from.En + " → " + to.En, Pt: "`" + id + "` = " + list + ": " + from.Pt + " → " + to.Pt}})
	}
}

// failing reports whether an outcome is one that ends the enrollment when nobody
// handles it.
func failing(outcome string, n *dsl.Node) bool {
	return outcome == "failed" && (n.Verb == "call" || n.Verb == "enroll")
}

// The places that an outcome leads to, beside a step's id.
const (
	below = "$next"
	fails = "$failed"
)

func wayWords(to string) diag.Text {
	switch to {
	case below:
		return diag.Text{En: "goes on below", Pt: "segue abaixo"}
	case fails:
		return diag.Text{En: "fails", Pt: "falha"}
	}
	return diag.Text{En: "`" + to + "`", Pt: "`" + to + "`"}
}

// leads is where an outcome leads, and the steps of its branch.
func (c *comparison) leads(o *outline, n *dsl.Node, outcome string, handled bool) (to string, steps []string) {
	if !handled {
		return fails, nil
	}
	if l := o.branch(n.ID, outcome); l != nil {
		return l.steps[0], l.steps
	}
	return below, nil
}

// sameWay reports whether two branches are one, but for steps that came, went or
// moved: those are told by themselves.
func (c *comparison) sameWay(old, now []string, from, to string) bool {
	var kept, still []string
	for _, id := range old {
		if is := c.is[id]; is != "" && !c.moved[is] {
			kept = append(kept, is)
		}
	}
	for _, id := range now {
		if c.was[id] != "" && !c.moved[id] {
			still = append(still, id)
		}
	}
	if len(kept) == 0 && len(still) == 0 {
		return (from == fails) == (to == fails) || len(old) > 0 || len(now) > 0
	}
	return slices.ContainsFunc(kept, func(id string) bool { return slices.Contains(still, id) })
}

var stepName = regexp.MustCompile(`\bsteps(\??)\.([a-z][a-z0-9_]*)`)

// rename writes an old source with the steps' new names.
func (c *comparison) rename(source string) string {
	return stepName.ReplaceAllStringFunc(source, func(read string) string {
		m := stepName.FindStringSubmatch(read)
		return "steps" + m[1] + "." + cmp.Or(c.is[m[2]], m[2])
	})
}

func same(source string) string { return source }
