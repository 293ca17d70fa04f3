package workflows

import (
	"time"

	"jornada/dsl"
	"jornada/dsl/expression"
)

// Plans by hand.

// journey strings nodes together: each falls through to the next unless it says
// where to go.
func journey(nodes ...*dsl.Node) *dsl.Plan {
	p := &dsl.Plan{
		Format: 1, Journey: "demo", Category: "utility", Locale: "en", Timezone: "America/Sao_Paulo", Nodes: map[string]*dsl.Node{},
		Inputs: expression.Fields{"starts_at": {Kind: expression.Time, Optional: true}},
		Events: map[string]expression.Fields{"order.paid": {"total": {Kind: expression.Number, Optional: true}}},
		Start:  dsl.End, Hash: "hash",
	}
	for i, n := range nodes {
		if i == 0 {
			p.Start = n.ID
		}
		if n.Next == "" {
			n.Next = dsl.End
			if i+1 < len(nodes) {
				n.Next = nodes[i+1].ID
			}
		}
		p.Nodes[n.ID] = n
	}
	return p
}

// aside adds nodes that are only reached by edges.
func aside(p *dsl.Plan, next string, nodes ...*dsl.Node) {
	for _, n := range nodes {
		if n.Next == "" {
			n.Next = next
		}
		p.Nodes[n.ID] = n
	}
}

func routes(channels ...string) (out []dsl.Route) {
	for _, c := range channels {
		out = append(out, dsl.Route{Channel: c, Message: dsl.Message{Text: &dsl.Text{Source: "Oi"}}, Within: dsl.Duration(30 * time.Minute)})
	}
	return out
}

func send(id string, channels ...string) *dsl.Node {
	if len(channels) == 0 {
		channels = []string{"whatsapp"}
	}
	return &dsl.Node{ID: id, Verb: "send", Normal: "sent", Send: &dsl.Send{Routes: routes(channels...)}}
}

func ask(id string, timeout time.Duration, channels ...string) *dsl.Node {
	if len(channels) == 0 {
		channels = []string{"whatsapp"}
	}
	return &dsl.Node{ID: id, Verb: "ask", Ask: &dsl.Ask{Routes: routes(channels...), Timeout: dsl.Duration(timeout), Options: []dsl.Option{{ID: "yes"}, {ID: "no"}}}}
}

func waitFor(id string, d time.Duration) *dsl.Node {
	return &dsl.Node{ID: id, Verb: "wait", Normal: "elapsed", Wait: &dsl.Wait{For: dsl.Duration(d)}}
}

func exit(id, outcome string) *dsl.Node { return &dsl.Node{ID: id, Verb: "exit", Exit: outcome} }

func edges(n *dsl.Node, pairs ...string) *dsl.Node {
	if n.Edges == nil {
		n.Edges = map[string]string{}
	}
	for i := 0; i < len(pairs); i += 2 {
		n.Edges[pairs[i]] = pairs[i+1]
	}
	return n
}

func inside(n *dsl.Node, enclosing ...string) *dsl.Node {
	n.Inside = enclosing
	return n
}

func expr(source string) *dsl.Expr { return &dsl.Expr{Source: source} }

// stagePlan is a plan with the step a test is about.
type stagePlan struct {
	plan *dsl.Plan
	node *dsl.Node
}
