package provsim

import "time"

// Accept is one message that the outside world took. It is a fact, whatever the
// caller heard: it was written down before the answer was.
type Accept struct {
	Seq        int       `json:"seq"`      // from 1, in the order of acceptance
	At         time.Time `json:"at"`       // by the product's clock
	RealAt     time.Time `json:"real_at"`  // by the machine's
	Channel    string    `json:"channel"`  // whatsapp, sms, email
	Provider   string    `json:"provider"` // whatsapp, twilio, ses, smtp
	To         string    `json:"to"`       // as the caller wrote it
	Ref        string    `json:"ref"`      // biz_opaque_callback_data, ?ref= of StatusCallback, SES tag, Message-ID's left side
	ProviderID string    `json:"provider_id"`
	Kind       string    `json:"kind"` // text, template, buttons, list, …; email
	Template   string    `json:"template,omitempty"`
	Category   string    `json:"category,omitempty"` // WhatsApp: service for free-form, else the template's, or "template" when that is unknown
	WindowOpen bool      `json:"window_open"`        // WhatsApp: the person had written less than 24 hours before
	Subject    string    `json:"subject,omitempty"`
	Text       string    `json:"text,omitempty"`
	BodyHash   string    `json:"body_hash"` // SHA-256 of the request's body
	Buttons    []Button  `json:"buttons,omitempty"`
	Attempt    int       `json:"attempt"`  // the how manieth call with this reference, refused ones included
	Answered   bool      `json:"answered"` // our answer was written whole, as far as this side can know
	StatusURL  string    `json:"status_url,omitempty"`
	Leave      string    `json:"leave,omitempty"` // e-mail: the address of List-Unsubscribe that takes one click (RFC 8058)
}

// Button is something that a person can tap.
type Button struct {
	Payload string `json:"payload"`
	Title   string `json:"title"`
}

// Hook is one attempt to deliver one webhook.
type Hook struct {
	Kind     string        `json:"kind"` // status, inbound, sns
	Channel  string        `json:"channel"`
	Key      string        `json:"key"` // the same for every copy and repetition: what a receiver should deduplicate by
	Ref      string        `json:"ref,omitempty"`
	Status   string        `json:"status,omitempty"` // told by a status: sent, delivered, read, failed, undelivered, bounced, …
	From     string        `json:"from,omitempty"`   // who wrote an inbound message
	Text     string        `json:"text,omitempty"`   // what they wrote or tapped
	BodyHash string        `json:"body_hash"`
	Copy     int           `json:"copy"`    // 0, 1, …: deliberate duplicates
	Attempt  int           `json:"attempt"` // 1, 2, …: repetitions until 2xx
	Answer   int           `json:"answer"`  // HTTP status; 0 = nobody answered
	Latency  time.Duration `json:"latency"`
	At       time.Time     `json:"at"`      // the product's clock, when the attempt began
	RealAt   time.Time     `json:"real_at"` // the machine's
}

// Reaction is what comes back after an accepted message.
type Reaction struct {
	After     time.Duration // real time, from the acceptance
	Kind      string        // status, button, text
	Status    string        // sent, delivered, read, failed, …
	ErrorCode int           // of a failed status
	Button    int           // which button, from 0
	Text      string        // what the person writes
	Quote     bool          // the answer quotes the message (context.id)
	Copies    int           // how many times the same webhook is sent; 0 = once
	Lost      bool          // it happens, but no webhook tells
}

// Inbound is what a person says of their own accord, or as an answer whose
// particulars a scenario wants to choose.
type Inbound struct {
	Channel string    `json:"channel"` // whatsapp (default) or sms
	From    string    `json:"from"`
	Name    string    `json:"name,omitempty"`
	Kind    string    `json:"kind,omitempty"` // text (default), button (a template's), button_reply, list_reply
	Text    string    `json:"text,omitempty"` // what was written, or the title of what was tapped
	Payload string    `json:"payload,omitempty"`
	Quote   string    `json:"quote,omitempty"` // provider id of the message answered
	ID      string    `json:"id,omitempty"`    // provider id of this one; "" = a new one
	At      time.Time `json:"at,omitzero"`     // zero = now by the product's clock
}

// Status is a status to be told now.
type Status struct {
	Channel    string    `json:"channel"` // whatsapp (default), sms or email
	ProviderID string    `json:"provider_id"`
	Ref        string    `json:"ref,omitempty"`
	To         string    `json:"to,omitempty"`
	Status     string    `json:"status"`
	ErrorCode  int       `json:"error_code,omitempty"`
	At         time.Time `json:"at,omitzero"`
}
