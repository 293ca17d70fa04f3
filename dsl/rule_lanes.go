package dsl

import "jornada/dsl/diag"

// ruleLanes: the lanes of a parallel run at the same time, so two of them do not
// write the same variable, nor ask on the same channel (J0440).
func ruleLanes(c *checker) {
	c.journey.all(func(s *Step) {
		if _, ok := s.Body.(*ParallelStep); ok {
			c.lanes(s)
		}
	})
}

// laneUse is the first use of a variable or channel, and in which lane.
type laneUse struct {
	lane *Branch
	step *Step
}

func (c *checker) lanes(parallel *Step) {
	written, asked := map[string]laneUse{}, map[string]laneUse{}
	for _, lane := range parallel.Branches {
		walk(lane.Steps, func(s *Step) {
			c.step = s.ID.String()
			switch body := s.Body.(type) {
			case *SetStep:
				for _, pair := range body.Values {
					first, used := written[pair.Key.Value]
					if !used {
						written[pair.Key.Value] = laneUse{lane, s}
						continue
					}
					if first.lane == lane {
						continue
					}
					d := c.report("J0440", pair.Key.Span(), diag.T(
						"the lanes `%s` and `%s` both write `%s`: which value stays is chance", "as raias `%s` e `%s` escrevem `%s`: qual valor fica é sorte",
						first.lane.Outcome.Value, lane.Outcome.Value, pair.Key.Value))
					d.Note = diag.T("the other one is `%s`", "o outro é `%s`", first.step.label())
					d.Hint = diag.T("give each lane a variable of its own, or set it after `%s`", "dê a cada raia uma variável própria, ou defina depois de `%s`", parallel.label())
				}
			case *AskStep:
				c.laneAsks(parallel, lane, s, body, asked)
			}
		})
	}
}

// laneAsks: an answer that is typed cannot say which of two open questions it
// is for.
func (c *checker) laneAsks(parallel *Step, lane *Branch, s *Step, body *AskStep, asked map[string]laneUse) {
	told := false
	for _, r := range body.routes() {
		channel := r.Channel.Value
		first, used := asked[channel]
		if !used {
			asked[channel] = laneUse{lane, s}
			continue
		}
		if first.lane == lane || told {
			continue
		}
		told = true
		d := c.report("J0440", r.Channel.Span(), diag.T(
			"`%s` and `%s` may both be open on %s: a typed answer could be for either", "`%s` e `%s` podem estar abertos ao mesmo tempo no %s: uma resposta digitada serviria para os dois",
			first.step.label(), s.label(), channelTitle(channel)))
		d.Note = diag.T("they stand in the lanes `%s` and `%s`, which run at the same time", "eles estão nas raias `%s` e `%s`, que correm ao mesmo tempo", first.lane.Outcome.Value, lane.Outcome.Value)
		d.Hint = diag.T("ask one after the other, or on another channel; or put one question after `%s`", "pergunte um depois do outro, ou em outro canal; ou ponha uma das perguntas depois de `%s`", parallel.label())
	}
}
