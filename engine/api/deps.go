package api

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"jornada/activities/channel"
	"jornada/engine"
	"jornada/engine/auth"
)

// Deps is what the API is made of. Everything without "optional" is required.
type Deps struct {
	Store     Store
	Auth      *auth.Service
	People    *auth.People
	Runtime   Runtime
	Providers Providers
	Simulator Simulator
	Clock     engine.Clock
	Logger    *slog.Logger

	// Kinds are the providers that can be connected, by name; optional, none by default.
	Kinds map[string]channel.Kind

	// PublicURL is the address providers and people reach us at
	// ("https://jornada.example"): webhook signatures cover it.
	PublicURL string
	// Region is the country of phone numbers written without one, "BR" by default.
	Region string
	// Rate and Burst limit each token, in requests per second; 0 = 200 and 400.
	Rate, Burst int
	// Checks are further parts for /readyz (the disk, say); optional.
	Checks []func(context.Context) Check
	// Metrics is the registry behind /metrics; optional, a new one by default.
	Metrics *prometheus.Registry
	// Version of the binary, for /healthz; optional.
	Version string
	// Local signs in whoever opens the editor on this machine, without a password.
	// Only `jornada dev` sets it.
	Local bool
	// Pages are the editor's built files (ui.Dist); nil serves the API alone.
	Pages fs.FS
	// Phone mounts the simulated phone. Only `jornada dev` sets it.
	Phone DevPhone
}

// Store is everything the API keeps and reads: the union of the small
// interfaces that stand beside the handlers that use them.
type Store interface {
	contactStore
	suppressionStore
	journeyStore
	enrollmentStore
	messageStore
	analyticsStore
	handoffStore
	integrationStore
	noticeStore
	templateStore
	auditStore
	idempotencyStore
	healthStore
	unsubscribeStore
	Hurry(ctx context.Context) context.Context
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Runtime is what the API asks of the engine that runs journeys.
type Runtime interface {
	// Deliver stores every event once and commits before it returns.
	Deliver(ctx context.Context, events []engine.InboundEvent) error
	// Emit takes a business event; inserted is false when its key was seen before.
	Emit(ctx context.Context, ev engine.InboundEvent) (inserted bool, err error)
	Enroll(ctx context.Context, r EnrollRequest) (EnrollResult, error)
	Unenroll(ctx context.Context, id engine.EnrollmentID, reason, actor string) error
	// Explain asks the running enrollment itself; engine.Unavailable when it cannot answer now.
	Explain(ctx context.Context, id engine.EnrollmentID) (*Explanation, error)
	ResolveHandoff(ctx context.Context, id engine.HandoffID, resolution, note string) error
	ResolveMessage(ctx context.Context, id engine.MessageID, action, actor string) error
	PauseJourney(ctx context.Context, id engine.JourneyID) error
	ResumeJourney(ctx context.Context, id engine.JourneyID) error
	// MigrateJourney asks people inside to go on in the live version.
	MigrateJourney(ctx context.Context, id engine.JourneyID, wish engine.MigrationWish, actor string) (engine.Migration, error)
	// ChannelChanged lets parked sends of an integration try again.
	ChannelChanged(ctx context.Context, id engine.IntegrationID) error
	// ResumeAfterRestore lets everything go on after a backup was restored;
	// engine.Conflict when nothing is stopped.
	ResumeAfterRestore(ctx context.Context, actor string) error
	// SyncTemplates compares templates with the providers' lists, of one integration or
	// of all ("").
	SyncTemplates(ctx context.Context, of engine.IntegrationID, actor string) ([]engine.TemplateSync, error)
	ContactChanged(ctx context.Context, id engine.ContactID) error
	EraseContact(ctx context.Context, id engine.ContactID) error
	// MergeContacts makes one person of two; from leads to into afterwards.
	MergeContacts(ctx context.Context, from, into engine.ContactID, actor string) error
	// Withdraw takes a permission back at once; fresh is false when it was withdrawn before.
	Withdraw(ctx context.Context, w engine.Withdrawal, evidence string) (fresh bool, err error)
	Health(ctx context.Context) []Check
}

// Providers turns integrations into drivers: *channel.Registry.
type Providers interface {
	For(ctx context.Context, id engine.IntegrationID) (channel.Provider, *engine.Integration, error)
	// ForCall is For for a call of the provider's.
	ForCall(ctx context.Context, id engine.IntegrationID) (channel.Provider, *engine.Integration, error)
	// Open makes a driver without remembering it, to check settings before
	// they are stored; its error names the setting.
	Open(i *engine.Integration) (channel.Provider, error)
}

// EnrollRequest asks to enroll a contact. Inputs fit the journey's types already.
type EnrollRequest struct {
	// ID makes the request repeatable: an enrollment that stands under it is
	// answered again. "" makes a new one.
	ID        engine.EnrollmentID
	JourneyID engine.JourneyID
	ContactID engine.ContactID
	Inputs    map[string]any
	Trigger   engine.TriggerRecord
}

// EnrollResult is an enrollment, or the reason there is none (Skipped:
// "overlap", "reentry", "audience", …).
type EnrollResult struct {
	EnrollmentID engine.EnrollmentID
	Skipped      string
}

// Explanation is what a running enrollment says about itself.
type Explanation struct {
	Status       engine.EnrollmentStatus
	CurrentSteps []StepView
	Vars         map[string]any
	Trail        []engine.TimelineEntry
	NextWakeAt   *time.Time
}

// StepView is one place an enrollment stands at; parallel lanes make several.
type StepView struct {
	StepID  string     `json:"step_id"`
	Verb    string     `json:"verb"`
	Since   time.Time  `json:"since"`
	Waiting string     `json:"waiting,omitempty"` // in words
	WakeAt  *time.Time `json:"wake_at,omitempty"`
}

// Check is one part of /readyz, in words.
type Check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
}

func (d *Deps) validate() error {
	missing := func(name string) error { return errors.New("making the API: Deps." + name + " is missing") }
	switch {
	case d.Store == nil:
		return missing("Store")
	case d.Auth == nil:
		return missing("Auth")
	case d.People == nil:
		return missing("People")
	case d.Runtime == nil:
		return missing("Runtime")
	case d.Providers == nil:
		return missing("Providers")
	case d.Simulator == nil:
		return missing("Simulator")
	case d.Clock == nil:
		return missing("Clock")
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Region == "" {
		d.Region = "BR"
	}
	if d.Rate <= 0 {
		d.Rate = 200
	}
	if d.Burst <= 0 {
		d.Burst = 2 * d.Rate
	}
	if d.Metrics == nil {
		d.Metrics = prometheus.NewRegistry()
	}
	return nil
}
