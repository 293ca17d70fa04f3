package recorder

import (
	"time"

	"jornada/dsl"
	"jornada/engine"
)

// Passage is what is known of one enrollment.
type Passage struct {
	Plan   *dsl.Plan // the version that it ran
	Source string    // its file

	ID        engine.EnrollmentID
	Ending    string // how it ended: an exit, a goal, completed, failed …; "" = it has not
	StartedAt time.Time
	Inputs    map[string]any
	Contact   Contact
	Timeline  []engine.TimelineEntry
	Messages  []Message
	Heard     []Heard
}

// Contact is the person. It, messages and events are named as the API names them.
type Contact struct {
	Attributes map[string]any  `json:"attributes"`
	OptIn      map[string]bool `json:"opt_in"`
	Timezone   string          `json:"timezone"`
	Locale     string          `json:"locale"`
}

// Message is one that went out, or was to.
type Message struct {
	ID      engine.MessageID `json:"id"`
	Channel engine.Channel   `json:"channel"`
	Content engine.Content   `json:"content"`
}

// Heard is what came in from the person or from the business.
type Heard struct {
	ID      engine.EventID    `json:"id"`
	Event   string            `json:"event"` // of a business event
	Data    map[string]any    `json:"data"`
	Channel engine.Channel    `json:"channel"`
	Text    string            `json:"text"`
	Media   *engine.MediaLink `json:"media"`

	ReceivedAt time.Time `json:"received_at"`
}
