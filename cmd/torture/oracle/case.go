package oracle

import (
	"fmt"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/provsim"
)

// Case is everything the oracle looks at.
type Case struct {
	// The world's truth.
	Accepts  []provsim.Accept
	Webhooks []provsim.Hook

	// What the harness asked for, and what the product says of it.
	Requests    []Request
	Enrollments []driver.Enrollment
	Endings     map[string]int // by enrollment: how many endings its timeline has; nil = not looked at
	Messages    []driver.Message
	Unconfirmed []driver.Message // of the list people see

	Facts   driver.Facts
	Regress []string // statuses that went back while they were watched
	Looks   int      // how often they were looked at

	// Address is where a person gets messages of a channel, as the harness invented
	// them; "" for somebody it did not.
	Address func(contact, channel string) string

	Rules Rules
}

// Request is one enrollment that the harness asked for and the product answered.
type Request struct {
	Contact    string
	Enrollment string
	At         time.Time // of the answer, virtual
}

// Rules say what must hold in a scenario. The zero value asks for the rules of
// every scenario only.
type Rules struct {
	// Passage says what an enrollment may end with, and which steps send on the
	// way there. nil: endings and due messages are not looked at.
	Passage func(e driver.Enrollment) Passage

	// Once reports whether one person gets one text (or template) at most once in
	// this scenario, which shows a double even when the product gave both another
	// reference. Nil asks of every accept.
	Once func(a provsim.Accept) bool

	// Answered are steps whose message a reply may have proved delivered.
	Answered map[string]bool

	// UnconfirmedShare of the messages due may be in doubt, and in a small run
	// UnconfirmedFew of them even when that is a larger share.
	UnconfirmedShare float64
	UnconfirmedFew   int

	// MayGiveUp says which messages a scenario expects to be skipped, or to fail. Of
	// the others no more may than may be in doubt: a product that gives up whenever
	// something is wrong loses nothing in silence, and is no use.
	MayGiveUp func(m driver.Message) bool

	Kills int // so many at least, else nothing was tried

	RecoverWithin time.Duration // p95; 0 = any
	DrainWithin   time.Duration // of every process that was asked to end; 0 = any
	MayDie        bool          // processes may end by themselves

	// MayRun says which enrollments may be under way when the scenario ends.
	MayRun func(e driver.Enrollment) bool

	OptOuts  []OptOut                                 // who said stop, and when that was committed
	Quiet    func(a provsim.Accept) bool              // it went out in quiet hours
	Window   func(a provsim.Accept) bool              // it was free-form and the window was closed
	NotAfter func(a provsim.Accept) (time.Time, bool) // it made no sense any more after
	Extra    func(breach func(rule, example string))  // a scenario's own rules
}

// Passage is what may happen to one enrollment.
type Passage struct {
	// Due are, by each outcome it may end with, the steps that send on the way.
	Due map[string][]string
}

// OptOut is a person who asked to be left alone on a channel.
type OptOut struct {
	To      string
	Channel string    // "" = all
	At      time.Time // virtual: when the product had committed it
}

// optOutGrace is how long after the commit a message may still arrive that was
// under way.
const optOutGrace = time.Second

// Judge computes the columns that come from the two records, and the breaches.
// It fills neither the identity of the run nor its times.
func Judge(c Case) Line {
	j := newJudge(c)
	j.something()
	j.endings()
	j.sent()
	j.recipients()
	j.due()
	j.doubles()
	j.doubt()
	j.givenUp()
	j.statuses()
	j.rules()
	j.processes()
	l := j.line
	l.Breaches = j.breaches.list()
	l.Pass = len(l.Breaches) == 0
	return l
}

// judge is one judgment in the making.
type judge struct {
	Case

	line     Line
	breaches breaches

	messages    map[string]*driver.Message              // by id, which is the reference
	enrollments map[string]*driver.Enrollment           // by id
	accepts     map[string][]provsim.Accept             // by reference
	told        map[string]told                         // by reference
	byStep      map[string]map[string][]*driver.Message // enrollment, step
}

// told is what the product was told about a message.
type told struct {
	answered int // highest rank of a status answered 2xx
	tried    int // highest rank of any status sent
	failed   bool
}

func newJudge(c Case) *judge {
	j := &judge{
		Case: c, messages: map[string]*driver.Message{}, enrollments: map[string]*driver.Enrollment{},
		accepts: map[string][]provsim.Accept{}, told: map[string]told{}, byStep: map[string]map[string][]*driver.Message{},
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		j.messages[m.ID] = m
		if j.byStep[m.EnrollmentID] == nil {
			j.byStep[m.EnrollmentID] = map[string][]*driver.Message{}
		}
		j.byStep[m.EnrollmentID][m.StepID] = append(j.byStep[m.EnrollmentID][m.StepID], m)
	}
	for i := range c.Enrollments {
		j.enrollments[c.Enrollments[i].ID] = &c.Enrollments[i]
	}
	for _, a := range c.Accepts {
		j.accepts[a.Ref] = append(j.accepts[a.Ref], a)
	}
	for _, h := range c.Webhooks {
		if h.Status == "" || h.Ref == "" {
			continue
		}
		t, r := j.told[h.Ref], rank(h.Status)
		t.tried = max(t.tried, r)
		if h.Answer >= 200 && h.Answer < 300 {
			t.answered = max(t.answered, r)
			t.failed = t.failed || r == rankFailed
		}
		j.told[h.Ref] = t
	}
	return j
}

func (j *judge) breachf(rule, format string, args ...any) {
	j.breaches.add(rule, fmt.Sprintf(format, args...))
}
