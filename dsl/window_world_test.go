package dsl

import (
	"fmt"
	"slices"
	"time"
)

// world plays a plan in every way that matters: all outcomes, everything as
// early and as late as it may come, the contact silent but where an outcome says
// that they wrote. It knows the plan and the rules of WhatsApp, and nothing of
// the proof.
type world struct {
	plan     *Plan
	loops    []string // repeats, by number
	jumps    []string // gotos, by number
	places   int      // that were looked at
	unlawful string   // a step that sent own text outside the window, with how
}

// moment is one enrollment at one time. Times are in seconds.
type moment struct {
	at       string
	now      int32
	wrote    int32 // when the contact last wrote
	loops    [6]int8
	jumps    [6]int8
	returned bool // the cursor came back to a repeat from its body
}

const (
	never      = int32(-1 << 28)
	second     = int32(1)
	minute     = 60 * second
	hour       = 60 * minute
	lawful     = 24 * hour         // WhatsApp's window
	ajar       = lawful - 5*minute // what window.whatsapp.open calls open
	unbounded  = 50 * hour         // what a wait nobody can bound takes at worst
	mostPlaces = 20_000            // then a journey is too large to play
)

func seconds(d Duration) int32 { return int32(d.Std() / time.Second) }

func newWorld(p *Plan) *world {
	w := &world{plan: p}
	for _, id := range sortedKeys(p.Nodes) {
		switch n := p.Nodes[id]; {
		case n.Repeat != nil:
			w.loops = append(w.loops, id)
		case n.Goto != nil:
			w.jumps = append(w.jumps, id)
		}
	}
	return w
}

// play plays all enrollments. ok is false when there are too many.
func (w *world) play() (ok bool) {
	if len(w.loops) > 6 || len(w.jumps) > 6 {
		return false
	}
	begin := []int32{never, -ajar + second, -hour} // never wrote; open for a second more; open
	if !slices.ContainsFunc(w.plan.Triggers, func(t Trigger) bool { return t.Inbound == "" }) {
		begin = []int32{0}
	}
	for _, wrote := range begin {
		w.walk(moment{at: w.plan.Start, wrote: wrote}, End, true)
	}
	return w.places < mostPlaces
}

// walk goes on from a moment in every way, and returns the moments at which stop
// is reached. Where only the time since the contact wrote matters, the clock is
// set back, so that what is the same is seen to be.
func (w *world) walk(start moment, stop string, forget bool) []moment {
	seen := map[moment]bool{}
	var ends []moment
	todo := []moment{start}
	for len(todo) > 0 && w.places < mostPlaces && w.unlawful == "" {
		m := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if m.at == stop {
			ends = append(ends, m)
			continue
		}
		if m.at == End {
			continue
		}
		if forget {
			m.wrote, m.now = max(m.wrote-m.now, never), 0
			if m.wrote < -2*lawful {
				m.wrote = never
			}
		}
		if seen[m] {
			continue
		}
		seen[m] = true
		w.places++
		n := w.plan.Nodes[m.at]
		if n.Repeat != nil && m.returned {
			todo = append(todo, w.round(n, m)...)
			continue
		}
		m.returned = false
		for _, frequent := range []bool{false, true} {
			if n.If != nil && !guards[n.If.Source](m.open(), frequent) {
				todo = append(todo, w.to(m, n, n.Next))
				continue
			}
			todo = append(todo, w.run(n, m, frequent)...)
			if n.If == nil && n.Switch == nil {
				break
			}
		}
	}
	return ends
}

func (m moment) open() bool { return m.now-m.wrote < ajar }

func (m moment) later(d int32) moment { m.now += d; return m }

func (m moment) writes() moment { m.wrote = m.now; return m }

// to moves the cursor along an edge.
func (w *world) to(m moment, n *Node, target string) moment {
	m.at, m.returned = target, slices.Contains(n.Inside, target)
	return m
}

// run plays one step.
func (w *world) run(n *Node, m moment, frequent bool) []moment {
	var out []moment
	end := func(m moment, outcome string) {
		if target, ok := n.Edges[outcome]; ok {
			out = append(out, w.to(m, n, target))
		}
	}
	either := func(latest int32, outcome string, writes bool) {
		for _, d := range []int32{0, latest} {
			if writes {
				end(m.later(d).writes(), outcome)
			} else {
				end(m.later(d), outcome)
			}
		}
	}
	switch n.Verb {
	case "send":
		sent, lost := w.deliver(n, m, n.Send.Routes, n.Send.Urgent)
		for _, x := range sent {
			end(x, "sent")
		}
		for _, x := range lost {
			end(x, "undelivered")
		}
	case "ask":
		latest := unbounded
		if n.Ask.Timeout > 0 {
			latest = seconds(n.Ask.Timeout)
		}
		sent, lost := w.deliver(n, m, n.Ask.Routes, n.Ask.Urgent)
		for _, x := range lost {
			end(x, "undelivered")
			end(x.later(latest*int32(len(n.Ask.Routes))), "undelivered")
		}
		byOther := slices.ContainsFunc(n.Ask.Routes, func(r Route) bool { return r.Channel != "whatsapp" })
		for _, x := range sent {
			end(x.later(latest), "timeout")
			for outcome := range n.Edges {
				if outcome == "timeout" || outcome == "undelivered" {
					continue
				}
				for _, d := range []int32{0, latest} {
					if byOther {
						end(x.later(d), outcome)
					}
					end(x.later(d).writes(), outcome)
				}
			}
		}
	case "wait":
		w.wait(n, m, end, either)
	case "handoff":
		either(seconds(n.Handoff.Timeout), "resolved", false)
		either(0, "unavailable", false)
		end(m.later(seconds(n.Handoff.Timeout)), "timeout")
	case "call":
		latest := (seconds(n.Call.Timeout)+hour)*int32(n.Call.Retries) + seconds(n.Call.Timeout)
		either(latest, "ok", false)
		either(latest, "failed", false)
	case "enroll":
		for outcome := range n.Edges {
			either(unbounded, outcome, false)
		}
	case "switch":
		for _, c := range n.Switch {
			if c.When == nil || guards[c.When.Source](m.open(), frequent) {
				end(m, c.ID)
				return out
			}
		}
		end(m, "otherwise")
	case "update":
		end(m, "ok")
	case "exit":
	case "goto":
		i := slices.Index(w.jumps, n.ID)
		if int(m.jumps[i]) >= n.Goto.Max {
			end(m, "exhausted")
			break
		}
		m.jumps[i]++
		m.at, m.returned = n.Goto.Step, false
		for k, id := range w.loops { // a loop that is left, or jumped to, begins anew
			if !slices.Contains(w.plan.Nodes[n.Goto.Step].Inside, id) {
				m.loops[k] = 0
			}
		}
		out = append(out, m)
	case "repeat":
		m.loops[slices.Index(w.loops, n.ID)] = 1
		m.at, m.returned = n.Repeat.Body, n.Repeat.Body == n.ID
		out = append(out, m)
	case "parallel":
		out = w.lanes(n, m)
	default:
		panic("the world does not know " + n.Verb)
	}
	return out
}

// round plays the end of a round.
func (w *world) round(n *Node, m moment) (out []moment) {
	i := slices.Index(w.loops, n.ID)
	again := func(m moment) {
		m.loops[i]++
		m.at, m.returned = n.Repeat.Body, n.Repeat.Body == n.ID
		out = append(out, m)
	}
	leave := func(m moment, outcome string) {
		m.loops[i] = 0
		out = append(out, w.to(m, n, n.Edges[outcome]))
	}
	over := func(m moment, frequent bool) bool {
		return n.Repeat.Until != nil && guards[n.Repeat.Until.Source](m.open(), frequent)
	}
	for _, frequent := range []bool{false, true} {
		switch {
		case over(m, frequent):
			leave(m, "done")
		case int(m.loops[i]) >= n.Repeat.Max && n.Repeat.Until == nil:
			leave(m, "done")
		case int(m.loops[i]) >= n.Repeat.Max:
			leave(m, "exhausted")
		default:
			for _, pause := range []int32{0, seconds(n.Repeat.Every)} {
				for _, frequent := range []bool{false, true} {
					if x := m.later(pause); over(x, frequent) {
						leave(x, "done")
					} else {
						again(x)
					}
				}
			}
		}
	}
	return out
}

// deliver tries the routes, each held as briefly and as long as may be.
func (w *world) deliver(n *Node, m moment, routes []Route, urgent bool) (sent, lost []moment) {
	now := []moment{m}
	if d := w.plan.Delivery; (d.SendWindow != nil || d.FrequencyCap != nil) && !urgent {
		now = append(now, m.later(seconds(d.HoldMax)))
	}
	for i, r := range routes {
		var next []moment
		for _, x := range now {
			own := r.Channel == "whatsapp" && r.Message.Text != nil && r.Message.Closed == nil
			if own && x.now-x.wrote >= lawful {
				w.unlawful = fmt.Sprintf("%s, %s after the contact wrote", n.ID, time.Duration(x.now-x.wrote)*time.Second)
			}
			for _, takes := range []int32{0, minute} {
				sent = append(sent, x.later(takes))
				if i == len(routes)-1 {
					lost = append(lost, x.later(takes))
				} else {
					next = append(next, x, x.later(takes+seconds(r.Within)))
				}
			}
		}
		now = next
	}
	return sent, lost
}

func (w *world) wait(n *Node, m moment, end func(moment, string), either func(int32, string, bool)) {
	switch x := n.Wait; {
	case x.For > 0:
		end(m.later(seconds(x.For)), "elapsed")
	case x.Schedule != "":
		either(unbounded, "reached", false)
	case x.Until != nil && x.Until.Source == "window.whatsapp.closes_at":
		due := m.wrote + lawful + seconds(x.Offset)
		if m.wrote != never && due > m.now {
			end(m.later(due-m.now), "reached")
		} else {
			end(m, "past")
		}
	case x.Until != nil:
		either(unbounded, "reached", false)
		either(unbounded, "past", false)
	default:
		latest := seconds(x.Timeout)
		end(m.later(latest), "timeout")
		for _, e := range x.Events {
			switch {
			case e.Reply == "whatsapp":
				either(latest, e.Outcome, true)
			case e.Window == "opened" && m.open():
				end(m, e.Outcome)
			case e.Window == "opened":
				either(latest, e.Outcome, true)
			case e.Window == "closed" && !m.open():
				end(m, e.Outcome)
			default:
				either(latest, e.Outcome, false)
			}
		}
	}
}

// lanes plays the lanes of a parallel beside each other: none hears in time what
// the contact answers in another.
func (w *world) lanes(n *Node, m moment) (out []moment) {
	ended := []moment{m}
	for i, lane := range n.Parallel.Lanes {
		start := m
		start.at, start.returned = lane.Start, false
		ends := w.walk(start, n.ID, false)
		if n.Parallel.Join == "first" {
			for _, e := range ends {
				out = append(out, w.to(e, n, n.Edges["done"]))
			}
			continue
		}
		var both []moment
		seen := map[moment]bool{}
		for _, a := range ended {
			for _, b := range ends {
				x := a
				if i == 0 || b.now > x.now {
					x.now = b.now
				}
				x.wrote = max(x.wrote, b.wrote)
				if !seen[x] {
					seen[x] = true
					both = append(both, x)
				}
			}
		}
		ended = both
	}
	if n.Parallel.Join == "all" {
		for _, e := range ended {
			out = append(out, w.to(e, n, n.Edges["done"]))
		}
	}
	return out
}
