package workflows

import (
	"slices"
	"time"

	"jornada/activities"
	"jornada/dsl"
	"jornada/engine"
)

// Phases of a wait.
const (
	phaseOpening = "opening" // the moment is known; the tables are told
	phaseParked  = "parked"
)

// stepWait waits for a time, for opening hours or for events.
func (t *thread) stepWait(n *dsl.Node, s *StepState) (StepResult, bool) {
	if len(n.Wait.Events) > 0 {
		return t.waitEvents(n, s)
	}
	r, w := t.r, n.Wait
	moved := func() bool { return w.Until != nil && s.Changes != r.st.Changes }
	for {
		switch s.Phase {
		case "":
			past, ok := t.waitUntil(n, s)
			if !ok {
				return StepResult{}, false
			}
			if past {
				t.st.Frame.AnsweredAt = time.Time{}
				return StepResult{Outcome: "past"}, true
			}
			if !r.now().Before(s.Until) {
				return StepResult{Outcome: timeOutcome(n)}, true // already open
			}
			s.Waiting, s.Phase = "time", phaseOpening
			t.noteWait(s)
		case phaseOpening:
			if !t.record() {
				return StepResult{}, false
			}
			s.Phase = phaseParked
		case phaseParked:
			switch t.park(s.Until, moved) {
			case halted:
				return StepResult{}, false
			case elapsed:
				t.st.Frame.AnsweredAt = time.Time{}
				s.Woke = s.Until
				return StepResult{Outcome: timeOutcome(n)}, true
			case ready:
				before := s.Until
				past, ok := t.waitUntil(n, s)
				if !ok {
					return StepResult{}, false
				}
				if past {
					t.st.Frame.AnsweredAt = time.Time{}
					return StepResult{Outcome: "past"}, true
				}
				if !s.Until.Equal(before) {
					t.noteWait(s)
					s.Phase = phaseOpening
				}
			}
		}
	}
}

// noteWait records that the step waits, for what and until when.
func (t *thread) noteWait(s *StepState) {
	id := t.st.Frame.Cursor
	t.r.note(engine.TimelineEntry{Kind: "wait", StepID: id, Verb: t.r.plan.Nodes[id].Verb, Detail: s.Waiting, WakeAt: moment(s.wake())})
}

// timeOutcome is the outcome of a wait whose moment came.
func timeOutcome(n *dsl.Node) string {
	if n.Normal != "" {
		return n.Normal
	}
	if n.Wait.Until != nil {
		return "reached"
	}
	return "elapsed"
}

// waitUntil computes the moment a wait is over. past is true for an `until`
// that lies behind us.
func (t *thread) waitUntil(n *dsl.Node, s *StepState) (past, ok bool) {
	r, w := t.r, n.Wait
	s.Changes = r.st.Changes
	switch {
	case w.Until != nil:
		vals, ok := t.evaluate([]item{{source: w.Until.Source}}, s.StartedAt, nil)
		if !ok {
			return false, false
		}
		v := vals[0]
		if v.problem == "" && v.v == nil && slices.Equal(w.Until.Reads, []string{"window"}) {
			return true, true // a window that was never open has closed
		}
		at, isTime := r.moment(v.v)
		if v.problem == "" && !isTime {
			v.problem = r.say("`%s` gives no date and time.", "`%s` não dá uma data e hora.", w.Until.Source)
		}
		if v.problem != "" {
			t.failStep(n, v.problem)
			return false, false
		}
		s.Until, s.Before = at.Add(w.Offset.Std()), at
		return !r.now().Before(s.Until), true
	case w.Schedule != "":
		hours, known := r.plan.Schedules[w.Schedule]
		at, opens := engine.NextOpen(hours, r.now(), r.zone)
		if !known || !opens {
			t.failStep(n, r.say("the schedule `%s` never opens.", "o horário `%s` nunca abre.", w.Schedule))
			return false, false
		}
		s.Until = at.UTC()
	default:
		s.Until = s.StartedAt.Add(w.For.Std())
	}
	return false, true
}

// waitEvents waits for the first of several things to happen.
func (t *thread) waitEvents(n *dsl.Node, s *StepState) (StepResult, bool) {
	r, w := t.r, n.Wait
	mine := replyTo(n.ID, s.Visit)
	happened := func() bool { return s.Caught != nil || r.has(mine) }
	channels, windows := listens(w)
	for {
		switch s.Phase {
		case "":
			if !t.waitDeadline(n, s) || (windows && !t.watchWindow(n, s)) {
				return StepResult{}, false
			}
			if !t.offerFresh(s) {
				return StepResult{}, false
			}
			if s.Caught != nil {
				return t.caught(s), true
			}
			if !s.Until.IsZero() && !r.now().Before(s.Until) {
				return StepResult{Outcome: "timeout", Reason: "expired"}, true
			}
			s.Waiting, s.Phase = "event", phaseOpening
			t.noteWait(s)
		case phaseOpening:
			if len(channels) == 0 {
				if !t.record() {
					return StepResult{}, false
				}
			} else {
				s.WaitOpen = true
				if !t.persist(ActivityOpenWait, func(b activities.Base) any {
					return activities.OpenWaitInput{Base: b, StepID: n.ID, Visit: s.Visit, Channels: channels, Deadline: moment(s.Until)}
				}, nil) {
					return StepResult{}, false
				}
			}
			s.Phase = phaseParked
		case phaseParked:
			moved := func() bool { return s.Changes != r.st.Changes && (w.Deadline != nil || windows) }
			switch t.park(earliest(s.Held, s.Until), func() bool { return happened() || moved() }) {
			case halted:
				return StepResult{}, false
			case elapsed:
				if !s.Until.IsZero() && !r.now().Before(s.Until) {
					s.Phase, s.Woke = phaseClosing, s.Until
				} else if !t.watchWindow(n, s) {
					return StepResult{}, false
				}
			case ready:
				if happened() {
					s.Phase = phaseClosing
				} else if !t.waitDeadline(n, s) || (windows && !t.watchWindow(n, s)) {
					return StepResult{}, false
				}
			}
		case phaseClosing:
			if t.catchReply(n, s, mine) || !s.WaitOpen {
				return t.caught(s), true
			}
			state := engine.WaitTimedOut
			if s.Caught != nil {
				state = engine.WaitCancelled
			}
			closed, ok := t.closeWait(s.rowOf(n.ID), s.Visit, state)
			if !ok {
				return StepResult{}, false
			}
			if closed || s.Caught != nil {
				s.WaitOpen = false
				return t.caught(s), true
			}
			s.Phase, s.Waiting, s.Until, s.Held = phaseOwed, "reply", time.Time{}, r.later(owedAfterTimeout)
		case phaseOwed:
			woke := t.park(s.Held, happened)
			if woke == halted {
				return StepResult{}, false
			}
			if woke == elapsed && r.now().Before(s.Held) {
				continue // the clock was moved, and the moment with it
			}
			t.catchReply(n, s, mine)
			s.WaitOpen = false
			return t.caught(s), true
		}
	}
}

// listens says which channels' replies a wait wants, and whether a window.
func listens(w *dsl.Wait) (channels []engine.Channel, windows bool) {
	for _, e := range w.Events {
		if e.Reply != "" && !slices.Contains(channels, engine.Channel(e.Reply)) {
			channels = append(channels, engine.Channel(e.Reply))
		}
		windows = windows || e.Window != ""
	}
	slices.Sort(channels)
	return channels, windows
}

// waitDeadline computes when a wait for events gives up.
func (t *thread) waitDeadline(n *dsl.Node, s *StepState) bool {
	s.Changes, s.Until = t.r.st.Changes, time.Time{}
	if n.Wait.Timeout > 0 {
		s.Until = s.StartedAt.Add(n.Wait.Timeout.Std())
	}
	if n.Wait.Deadline == nil {
		return true
	}
	at, ok := t.when(n, n.Wait.Deadline, s.StartedAt)
	s.Until = earliest(s.Until, at)
	return ok
}

// watchWindow looks at the service windows: a wait for one that is already as
// wanted is over, and an open one closes by itself at a known time.
func (t *thread) watchWindow(n *dsl.Node, s *StepState) bool {
	r := t.r
	channels := watched(n.Wait)
	var items []item
	for _, ch := range channels {
		items = append(items, item{source: "window." + ch + ".open"}, item{source: "window." + ch + ".closes_at"})
	}
	vals, ok := t.evaluate(items, r.now(), nil)
	if !ok {
		return false
	}
	s.Held = time.Time{}
	for i, ch := range channels {
		isOpen, closesAt := vals[2*i], vals[2*i+1]
		if isOpen.problem != "" {
			t.failStep(n, isOpen.problem)
			return false
		}
		open, _ := isOpen.v.(bool)
		now := "closed"
		if open {
			now = "opened"
		}
		for _, e := range n.Wait.Events {
			if e.Window == now && e.WindowOf() == ch && s.Caught == nil {
				s.Caught = &Caught{Outcome: e.Outcome, Event: "window_" + now, Channel: engine.Channel(ch), At: r.now()}
			}
		}
		if closes, isTime := r.moment(closesAt.v); open && isTime {
			if soonest := r.now().Add(time.Minute); closes.Before(soonest) {
				closes = soonest
			}
			s.Held = earliest(s.Held, closes)
		}
	}
	return true
}

// watched are the channels whose service windows a wait watches, each once.
func watched(w *dsl.Wait) []string {
	var channels []string
	for _, e := range w.Events {
		if ch := e.WindowOf(); ch != "" && !slices.Contains(channels, ch) {
			channels = append(channels, ch)
		}
	}
	slices.Sort(channels)
	return channels
}

// catchReply takes a reply as the event that ended the wait.
func (t *thread) catchReply(n *dsl.Node, s *StepState, mine func(Signal) bool) bool {
	if s.Caught != nil && s.Caught.Event != "" {
		return false
	}
	sig, ok := t.r.fetch(mine)
	if !ok {
		return false
	}
	s.WaitOpen = false
	s.Caught = &Caught{Channel: sig.Channel, At: sig.At, Reply: true, Data: map[string]any{"text": sig.Text, "channel": string(sig.Channel)}}
	for _, e := range n.Wait.Events {
		if e.Reply == string(sig.Channel) || (e.Reply != "" && s.Caught.Outcome == "") {
			s.Caught.Outcome = e.Outcome
		}
	}
	return true
}

// caught is the result of a wait for events.
func (t *thread) caught(s *StepState) StepResult {
	t.st.Frame.AnsweredAt = time.Time{}
	c := s.Caught
	if c == nil {
		return StepResult{Outcome: "timeout"}
	}
	s.Woke = time.Time{} // something happened
	if c.Reply {
		t.st.Frame.AnsweredAt = c.At
	}
	return StepResult{Outcome: c.Outcome, Event: c.Event, Data: c.Data, Channel: c.Channel}
}
