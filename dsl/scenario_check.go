package dsl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// ParseScenarios reads one *.test.yaml file and checks it against the journeys
// of its folder. With errors there are no scenarios: a test that is misread must
// not pass.
func ParseScenarios(f File, folder *Folder) (*ScenarioFile, diag.List) {
	p := &parser{reporter: &reporter{}}
	out := &ScenarioFile{Path: f.Path}
	decl := readScenarios(f, p)
	if decl == nil || decl.journey == nil {
		return out, p.diagnostics()
	}
	out.Journey = decl.journey.Value
	plan := folder.Plans[out.Journey]
	if plan == nil {
		if _, broken := folder.Workspace.Journeys[out.Journey]; !broken { // its own errors say more
			d := p.report("J0402", decl.journey.Span(), diag.T("there is no journey `%s` in this folder", "não há jornada `%s` nesta pasta", out.Journey))
			d.Suggestion = didYouMean(out.Journey, sortedKeys(folder.Workspace.Journeys))
		}
		return out, p.diagnostics()
	}
	zone, err := time.LoadLocation(plan.Timezone)
	if err != nil {
		zone = time.UTC // a checked plan has a zone
	}
	c := &scenarioCheck{parser: p, ws: folder.Workspace, plan: plan, zone: zone, defaults: &decl.defaults}
	for _, one := range decl.cases {
		out.Scenarios = append(out.Scenarios, c.scenario(one))
	}
	if list := p.diagnostics(); list.HasErrors() {
		out.Scenarios = nil
		return out, list
	}
	return out, nil
}

// LoadScenarios reads all *.test.yaml files of a folder that Load has read.
func LoadScenarios(files []File, folder *Folder) ([]*ScenarioFile, diag.List) {
	var tests []*ScenarioFile
	var list diag.List
	for _, f := range files {
		if !IsScenarioFile(f.Path) {
			continue
		}
		folder.Sources[f.Path] = f
		test, problems := ParseScenarios(f, folder)
		tests, list = append(tests, test), append(list, problems...)
	}
	slices.SortFunc(tests, func(a, b *ScenarioFile) int { return strings.Compare(a.Path, b.Path) })
	return tests, list.Sort()
}

// scenarioCheck compares a test file with its journey.
type scenarioCheck struct {
	*parser

	ws       *Workspace
	plan     *Plan
	zone     *time.Location
	defaults *scenarioDefaults
}

func (c *scenarioCheck) scenario(d *caseDecl) *Scenario {
	s := &Scenario{Name: d.name.String(), Journey: c.plan.Journey, Draw: map[string]string{}, Stop: d.stop.or(false)}
	if d.name != nil {
		s.Span = d.name.Span()
	}
	now := d.now
	if now == nil {
		now = c.defaults.now
	}
	if now == nil {
		c.missing(d.node, diag.Text{En: "a case", Pt: "um caso"}, "now").
			Hint = diag.T("say when the enrollment begins: `now: \"2026-03-09T10:00\"`, here or under `defaults:`", "diga quando a inscrição começa: `now: \"2026-03-09T10:00\"`, aqui ou em `defaults:`")
	} else {
		s.Now = c.moment(now)
	}
	s.Contact = c.contact(c.defaults.contact, d.contact)
	s.Inputs = c.inputs(d)
	for _, pair := range append(slices.Clone(c.defaults.draw), d.draw...) {
		c.draw(pair, s.Draw)
	}
	for _, a := range d.script {
		s.Script = append(s.Script, c.act(a))
	}
	if d.end != nil {
		s.End = c.ending(d.end)
	}
	if d.sentAt != nil {
		s.Sent, s.SentAt = []string{}, d.sentAt.span()
		for _, step := range d.sent {
			if n := c.step(step); n != nil && n.Send == nil && n.Ask == nil {
				c.report("J0105", step.Span(), diag.T("`%s` sends no message: it is `%s`", "`%s` não envia mensagem: é `%s`", step.Value, n.Verb))
			}
			s.Sent = append(s.Sent, step.Value)
		}
	}
	return s
}

func (c *scenarioCheck) moment(s *Scalar) time.Time {
	t, problem := expression.Type{Kind: expression.Time}.CoerceIn(s.Value, c.zone)
	if problem != nil {
		c.report("J0202", s.Span(), diag.T("`%s` is not a date and time", "`%s` não é uma data com hora", s.Value)).
			Hint = diag.T("write \"2026-03-10T14:00\" (in %s)", "escreva \"2026-03-10T14:00\" (em %s)", c.plan.Timezone)
		return time.Time{}
	}
	at, _ := t.(time.Time)
	return at.UTC()
}

// step finds the step that a line names.
func (c *scenarioCheck) step(s *Scalar) *Node {
	n := c.plan.Nodes[s.Value]
	if n == nil {
		d := c.report("J0105", s.Span(), diag.T("`%s` has no step `%s`", "`%s` não tem o passo `%s`", c.plan.Journey, s.Value))
		d.Suggestion = didYouMean(s.Value, sortedKeys(c.plan.Nodes))
	}
	return n
}

// fit coerces a record; whatever does not fit is reported where it is written.
// Fields that are missing are not: a test says what matters to it.
func (c *scenarioCheck) fit(n *node, fields expression.Fields, data map[string]any) map[string]any {
	typed, problems := fields.Coerce(data, c.zone)
	for _, e := range problems {
		at := n.below(e.Path)
		value, given := lookup(data, e.Path)
		switch {
		case e.Unknown:
			parent, name := n, e.Path
			if i := strings.LastIndex(e.Path, "."); i >= 0 {
				parent, name = n.below(e.Path[:i]), e.Path[i+1:]
			}
			d := c.report("J0101", parent.keyNamed(name).span(), diag.T("`%s` is not known here", "`%s` não é conhecido aqui", e.Path))
			d.Hint = diag.Text{En: e.Path + " " + e.Text.En, Pt: e.Path + " " + e.Text.Pt}
		case given && value != nil:
			c.report("J0302", at.span(), diag.Text{En: "`" + e.Path + "` " + e.Text.En, Pt: "`" + e.Path + "` " + e.Text.Pt})
		}
	}
	return typed
}

// lookup follows a dotted path.
func lookup(data any, path string) (any, bool) {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch v := data.(type) {
		case map[string]any:
			next, ok := v[part]
			if !ok {
				return nil, false
			}
			data = next
		case []any:
			i := -1
			if _, err := fmt.Sscanf(part, "%d", &i); err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			data = v[i]
		default:
			return nil, false
		}
	}
	return data, true
}

// contactExtras are what every contact has beyond the workspace's fields.
var contactExtras = expression.Fields{"phone": optional(expression.String), "email": optional(expression.String)}

// contact reads the contact of a case over that of the defaults. Nothing need be
// said: what is missing is missing, or made up by the simulator.
func (c *scenarioCheck) contact(nodes ...*node) map[string]any {
	fields := maps.Clone(contactExtras)
	maps.Copy(fields, c.ws.Contact)
	out := map[string]any{}
	for _, n := range nodes {
		if n == nil {
			continue
		}
		data, _ := plainOf(n).(map[string]any)
		maps.Copy(out, c.fit(n, fields, data))
		if opt, ok := data["opt_in"].(map[string]any); ok { // channels left out are no
			out["opt_in"] = opt
		}
	}
	return out
}

func (c *scenarioCheck) inputs(d *caseDecl) map[string]any {
	at := d.node
	data := map[string]any{}
	for _, n := range []*node{c.defaults.inputs, d.inputs} {
		if n == nil {
			continue
		}
		given, _ := plainOf(n).(map[string]any)
		c.fit(n, c.plan.Inputs, given)
		maps.Copy(data, given)
		at = n
	}
	typed, problems := c.plan.Inputs.Coerce(data, c.zone)
	var missing []string
	misspelled := false
	for _, e := range problems {
		if misspelled = misspelled || e.Unknown; e.Unknown {
			continue
		}
		if _, given := lookup(data, e.Path); !given {
			missing = append(missing, "`"+e.Path+"`")
		}
	}
	if len(missing) > 0 && !misspelled { // a misspelled name is one mistake, not two
		list := strings.Join(missing, ", ")
		c.report("J0104", at.headSpan(), diag.T("these inputs of `%s` are missing: %s", "faltam estas entradas de `%s`: %s", c.plan.Journey, list))
	}
	return typed
}

func (c *scenarioCheck) draw(pair Pair, into map[string]string) {
	n := c.step(pair.Key)
	if n == nil {
		return
	}
	var variants []string
	if n.Split != nil {
		for _, v := range n.Split.Variants {
			variants = append(variants, v.ID)
		}
	}
	switch {
	case n.Split == nil:
		c.report("J0105", pair.Key.Span(), diag.T("`%s` draws nothing: it is `%s`", "`%s` não sorteia: é `%s`", n.ID, n.Verb))
	case !slices.Contains(variants, pair.Value.Value):
		c.notAllowed(pair.Value, quoted(n.ID), variants)
	default:
		into[n.ID] = pair.Value.Value
	}
}

func (c *scenarioCheck) ending(s *Scalar) *Ending {
	known := []string{"completed", "failed", "replaced"}
	for _, n := range c.plan.Nodes {
		if n.Exit != "" {
			known = append(known, n.Exit)
		}
	}
	for _, i := range slices.Concat(c.plan.Goals, c.plan.Exits) {
		if i.Exit {
			known = append(known, i.ID)
		}
	}
	if c.plan.Category == "marketing" {
		known = append(known, optedOut)
	}
	slices.Sort(known)
	if !slices.Contains(known, s.Value) {
		c.notAllowed(s, quoted("end"), slices.Compact(known))
	}
	return &Ending{s.Value, s.Span()}
}
