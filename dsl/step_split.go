package dsl

import (
	"sort"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
)

// SplitStep is the verb split: a draw that is always the same for a contact.
type SplitStep struct {
	Variants []*VariantDecl
	Seed     *Scalar

	node *node
}

// VariantDecl is one share in percent.
type VariantDecl struct {
	ID    *Scalar
	Share *Placed[int]
}

var splitVerb = verb{
	name: "split", doc: doc("Split contacts by percent, always the same way.", "Divide os contatos por porcentagem, sempre do mesmo jeito."),
	shape: func() any {
		return schemaObject{"type": "object", "properties": schemaObject{"seed": textShape()}, "additionalProperties": intShape(0, 100)()}
	},
	read: func(p *parser, n *node, _ *Step) Body {
		if !p.isMapping(n, quoted("split")) {
			return nil
		}
		s := &SplitStep{node: n}
		for i, key := range n.keys {
			if key.value == "seed" {
				s.Seed = p.scalar(n.items[i], quoted("seed"))
				continue
			}
			v := &VariantDecl{ID: &Scalar{key.value, key}}
			if p.checkID(v.ID) {
				v.Share = p.integer(n.items[i], quoted(key.value), 0, 100)
				s.Variants = append(s.Variants, v)
			}
		}
		return s
	},
}

func (s *SplitStep) outcomes(*Workspace) outcomes {
	var o outcomes
	for _, v := range s.Variants {
		o.May = append(o.May, v.ID.Value)
	}
	return o
}

func (s *SplitStep) result() expression.Fields { return nil }

func (s *SplitStep) check(c *checker, step *Step) {
	if c.journey.broken[step.label()] {
		return
	}
	sum := 0
	for _, v := range s.Variants {
		if v.Share == nil {
			return
		}
		sum += v.Share.Value
	}
	if sum != 100 {
		c.report("J0521", s.node.headSpan(), diag.T("the shares add up to %d %%, not 100 %%", "as partes somam %d %%, não 100 %%", sum))
	}
}

func (s *SplitStep) lower(l *lowering, step *Step, n *Node) {
	n.Split = &Split{Seed: s.Seed.String()}
	if n.Split.Seed == "" {
		n.Split.Seed = l.journey.ID.Value + "/" + step.ID.Value
	}
	for _, v := range s.Variants {
		n.Split.Variants = append(n.Split.Variants, Variant{v.ID.Value, v.Share.Value})
	}
	sort.Slice(n.Split.Variants, func(i, k int) bool { return n.Split.Variants[i].ID < n.Split.Variants[k].ID })
}
