package driver

import "time"

// What the product's API says, as far as the harness reads it. These are the
// names of its public contract, not of its code.

// Contact is a person to enroll.
type Contact struct {
	Attributes map[string]any    `json:"attributes,omitempty"`
	Addresses  map[string]string `json:"addresses,omitempty"` // phone, email
	OptIn      map[string]bool   `json:"opt_in,omitempty"`
	Timezone   string            `json:"timezone,omitempty"`
	Locale     string            `json:"locale,omitempty"`
}

// Integration is a channel to connect.
type Integration struct {
	ID       string            `json:"id"`
	Provider string            `json:"provider"`
	Channel  string            `json:"channel"`
	Default  bool              `json:"default"`
	Settings map[string]string `json:"settings,omitempty"`
	Secrets  map[string]string `json:"secrets,omitempty"`
}

// IntegrationView is a channel as it stands.
type IntegrationView struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	State   string `json:"state"`
	Note    string `json:"state_note"`
}

// Notice is what administrators were told about a channel.
type Notice struct {
	ID            string     `json:"id"`
	At            time.Time  `json:"at"`
	Kind          string     `json:"kind"` // channel.needs_reconnect, channel.limited, channel.enabled, …
	IntegrationID string     `json:"integration_id"`
	Channel       string     `json:"channel"`
	Text          string     `json:"text"`
	ResolvedAt    *time.Time `json:"resolved_at"`
}

// Enrollment is one contact's passage through a journey.
type Enrollment struct {
	ID          string         `json:"id"`
	Journey     string         `json:"journey"`
	VersionHash string         `json:"version_hash"`
	ContactID   string         `json:"contact_id"`
	Status      string         `json:"status"`
	Outcome     string         `json:"outcome"`
	CurrentStep string         `json:"current_step"`
	Inputs      map[string]any `json:"inputs"`
	ParentID    string         `json:"parent_id"`
	StartedAt   time.Time      `json:"started_at"`
	EndedAt     *time.Time     `json:"ended_at"`
}

// Running reports whether it has not ended.
func (e Enrollment) Running() bool { return e.Status == "active" || e.Status == "paused" }

// Message is one outbound message: (enrollment, step, visit, route, try) names
// what must reach the customer at most once.
type Message struct {
	ID            string     `json:"id"`
	EnrollmentID  string     `json:"enrollment_id"`
	Journey       string     `json:"journey"`
	StepID        string     `json:"step_id"`
	Visit         int        `json:"visit"`
	Route         int        `json:"route"`
	Try           int        `json:"try"`
	ContactID     string     `json:"contact_id"`
	IntegrationID string     `json:"integration_id"`
	Channel       string     `json:"channel"`
	To            string     `json:"to"`
	Status        string     `json:"status"`
	Reason        string     `json:"reason"`
	ErrorCode     string     `json:"error_code"`
	ErrorDetail   string     `json:"error_detail"`
	Attempts      int        `json:"attempts"`
	ProviderID    string     `json:"provider_id"`
	AcceptedAt    *time.Time `json:"accepted_at"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
}
