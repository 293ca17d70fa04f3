package engine

import (
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
)

// IntegrationState is whether a channel works, in administrators' words.
type IntegrationState string

// The states of an integration. Sends on anything but Enabled park and resume
// by themselves; administrators are told once per change.
const (
	Enabled        IntegrationState = "enabled"
	Disabled       IntegrationState = "disabled"        // by an administrator
	NeedsReconnect IntegrationState = "needs_reconnect" // token expired or revoked
	Limited        IntegrationState = "limited"         // the platform's limit; resumes at ResumeAt
)

// Integration is a provider with credentials and a sender.
type Integration struct {
	ID        IntegrationID     `json:"id"`
	Provider  string            `json:"provider"`
	Channel   Channel           `json:"channel"`
	Name      string            `json:"name,omitempty"`
	Settings  map[string]string `json:"settings"`
	Secrets   map[string]string `json:"-"` // sealed at rest, write-only outside
	State     IntegrationState  `json:"state"`
	StateNote string            `json:"state_note,omitempty"` // why, in a sentence
	ResumeAt  *time.Time        `json:"resume_at,omitempty"`
	Default   bool              `json:"default"` // the workspace's sender on its channel
	// StateSince is when it came into its state; nil: before this was recorded.
	StateSince *time.Time `json:"state_since,omitempty"`
	// While the provider asks for a slower pace: since when, and until when to wait.
	ThrottledSince *time.Time `json:"-"`
	ThrottledUntil *time.Time `json:"throttled_until,omitempty"`
	// The rate after its provider refused a faster one, and since when, in the
	// machine's time; it recovers by itself (PaceNow). 0: it never did.
	LearntRate float64    `json:"-"`
	LearntAt   *time.Time `json:"-"`
	// Throughput is how many messages a second its platform says that the sender may
	// send; 0: it has not said.
	Throughput float64 `json:"-"`
	// KnowsTemplates: its provider was heard about templates of its, by a list or by news.
	KnowsTemplates bool `json:"-"`

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// IntegrationChange moves an integration to a state.
type IntegrationChange struct {
	State    IntegrationState
	Note     string // why, in a sentence
	ResumeAt *time.Time
	// AsOf is the integration's UpdatedAt when this was found out. News about an
	// integration that was changed since, by new credentials say, is dropped.
	// Zero: whatever it is now.
	AsOf time.Time
	// From drops the change when the integration is in another state. "": any.
	From IntegrationState
	// By is the administrator who did it; "" when it happened by itself, which is
	// when administrators are told.
	By string
}

// Journey is an id and where it stands; its text is in versions and the draft.
type Journey struct {
	ID          JourneyID
	Name        string
	Live        VersionHash // "" = never published
	LiveNumber  int
	Paused      bool
	Archived    bool
	Draft       string // source text, "" = none
	DraftETag   string
	DraftBase   string // the published text that the draft includes, "" = none was
	LiveText    string // what is published, "" = nothing; only of a journey loaded alone
	Origin      string // where the live version was published from, see Version.Origin
	Behind      bool   // there is a draft, and another text than DraftBase is published
	EditedBy    string // who saved the draft last, "" = nobody we know
	Trial       *Trial // the version that a share of those who enter get instead of the live one, nil = none
	PublishedAt *time.Time
	UpdatedAt   time.Time
}

// Version is an immutable published revision.
type Version struct {
	Journey     JourneyID
	Number      int // 1, 2, … per journey
	Hash        VersionHash
	FlowHash    string
	CopyHash    string
	Source      string // the YAML as published
	Plan        *dsl.Plan
	PublishedBy string
	PublishedAt time.Time
	WordsOf     VersionHash // the version whose words its people hear; "" = its own
	Origin      string      // the state of the folder it came from, as branch@commit; "" = the editor, or a folder without git
	OnlyTried   bool        // it was published for a share of people, and never for all
}

// KeyRotation counts what a new master key sealed anew.
type KeyRotation struct {
	DataKeys     int // contacts' and the workspace's own
	Integrations int // whose secrets
}

// WaitState is how an open question ended. Both the reply and the timeout
// change it by compare-and-set, so exactly one of them wins.
type WaitState string

// The states of a wait.
const (
	WaitOpen      WaitState = "open"
	WaitAnswered  WaitState = "answered"
	WaitTimedOut  WaitState = "timed_out"
	WaitCancelled WaitState = "canceled"
)

// Wait is an open question to one contact: the row that routes a reply. It is
// opened in the transaction that records the message's intent, so no reply can
// come too early.
type Wait struct {
	ID           WaitID // EnrollmentID + step + visit, deterministic
	EnrollmentID EnrollmentID
	VersionHash  VersionHash
	ContactID    ContactID
	StepID       string
	Visit        int
	Channels     []Channel
	State        WaitState
	OpenedAt     time.Time
	Deadline     *time.Time
}

// GateRecord is what the send gate must know of an enrollment and of its
// contact's conversation, read in the transaction that claims the message.
type GateRecord struct {
	Found         bool // there is such an enrollment; else Status is empty
	Status        EnrollmentStatus
	JourneyPaused bool
	Halted        bool        // nothing may be sent: the database was restored from an older copy
	WithPeople    bool        // another enrollment passed the conversation to people
	Suppressed    bool        // something may stop messages to an address: see the suppressions
	Leaving       bool        // a wish to be left alone came from an address and is not worked off yet
	Busy          bool        // as many messages as asked for went to the contact since
	Window        WindowState // zero: the contact never wrote on the channel
}

// SenderRecord is what there is to look at when somebody has written: most often
// nothing, and then nothing is asked for.
type SenderRecord struct {
	Enrolled   bool // an enrollment of theirs runs
	Asked      bool // a question to them is open, on whatever channel
	WithPeople bool // a hand-off of theirs is open
	OutOfReach bool // an address of theirs counts as out of reach on the channel
}

// Burst is so many messages since a moment; no messages: nobody asks.
type Burst struct {
	Messages int
	Since    time.Time
}

// Standing is how many people stand at one step of one version of a journey.
type Standing struct {
	Version VersionHash
	StepID  string // "" = before the first step
	People  int
}

// MigrationWish says who shall go on in a journey's live version.
type MigrationWish struct {
	Limit int // at most so many people; 0 = everybody
	// Moves lets the people at a step of an older version leave it: for a step of
	// the live one, which begins anew, or for dsl.MoveExit.
	Moves map[string]string
}

// Migration is what became of the wish to move the people inside a journey to
// its live version.
type Migration struct {
	Journey JourneyID
	Version VersionHash // where to
	Asked   int         // enrollments that move, or end, at their next wait
	Exiting int         // of them those that end, because the wish said so
	Staying []Staying   // those that finish on the version they began
}

// Staying are the enrollments at one step of one version that cannot move.
type Staying struct {
	Version VersionHash
	StepID  string
	People  int
	Reason  diag.Text
}

// WindowState is the service window of one contact on one integration.
type WindowState struct {
	IntegrationID IntegrationID
	Channel       Channel
	LastInboundAt time.Time // zero: never wrote
}

// OutboxItem is something Temporal must still be told. Rows are written in the
// transaction that decided it and delivered until Temporal took them, so
// nothing is lost while it is away.
type OutboxItem struct {
	ID           int64
	Kind         string // start | signal
	EnrollmentID EnrollmentID
	ContactID    ContactID
	Payload      []byte    // JSON of workflows.JourneyInput or workflows.Signal, sealed with the contact's key
	DueAt        time.Time // the machine's time; zero: now
	Attempts     int
	// LeaseUntil, set before the item is enqueued, keeps others from claiming
	// it: the process that wrote it delivers it itself after the commit. The
	// machine's time.
	LeaseUntil *time.Time
}

// Handoff is a conversation passed to people.
type Handoff struct {
	ID           HandoffID
	EnrollmentID EnrollmentID
	StepID       string
	Visit        int
	ContactID    ContactID
	Queue        string
	Note         string
	Priority     string
	State        string // open | resolved | timed_out | canceled
	Resolution   string
	OpenedAt     time.Time
	ClosedAt     *time.Time
}

// Consent is permission (or its withdrawal) with evidence.
type Consent struct {
	ContactID ContactID
	Channel   Channel
	Purpose   string // one of [Purposes]; "" = all
	Granted   bool
	Source    string // api | import | inbound | journey | provider | link | merge, or where the caller says that it was given
	Evidence  string // what was said or shown, in words
	By        string // who recorded it: a token, or the program itself when ""
	At        time.Time
}

// Token is an API key; only its hash is stored.
type Token struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix"`
	Hash       string     `json:"-"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
}

// Suppression is an address that must not be messaged. Purpose "" blocks all.
type Suppression struct {
	ID      string // filled when read
	Channel Channel
	Address Address
	Purpose string // marketing | ""
	Reason  string // opted_out | complaint | hard_bounce | blocked | unreachable | list:nao_me_ligue
	At      time.Time
}

// SuppressedUnreachable is the reason of a suppression that nobody asked for: WhatsApp
// does not reach the address just now. It ends by itself after UnreachableFor, and when
// the person writes.
const SuppressedUnreachable = "unreachable"

// UnreachableFor is how long it is remembered that an address cannot be reached. Why
// WhatsApp does not tell (131026), and people do install it.
const UnreachableFor = 28 * 24 * time.Hour

// MessageUpdate is news about a message, from our own call or from a webhook.
type MessageUpdate struct {
	FreeEntry   bool // free by our own count of WhatsApp's free entry point
	Status      MessageStatus
	At          time.Time
	ProviderID  string
	Reason      string
	ErrorCode   string
	ErrorDetail string
	Pricing     map[string]any // what the provider said of the price, in its words
	Cost        *Cost          // what that makes; nil: nothing new
	HoldUntil   *time.Time     // back to queued: not before this
	Parked      bool           // back to queued: when its channel works again
	AgainAt     *time.Time     // back to queued: its step has gone on, so the sweeper sends it then
	NeverTaken  bool           // back to queued: its provider never took it, which counts (Message.SentAgain)
	Uncounted   bool           // back to queued without counting the attempt (throttled, channel down)
}

// Filters of the lists. Limit 0 means 50, at most 500; Cursor is what the
// previous page returned.
type (
	// ContactFilter narrows a list of contacts; what is empty does not.
	ContactFilter struct {
		Query  string // part of id, name attribute or address
		Tag    string
		Limit  int
		Cursor string
	}
	// EnrollmentFilter narrows a list of enrollments; what is empty does not.
	EnrollmentFilter struct {
		Journey   JourneyID
		ContactID ContactID
		Status    EnrollmentStatus
		Step      string
		Limit     int
		Cursor    string
	}
	// MessageFilter narrows a list of messages; what is empty does not.
	MessageFilter struct {
		ContactID    ContactID
		EnrollmentID EnrollmentID
		Status       MessageStatus
		Channel      Channel
		Limit        int
		Cursor       string
	}
	// HandoffFilter narrows a list of hand-offs; what is empty does not.
	HandoffFilter struct {
		Queue     string
		State     string
		ContactID ContactID
		Limit     int
		Cursor    string
	}
)

// SavedAnswer is the first answer to an Idempotency-Key.
type SavedAnswer struct {
	Status int
	Body   []byte
}

// AuditEntry is who did what, append-only.
type AuditEntry struct {
	Seq    int64          `json:"seq"`
	At     time.Time      `json:"at"`
	Actor  string         `json:"actor"`
	Action string         `json:"action"` // noun.verbed
	Target string         `json:"target"`
	Detail map[string]any `json:"detail,omitempty"`
}

// Counts is what monitoring looks at.
type Counts struct {
	PendingEvents  int64
	OldestEvent    *time.Time
	PendingOutbox  int64
	OldestOutbox   *time.Time // the machine's time
	StuckSending   int64
	Unconfirmed    int64
	ActiveByStatus map[EnrollmentStatus]int64
	Messages       map[MessageStatus]int64
}
