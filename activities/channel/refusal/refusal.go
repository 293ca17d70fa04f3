// Package refusal is what a company's no means, whichever company says it: into
// which class it falls, what a person does about it, how sure it is that the
// message was not taken, and what of the company's words may be kept.
//
// Judge, Unreachable and Elsewhere say the same of a test of the integration, in both
// languages.
//
// A driver hands over what it read in an answer (Said); the sentences are the same
// for all companies, unless one of them has better advice of its own
// (Company.Remedies). Codes sorts the codes of answers and of late statuses alike.
package refusal

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"jornada/activities/channel"
)

// Company is who refuses, as people know it.
type Company struct {
	Name     string                   // "Zenvia"
	Console  string                   // where a person settles things: "app.zenvia.com"
	Remedies map[channel.Class]string // instead of the usual sentence
}

// Said is what an answer says of itself.
type Said struct {
	Class   channel.Class // of its code; "" = the HTTP status decides
	Guessed bool          // the class was guessed from a sentence, as there is no code
	Code    string
	Message string // the company's words, scrubbed here
	Detail  string // for developers; no personal data
}

// dayLong is how long marketing waits that is held back.
const dayLong = 24 * time.Hour

// Explain explains an answer that is not a success.
//
// Doubt: a 4xx is definite. So is a 5xx that names a refusal by its code; one that
// only says that something went wrong may have taken the message.
func (c Company) Explain(answer *channel.Answer, said Said) *channel.SendError {
	named := said.Class != "" && said.Class != channel.RetryLater && !said.Guessed
	unexplained := said.Class == "" && said.Code == "" && strings.TrimSpace(said.Message) == ""
	if said.Class == "" {
		said.Class = ByStatus(answer.Status)
	}
	said.Detail = strings.TrimSpace(fmt.Sprintf("http=%d %s", answer.Status, said.Detail))
	failure := c.Refused(said)
	failure.RetryAfter = max(failure.RetryAfter, answer.RetryAfter)
	if answer.Status >= 500 && !named {
		failure.Doubt = channel.Unclear
	}
	switch {
	case answer.Status >= 300 && answer.Status < 400:
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	case unexplained:
		failure.Message += fmt.Sprintf(" (HTTP %d without an explanation)", answer.Status)
	}
	return failure
}

// Refused is a refusal that came under an HTTP status of success.
func (c Company) Refused(said Said) *channel.SendError {
	failure := &channel.SendError{Class: said.Class, Code: said.Code, Detail: said.Detail, Message: c.Remedy(said.Class)}
	if failure.Words = Scrub(said.Message); failure.Words != "" {
		failure.Message += ": " + failure.Words
	}
	if failure.Class == channel.DeferMarketing {
		failure.RetryAfter = dayLong
	}
	return failure
}

// NoID is an answer that says success and names no message: it may have been
// taken, and nothing will ever tell.
func (c Company) NoID(cause error) *channel.SendError {
	return &channel.SendError{
		Class: channel.FixRequest, Doubt: channel.Unclear, Err: cause,
		Message: c.Name + " answered with success but without a message id; it may or may not have taken the message (check base_url)",
	}
}

// Remedy says, per class, what happened and what a person does about it.
func (c Company) Remedy(class channel.Class) string {
	if own, there := c.Remedies[class]; there {
		return own
	}
	switch class {
	case channel.RetryLater:
		return c.Name + " or the network behind it has a problem of its own; the message is tried again later"
	case channel.Throttle:
		return c.Name + " asks for a slower pace; the message waits its turn"
	case channel.StopSender:
		return c.Name + " does not let this sender send; open " + c.Console + ", settle it there and resume the channel"
	case channel.Reauth:
		return c.Name + " does not accept the credentials, or they lack a permission; connect the channel again"
	case channel.UseTemplate:
		return "more than 24 hours have passed since the person last wrote; only an approved template may be sent"
	case channel.OutOfReach:
		return "the phone is off or out of reach; the message is tried once more later"
	case channel.SwitchChannel:
		return "this person cannot be reached on this channel; use another one"
	case channel.SuppressMarketing:
		return "the person stopped marketing messages from this sender"
	case channel.DeferMarketing:
		return "marketing to this person is held back; not before 24 hours from now"
	case channel.Suppress:
		return "the person opted out of messages from this sender, or stands on its block list"
	case channel.FixTemplate:
		return "the template cannot be sent as it stands; check its name, status and parameters in " + c.Console
	case channel.InboundOnly:
		return c.Name + " could not process a message of the person"
	case channel.FixRequest:
	}
	return c.Name + " refused the message as wrong"
}

// Wrong is a message that cannot be sent as it is; nothing was called.
func Wrong(format string, args ...any) error {
	return &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf(format, args...)}
}

// ByStatus is the class of an HTTP status that came without a code.
func ByStatus(status int) channel.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return channel.Throttle
	case status >= 500, status == http.StatusRequestTimeout:
		return channel.RetryLater
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return channel.Reauth
	}
	return channel.FixRequest
}

// longNumber is what may be somebody's phone in a company's free text.
var longNumber = regexp.MustCompile(`\+?\d{8,}`)

// wordsMax bounds what is kept of a company's free text, in bytes.
const wordsMax = 500

// Scrub makes a company's free text fit for our logs: no phone numbers, one line,
// and not the whole page of a proxy.
func Scrub(s string) string {
	if len(s) > wordsMax {
		s = strings.ToValidUTF8(s[:wordsMax], "") + "…"
	}
	return longNumber.ReplaceAllString(strings.Join(strings.Fields(s), " "), "•••")
}
