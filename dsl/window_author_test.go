package dsl

import (
	"fmt"
	"math/rand"
	"strings"
)

// windowAuthor writes random small journeys around the service window: every
// verb that takes time or makes the contact write, nested, in loops and lanes,
// with lengths of time at the edges of what can be proved.
type windowAuthor struct {
	*rand.Rand
	n     int
	reach []string // steps that a goto may jump to
	left  int      // steps that may still be written
}

// guards are the conditions it writes, with what they come to when the window is
// open or not, and when the contact is a frequent visitor or not.
var guards = map[string]func(open, frequent bool) bool{
	"window.whatsapp.open":                                  func(open, _ bool) bool { return open },
	"not window.whatsapp.open":                              func(open, _ bool) bool { return !open },
	"contact.visits > 3":                                    func(_, frequent bool) bool { return frequent },
	"window.whatsapp.open and contact.visits > 3":           func(open, frequent bool) bool { return open && frequent },
	"window.whatsapp.open or contact.visits > 3":            func(open, frequent bool) bool { return open || frequent },
	"not (not window.whatsapp.open or contact.visits > 3)":  func(open, frequent bool) bool { return open && !frequent },
	"not (not window.whatsapp.open and contact.visits > 3)": func(open, frequent bool) bool { return open || !frequent },
	"not (window.whatsapp.open and contact.visits > 3)":     func(open, frequent bool) bool { return !open || !frequent },
	"window.whatsapp.open == true and contact.visits <= 3":  func(open, frequent bool) bool { return open && !frequent },
}

func (a *windowAuthor) pick(list ...string) string { return list[a.Intn(len(list))] }

func (a *windowAuthor) guard() string {
	names := sortedKeys(guards)
	return names[a.Intn(len(names))]
}

func (a *windowAuthor) journey() string {
	a.left = 3 + a.Intn(6)
	var b strings.Builder
	fmt.Fprintf(&b, "dsl: 1\njourney: sample\ncategory: utility\ntimezone: UTC\ntriggers: %s\n",
		a.pick("[{inbound: whatsapp}]", "[{inbound: whatsapp}]", "[{inbound: whatsapp}, {api: true}]", "[{api: true}]"))
	switch a.Intn(5) {
	case 0:
		fmt.Fprintf(&b, "delivery: {send_window: {days: all, from: \"09:00\", to: \"20:00\"}, hold_max: %s}\n", a.pick("1h", "12h", "23h", "23h54m", "24h"))
	case 1:
		fmt.Fprintf(&b, "delivery: {frequency_cap: {max: 9, per: 1d}, hold_max: %s}\n", a.pick("3m", "1h", "12h"))
	}
	b.WriteString("steps:\n")
	for a.left > 0 {
		b.WriteString("  - " + a.step(2) + "\n")
	}
	return b.String()
}

// list writes steps in brackets.
func (a *windowAuthor) list(depth int) string {
	reach := len(a.reach)
	var steps []string
	for range a.Intn(3) {
		if a.left > 0 {
			steps = append(steps, a.step(depth-1))
		}
	}
	if a.Intn(4) == 0 {
		a.n++
		steps = append(steps, fmt.Sprintf("{id: s%d, exit: out}", a.n))
	}
	a.reach = a.reach[:reach]
	return "[" + strings.Join(steps, ", ") + "]"
}

func (a *windowAuthor) step(depth int) string {
	a.n++
	a.left--
	id := fmt.Sprint("s", a.n)
	guard := ""
	if a.Intn(4) == 0 {
		guard = fmt.Sprintf("if: %s, ", a.guard())
	}
	body := a.verb(id, depth)
	a.reach = append(a.reach, id)
	return fmt.Sprintf("{id: %s, %s%s}", id, guard, body)
}

func (a *windowAuthor) verb(id string, depth int) string {
	span := func() string {
		return a.pick("1m", "4m", "5m", "5m30s", "6m", "1h", "11h", "12h", "23h", "23h53m", "23h54m", "23h55m", "24h")
	}
	urgent := a.pick("", "", ", urgent: true")
	roll := a.Intn(30)
	if depth == 0 && roll >= 22 {
		roll -= 12
	}
	switch {
	case roll < 8:
		return fmt.Sprintf("send: {whatsapp: {text: Oi}%s}", urgent)
	case roll < 9:
		return "send: {whatsapp: {text: Oi, closed: {template: nps_question, params: {name: x}}}}"
	case roll < 10:
		return fmt.Sprintf("send: {sms: {text: Oi}, within: %s, fallback: [{whatsapp: {text: Oi}}]%s}", span(), urgent)
	case roll < 13:
		return fmt.Sprintf("wait: {for: %s}", span())
	case roll < 14:
		return fmt.Sprintf("wait: {until: window.whatsapp.closes_at, offset: %s}, branches: {past: %s}", a.pick("-4m", "-5m", "-6m", "-90m", "-23h", "10m"), a.list(depth))
	case roll < 15:
		return fmt.Sprintf("wait: {until: now + hours(2)}, branches: {past: %s}", a.list(depth))
	case roll < 16:
		return a.pick("wait: {schedule: business_hours}", "update: {add_tags: [x]}", "call: {method: GET, url: \"https://api.example/x\", retries: 1}, branches: {failed: []}",
			"enroll: {journey: offer_slot, inputs: {starts_at: \"{{ now }}\", doctor: x}, timeout: 1h}, branches: {failed: []}")
	case roll < 17 && len(a.reach) > 0:
		return fmt.Sprintf("goto: {step: %s, max: %d}", a.reach[a.Intn(len(a.reach))], 1+a.Intn(2))
	case roll < 19:
		return fmt.Sprintf("handoff: {queue: sales, timeout: %s}, branches: {timeout: %s}", span(), a.list(depth))
	case roll < 22:
		return fmt.Sprintf("ask: {whatsapp: {template: nps_question, params: {name: x}}, accept: text, timeout: %s%s}, branches: {answered: %s, timeout: %s}", span(), urgent, a.list(depth), a.list(depth))
	case roll < 23:
		return fmt.Sprintf("ask: {whatsapp: {text: Oi}, within: %s, fallback: [{sms: {text: Oi}}], accept: text, timeout: %s}, branches: {answered: %s, timeout: %s}", span(), span(), a.list(depth), a.list(depth))
	case roll < 24:
		return fmt.Sprintf("ask: {whatsapp: {text: Oi}, options: [{id: o1, title: Sim}], deadline: now + hours(30)}, branches: {o1: %s, other: %s, timeout: %s}", a.list(depth), a.list(depth), a.list(depth))
	case roll < 26:
		return fmt.Sprintf("wait: {events: {wrote: {reply: whatsapp}, by_sms: {reply: sms}, opened: {window: opened}, shut: {window: closed}, done: {event: order.paid}}, timeout: %s}, branches: {wrote: %s, by_sms: %s, opened: %s, %s: %s, otherwise: %s}",
			span(), a.list(depth), a.list(depth), a.list(depth), a.pick("shut", "done", "timeout"), a.list(depth), a.list(depth))
	case roll < 27:
		return fmt.Sprintf("switch: [{case: c1, when: %s}, {case: c2, when: %s}, {case: c3}], branches: {c1: %s, c2: %s}", a.guard(), a.guard(), a.list(depth), a.list(depth))
	case roll < 28:
		until, branches := "", fmt.Sprintf(", branches: {done: %s}", a.list(depth))
		if a.Intn(2) == 0 {
			until, branches = ", until: "+a.guard(), fmt.Sprintf(", branches: {done: %s, exhausted: %s}", a.list(depth), a.list(depth))
		}
		return fmt.Sprintf("repeat: {max: %d, every: %s%s, steps: %s}%s", 1+a.Intn(3), span(), until, a.list(depth), branches)
	default:
		reach := a.reach
		a.reach = nil // a goto stays in its lane
		body := fmt.Sprintf("parallel: {join: %s}, branches: {one: %s, two: %s}", a.pick("all", "first"), a.list(depth), a.list(depth))
		a.reach = reach
		return body
	}
}
