// Package channel is the contract between Jornada and the companies that carry
// its messages. One folder below is one provider; each knows its wire format,
// its signatures and its errors, and nothing of Temporal, SQL or our HTTP server.
//
// A driver does three things and nothing else:
//
//   - Send makes exactly one call and says what it knows afterwards. It never
//     retries: whether a message may be sent again is decided by whoever owns
//     the message's row, from the error's Class and Doubt.
//   - Receive proves that a webhook comes from the provider, over the exact
//     bytes and address received, and translates it into []engine.InboundEvent.
//   - Capabilities states the limits as data, so that no other package has to
//     know a provider's name.
//
// To add a provider: a folder beside meta, a New(Settings) that names every
// missing setting and where to find it, a Description of all of them for people,
// tables for channeltest made of the vendor's published payloads, and one line
// where the binary lists its kinds.
package channel

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"jornada/engine"
)

// Class says what a provider's refusal means for us.
type Class string

// The handling classes (WhatsApp's error codes are sorted into these, and every
// other provider's too).
const (
	RetryLater        Class = "retry_later"        // their fault, passes by itself
	Throttle          Class = "throttle"           // slow down; not a failure
	StopSender        Class = "stop_sender"        // pause the sender, tell a person
	Reauth            Class = "reauth"             // pause until credentials change
	UseTemplate       Class = "use_template"       // the service window is closed
	OutOfReach        Class = "out_of_reach"       // not now (the phone is off): once more later, then another way
	SwitchChannel     Class = "switch_channel"     // this person cannot be reached here
	SuppressMarketing Class = "suppress_marketing" // opted out at the provider
	DeferMarketing    Class = "defer_marketing"    // not before 24 h
	Suppress          Class = "suppress"           // opted out of everything here
	FixTemplate       Class = "fix_template"       // stop this template, tell its author
	FixRequest        Class = "fix_request"        // our request is wrong
	InboundOnly       Class = "inbound_only"       // appears only in webhooks
)

// Doubt says what we know of a failed call.
type Doubt int

// Certain: the provider did not take the message (it said so, or nothing was
// written to the wire). Unclear: it may have taken it, so it is never sent
// again blind.
const (
	Certain Doubt = iota
	Unclear
)

// SendError is a failed send, complete: what a person reads, the provider's
// code, and what to do about it.
type SendError struct {
	Class      Class
	Doubt      Doubt
	Code       string // the provider's own code
	Message    string // for people
	Pt         string // Message in Portuguese, of what a test of the integration may say; "" = none
	Words      string // of Message, what the company itself said, without personal data
	Detail     string // for developers: trace ids and the like; no personal data
	RetryAfter time.Duration
	// OneRecipient: what is asked for (Throttle) concerns messages to this one
	// person, not the sender.
	OneRecipient bool
	Err          error
}

// Error implements error.
func (e *SendError) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return fmt.Sprintf("%s (code %s)", e.Message, e.Code)
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Outbound is one message ready to leave.
type Outbound struct {
	Ref         string // our reference: echoed in statuses where the provider can
	To          engine.Address
	ContactName string
	Content     engine.Content
	ReplyTo     string // provider id of the message it quotes, if any
	StatusURL   string // where the provider reports (Twilio); "" = Settings.PublicURL

	Locale         string // BCP 47, of the few words a driver adds itself ("Opções"); "" = pt-BR
	UnsubscribeURL string // of marketing e-mail: the one-click address (RFC 8058)
	ReturnToken    string // of e-mail: names this message in the addresses it comes back to; "" = none

	// Depart, when set, is called by drivers that say so (Capabilities.Departs) at
	// the last moment before the message is handed over. If it fails, nothing may
	// leave, and the failure is Certain.
	Depart func() error
}

// Departing calls Depart.
func (o *Outbound) Departing() error {
	if o.Depart == nil {
		return nil
	}
	return o.Depart()
}

// Receipt is an accepted message.
type Receipt struct {
	ProviderID string
	Recipient  []engine.Address // addresses we learnt from the answer (wa_id, BSUID)
	Held       bool             // the provider keeps it back for now (quality assessment)
	Pricing    map[string]any   // what the provider says of the price, in its words; nil: nothing
}

// Idempotency is what a provider offers against doubles.
type Idempotency string

// HonorsKey: a repeated key is dropped by the provider. EchoesRef: statuses
// carry our reference. None: neither.
const (
	HonorsKey Idempotency = "A"
	EchoesRef Idempotency = "B"
	None      Idempotency = "C"
)

// Capabilities are a provider's limits on one channel, as data.
type Capabilities struct {
	Idempotency    Idempotency
	ServiceWindow  bool // free-form text only inside 24 h
	Buttons        int  // reply buttons; 0 = choices become numbered text
	ButtonTitle    int  // characters
	ListRows       int
	ListTitle      int
	TextMax        int
	InteractiveMax int
	Media          bool
	SmartEncoding  bool // leaves accents out of a text where that saves a segment (package channel/sms)
	Links          bool // shows Content.Link as a button; else it becomes a line of the text
	Forms          bool // opens Content.Form; else a message with one cannot be sent
	Reactions      bool // sends Content.Reaction; else a message with one cannot be sent
	Locations      bool // shows Content.Location on a map; else it becomes text
	ReportsStatus  bool // statuses arrive by webhook
	Departs        bool // Send calls Outbound.Depart; else it counts as departed when Send is called
	Pace           Pace // how fast it takes messages
}

// Sender sends on one integration.
type Sender interface {
	// Send makes one call. Every error it returns is a *SendError.
	Send(ctx context.Context, out Outbound) (Receipt, error)
	Capabilities() Capabilities
}

// Request is a webhook call as received, with the exact bytes and the public
// address the provider called (signatures cover both).
type Request struct {
	Method string
	URL    *url.URL // public
	Header http.Header
	Body   []byte
}

// Response is what the provider is told after our commit.
type Response struct {
	Status      int
	ContentType string
	Body        string
}

// ErrSignature means the request was not proved to come from the provider.
var ErrSignature = &engine.Error{Code: engine.Forbidden, Message: "the webhook's signature does not match this integration's secret"}

// MediaTypeError is a webhook call that carries something else than its provider
// sends. A door that reads only one kind of body cannot be talked into taking
// another for it.
type MediaTypeError struct{ Got, Want string }

// Error implements error.
func (e *MediaTypeError) Error() string {
	return fmt.Sprintf("the webhook takes %s, not %s", e.Want, e.Got)
}

// Carries refuses a call whose body says that it is of another kind than these.
// One that says nothing is taken for the first: whether it is one, reading tells.
func (r Request) Carries(kinds ...string) error {
	said := r.Header.Get("Content-Type")
	if said == "" {
		return nil
	}
	kind, _, err := mime.ParseMediaType(said)
	if err != nil || !slices.Contains(kinds, kind) {
		return &MediaTypeError{Got: strconv.Quote(said), Want: strings.Join(kinds, " or ")}
	}
	return nil
}

// Receiver understands a provider's webhooks.
type Receiver interface {
	// Receive verifies, then translates. It returns ErrSignature when the proof
	// is missing or wrong, a *MediaTypeError when the body is of another kind
	// than the provider's, an engine.Invalid error when it cannot be read.
	// Unknown fields and kinds are never an error.
	Receive(r Request) ([]engine.InboundEvent, Response, error)
}

// Provider is one integration's driver. Receiver is nil for a channel without
// webhooks (plain SMTP).
type Provider interface {
	Sender
	Receiver
}

// Classifier sorts a provider's error code that arrived later, in a status
// webhook, into the same classes as an answer to Send: HTTP 200 only means
// accepted, and the refusal of a message often comes minutes afterwards.
type Classifier interface {
	Classify(code string) Class
}

// PersonLimiter is a Classifier some of whose Throttle codes concern messages to one
// person only, and say nothing about the sender's pace.
type PersonLimiter interface {
	OneRecipient(code string) bool
}

// Sought is a message whose fate is not known.
type Sought struct {
	Outbound
	Since time.Time // the machine's clock: it was not handed over before
	// Known reports whether a provider's id belongs to another message of ours.
	Known func(providerID string) (bool, error)
}

// Finder is a provider that can be asked what became of a message whose answer
// was lost. found without an error is certain both ways: false means that the
// provider never took it, so it may be sent again. Whenever that is not certain
// (too long a list, an answer that breaks off) Find returns an error.
type Finder interface {
	Find(ctx context.Context, s Sought) (receipt Receipt, found bool, err error)
}

// Tester really talks to the provider and says in a sentence what is wrong.
type Tester interface {
	Test(ctx context.Context) error
}

// Settings configure one integration. Secrets are never logged.
type Settings struct {
	IntegrationID engine.IntegrationID
	Channel       engine.Channel
	PublicURL     string // of this integration's webhook
	Values        map[string]string
	Secrets       map[string]string
	Client        *http.Client // nil: a client with timeouts
	Clock         engine.Clock // nil: the machine's clock

	// Watch, when set, is told the name of everything a driver asks for
	// ("settings.from", "secrets.token", "settings.template.<>"): a test compares
	// that with the provider's Description.
	Watch func(name string)
}

// Constructor makes a driver from settings; its error names the setting.
type Constructor func(Settings) (Provider, error)

// Inviter is a provider whose people must write first: it makes the link by which
// a contact opens the conversation and is known from its first message on. Who
// holds the link can speak for the contact until it ends.
type Inviter interface {
	Invite(contact engine.ContactID) (link string, until time.Time, err error)
}
