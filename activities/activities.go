// Package activities holds everything a journey does to the world: sending a
// message, calling a clinic's system, changing a contact, passing a conversation
// to people. The workflow decides what happens next; an activity makes it happen
// at most once and reports what became of it, without personal data.
//
// Every activity here runs as a Temporal local activity, which means two things.
// It may run again after a crash, so each one first writes what it intends into
// our own tables and acts on what it finds there. And its input never reaches
// Temporal's history, so the expression scope may be large, and the trail of the
// steps walked so far rides along and is stored in a transaction that is made
// anyway ([Base]).
//
// The heart is [Activities.SendMessage]. The row of the message is the intent; it
// is claimed by compare-and-set after the send gate said yes, the provider is
// called once, and a doubt is never answered by sending again.
package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"jornada/activities/channel"
	"jornada/activities/journal"
	"jornada/dsl"
	"jornada/engine"
)

// Store is the part of the store that activities need. Methods join the
// transaction that InTx put into ctx.
type Store interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	LockContact(ctx context.Context, id engine.ContactID) error

	Contact(ctx context.Context, id engine.ContactID) (*engine.Contact, error)
	PutContact(ctx context.Context, c *engine.Contact) (created bool, err error)
	AddAddresses(ctx context.Context, c *engine.Contact, addrs []engine.Address) (added int, err error)
	RecordConsent(ctx context.Context, c engine.Consent) error
	Suppress(ctx context.Context, s engine.Suppression) error
	Suppressions(ctx context.Context, ch engine.Channel, addrs []engine.Address) ([]engine.Suppression, error)
	AnswerEntry(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel, now time.Time) (free bool, err error)
	WindowOf(ctx context.Context, contact engine.ContactID, integration engine.IntegrationID, ch engine.Channel) (engine.WindowState, error)
	Windows(ctx context.Context, contact engine.ContactID) (map[engine.Channel]engine.WindowState, error)
	GateRecord(ctx context.Context, id engine.EnrollmentID, contact engine.ContactID, ch engine.Channel, addrs []engine.Address, busy engine.Burst) (engine.GateRecord, error)

	Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error)
	DefaultIntegration(ctx context.Context, ch engine.Channel) (*engine.Integration, error)
	SetIntegrationState(ctx context.Context, id engine.IntegrationID, c engine.IntegrationChange) (changed bool, err error)
	TakeProbe(ctx context.Context, id engine.IntegrationID, then time.Time) (won bool, err error)
	Throttle(ctx context.Context, id engine.IntegrationID, until time.Time) (since time.Time, err error)
	LearnPace(ctx context.Context, id engine.IntegrationID, declared float64, now time.Time) (rate float64, err error)
	Pace(ctx context.Context, id engine.IntegrationID) (engine.PaceState, error)
	SwapPace(ctx context.Context, id engine.IntegrationID, state engine.PaceState) (won bool, err error)
	SendsTo(ctx context.Context, contact engine.ContactID, through engine.IntegrationID, since time.Time) ([]time.Time, error)
	CountPerson(ctx context.Context, o engine.Opening) (engine.Opened, error)

	Journey(ctx context.Context, id engine.JourneyID) (*engine.Journey, error)
	WordsOf(ctx context.Context, hash engine.VersionHash) (engine.VersionHash, error)
	Enrollment(ctx context.Context, id engine.EnrollmentID) (*engine.Enrollment, error)
	EndEnrollment(ctx context.Context, id engine.EnrollmentID, st engine.EnrollmentStatus, outcome, reason string) (won bool, err error)
	SaveProgress(ctx context.Context, id engine.EnrollmentID, version engine.VersionHash, step string, wakeAt *time.Time, trail []engine.TimelineEntry) error

	InsertMessage(ctx context.Context, m *engine.Message) (existing *engine.Message, err error)
	Message(ctx context.Context, id engine.MessageID) (*engine.Message, error)
	UpdateQueued(ctx context.Context, m *engine.Message) error
	ClaimMessage(ctx context.Context, id engine.MessageID, token string) (won bool, err error)
	FinishMessage(ctx context.Context, id engine.MessageID, token string, u engine.MessageUpdate) (won bool, err error)
	RaiseStatus(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (raised bool, err error)
	CancelQueued(ctx context.Context, id engine.EnrollmentID, u engine.MessageUpdate, spare bool) error
	Halt(ctx context.Context) (*engine.Halt, error)
	DueAgain(ctx context.Context, limit int) ([]engine.Message, error)
	PutOffAgain(ctx context.Context, id engine.MessageID, when time.Time) error
	MessageByProviderID(ctx context.Context, integration engine.IntegrationID, providerID string) (*engine.Message, error)
	Audit(ctx context.Context, e engine.AuditEntry) error
	StuckSending(ctx context.Context, before time.Time, limit int) ([]engine.Message, error)
	RecentSends(ctx context.Context, contact engine.ContactID, category string, since time.Time) ([]time.Time, error)

	Template(ctx context.Context, of engine.IntegrationID, name, language string) (*engine.Template, error)

	InsertEvent(ctx context.Context, ev *engine.InboundEvent) (inserted bool, err error)
	InboundOf(ctx context.Context, contact *engine.Contact, limit int) ([]engine.InboundEvent, error)
	Unheard(ctx context.Context, contact engine.ContactID, channels []engine.Channel) (bool, error)

	OpenWait(ctx context.Context, w *engine.Wait) error
	Wait(ctx context.Context, id engine.WaitID) (*engine.Wait, error)
	CloseWait(ctx context.Context, id engine.WaitID, st engine.WaitState) (won bool, err error)
	CancelWaits(ctx context.Context, enrollment engine.EnrollmentID) error

	Enqueue(ctx context.Context, it *engine.OutboxItem) error

	OpenHandoff(ctx context.Context, h *engine.Handoff) (existing *engine.Handoff, err error)
	CloseHandoff(ctx context.Context, id engine.HandoffID, state, resolution string) (won bool, err error)
	Handoffs(ctx context.Context, f engine.HandoffFilter) ([]engine.Handoff, string, error)
	CancelHandoffs(ctx context.Context, enrollment engine.EnrollmentID) error

	AssignVariant(ctx context.Context, journey engine.JourneyID, step string, contact engine.ContactID, variant string) (recorded string, err error)
}

// PlanSource finds a published plan by its hash. Plans never change, so it may
// keep them for ever; it must be safe for concurrent use.
type PlanSource interface {
	Plan(hash engine.VersionHash) (*dsl.Plan, error)
}

// Channels gives the driver of an integration as it was read.
// *channel.Registry is one.
type Channels interface {
	Driver(integration *engine.Integration) (channel.Provider, error)
}

// ChildRequest asks for a sub-journey. EnrollmentID is the same for every
// attempt: an Enroller that already made it answers with it again.
type ChildRequest struct {
	EnrollmentID engine.EnrollmentID
	Journey      engine.JourneyID
	ContactID    engine.ContactID
	Inputs       map[string]any
	ParentID     engine.EnrollmentID
	ParentStep   string
}

// ChildResult is the sub-journey's enrollment, or why there is none
// ("overlap", "reentry", "audience", "not_published").
type ChildResult struct {
	EnrollmentID engine.EnrollmentID
	Skipped      string
}

// Enroller starts sub-journeys; the runtime is one.
type Enroller interface {
	EnrollChild(ctx context.Context, req ChildRequest) (ChildResult, error)
}

// ChildEnded is the news a parent hears when its sub-journey ended. ID is the
// same however often the news is told.
type ChildEnded struct {
	ID      string
	At      time.Time
	Parent  engine.EnrollmentID
	StepID  string // the parent's `enroll` step
	Child   engine.EnrollmentID
	Status  engine.EnrollmentStatus
	Outcome string
}

// Secrets are what `secrets` offers to a call's expressions.
type Secrets interface {
	Secrets(ctx context.Context) (map[string]any, error)
}

// Queues says whether a hand-off queue takes conversations at a moment.
type Queues interface {
	QueueOpen(ctx context.Context, queue string, at time.Time) (bool, error)
}

// Config is what activities need. Store, Plans, Channels and Clock are required.
type Config struct {
	Store    Store
	Plans    PlanSource
	Channels Channels
	Clock    engine.Clock
	Enroller Enroller
	// EncodeChildEnded turns the news of a sub-journey into the JSON of a
	// workflow signal of kind `child`. It is a function because the signal's
	// shape belongs to package workflows, which imports this one; nil writes the
	// keys of workflows.Signal by heart.
	EncodeChildEnded func(ChildEnded) ([]byte, error)
	// ContactChanged tells the contact's other enrollments that an attribute or
	// a consent changed, so that their exits are looked at. It runs after the
	// commit; nil means nobody is told.
	ContactChanged func(ctx context.Context, id engine.ContactID) error
	// Wake is called after a commit that left work in the events or the outbox
	// table, so that a dispatcher need not wait for its next look. May be nil.
	Wake func()
	// Raise applies news of a message and tells its enrollment when that waits for
	// it. nil only applies it.
	Raise func(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (raised bool, err error)
	// Settled tells the enrollment of a message that came to nothing when its step had
	// gone on. nil: nobody is told.
	Settled func(ctx context.Context, id engine.MessageID) error
	// TemplateRefused hears, after the commit, that a provider refused a message for
	// its template. nil: nobody is told.
	TemplateRefused func(ctx context.Context, m *engine.Message, code, words string) error
	// Prices tell what accepted messages cost; nil: nobody does.
	Prices *Prices
	// Queues answers whether people take conversations; nil: every queue of the
	// journey is open.
	Queues  Queues
	Secrets Secrets
	// AllowEgress lists private networks that `call` may reach all the same.
	AllowEgress []netip.Prefix
	// Transport carries the requests of `call` instead of the network. nil: the
	// hardened client's own; the simulator answers them itself.
	Transport http.RoundTripper
	// PublicURL is where providers and people reach us, "https://jornada.example".
	PublicURL string
	// UnsubscribeKeys write the links that marketing e-mail carries; without them
	// (or without PublicURL) it carries none.
	UnsubscribeKeys func(ctx context.Context) (engine.UnsubscribeKeys, error)
	// MailKeys name messages in the addresses that e-mail comes back to; without
	// them nothing finds its way back by its address.
	MailKeys func(ctx context.Context) (engine.MailKeys, error)
	// SendTimeout bounds one provider call on the machine's clock. Default 10 s.
	SendTimeout time.Duration
	// DoubtAfter is how long after its call a message whose outcome is unknown
	// waits for a status before a person is told, on the machine's clock. Default
	// 2 min.
	DoubtAfter time.Duration
	// Calls notes which provider calls this process makes; nil: after a crash
	// nobody knows which it never made.
	Calls *journal.Journal
	// Paced hears, for monitoring, that a message waits for its turn (one of
	// engine.HeldBy…), or that a rate was lowered (PaceLowered). May be nil.
	Paced  func(what string)
	Logger *slog.Logger
}

func (c Config) validate() error {
	switch {
	case c.Store == nil:
		return errors.New("activities need Config.Store")
	case c.Plans == nil:
		return errors.New("activities need Config.Plans")
	case c.Channels == nil:
		return errors.New("activities need Config.Channels")
	case c.Clock == nil:
		return errors.New("activities need Config.Clock")
	}
	return nil
}

// Activities are the side effects of journeys. Its exported methods that take
// an input from io.go are registered as Temporal activities by name.
type Activities struct {
	Config

	pacer    *pacer
	seeking  seeking
	draining atomic.Bool
	writing  atomic.Int64 // outcomes that are being written later
	log      *slog.Logger
	egress   *http.Client
}

// New checks the configuration and makes the activities.
func New(c Config) (*Activities, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.SendTimeout <= 0 {
		c.SendTimeout = 10 * time.Second
	}
	if c.DoubtAfter <= 0 {
		c.DoubtAfter = 2 * time.Minute
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a := &Activities{Config: c, log: c.Logger, pacer: newPacer(c.Store, c.Clock.Real), egress: Egress{Allow: c.AllowEgress}.Client()}
	if c.Transport != nil {
		a.egress.Transport = c.Transport
	}
	return a, nil
}

// Drain lets no further call to the outside begin in this process, because it is
// about to stop; those under way end as they would. Their steps try again a
// moment later, in another process.
func (a *Activities) Drain() { a.draining.Store(true) }

// errDraining is what a step hears that would call the outside now.
var errDraining = engine.Errorf(engine.Unavailable, "this process is stopping; another one goes on")

// errHalted is what a step hears that would call the outside while nothing may
// leave.
var errHalted = engine.Errorf(engine.Unavailable, "nothing is called: the database was restored from an older copy, and nobody said yet that it may go on")

// saveProgress stores the walked trail and where the enrollment stands. It is
// idempotent by the entries' numbers, so every activity may carry the same ones.
func (a *Activities) saveProgress(ctx context.Context, b Base) error {
	if len(b.Trail) == 0 && b.Cursor.StepID == "" {
		return nil
	}
	if err := a.Store.SaveProgress(ctx, b.EnrollmentID, b.VersionHash, b.Cursor.StepID, b.Cursor.WakeAt, b.Trail); err != nil {
		return fmt.Errorf("saving the progress of enrollment %q: %w", b.EnrollmentID, err)
	}
	return nil
}

// step finds a step of the enrollment's plan.
func (a *Activities) step(hash engine.VersionHash, id string) (*dsl.Plan, *dsl.Node, error) {
	plan, err := a.Plans.Plan(hash)
	if err != nil {
		return nil, nil, fmt.Errorf("loading the plan %q: %w", hash, err)
	}
	node := plan.Nodes[plan.Renamed(id)] // what began before a move has the old name
	if node == nil {
		return nil, nil, engine.Errorf(engine.NotFound, "version %q of journey %q has no step %q", hash, plan.Journey, id)
	}
	return plan, node, nil
}

// spoken finds a step of the enrollment's plan as it is said today. Words are no
// part of the flow: a version published with `--copy live` lends its texts and
// translations to the people in other versions of the same flow, whose plan is
// the same but for them. They are looked up here, when a message is written, and
// never by the workflow: its history neither holds nor depends on them, so it
// replays the same whatever was published since. What was written before (a
// message that waits in the queue with its text) stays as it was.
func (a *Activities) spoken(ctx context.Context, hash engine.VersionHash, id string) (*dsl.Plan, *dsl.Node, error) {
	words, err := a.Store.WordsOf(ctx, hash)
	if err != nil {
		return nil, nil, err
	}
	return a.step(words, id)
}

// wake tells the dispatcher that a commit left it work.
func (a *Activities) wake() {
	if a.Wake != nil {
		a.Wake()
	}
}

// virtual turns a length of the machine's time into the clock's.
func (a *Activities) virtual(d time.Duration) time.Duration {
	if speed := a.Clock.Anchor().Speed; speed > 0 {
		return time.Duration(float64(d) * speed)
	}
	return d
}

// isNotFound reports whether an error says that the thing does not exist.
func isNotFound(err error) bool {
	var e *engine.Error
	return errors.As(err, &e) && e.Code == engine.NotFound
}
