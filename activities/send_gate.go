package activities

import (
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// purposeMarketing is what consents and suppressions call advertising.
const purposeMarketing = "marketing"

// Reasons of an undelivered message.
const (
	ReasonExpired      = "expired"       // not possible before it made no sense any more
	ReasonCapped       = "capped"        // the frequency cap held it for too long
	ReasonOptedOut     = "opted_out"     // no permission, or withdrawn
	ReasonUnreachable  = "unreachable"   // no address, or nobody there
	ReasonBlocked      = "blocked"       // on a list of addresses never to message
	ReasonBusy         = "busy"          // people are talking with the contact
	ReasonFailed       = "failed"        // refused by the provider, or could not be written
	ReasonNoMessage    = "no_message"    // a reaction, and no message of the contact's to react to
	ReasonWindowClosed = "window_closed" // free-form text outside the service window, and no template to fall back on
)

// Verdict is what the send gate decided.
type Verdict string

// The verdicts. Hold waits for a moment (quiet hours, cap), Park also for an
// administrator; Skip ends the message with a reason; Inactive means that nobody
// wants it any more.
const (
	VerdictSend     Verdict = "send"
	VerdictHold     Verdict = "hold"
	VerdictPark     Verdict = "park"
	VerdictSkip     Verdict = "skip"
	VerdictInactive Verdict = "inactive"
)

// GateFacts is all the gate looks at, read in the transaction that claims the
// message.
type GateFacts struct {
	Now      time.Time
	FirstAt  time.Time // when the step first wanted to send
	NotAfter time.Time // later it makes no sense: deadline or hold_max

	Enrollment    engine.EnrollmentStatus
	JourneyPaused bool
	Halted        bool // nothing is sent at all, until an administrator says so

	Integration *engine.Integration // nil: none on this channel
	Spread      time.Duration       // how long after the others this message comes back

	ContactGone bool
	To          engine.Address // zero: no address on this channel
	Leaving     bool           // a wish to be left alone came and is not worked off yet
	Suppressed  []engine.Suppression
	Lists       []string // do-not-message lists the journey honors whatever its category

	OptIn      bool
	OptInKnown bool // the contact said yes or no
	Refused    bool // the contact permits the channel, but not for this category

	Category     string // of the journey, or marketing when the template is
	Urgent       bool
	AnswersReply bool // directly follows something the contact wrote
	WroteFirst   bool // the channel reaches only people who opened the conversation

	WithPeople bool // the conversation was handed to people by another journey

	SendWindow *dsl.Hours
	Zones      []*time.Location // several: the hours must be open in all of them
	Cap        *dsl.Cap
	Sends      []time.Time // newest first
	Pair       dsl.Cap     // of one number to one person; 0: nowhere near it
	PairSends  []time.Time // through this number, newest first

	FreeForm    bool // the message is our own text
	Pointless   bool // …and a reaction to nothing
	NeedsWindow bool // …and the provider allows that only inside the service window
	WindowOpen  bool
	HasClosed   bool // there is a template for a closed window

	TemplateProblem string // of the template that would be sent
	ClosedProblem   string // of the template for a closed window
}

// Decision is the gate's answer.
type Decision struct {
	Verdict   Verdict
	Reason    string    // of a skip; of a hold, what it would be skipped with
	Detail    string    // for people, English
	RetryAt   time.Time // of hold and park
	UseClosed bool      // of send: the template for a closed window
	Held      string    // of hold and park: which limit it waits for its turn at (engine.HeldBy…); else ""
}

// Decide is the send gate. It is a pure function; the first rule that objects
// decides, in this order: enrollment and journey, channel, contact, suppression,
// consent, a wish to be left alone that waits for its turn, people, send window and frequency cap, service window, template, too
// late, too many to this person. It never fails: a no is a skip with a reason or a later moment.
func Decide(f GateFacts) Decision {
	if f.Enrollment != engine.Active && f.Enrollment != engine.Paused {
		return Decision{Verdict: VerdictInactive, Reason: string(f.Enrollment)}
	}
	if f.Halted {
		return f.wait(VerdictPark, f.NotAfter, ReasonExpired, "nothing is sent: the database was restored from an older copy")
	}
	if d, stop := f.channel(); stop {
		return d
	}
	if f.ContactGone {
		return skip(ReasonUnreachable, "the contact was erased")
	}
	if f.To.Value == "" {
		return skip(ReasonUnreachable, "the contact has no address on this channel")
	}
	if d, stop := f.permission(); stop {
		return d
	}
	if f.Leaving {
		return f.wait(VerdictHold, f.Now.Add(leavingLook), ReasonOptedOut, "the contact may have asked to be left alone, and what they wrote is being worked off")
	}
	if f.JourneyPaused || f.Enrollment == engine.Paused {
		return f.wait(VerdictPark, f.NotAfter, ReasonExpired, "the journey is paused")
	}
	if d, stop := f.holds(); stop {
		return d
	}
	d, stop := f.content()
	if stop {
		return d
	}
	if !f.NotAfter.IsZero() && f.Now.After(f.NotAfter) {
		return skip(ReasonExpired, "it could not be sent in time")
	}
	if held, stop := f.pair(); stop {
		return held
	}
	return d
}

func skip(reason, detail string) Decision {
	return Decision{Verdict: VerdictSkip, Reason: reason, Detail: detail}
}

// wait holds until a moment, but never past the point where the message makes no
// sense any more; from there on it is a skip.
func (f GateFacts) wait(v Verdict, until time.Time, reason, detail string) Decision {
	if !f.NotAfter.IsZero() && !f.Now.Before(f.NotAfter) {
		return skip(reason, detail)
	}
	if until.IsZero() || (!f.NotAfter.IsZero() && until.After(f.NotAfter)) {
		until = f.NotAfter
	}
	return Decision{Verdict: v, Reason: reason, Detail: detail, RetryAt: until}
}

func (f GateFacts) channel() (Decision, bool) {
	i := f.Integration
	if i == nil {
		return f.wait(VerdictPark, f.NotAfter, ReasonExpired, "no integration is connected for this channel"), true
	}
	switch i.State {
	case engine.Enabled, "":
		if until := i.ThrottledUntil; until != nil && f.Now.Before(*until) {
			return f.wait(VerdictHold, until.Add(f.Spread), ReasonExpired, "the provider asks for a slower pace"), true
		}
		return Decision{}, false
	case engine.Limited:
		if f.mayProbe() {
			return Decision{}, false
		}
		return f.wait(VerdictPark, f.NotAfter, ReasonExpired, "the channel is limited by the platform"), true
	case engine.NeedsReconnect:
		return f.wait(VerdictPark, f.NotAfter, ReasonExpired, "the channel must be reconnected"), true
	}
	return f.wait(VerdictPark, f.NotAfter, ReasonExpired, "the channel is disabled"), true
}

// mayProbe reports whether a limited integration has rested long enough for one
// message to try it; which one, the table decides.
func (f GateFacts) mayProbe() bool {
	i := f.Integration
	return i != nil && i.State == engine.Limited && i.ResumeAt != nil && !f.Now.Before(*i.ResumeAt)
}

// waitsForChannel reports whether a message is parked because of its channel, or
// because nothing is sent at all, and not because the journey is paused.
func (f GateFacts) waitsForChannel(d Decision) bool {
	return d.Verdict == VerdictPark && d.Held == "" && !f.JourneyPaused && f.Enrollment == engine.Active
}

func (f GateFacts) permission() (Decision, bool) {
	for _, s := range f.Suppressed {
		if s.Purpose != "" && s.Purpose != f.Category && !f.honors(s) {
			continue
		}
		switch s.Reason {
		case "hard_bounce":
			return skip(ReasonUnreachable, "the address does not exist"), true
		case engine.SuppressedUnreachable:
			return skip(ReasonUnreachable, "the provider said lately that this person cannot be reached here"), true
		case "blocked":
			return skip(ReasonBlocked, "the contact blocked us"), true
		}
		return skip(ReasonOptedOut, "the address is on a do-not-message list: "+s.Reason), true
	}
	if !f.OptIn {
		// Who writes to us may be answered, unless they said no. An address that exists
		// only because its owner opened the conversation says the same for longer.
		if f.OptInKnown || !f.AnswersReply && !f.WroteFirst || f.Category == "marketing" {
			return skip(ReasonOptedOut, "the contact gave no permission for this channel"), true
		}
	}
	if f.Refused {
		return skip(ReasonOptedOut, "the contact gave no permission for "+f.Category+" on this channel"), true
	}
	return Decision{}, false
}

// leavingLook is how soon to look again whether a wish to be left alone was worked
// off: that takes milliseconds, unless the machine is overwhelmed.
const leavingLook = time.Second

// honors reports whether a suppression comes from a list the journey names under
// `delivery: suppress`.
func (f GateFacts) honors(s engine.Suppression) bool {
	list, ok := strings.CutPrefix(s.Reason, "list:")
	return ok && slices.Contains(f.Lists, list)
}

// holds: people talking, quiet hours, frequency cap. `urgent` skips them, for
// anything but marketing, or as the direct answer to a reply.
func (f GateFacts) holds() (Decision, bool) {
	if f.Urgent && (f.Category != "marketing" || f.AnswersReply) {
		return Decision{}, false
	}
	if f.WithPeople {
		return f.wait(VerdictHold, f.Now.Add(lookAgain(f.Now.Sub(f.FirstAt))), ReasonBusy, "people are talking with the contact"), true
	}
	at, reason, detail := f.Now, ReasonExpired, "outside the hours in which messages may go"
	if f.Cap != nil {
		free, ok := engine.CapFreeAt(*f.Cap, f.Sends, at)
		if !ok {
			return skip(ReasonCapped, "the frequency cap allows no message at all"), true
		}
		if free.After(at) {
			at, reason, detail = free, ReasonCapped, "the contact's frequency cap is reached"
		}
	}
	if f.SendWindow != nil {
		open, ok := engine.NextOpenAll(*f.SendWindow, at, f.Zones)
		if !ok {
			return skip(ReasonExpired, "the send window never opens"), true
		}
		at = open
	}
	if at.After(f.Now) {
		return f.wait(VerdictHold, at, reason, detail), true
	}
	return Decision{}, false
}

// lookAgain is how long to leave people alone before looking again: half of the
// time waited so far, so that a long conversation costs few looks.
func lookAgain(waited time.Duration) time.Duration {
	return min(max(waited/2, time.Minute), time.Hour)
}

func (f GateFacts) content() (Decision, bool) {
	problem := f.TemplateProblem
	d := Decision{Verdict: VerdictSend}
	if f.FreeForm && f.NeedsWindow && !f.WindowOpen {
		if !f.HasClosed {
			return skip(ReasonWindowClosed, "the service window is closed and the step has no `closed` template"), true
		}
		d.UseClosed, problem = true, f.ClosedProblem
	}
	if f.Pointless && !d.UseClosed {
		return skip(ReasonNoMessage, "the contact has written nothing on this number that could be reacted to"), true
	}
	if problem != "" {
		return skip(ReasonFailed, problem), true
	}
	return d, false
}
