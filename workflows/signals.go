package workflows

import (
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"jornada/engine"
)

// SignalName is the one signal of a journey workflow: one channel keeps
// everything that happens to an enrollment in order.
const SignalName = "event"

// QueryExplain is the query behind "why is this contact here": it returns an
// Explanation.
const QueryExplain = "explain"

// SignalKind is what a signal is about.
type SignalKind string

// The kinds of signal.
const (
	SignalReply          SignalKind = "reply"           // a person answered
	SignalEvent          SignalKind = "event"           // a business event
	SignalStatus         SignalKind = "status"          // news of a message of ours
	SignalContactChanged SignalKind = "contact_changed" // attributes, consent or window changed
	SignalInputsChanged  SignalKind = "inputs_changed"
	SignalHandoff        SignalKind = "handoff" // people finished, or the queue is closed
	SignalChild          SignalKind = "child"   // a sub-journey ended
	SignalResume         SignalKind = "resume"  // a channel works again: parked sends try now
	SignalPause          SignalKind = "pause"   // the journey is paused
	SignalUnpause        SignalKind = "unpause"
	SignalEnd            SignalKind = "end"   // unenrolled, replaced, erased: the row already says so
	SignalClock          SignalKind = "clock" // virtual time runs otherwise from now on
	SignalMove           SignalKind = "move"  // go on in another version of the journey, when that is proved safe
)

// Signal is one thing that happened to an enrollment. Its payload is encrypted
// with the contact's key. ID is unique: the workflow drops repeats.
type Signal struct {
	ID   string     `json:"id"`
	Kind SignalKind `json:"kind"`
	At   time.Time  `json:"at"` // when it happened, virtual time

	StepID string `json:"step_id,omitempty"` // reply: whose wait took it
	Visit  int    `json:"visit,omitempty"`

	Channel engine.Channel      `json:"channel,omitempty"` // reply
	Answer  *engine.Answer      `json:"answer,omitempty"`  // reply, matched by the dispatcher; nil when it fits nothing
	Text    string              `json:"text,omitempty"`    // reply
	EventID engine.EventID      `json:"event_id,omitempty"`
	Event   string              `json:"event,omitempty"` // business event's name; or window_opened | window_closed
	Data    map[string]any      `json:"data,omitempty"`  // event's data, changed inputs
	Message engine.MessageID    `json:"message,omitempty"`
	Status  string              `json:"status,omitempty"` // message status, enrollment status of a child
	Reason  string              `json:"reason,omitempty"`
	Handoff engine.HandoffID    `json:"handoff,omitempty"`
	Note    string              `json:"note,omitempty"`
	Child   engine.EnrollmentID `json:"child,omitempty"`
	Outcome string              `json:"outcome,omitempty"` // child's ending, hand-off's outcome
	Anchor  *engine.Anchor      `json:"anchor,omitempty"`
	Version engine.VersionHash  `json:"version,omitempty"` // move: where to
	Moves   map[string]string   `json:"moves,omitempty"`   // move: steps to leave for another one, or for dsl.MoveExit
}

// JourneyInput starts (or, with State, continues) an enrollment.
type JourneyInput struct {
	EnrollmentID engine.EnrollmentID  `json:"enrollment_id"`
	JourneyID    engine.JourneyID     `json:"journey_id"`
	VersionHash  engine.VersionHash   `json:"version_hash"`
	ContactID    engine.ContactID     `json:"contact_id,omitempty"`
	Inputs       map[string]any       `json:"inputs,omitempty"` // coerced; times are RFC 3339 text
	Trigger      engine.TriggerRecord `json:"trigger"`
	ParentID     engine.EnrollmentID  `json:"parent_id,omitempty"`
	ParentStep   string               `json:"parent_step,omitempty"`
	Anchor       engine.Anchor        `json:"anchor,omitzero"`
	Paused       bool                 `json:"paused,omitempty"`
	State        *State               `json:"state,omitempty"` // after continue-as-new
}

// WorkflowID is the Temporal id of an enrollment's workflow. It carries no
// personal data and is never reused.
func WorkflowID(id engine.EnrollmentID) string { return workflowIDs + string(id) }

const workflowIDs = "enrollment/"

// EnrollmentOf is the enrollment of a workflow's id; false for other workflows.
func EnrollmentOf(workflowID string) (engine.EnrollmentID, bool) {
	id, ours := strings.CutPrefix(workflowID, workflowIDs)
	return engine.EnrollmentID(id), ours
}

// NotNow begins what a workflow panics with when its surroundings, not it, are
// at fault: the task is tried again for as long as it takes.
const NotNow = "not now: "

// WorkflowName and TaskQueue are literal, because histories remember them.
const (
	WorkflowName = "Journey"
	TaskQueue    = "jornada"
)

// Sizes of what is remembered about signals. They bound State, not correctness
// in any journey for people.
const (
	rememberedSignals  = 256
	rememberedStatuses = 64
	rememberedInbox    = 128
	rememberedFresh    = 16
)

// pump takes signals in order until everybody halts. It is a coroutine of its
// own, so that a goal or exit acts wherever the threads are.
func (r *run) pump(own, ctx workflow.Context) {
	for {
		if err := workflow.Await(own, func() bool {
			return r.freezing || r.st.Ending != nil || r.signals.Len() > 0 || ctx.Err() != nil
		}); err != nil {
			panic(err) // own is never canceled
		}
		if r.freezing || r.st.Ending != nil || r.canceledBy(ctx) {
			break
		}
		var s Signal
		if r.signals.ReceiveAsync(&s) {
			r.take(r.shadow(own, r.st.Threads[0]), s)
			r.flush(own)
		}
		if r.suggested() {
			r.freezing = true
		}
	}
	r.busy--
}

// shadow stands where a thread stands, to compute conditions there without
// touching what the thread itself is doing.
func (r *run) shadow(ctx workflow.Context, st *Thread) *thread {
	return &thread{r: r, ctx: ctx, pump: true, st: &Thread{ID: st.ID, Frame: Frame{Cursor: st.Frame.Cursor, Loops: st.Frame.Loops}}}
}

// flush stores a trail that signals made long while the threads rest, so that
// it never weighs on State.
func (r *run) flush(ctx workflow.Context) {
	if len(r.st.Trail) < flushTrailAt || r.freezing || r.st.Ending != nil {
		return
	}
	t := r.shadow(ctx, r.st.Threads[0])
	if s := r.st.Threads[0].Frame.Step; s != nil {
		step := *s
		t.st.Frame.Step = &step // the tables keep saying when it wakes up
	}
	t.record() // halted: the next run, or the ending, stores it
}

// drain receives everything that has arrived.
func (r *run) drain(each func(Signal)) {
	for r.signals.Len() > 0 {
		var s Signal
		if r.signals.ReceiveAsync(&s) {
			each(s)
		}
	}
}

// take handles a signal once. One that cannot be handled now, because the
// history is being cut, is kept for the next run.
func (r *run) take(t *thread, s Signal) {
	if r.st.Ending != nil {
		r.late(s)
		return
	}
	if s.ID != "" && slices.Contains(r.st.Seen, s.ID) {
		return
	}
	if len(r.st.Pending) > 0 || !r.handle(t, s) {
		r.st.Pending = append(r.st.Pending, s)
		return
	}
	r.counted++
	if s.ID != "" {
		r.st.Seen = lastOf(append(r.st.Seen, s.ID), rememberedSignals)
	}
}

// handle acts on a signal. It reports false when it had to halt before it knew
// what to do; then nothing but the trail has changed.
func (r *run) handle(t *thread, s Signal) bool {
	switch s.Kind {
	case SignalReply:
		s.StepID = r.plan.Renamed(s.StepID) // asked before the step got its new name
		if !r.expects(s) {
			r.noteReply(s, "late_reply")
			break
		}
		r.noteReply(s, "")
		r.keep(s)
	case SignalEvent:
		return r.handleEvent(t, s)
	case SignalStatus:
		r.note(engine.TimelineEntry{Kind: "message", StepID: s.StepID, Result: s.Status, Detail: s.Reason, Message: s.Message})
		r.keepStatus(MessageNote{ID: s.Message, Status: engine.MessageStatus(s.Status), Reason: s.Reason})
	case SignalContactChanged, SignalInputsChanged:
		return r.handleChange(t, s)
	case SignalHandoff, SignalChild:
		r.note(engine.TimelineEntry{Kind: "signal", StepID: s.StepID, Result: string(s.Kind), Detail: s.Outcome})
		r.keep(s)
	case SignalResume:
		r.note(engine.TimelineEntry{Kind: "signal", Result: string(s.Kind), Detail: s.Reason})
		r.st.Resumes++
	case SignalPause, SignalUnpause:
		r.note(engine.TimelineEntry{Kind: "signal", Result: string(s.Kind), Detail: s.Reason})
		r.st.Paused = s.Kind == SignalPause
		r.unpark(t, s)
	case SignalClock:
		if s.Anchor != nil {
			r.reanchor(t, *s.Anchor)
		}
	case SignalMove:
		r.asked(s)
	case SignalEnd:
		r.note(engine.TimelineEntry{Kind: "ended", Result: s.Status, Detail: s.Reason})
		r.end(Ending{Status: engine.EnrollmentStatus(s.Status), Outcome: s.Outcome, Reason: s.Reason, Quiet: true})
	default:
		r.note(engine.TimelineEntry{Kind: "signal", Result: string(s.Kind), Detail: "unknown"})
	}
	return true
}

// unpark wakes messages that the gate parked because the journey was paused
// before this enrollment heard of it: going on is their resume.
func (r *run) unpark(t *thread, s Signal) {
	parked := slices.ContainsFunc(r.st.Threads, func(th *Thread) bool { return !th.Done && th.Frame.Step != nil && th.Frame.Step.Parked })
	if s.Kind == SignalUnpause && parked && workflow.GetVersion(t.ctx, changeResume, workflow.DefaultVersion, 1) != workflow.DefaultVersion {
		r.st.Resumes++
	}
}

// handleEvent lets a business event end the enrollment, or end waits for it.
func (r *run) handleEvent(t *thread, s Signal) bool {
	r.note(engine.TimelineEntry{Kind: "signal", Result: s.Event, EventID: s.EventID})
	ended, ok := r.interruptsByEvent(t, s)
	if !ok || ended {
		return ended
	}
	for _, w := range r.st.Threads {
		if w.Done || w.Canceled {
			continue
		}
		f := &w.Frame
		if n := r.plan.Nodes[f.Cursor]; n == nil || n.Wait == nil || f.Step == nil {
			if r.resting[w.ID] == nil || r.waking(t, w) {
				f.Fresh = lastOf(append(f.Fresh, s), rememberedFresh)
			}
			continue
		}
		before, waking := f.Step.Caught, r.waking(t, w)
		if !r.offer(r.shadow(t.ctx, w), f.Step, s) {
			return r.st.Ending != nil
		}
		if waking && f.Step.Caught == before {
			f.Fresh = lastOf(append(f.Fresh, s), rememberedFresh)
		}
	}
	return true
}

// waking reports whether a thread rests only because it has not had its turn: what
// it waited for came in this very task. An event behind that is news for its next
// wait. It is how a worker that was away finds a reply and the payment after it.
func (r *run) waking(t *thread, w *Thread) bool {
	due := r.resting[w.ID]
	return due != nil && due() && workflow.GetVersion(t.ctx, changeFresh, workflow.DefaultVersion, 1) != workflow.DefaultVersion
}

// offer lets a wait catch an event. It reports false when t had to halt before
// it knew.
func (r *run) offer(t *thread, step *StepState, s Signal) bool {
	n := r.plan.Nodes[t.st.Frame.Cursor]
	for _, e := range n.Wait.Events {
		if step.Caught != nil {
			return true
		}
		window := "window_"+e.Window == s.Event && (s.Channel == "" || string(s.Channel) == e.WindowOf())
		if s.Event == "" || (e.Event != s.Event && !window) {
			continue
		}
		holds, ok := r.where(t, n.ID, e.Where, r.eventData(s))
		if !ok {
			return false
		}
		if holds && step.Caught == nil {
			step.Caught = &Caught{Outcome: e.Outcome, Event: s.Event, Data: s.Data, Channel: s.Channel, At: s.At}
		}
	}
	return true
}

// offerFresh lets a wait that begins catch what happened while the thread was
// on its way to it, without a rest in between.
func (t *thread) offerFresh(s *StepState) bool {
	f := &t.st.Frame
	for len(f.Fresh) > 0 && s.Caught == nil {
		if !t.r.offer(t, s, f.Fresh[0]) {
			return false
		}
		f.Fresh = f.Fresh[1:]
	}
	return true
}

// handleChange takes new inputs or news about the contact.
func (r *run) handleChange(t *thread, s Signal) bool {
	r.note(engine.TimelineEntry{Kind: "signal", Result: string(s.Kind), Detail: s.Reason})
	if s.Kind == SignalInputsChanged {
		inputs := maps.Clone(r.inputs)
		typed := coerced(r.plan.Inputs, s.Data, r.zone)
		for _, name := range sorted(typed) {
			if _, known := r.plan.Inputs[name]; known {
				inputs[name] = typed[name]
			}
		}
		r.inputs, r.st.Inputs = inputs, inputs
	}
	r.st.Changes++
	if s.Kind == SignalContactChanged && optedOut(s) && r.plan.Category == "marketing" && !r.st.Failing {
		r.end(Ending{Status: engine.Exited, Outcome: "opted_out"})
		return true
	}
	return r.interruptsByChange(t)
}

// optedOut reports whether a contact change is the person's opt-out.
func optedOut(s Signal) bool {
	flag, _ := s.Data["opted_out"].(bool)
	return flag || s.Reason == "opted_out" || s.Event == "opted_out"
}

// expects reports whether a reply may still find its step: the step runs as the
// signal's visit, or has not begun yet. The latter happens when a worker dies
// after a question went out: the reply stands in the history before the step
// that is now walked to again.
func (r *run) expects(s Signal) bool {
	n := r.plan.Nodes[s.StepID]
	if n == nil || (n.Verb != "ask" && n.Verb != "wait") {
		return false
	}
	if s.Visit >= r.st.Visits[s.StepID] {
		return true
	}
	for _, t := range r.st.Threads {
		f := &t.Frame
		if !t.Done && !t.Canceled && f.Cursor == s.StepID && f.Step != nil && f.Step.Visit == s.Visit {
			return true
		}
	}
	return false
}

// keep puts a signal where its step looks for it.
func (r *run) keep(s Signal) {
	r.st.Inbox = lastOf(append(r.st.Inbox, s), rememberedInbox)
}

// fetch takes the first kept signal that fits.
func (r *run) fetch(fits func(Signal) bool) (Signal, bool) {
	for i, s := range r.st.Inbox {
		if fits(s) {
			r.st.Inbox = slices.Delete(slices.Clone(r.st.Inbox), i, i+1)
			return s, true
		}
	}
	return Signal{}, false
}

// has reports whether a kept signal fits.
func (r *run) has(fits func(Signal) bool) bool { return slices.ContainsFunc(r.st.Inbox, fits) }

// replyTo fits the replies to one run of a step.
func replyTo(step string, visit int) func(Signal) bool {
	return func(s Signal) bool { return s.Kind == SignalReply && s.StepID == step && s.Visit == visit }
}

// discard forgets what was kept for a step that ended; unread replies are late.
func (r *run) discard(step string, s *StepState) {
	if s == nil {
		return
	}
	for {
		late, ok := r.fetch(replyTo(step, s.Visit))
		if !ok {
			break
		}
		r.noteReply(late, "late_reply")
	}
	r.fetch(func(x Signal) bool { return x.Kind == SignalHandoff && x.Handoff == s.Handoff && s.Handoff != "" })
	r.fetch(func(x Signal) bool { return x.Kind == SignalChild && x.Child == s.Child && s.Child != "" })
}

// keepStatus remembers the newest news of a message; progress never goes back.
func (r *run) keepStatus(m MessageNote) {
	for i := range r.st.Statuses {
		if old := &r.st.Statuses[i]; old.ID == m.ID {
			if m.Status.Rank() > old.Status.Rank() {
				*old = m
			}
			return
		}
	}
	r.st.Statuses = lastOf(append(r.st.Statuses, m), rememberedStatuses)
}

// status is the newest news of a message.
func (r *run) status(id engine.MessageID) MessageNote {
	for _, m := range r.st.Statuses {
		if m.ID == id && id != "" {
			return m
		}
	}
	return MessageNote{}
}

// late writes down a signal that came after the ending was decided.
func (r *run) late(s Signal) {
	if s.ID != "" && slices.Contains(r.st.Seen, s.ID) {
		return
	}
	switch s.Kind {
	case SignalReply:
		r.noteReply(s, "late_reply")
	case SignalEvent:
		r.note(engine.TimelineEntry{Kind: "signal", Result: s.Event, Detail: "late", EventID: s.EventID})
	case SignalStatus:
		r.note(engine.TimelineEntry{Kind: "message", Result: s.Status, Detail: s.Reason, Message: s.Message})
	}
}

// noteReply records that a person answered; never what they wrote.
func (r *run) noteReply(s Signal, detail string) {
	e := engine.TimelineEntry{Kind: "reply", StepID: s.StepID, Detail: detail, EventID: s.EventID}
	if s.Answer != nil {
		e.Result = s.Answer.Outcome
	}
	if detail == "" {
		e.Detail = string(s.Channel)
	}
	r.note(e)
}

// lastOf keeps the newest n entries.
func lastOf[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	return slices.Clone(list[len(list)-n:])
}
