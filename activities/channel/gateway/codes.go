package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/meta"
	"jornada/engine"
)

// Codes sorts one company's codes, of answers and of late statuses alike.
type Codes struct {
	Company string // "Zenvia"
	Console string // where a person settles things: "Zenvia's console"
	Classes map[string]channel.Class
	Medium  engine.Channel // what is behind the company: WhatsApp has codes of its own
}

// Behind is the table for one medium.
func (c Codes) Behind(medium engine.Channel) Codes {
	c.Medium = medium
	return c
}

// Known is the class of a code of the table.
func (c Codes) Known(code string) (channel.Class, bool) {
	class, known := c.Classes[code]
	return class, known
}

// Cause is the class of a code of the network behind the company. On WhatsApp
// that is Meta's, for which there is a table already; a code that this table
// takes for a wrong request, or does not know, says no more than the company's.
func (c Codes) Cause(code string) (channel.Class, bool) {
	if c.Medium != engine.WhatsApp {
		return "", false
	}
	class := new(meta.Driver).Classify(code)
	return class, class != channel.FixRequest
}

// Classify is Known, then Cause, and FixRequest for a code nobody has heard of:
// sending it again could repeat a message.
func (c Codes) Classify(code string) channel.Class {
	if class, known := c.Known(code); known {
		return class
	}
	if class, known := c.Cause(code); known {
		return class
	}
	return channel.FixRequest
}

// Remedy says, per class, what a person does about it.
func (c Codes) Remedy(class channel.Class) string {
	switch class {
	case channel.RetryLater:
		return c.Company + " or the network behind it has a problem of its own; the message is tried again later"
	case channel.Throttle:
		return c.Company + " asks for a slower pace; the message waits its turn"
	case channel.StopSender:
		return c.Company + " does not let this sender send; open " + c.Console + ", settle it there and resume the channel"
	case channel.Reauth:
		return c.Company + " does not accept the credentials; connect the channel again"
	case channel.UseTemplate:
		return "more than 24 hours have passed since the person last wrote; only an approved template may be sent"
	case channel.SwitchChannel:
		return "this person cannot be reached on this channel; use another one"
	case channel.SuppressMarketing:
		return "the person stopped marketing messages from this sender"
	case channel.DeferMarketing:
		return "marketing to this person is held back; not before 24 hours from now"
	case channel.Suppress:
		return "the person opted out of messages from this sender"
	case channel.FixTemplate:
		return "the template cannot be sent as it stands; check its name, status and parameters in " + c.Console
	case channel.InboundOnly:
		return c.Company + " could not process a message of the person"
	case channel.FixRequest:
	}
	return c.Company + " refused the message as wrong"
}

// Refusal explains an answer that is not a success. code and said are what the
// body names, "" when it names nothing.
//
// Doubt: a 4xx is definite, and so is a 5xx whose code is a refusal; a 5xx that
// only says "something went wrong" may have taken the message.
func (c Codes) Refusal(answer *channel.Answer, code, said string) *channel.SendError {
	failure := &channel.SendError{Class: ByStatus(answer.Status), Code: code, RetryAfter: answer.RetryAfter, Detail: fmt.Sprintf("http=%d", answer.Status)}
	class, named := c.Known(code)
	if named {
		failure.Class = class
	}
	failure.Message = c.Remedy(failure.Class)
	if said = strings.TrimSpace(said); said != "" {
		failure.Message += ": " + Scrub(said)
	}
	switch {
	case answer.Status >= 300 && answer.Status < 400:
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	case answer.Status >= 500 && (!named || class == channel.RetryLater):
		failure.Doubt = channel.Unclear
	}
	return failure
}

// NoID is an answer that says success and names no message: it may have been
// taken, and nothing ever will tell.
func (c Codes) NoID(cause error) *channel.SendError {
	return &channel.SendError{
		Class: channel.FixRequest, Doubt: channel.Unclear, Err: cause,
		Message: c.Company + " answered with success but without a message id; it may or may not have taken the message (check base_url)",
	}
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

// saidMax bounds what is kept of a company's free text, in bytes.
const saidMax = 500

// Scrub makes a company's free text fit for our logs: no phone numbers, one
// line, and not the whole page of a proxy.
func Scrub(s string) string {
	if len(s) > saidMax {
		s = strings.ToValidUTF8(s[:saidMax], "") + "…"
	}
	return longNumber.ReplaceAllString(strings.Join(strings.Fields(s), " "), "•••")
}

// Wrong is a message that cannot be sent as it is; nothing was called.
func Wrong(format string, args ...any) error {
	return &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf(format, args...)}
}

// Encode writes a request's body.
func Encode(body any) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the message could not be written as JSON", Err: err}
	}
	return encoded, nil
}
