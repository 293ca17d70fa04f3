package twilio

import (
	"encoding/json"
	"fmt"
	"strconv"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/engine"
)

// classes sorts Twilio's codes, of answers and of statuses alike. Sources:
// twilio.com/docs/api/errors/<code>, and for WhatsApp's (63…) the table of what
// they stand for at Meta, twilio.com/docs/whatsapp/api/error-code-mapping.
var classes = map[int]channel.Class{
	21610: channel.Suppress, // the person replied STOP
	63014: channel.Suppress, // the person blocked us
	63033: channel.Suppress, // the same, of old

	// This person cannot be reached here. SMS: not a number, not a mobile, unknown,
	// a landline, out of reach, blocked, filtered, country not enabled. WhatsApp: no
	// account, too old a client, not in the sandbox.
	21211: channel.SwitchChannel, 21214: channel.SwitchChannel, 21217: channel.SwitchChannel, 21408: channel.SwitchChannel,
	21612: channel.SwitchChannel, 21614: channel.SwitchChannel, 30004: channel.SwitchChannel,
	30005: channel.SwitchChannel, 30006: channel.SwitchChannel, 30007: channel.SwitchChannel,
	63003: channel.SwitchChannel, 63015: channel.SwitchChannel, 63024: channel.SwitchChannel,

	30003: channel.OutOfReach, // the phone is off or without a signal

	63016: channel.UseTemplate,

	// Meta holds marketing back from this person: 63032 is its 472 (130472 today),
	// which Twilio calls a limitation of the user; nobody opted out.
	63032: channel.DeferMarketing, 63049: channel.DeferMarketing,

	20500: channel.RetryLater, 20503: channel.RetryLater, 30001: channel.RetryLater, 30008: channel.RetryLater, 30017: channel.RetryLater,
	63009: channel.RetryLater, 63010: channel.RetryLater, 63011: channel.RetryLater, 63012: channel.RetryLater, 63023: channel.RetryLater,

	20429: channel.Throttle, 21611: channel.Throttle, 30022: channel.Throttle, 30023: channel.Throttle, 30027: channel.Throttle,
	63017: channel.Throttle, 63018: channel.Throttle, 63038: channel.Throttle,

	20003: channel.Reauth,

	// The sender: not ours, account suspended, not registered for the country; on
	// WhatsApp: not connected (any more), misconfigured, unpaid at Meta, its name refused.
	21606: channel.StopSender, 21659: channel.StopSender, 30002: channel.StopSender,
	30018: channel.StopSender, 30032: channel.StopSender, 30034: channel.StopSender,
	63001: channel.StopSender, 63002: channel.StopSender, 63007: channel.StopSender, 63008: channel.StopSender,
	63020: channel.StopSender, 63022: channel.StopSender,

	// The template: no such Content, unknown in its language, other parameters, another
	// kind of them, rejected, paused, disabled.
	21655: channel.FixTemplate, 63027: channel.FixTemplate, 63028: channel.FixTemplate, 63030: channel.FixTemplate,
	63040: channel.FixTemplate, 63041: channel.FixTemplate, 63042: channel.FixTemplate,

	21602: channel.FixRequest, 21608: channel.FixRequest, 21617: channel.FixRequest, 21656: channel.FixRequest, 21658: channel.FixRequest,
	63005: channel.FixRequest, 63006: channel.FixRequest, 63013: channel.FixRequest, 63019: channel.FixRequest, 63021: channel.FixRequest,
}

// Classify implements channel.Classifier.
func (d *Driver) Classify(code string) channel.Class {
	number, err := strconv.Atoi(code)
	if class, known := classes[number]; err == nil && known {
		return class
	}
	return channel.FixRequest
}

var remedies = map[channel.Class]string{
	channel.Suppress:       "the person opted out of messages from this sender, or blocked it",
	channel.OutOfReach:     "the phone is off or has no signal; the message is tried once more later",
	channel.SwitchChannel:  "this person cannot be reached on WhatsApp; use another channel",
	channel.UseTemplate:    "more than 24 hours have passed since the person last wrote; only an approved template may be sent",
	channel.DeferMarketing: "WhatsApp holds back marketing to this person; not before 24 hours from now",
	channel.RetryLater:     "Twilio, the carrier or WhatsApp has a problem of its own; the message is tried again later",
	channel.Throttle:       "Twilio asks for a slower pace; the message waits its turn",
	channel.Reauth:         "Twilio does not accept the credentials; connect the channel again",
	channel.StopSender:     "Twilio does not let this sender send; open Twilio Console, settle it there and resume the channel",
	channel.FixTemplate:    "the template cannot be sent as it stands; check its approval and its variables in Twilio Console > Messaging > Content Template Builder",
	channel.FixRequest:     "Twilio refused the message as wrong",
}

// remedy says what a class asks of people; some differ for SMS.
func (d *Driver) remedy(class channel.Class) string {
	if d.channel == engine.SMS {
		switch class {
		case channel.Suppress:
			return "the person opted out of SMS from this sender"
		case channel.SwitchChannel:
			return "this number cannot be reached by SMS; use another channel"
		case channel.RetryLater:
			return "Twilio or the carrier has a problem of its own; the message is tried again later"
		default:
		}
	}
	return remedies[class]
}

// refusal explains an answer that is not a success: a 4xx is definite, a 5xx is
// not, unless it names a refusal.
func (d *Driver) refusal(answer *channel.Answer) *channel.SendError {
	failure := &channel.SendError{Class: refusal.ByStatus(answer.Status), RetryAfter: answer.RetryAfter, Detail: fmt.Sprintf("http=%d", answer.Status)}
	var body struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	named := false
	if json.Unmarshal(answer.Body, &body) == nil && body.Code != 0 {
		failure.Code = strconv.Itoa(body.Code)
		if class, known := classes[body.Code]; known {
			failure.Class, named = class, class != channel.RetryLater
		}
	}
	failure.Message = d.remedy(failure.Class)
	if body.Message != "" {
		failure.Words = refusal.Scrub(body.Message)
		failure.Message += ": " + failure.Words
	}
	if answer.Status >= 300 && answer.Status < 400 {
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	}
	if answer.Status >= 500 && !named {
		failure.Doubt = channel.Unclear
	}
	return failure
}
