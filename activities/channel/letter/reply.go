package letter

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
)

// Stage is how far a conversation with a mail server had come when it said no.
type Stage string

// The stages at which a refusal means something of its own.
const (
	Connecting Stage = "connect"
	OfSender   Stage = "sender"    // MAIL FROM
	OfPerson   Stage = "recipient" // RCPT TO, and every bounce
	OfData     Stage = "data"
	OfContent  Stage = "content" // what follows DATA
)

var enhancedPattern = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)

// Enhanced finds an enhanced status code (RFC 3463) in a reply's text.
func Enhanced(reply string) string { return enhancedPattern.FindString(reply) }

// Judge sorts SMTP replies (RFC 5321 §4.2) and enhanced codes (RFC 3463):
//
//   - 421, 450, 451, 452: slow down (451 and 450 are also how greylisting speaks;
//     five minutes is what it commonly wants); other 4yz: later
//   - 5.1.x about the recipient, 5.2.1: the mailbox does not exist or is closed,
//     a hard bounce, so the address is never written to again
//   - 5.2.2 (full), 5.7.x (policy: not the address's fault): another channel
//   - 5.1.7, 5.1.8, 5.7.20 to 5.7.27 (SPF, DKIM, DMARC), or any refusal of MAIL
//     FROM: our own sender
//   - 530, 534, 535, 538, 5.7.8, 5.7.9: the credentials
func Judge(code int, status string, stage Stage) (channel.Class, time.Duration) {
	switch code {
	case 530, 534, 535, 538:
		return channel.Reauth, 0
	case 421:
		return channel.Throttle, time.Minute
	case 450, 451, 452:
		return channel.Throttle, 5 * time.Minute
	}
	if code >= 400 && code < 500 {
		return channel.RetryLater, 15 * time.Minute
	}
	switch {
	case status == "5.7.8", status == "5.7.9":
		return channel.Reauth, 0
	case ofSender[status]:
		return channel.StopSender, 0
	case status == "5.2.1":
		return channel.Suppress, 0
	case status == "5.2.3", status == "5.3.4":
		return channel.FixRequest, 0
	case strings.HasPrefix(status, "5.1."):
		return channel.Suppress, 0
	case stage == OfSender, stage == Connecting:
		return channel.StopSender, 0
	case strings.HasPrefix(status, "5.2."), strings.HasPrefix(status, "5.7."), stage == OfPerson:
		return channel.SwitchChannel, 0
	}
	return channel.FixRequest, 0
}

// ofSender are the enhanced codes that blame the sender.
var ofSender = map[string]bool{
	"5.1.7": true, "5.1.8": true, "5.7.20": true, "5.7.21": true, "5.7.22": true, "5.7.23": true,
	"5.7.24": true, "5.7.25": true, "5.7.26": true, "5.7.27": true,
}

// ClassOf sorts a reply that came late, such as "550 5.1.1" or "5.1.1" alone.
func ClassOf(code string) channel.Class {
	number, _ := strconv.Atoi(strings.SplitN(strings.TrimSpace(code)+" ", " ", 2)[0])
	class, _ := Judge(number, Enhanced(code), OfPerson)
	return class
}

// Bounce is why a letter came back.
type Bounce string

// A hard bounce means that the mailbox does not exist: it is never written to
// again. A soft one passes (a full mailbox, a server away). A block is about the
// letter or its sender, and no fault of the address.
const (
	Hard  Bounce = "hard"
	Soft  Bounce = "soft"
	Block Bounce = "block"
)

// Bounced reads an enhanced status code (RFC 3463) of a failed delivery, "" when
// it says nothing. 5.4.4 is a domain that cannot be routed to.
func Bounced(status string) Bounce {
	switch {
	case strings.HasPrefix(status, "4."), status == "5.2.2":
		return Soft
	case ofSender[status], strings.HasPrefix(status, "5.7."):
		return Block
	case strings.HasPrefix(status, "5.1."), status == "5.2.1", status == "5.4.4":
		return Hard
	}
	return ""
}
