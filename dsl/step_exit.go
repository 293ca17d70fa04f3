package dsl

import "jornada/dsl/expression"

// ExitStep is the verb exit: the ending's name.
type ExitStep struct{ Outcome *Scalar }

// completed is how an enrollment ends that falls off the end of its steps.
const completed = "completed"

// otherwise is the branch for every outcome without a branch of its own.
const otherwise = "otherwise"

var exitVerb = verb{
	name: "exit", doc: doc("End the enrollment with this outcome.", "Termina a inscrição com este resultado."), shape: idShape,
	read: func(p *parser, n *node, _ *Step) Body {
		if id := p.id(n, quoted("exit")); id != nil {
			return &ExitStep{id}
		}
		return nil
	},
}

func (e *ExitStep) outcomes(*Workspace) outcomes { return outcomes{} }

func (e *ExitStep) result() expression.Fields { return nil }

func (e *ExitStep) check(*checker, *Step) {}

func (e *ExitStep) lower(_ *lowering, _ *Step, n *Node) { n.Exit = e.Outcome.Value }
