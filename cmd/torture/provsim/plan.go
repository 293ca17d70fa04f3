package provsim

import "time"

// Plan is what goes wrong, and how often. Rates are shares of calls from 0 to 1.
// The zero Plan is a world in which nothing does.
type Plan struct {
	// Refusals: nothing is accepted, and the caller is told.
	Rate429, Rate5xx float64

	// HangAfterAccept and ResetAfterAccept: the message is accepted and its
	// statuses come, but the caller hears nothing for Hang, or has its connection
	// reset (a TCP RST).
	HangAfterAccept, ResetAfterAccept float64

	// RefuseConnect is the share of time (in slots of 250 ms, drawn from the seed)
	// in which nobody listens: connecting is refused, so that a caller knows that
	// nothing was accepted.
	RefuseConnect float64

	// ResetBeforeAccept: the connection is reset although nothing was accepted. A
	// caller cannot tell this from ResetAfterAccept.
	ResetBeforeAccept float64

	// Accept5xx is the share of the calls answered with 5xx that were accepted all
	// the same.
	Accept5xx float64

	// Only limits what happens to calls (the rates above, which are drawn) to the
	// messages of one template.
	Only string

	RetryAfter, Hang time.Duration // of a 429; how long a hanging call hangs (0 = 30 s)

	// Webhooks about statuses: sent twice, out of order, never, and up to StatusLate
	// later than they would be.
	StatusDuplicate, StatusReorder, StatusLost float64
	StatusLate                                 time.Duration

	// StatusBeforeAnswer: the webhooks are delivered before the caller hears that
	// its message was accepted.
	StatusBeforeAnswer bool

	// TokenExpired: every call is refused as unauthorized (190, 20003, …). Limited:
	// every call is refused for the sender's sake, with LimitCode (0 = 130429).
	TokenExpired, Limited bool
	LimitCode             int

	// ErrorFor refuses messages to a recipient with a code of its channel:
	// WhatsApp's or Twilio's codes, or SMTP's for e-mail (550); other channels do not
	// mind. FailFor accepts them and
	// reports the code later, in a failed status.
	ErrorFor, FailFor map[string]int

	// EnforceWindow refuses free-form WhatsApp messages outside the service window
	// (131047), as Meta does. Without it they are accepted, and an oracle sees by
	// Accept.WindowOpen that they should not have been sent.
	EnforceWindow bool

	RatePerSecond int  // more calls than this are answered 429; 0 = no limit
	Down          bool // nobody listens
}
