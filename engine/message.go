package engine

import (
	"strconv"
	"strings"
	"time"
)

// MessageStatus is how far a message got.
type MessageStatus string

// The states of an outbound message. Progress has a rank and never goes back;
// the side exits end it, except that unconfirmed may still rise when a late
// webhook proves what happened.
const (
	Queued      MessageStatus = "queued"      // intent is recorded, nothing was called
	Sending     MessageStatus = "sending"     // claimed; the provider may be on the line
	Accepted    MessageStatus = "accepted"    // the provider took it
	Sent        MessageStatus = "sent"        // it left the provider
	Delivered   MessageStatus = "delivered"   // it reached the device
	Read        MessageStatus = "read"        // it was seen
	Failed      MessageStatus = "failed"      // refused or undeliverable
	Skipped     MessageStatus = "skipped"     // our gate said no, with a reason
	Unconfirmed MessageStatus = "unconfirmed" // it may or may not have gone out; a person decides
)

// ReasonForgotten is the reason of a message that is known from its provider
// only: the database was restored from a copy of before it went out.
const ReasonForgotten = "forgotten"

// Why a queued message waits for its turn to leave: its reason while it is queued.
const (
	HeldByNumber = "number_rate" // its integration sends no faster
	HeldByPair   = "pair_rate"   // one number writes to one person no faster
	HeldByTier   = "tier"        // the portfolio reached as many people in 24 hours as it may
)

// Rank orders states: an update applies only when its rank is higher.
// Failed stands between sent and delivered: a failure after `delivered` is a
// note, a `delivered` after a failure is the truth.
func (s MessageStatus) Rank() int {
	switch s {
	case Queued:
		return 0
	case Sending:
		return 10
	case Unconfirmed:
		return 15
	case Accepted:
		return 20
	case Sent:
		return 30
	case Failed, Skipped:
		return 40
	case Delivered:
		return 50
	case Read:
		return 60
	}
	return -1
}

// Content is what a message says, rendered: what the customer reads.
type Content struct {
	Text     string            `json:"text,omitempty"`
	Template string            `json:"template,omitempty"`
	Language string            `json:"language,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
	Order    []string          `json:"order,omitempty"`  // parameter names in the template's order
	Named    bool              `json:"named,omitempty"`  // the provider wants parameter names
	Places   *TemplatePlaces   `json:"places,omitempty"` // of a template with parameters outside its body
	Footer   string            `json:"footer,omitempty"`
	Choices  []Choice          `json:"choices,omitempty"` // buttons, list rows, numbered options
	Media    *MediaLink        `json:"media,omitempty"`   // beside a text, or the template's header
	Location *Place            `json:"location,omitempty"`
	Reaction *Reaction         `json:"reaction,omitempty"`
	Link     *Link             `json:"link,omitempty"`
	Form     *Form             `json:"form,omitempty"`
	Subject  string            `json:"subject,omitempty"`
	Markdown string            `json:"markdown,omitempty"`
	Category string            `json:"category,omitempty"`
}

// TemplatePlaces are the names of a template's parameters by where they stand, and
// where its quick replies do.
type TemplatePlaces struct {
	Header []string       `json:"header,omitempty"`
	Body   []string       `json:"body,omitempty"`
	Links  []TemplateLink `json:"links,omitempty"`
}

// TemplateLink is a button of a template that is no quick reply.
type TemplateLink struct {
	Index int    `json:"index"`           // among all buttons, from 0
	Param string `json:"param,omitempty"` // "" = it takes none
}

// Choice is one answer a person can tap. Payload comes back verbatim.
type Choice struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Payload string `json:"payload"`
	// Section stands above the choice in a list, with its neighbors of the same one.
	Section string `json:"section,omitempty"`
}

// MediaLink is a picture, document, video or recording. URL is its address on the
// web or, of something that was uploaded to the platform, "id:" and the id that the
// platform gave it.
type MediaLink struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
}

// Uploaded is the platform's id of media that was uploaded to it.
func (m MediaLink) Uploaded() (id string, ok bool) { return strings.CutPrefix(m.URL, "id:") }

// Place is a place on the map, in degrees.
type Place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// MapURL is an address that shows the place to people whose channel has no maps
// (developers.google.com/maps/documentation/urls).
func (p Place) MapURL() string {
	return "https://www.google.com/maps/search/?api=1&query=" + degrees(p.Latitude) + "%2C" + degrees(p.Longitude)
}

func degrees(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// Reaction is an emoji on a message of the contact; an empty one takes it back. To is
// the provider's id of that message.
type Reaction struct {
	Emoji string `json:"emoji"`
	To    string `json:"to"`
}

// Form is a form of the platform's own (WhatsApp Flows), behind a button. Token comes
// back with its answers.
type Form struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Screen string `json:"screen,omitempty"`
	Token  string `json:"token,omitempty"`
}

// Link is a button that opens a page.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Message is one outbound message: the row is the intent, written before any
// provider is called. (Enrollment, Step, Visit, Route, Try) is unique, which is
// what makes a message impossible to send twice.
type Message struct {
	ID            MessageID
	EnrollmentID  EnrollmentID // "" for a message a person wrote
	JourneyID     JourneyID
	StepID        string
	Visit         int // how many times the step ran before
	Route         int // 0 = first channel, then fallbacks
	Try           int // 0 = the question, then reprompts; see Round and TryResend
	ContactID     ContactID
	IntegrationID IntegrationID
	Provider      string
	Channel       Channel
	To            Address
	Content       Content
	Closed        *Content // what goes out instead when the provider says that the service window is closed; nil: nothing
	Category      string
	Status        MessageStatus
	Reason        string // of skipped, failed: expired|capped|opted_out|unreachable|blocked|failed|busy|…
	ErrorCode     string // the provider's own code
	ErrorDetail   string
	AttemptToken  string
	Attempts      int
	ProviderID    string // the provider's id of the message
	Notify        bool   // the enrollment waits for this message's statuses
	HoldUntil     *time.Time
	ParkedAt      *time.Time // since when it waits for its channel, nobody having let it go
	AgainAt       *time.Time // when to send it although its step has gone on: its provider never took it, or refused the one before it late
	SentAgain     int        // how often that was decided because its provider never took it
	NotAfter      *time.Time
	AcceptedAt    *time.Time
	Cost          Cost
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Try tells messages of one run of a step apart beyond reprompts, of which there are
// few: each kind has a range of its own.
const (
	tryRound  = 100  // added for each message of the row that was refused late
	TryResend = 1000 // from here on a person had it sent again
)

// Round is how many messages before this one their provider refused after it had
// accepted them; this one stands in for them.
func (m *Message) Round() int { return m.Try % TryResend / tryRound }

// InPlace is the Try of the message that stands in for this one.
func (m *Message) InPlace() int { return m.Try + tryRound }

// Before is the message that this one stands in for; "" for one of Round 0.
func (m *Message) Before() MessageID {
	if m.Round() == 0 {
		return ""
	}
	return MessageIDFor(m.EnrollmentID, m.StepID, m.Visit, m.Route, m.Try-tryRound)
}

// Awaited is the message that the step waits for: this one, or the first of those
// that it stands in for.
func (m *Message) Awaited() MessageID {
	if m.Round() == 0 {
		return m.ID
	}
	return MessageIDFor(m.EnrollmentID, m.StepID, m.Visit, m.Route, m.Try-m.Round()*tryRound)
}
