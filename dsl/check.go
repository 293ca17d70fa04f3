package dsl

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// rules are the semantic rules, one per file rule_<name>.go, run in this order
// on every journey. A rule reports through the checker and never stops the
// others.
var rules = []func(*checker){
	ruleStepIDs,
	ruleTimezone,
	ruleTriggers,
	ruleEntry,
	ruleInterrupts,
	ruleSteps,
	ruleOutcomes,
	ruleUnreachable,
	ruleHasRun,
	ruleHasValue,
	ruleServiceWindow,
	ruleMarketingCap,

	ruleTranslations,
	ruleContact,
	ruleConditions,
	ruleLanes,
	ruleCycles,
	ruleSecrets,
	rulePersonal,
	ruleSMS,
	ruleCategory,
	ruleWayOut,
	ruleTemplateStatus,
	ruleIdentification,
}

// Check proves a parsed journey against its workspace: names, types, outcomes
// and bounds. It returns what Parse has not already said.
func Check(j *Journey, ws *Workspace) diag.List { return runCheck(j, ws).diagnostics() }

func runCheck(j *Journey, ws *Workspace) *checker {
	if ws == nil {
		ws = DefaultWorkspace()
	}
	c := &checker{
		reporter: &reporter{src: j.src}, journey: j, ws: ws,
		steps: map[string]*Step{}, parents: map[*Step]parent{}, vars: map[string]expression.Type{},
		reads: map[*Scalar]reads{}, uses: map[*Step][]*Scalar{}, eventEnvs: map[eventKey]*expression.Env{}, guarded: map[*Step]*expression.Env{},
	}
	if j.node == nil {
		return c
	}
	c.index()
	c.environments()
	for _, rule := range rules {
		rule(c)
		c.step, c.at = "", nil
	}
	return c
}

// checker is one check of one journey.
type checker struct {
	*reporter
	journey *Journey
	ws      *Workspace
	steps   map[string]*Step // by id; of duplicates the first
	parents map[*Step]parent
	lists   int
	vars    map[string]expression.Type
	reads   map[*Scalar]reads // of every expression and text that compiled
	moments []constantMoment  // times that are written out
	at      *Step             // the step being checked
	uses    map[*Step][]*Scalar
	lowered *Plan      // the journey as a plan, also when names or types are wrong; nil: its form is
	graph   *planGraph // of lowered

	stepEnv, entryEnv, triggerEnv *expression.Env
	loop, secret, loopSecret      *expression.Env
	eventEnvs                     map[eventKey]*expression.Env
	guarded                       map[*Step]*expression.Env // of steps whose `if` proves values to be there
}

// reads is what one expression or text reads.
type reads struct {
	roots    []string
	paths    []string
	needs    []expression.Need    // of steps and variables
	program  *expression.Program  // of an expression
	template *expression.Template // of a text
	step     string               // where it stands
}

// readers are the expressions and texts that compiled, in the order of the file.
func (c *checker) readers() []*Scalar {
	return slices.SortedFunc(maps.Keys(c.reads), func(a, b *Scalar) int {
		return cmp.Or(cmp.Compare(a.node.line, b.node.line), cmp.Compare(a.node.column, b.node.column))
	})
}

// parent says where a step stands: in which list, of which step.
type parent struct {
	owner *Step // nil at the top
	list  int   // identity of the list
	lane  bool  // the list is a lane of a parallel
}

type eventKey struct {
	base  *expression.Env
	event string
}

var condition = expression.Type{Kind: expression.Bool}

func (c *checker) index() {
	var list func(steps []*Step, owner *Step, lane bool)
	list = func(steps []*Step, owner *Step, lane bool) {
		c.lists++
		id := c.lists
		for _, s := range steps {
			c.parents[s] = parent{owner, id, lane}
			if s.ID != nil && c.steps[s.ID.Value] == nil {
				c.steps[s.ID.Value] = s
			}
			_, isParallel := s.Body.(*ParallelStep)
			for inner := range s.lists() {
				list(inner, s, isParallel)
			}
		}
	}
	list(c.journey.Steps, nil, false)
	for _, e := range c.journey.Exits {
		list(e.Steps, nil, false)
	}
	for _, v := range c.journey.Vars {
		c.vars[v.Name.Value] = v.Type
	}
}

// environments builds what expressions may read, once per journey: converting
// the names of a thousand steps for every expression would be quadratic.
func (c *checker) environments() {
	steps := expression.Fields{}
	for id, s := range c.steps {
		fields := expression.Fields{"outcome": {Kind: expression.String}, "at": {Kind: expression.Time}}
		if s.Body != nil {
			maps.Copy(fields, s.Body.result())
		}
		steps[id] = object(fields)
	}
	text, flag := expression.Type{Kind: expression.String}, expression.Type{Kind: expression.Bool}
	windows := expression.Fields{}
	for _, spec := range channelTable {
		windows[spec.Name] = object(expression.Fields{"open": flag, "closes_at": optional(expression.Time)})
	}
	journey := object(expression.Fields{"id": text, "name": text, "version": text})
	trigger := object(expression.Fields{
		"kind": text, "event": optional(expression.String), "text": optional(expression.String),
		"channel": optional(expression.String), "data": optional(expression.Any),
	})
	here := func(en, pt string) map[string]diag.Text {
		help := map[string]diag.Text{
			"event": {En: "`event` is what just happened: it exists in `where` and `with` only", Pt: "`event` é o que acabou de acontecer: só existe em `where` e `with`"},
			"loop":  {En: "`loop` exists inside `repeat` only", Pt: "`loop` só existe dentro de `repeat`"},
		}
		for _, root := range []string{"contact", "inputs", "vars", "steps", "window"} {
			help[root] = diag.Text{En: "`" + root + "` " + en, Pt: "`" + root + "` " + pt}
		}
		return help
	}
	schedules := sortedKeys(c.ws.Schedules)
	c.triggerEnv = expression.NewEnv(expression.Fields{"trigger": trigger, "journey": journey}, expression.EnvOptions{
		Schedules: schedules,
		Explain:   here("cannot be read in a trigger; put conditions on the contact into `audience`", "não pode ser lido em um gatilho; ponha condições sobre o contato em `audience`"),
	})
	entry := expression.Fields{
		"contact": object(c.ws.Contact), "inputs": object(c.journey.Inputs), "window": object(windows), "trigger": trigger, "journey": journey,
	}
	c.entryEnv = expression.NewEnv(entry, expression.EnvOptions{
		Schedules: schedules, Explain: here("has no value yet on entry", "ainda não tem valor na entrada"),
	})
	all := expression.Fields{"vars": object(c.vars), "steps": object(steps)}
	maps.Copy(all, entry)
	c.stepEnv = expression.NewEnv(all, expression.EnvOptions{Schedules: schedules, Explain: here("cannot be read here", "não pode ser lido aqui")})
	loop := expression.Fields{"loop": object(expression.Fields{"index": {Kind: expression.Int}})}
	c.loop, c.secret = c.stepEnv.With(loop), c.stepEnv.With(secretRoots)
	c.loopSecret = c.loop.With(secretRoots)
}

// env is what expressions of a step may read.
func (c *checker) env(s *Step) *expression.Env {
	if env, ok := c.guarded[s]; ok {
		return env
	}
	if s.InRepeat {
		return c.loop
	}
	return c.stepEnv
}

// secretEnv adds `secrets`.
func (c *checker) secretEnv(base *expression.Env) *expression.Env {
	switch base {
	case c.loop:
		return c.loopSecret
	case c.stepEnv:
		return c.secret
	}
	return base.With(secretRoots)
}

var secretRoots = expression.Fields{"secrets": {Kind: expression.Any}}

// eventEnv adds `event`, typed by the event's schema.
func (c *checker) eventEnv(base *expression.Env, event string) *expression.Env {
	key := eventKey{base, event}
	env, ok := c.eventEnvs[key]
	if !ok {
		env = base.With(expression.Fields{"event": object(c.ws.Events[event])})
		c.eventEnvs[key] = env
	}
	return env
}

// expression checks a bare expression; nil is nothing to check.
func (c *checker) expression(s *Scalar, env *expression.Env, want expression.Type) *expression.Program {
	if s == nil || c.full() { // what is not listed is not looked for
		return nil
	}
	program, list := expression.Compile(s.Value, s, env, want)
	c.add(list)
	if list.HasErrors() || program == nil {
		return nil
	}
	c.note(s, reads{roots: program.Reads(), paths: program.Paths(), program: program, step: c.step}, program.Needs)
	return program
}

// note keeps what an expression or text of a step reads, for the rules that
// look at paths.
func (c *checker) note(s *Scalar, r reads, needs func() []expression.Need) {
	if slices.Contains(r.roots, "steps") || slices.Contains(r.roots, "vars") {
		r.needs = needs()
		c.uses[c.at] = append(c.uses[c.at], s)
	}
	c.reads[s] = r
}

// shownText is what a text for people needs: any value can be written, and one
// that may be missing would leave a hole, or an empty message.
var shownText = expression.Type{Kind: expression.String}

// text checks content with {{ }}; nil is nothing to check. Constant content
// must be readable as the type it is for.
func (c *checker) text(s *Scalar, env *expression.Env, want expression.Type) {
	if s == nil || c.full() {
		return
	}
	template, list := expression.CompileText(s.Value, s, env, want)
	c.add(list)
	if list.HasErrors() || template == nil {
		return
	}
	c.note(s, reads{roots: template.Reads(), paths: template.Paths(), template: template, step: c.step}, template.Needs)
	if want.Kind == "" || strings.Contains(s.Value, "{{") {
		return
	}
	if _, err := want.Coerce(s.Value); err != nil {
		c.report("J0302", s.Span(), err.Text)
	} else if want.Kind == expression.Time {
		c.moments = append(c.moments, constantMoment{s, c.step})
	}
}

// unknown reports a name that is declared nowhere.
func (c *checker) unknown(code string, s *Scalar, kind diag.Text, known []string) {
	text := diag.Text{En: "there is no " + kind.En + " `" + s.Value + "`", Pt: "não existe " + kind.Pt + " `" + s.Value + "`"}
	if s.Value == "" { // as in a step that was just added
		text = diag.Text{En: "no " + kind.En + " is chosen yet", Pt: "falta escolher " + kind.Pt}
	}
	d := c.report(code, s.Span(), text)
	if c.full() {
		return
	}
	d.Suggestion = didYouMean(s.Value, known)
	if len(known) > 0 {
		d.Hint = listHint(diag.Text{En: "known", Pt: "conhecidos"}, known)
	}
}

// listHint lists names, the first eight.
func listHint(title diag.Text, names []string) diag.Text {
	list := strings.Join(names[:min(len(names), 8)], ", ")
	if len(names) > 8 {
		list += ", …"
	}
	return diag.Text{En: title.En + ": " + list, Pt: title.Pt + ": " + list}
}

// event checks that an event is declared.
func (c *checker) event(s *Scalar) bool {
	if s == nil {
		return false
	}
	if _, ok := c.ws.Events[s.Value]; !ok {
		c.unknown("J0401", s, diag.Text{En: "event", Pt: "o evento"}, sortedKeys(c.ws.Events))
		return false
	}
	return true
}

func (c *checker) schedule(s *Scalar) {
	if s == nil {
		return
	}
	if _, ok := c.ws.Schedules[s.Value]; !ok {
		c.unknown("J0404", s, diag.Text{En: "schedule", Pt: "o horário"}, sortedKeys(c.ws.Schedules))
	}
}

// template finds a template without reporting.
func (c *checker) template(channel string, name *Scalar) *Template {
	if name == nil {
		return nil
	}
	return c.ws.template(channel, name.Value, c.journey.Locale.String())
}

// record checks values against the fields of an input or event schema: names,
// types, and that nothing required is missing.
func (c *checker) record(at *Scalar, values []Pair, fields expression.Fields, env *expression.Env, owner, kind diag.Text) {
	given := map[string]bool{}
	for _, pair := range values {
		t, ok := fields[pair.Key.Value]
		if !ok {
			d := c.report("J0410", pair.Key.Span(), diag.Text{
				En: owner.En + " has no " + kind.En + " `" + pair.Key.Value + "`",
				Pt: owner.Pt + " não tem " + kind.Pt + " `" + pair.Key.Value + "`",
			})
			d.Suggestion = didYouMean(pair.Key.Value, sortedKeys(fields))
			if len(fields) > 0 {
				d.Hint = listHint(diag.Text{En: "it has", Pt: "tem"}, sortedKeys(fields))
			}
			given[diag.Near(pair.Key.Value, sortedKeys(fields))] = true // one mistake, one message
			continue
		}
		given[pair.Key.Value] = true
		c.text(pair.Value, env, t)
	}
	for _, name := range sortedKeys(fields) {
		if !given[name] && !fields[name].Optional {
			c.report("J0410", at.Span(), diag.Text{
				En: owner.En + " needs the " + kind.En + " `" + name + "` (" + fields[name].String() + ")",
				Pt: owner.Pt + " precisa de " + kind.Pt + " `" + name + "` (" + fields[name].String() + ")",
			})
		}
	}
}

// unbounded reports a wait for people or events without a bound.
func (c *checker) unbounded(step *Step, message diag.Text) {
	c.report("J0501", step.at(), message).Hint = diag.T(
		"add `timeout: 1d`, and say under `branches:` what happens then", "acrescente `timeout: 1d`, e diga em `branches:` o que acontece então")
}

// laneID checks a name chosen in `branches` of a parallel.
func (c *checker) laneID(s *Scalar) { c.checkID(s) }

// spanOr is the place of a scalar, or a fallback when it could not be read.
func (s *Scalar) spanOr(fallback diag.Span) diag.Span {
	if s == nil {
		return fallback
	}
	return s.Span()
}

// hasParam reports whether a template declares a parameter.
func (t *Template) hasParam(name string) bool { return slices.Contains(t.Params, name) }
