package dsl

import (
	"fmt"
	"slices"
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// ruleConditions: a condition can come out both ways, and every case of a
// switch has a turn (J0420).
func ruleConditions(c *checker) {
	v := &verdicts{checker: c, known: map[string][]any{}}
	c.journey.all(v.knownValues)
	for _, s := range c.readers() {
		switch r := c.reads[s]; {
		case r.program != nil:
			v.impossible(s, r.program, 0)
		case r.template != nil:
			for _, part := range r.template.Parts() {
				if part.Program != nil {
					v.impossible(s, part.Program, part.From)
				}
			}
		}
	}
	v.condition(c.journey.Audience)
	for _, t := range c.journey.Triggers {
		v.condition(t.Where)
	}
	for _, i := range slices.Concat(c.journey.Goals, c.journey.Exits) {
		v.condition(i.When)
		v.condition(i.Where)
	}
	c.journey.all(func(s *Step) {
		c.step = s.ID.String()
		v.condition(s.If)
		switch body := s.Body.(type) {
		case *SwitchStep:
			v.cases(body)
		case *RepeatStep:
			v.condition(body.Until)
		case *WaitStep:
			for _, e := range body.Events {
				v.condition(e.Where)
			}
		}
	})
}

type verdicts struct {
	*checker
	known map[string][]any // what results can be, by path
	told  map[*Scalar]bool // a comparison in it is impossible: one mistake, one message
}

// knownValues notes what the results of a step can be.
func (v *verdicts) knownValues(s *Step) {
	if s.Body == nil || s.ID == nil || v.journey.broken[s.ID.Value] {
		return
	}
	path := "steps." + s.ID.Value + "."
	e, enrolls := s.Body.(*EnrollStep)
	if !enrolls || v.knows(e) {
		v.know(path+"outcome", s.Body.outcomes(v.ws).all())
	}
	switch body := s.Body.(type) {
	case *SendStep:
		v.know(path+"channel", body.channels())
	case *AskStep:
		v.know(path+"channel", body.channels())
		var options []string
		for _, o := range body.Options {
			options = append(options, o.ID.String())
		}
		v.know(path+"option", options)
		if body.Scale != nil && len(options) == 0 {
			scale := body.scale()
			for score := scale.Min; score <= scale.Max; score++ {
				v.known[path+"score"] = append(v.known[path+"score"], score)
			}
		}
	}
}

func (v *verdicts) know(path string, values []string) {
	for _, value := range values {
		v.known[path] = append(v.known[path], value)
	}
}

func (o *Outgoing) channels() []string {
	var channels []string
	for _, r := range o.routes() {
		channels = append(channels, r.Channel.Value)
	}
	return channels
}

// impossible reports a result compared with what it never is.
func (v *verdicts) impossible(s *Scalar, p *expression.Program, offset int) {
	for _, cmp := range p.Comparisons() {
		known := v.known[cmp.Path]
		if len(known) == 0 || slices.Contains(known, any(cmp.Value)) {
			continue
		}
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = fmt.Sprint(k)
		}
		if v.told == nil {
			v.told = map[*Scalar]bool{}
		}
		v.told[s] = true
		v.step = v.reads[s].step
		d := v.report("J0420", s.Locate(offset+cmp.From, offset+cmp.To), diag.T("`%s` is never \"%s\"", "`%s` nunca é \"%s\"", cmp.Path, cmp.Value))
		v.step = ""
		d.Suggestion = didYouMean(cmp.Value, names)
		d.Hint = diag.T("it is one of: %s", "é um de: %s", strings.Join(names, ", "))
	}
}

func (v *verdicts) values(path string) []any { return v.known[path] }

// condition reports a condition that is the same for everybody, and whether it
// did.
func (v *verdicts) condition(s *Scalar) bool {
	p := v.reads[s].program
	if s == nil || p == nil || v.told[s] {
		return false
	}
	always, decided := expression.Decide(p, nil, v.values)
	switch {
	case !decided:
		return false
	case always:
		v.report("J0420", s.Span(), diag.T("this condition is always true", "esta condição é sempre verdadeira")).
			Hint = diag.T("remove it, or compare with what can differ from person to person", "remova-a, ou compare com o que pode mudar de pessoa para pessoa")
	default:
		v.report("J0420", s.Span(), diag.T("this condition is always false", "esta condição é sempre falsa")).
			Hint = diag.T("what depends on it never happens: mend the condition, or remove both", "o que depende dela nunca acontece: corrija a condição, ou remova as duas coisas")
	}
	return true
}

// cases reports the cases that earlier ones leave nothing to.
func (v *verdicts) cases(s *SwitchStep) {
	var earlier []*expression.Program
	var ids []string
	for i, one := range s.Cases {
		if v.condition(one.When) {
			return // what follows may be a consequence
		}
		p := v.reads[one.When].program
		if p == nil || v.told[one.When] {
			continue
		}
		if applies, decided := expression.Decide(p, earlier, v.values); i > 0 && decided && !applies {
			by := diag.T("the cases above already take everybody", "os casos acima já pegam todos")
			for k, e := range earlier {
				if applies, decided := expression.Decide(p, []*expression.Program{e}, v.values); decided && !applies {
					by = diag.T("`%s` above takes everybody whom it would apply to", "`%s` acima pega todos a quem ele se aplicaria", ids[k])
					break
				}
			}
			d := v.report("J0420", one.ID.spanOr(one.node.headSpan()), diag.T("the case `%s` never applies", "o caso `%s` nunca vale", one.ID.String()))
			d.Note = by
			d.Hint = diag.T("put the narrower case first, or remove this one", "ponha o caso mais estreito primeiro, ou remova este")
			continue
		}
		earlier, ids = append(earlier, p), append(ids, one.ID.String())
	}
}
