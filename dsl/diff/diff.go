package diff

import (
	"encoding/json"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// Class is what a change means for the people inside.
type Class string

// The classes, from harmless to impossible.
const (
	Safe       Class = "safe"         // they may go on with it at once; those who enter from now on are all it concerns, or words
	AtNextWait Class = "at_next_wait" // they may go on with it when they wait
	Timers     Class = "timers"       // likewise, and what they wait for is computed anew: it may be over at once
	Unsafe     Class = "unsafe"       // somebody may lack what the new version reads
	Refused    Class = "refused"      // whoever stands there finishes the version they began, or is moved by hand
)

// Words is the class for people.
func (c Class) Words() diag.Text {
	switch c {
	case Safe:
		return diag.Text{En: "safe now", Pt: "seguro já"}
	case AtNextWait:
		return diag.Text{En: "safe at next wait", Pt: "seguro na próxima espera"}
	case Timers:
		return diag.Text{En: "timers recomputed", Pt: "prazos recalculados"}
	case Unsafe:
		return diag.Text{En: "unsafe", Pt: "inseguro"}
	}
	return diag.Text{En: "refused", Pt: "recusado"}
}

// Proved reports whether the class lets everybody go on.
func (c Class) Proved() bool { return c == Safe || c == AtNextWait || c == Timers }

// Kind is what sort of thing changed.
type Kind string

// The kinds of change.
const (
	StepAdded   Kind = "step_added"
	StepRemoved Kind = "step_removed"
	StepRenamed Kind = "step_renamed"
	StepMoved   Kind = "step_moved"
	StepRetyped Kind = "step_retyped" // another verb, or it waits for another kind of thing
	Timing      Kind = "timing"
	Words       Kind = "text"
	Template    Kind = "template"
	Message     Kind = "message"   // channels, parameters, media
	Options     Kind = "options"   // answers, scales
	Outcomes    Kind = "outcomes"  // an outcome more or less
	Branches    Kind = "branches"  // where an outcome leads
	Condition   Kind = "condition" // an expression that decides
	Data        Kind = "data"      // what a step computes, calls or writes
	Settings    Kind = "settings"  // of the journey: category, zone, clock, language
	Triggers    Kind = "triggers"
	Entry       Kind = "entry"
	Delivery    Kind = "delivery"
	Goals       Kind = "goals"
	Exits       Kind = "exits"
	Inputs      Kind = "inputs"
	Vars        Kind = "vars"
	About       Kind = "about"     // what people are shown of the journey, and nothing that it does
	Workspace   Kind = "workspace" // types, opening hours and templates that the journey uses
)

// Change is one difference.
type Change struct {
	Kind  Kind      // what sort of thing
	Step  string    // its id in the new version, of a removed one in the old; "" = the journey itself
	Was   string    // of a renamed step: its old id
	Path  string    // which field: "ask.timeout", "triggers.event:order.paid.where"
	From  string    // the old value; "" = none
	To    string    // the new value; "" = none
	Class Class     // what it means for the people inside
	Words diag.Text // one line
	Why   diag.Text // why it is unsafe or refused, and what can be done
}

// List is all that differs, in the order in which the new version is read: the
// journey itself, then its steps.
type List []Change

// Worst is the class of the list's most harmful change; Safe when it is empty.
func (l List) Worst() Class {
	order := []Class{Safe, AtNextWait, Timers, Unsafe, Refused}
	worst := 0
	for _, c := range l {
		for i, class := range order {
			if class == c.Class {
				worst = max(worst, i)
			}
		}
	}
	return order[worst]
}

// View is a change as machines read it, worded in one language.
type View struct {
	Kind   Kind   `json:"kind"`
	Step   string `json:"step_id,omitempty"`
	Was    string `json:"was,omitempty"`
	Path   string `json:"path,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Class  Class  `json:"class"`
	Text   string `json:"text"`
	Reason string `json:"reason,omitempty"`
}

// In words the list for machines that show it to somebody; never nil.
func (l List) In(lang diag.Language) []View {
	views := make([]View, 0, len(l))
	for _, c := range l {
		views = append(views, View{c.Kind, c.Step, c.Was, c.Path, c.From, c.To, c.Class, c.Words.In(lang), c.Why.In(lang)})
	}
	return views
}

// MarshalJSON implements json.Marshaler: the list in English.
func (l List) MarshalJSON() ([]byte, error) { return json.Marshal(l.In(diag.English)) }

// Compare lists what differs between two versions of a journey. It is empty when
// they do the same and say the same.
func Compare(old, now *dsl.Plan) List {
	c := &comparison{old: outlineOf(old), now: outlineOf(now)}
	c.pair()
	c.journey()
	c.steps()
	c.lacking()
	return c.inOrder()
}

// comparison is one run of Compare.
type comparison struct {
	old, now *outline
	was      map[string]string // the old id of every step that is in both, by its new id
	is       map[string]string // the other way round
	moved    map[string]bool   // new ids
	list     List
}

func (c *comparison) add(one Change) { c.list = append(c.list, one) }

// pair finds each step's old self: the step of the same id, else one that it
// names under `was`.
func (c *comparison) pair() {
	c.was, c.is, c.moved = map[string]string{}, map[string]string{}, map[string]bool{}
	for _, id := range c.now.order {
		if c.old.plan.Nodes[id] != nil {
			c.was[id], c.is[id] = id, id
		}
	}
	for _, id := range c.now.order {
		if c.was[id] != "" {
			continue
		}
		for _, before := range c.now.plan.Nodes[id].Was {
			if c.old.plan.Nodes[before] != nil && c.is[before] == "" {
				c.was[id], c.is[before] = before, id
				break
			}
		}
	}
}
