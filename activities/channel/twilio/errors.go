package twilio

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"jornada/activities/channel"
)

// classes sorts Twilio's codes, of answers and of statuses alike. Source:
// twilio.com/docs/api/errors/<code>.
var classes = map[int]channel.Class{
	21610: channel.Suppress, // the person replied STOP

	// This number cannot be reached by SMS: not a number, not a mobile,
	// unknown, a landline, out of reach, blocked, filtered, country not enabled.
	21211: channel.SwitchChannel, 21214: channel.SwitchChannel, 21217: channel.SwitchChannel, 21408: channel.SwitchChannel,
	21612: channel.SwitchChannel, 21614: channel.SwitchChannel, 30003: channel.SwitchChannel, 30004: channel.SwitchChannel,
	30005: channel.SwitchChannel, 30006: channel.SwitchChannel, 30007: channel.SwitchChannel,

	20500: channel.RetryLater, 20503: channel.RetryLater, 30001: channel.RetryLater, 30008: channel.RetryLater, 30017: channel.RetryLater,

	20429: channel.Throttle, 21611: channel.Throttle, 30022: channel.Throttle, 30023: channel.Throttle, 30027: channel.Throttle,

	20003: channel.Reauth,

	// The sender: not ours, account suspended, not registered for the country.
	21606: channel.StopSender, 21659: channel.StopSender, 30002: channel.StopSender,
	30018: channel.StopSender, 30032: channel.StopSender, 30034: channel.StopSender,

	21602: channel.FixRequest, 21608: channel.FixRequest, 21617: channel.FixRequest, 21656: channel.FixRequest,
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
	channel.Suppress:      "the person opted out of SMS from this sender",
	channel.SwitchChannel: "this number cannot be reached by SMS; use another channel",
	channel.RetryLater:    "Twilio or the carrier has a problem of its own; the message is tried again later",
	channel.Throttle:      "Twilio asks for a slower pace; the message waits its turn",
	channel.Reauth:        "Twilio does not accept the credentials; connect the channel again",
	channel.StopSender:    "Twilio does not let this sender send; open Twilio Console, settle it there and resume the channel",
	channel.FixRequest:    "Twilio refused the message as wrong",
}

// refusal explains an answer that is not a success: a 4xx is definite, a 5xx is
// not, unless it names a refusal.
func refusal(answer *channel.Answer) *channel.SendError {
	failure := &channel.SendError{Class: byStatus(answer.Status), RetryAfter: answer.RetryAfter, Detail: fmt.Sprintf("http=%d", answer.Status)}
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
	failure.Message = remedies[failure.Class]
	if body.Message != "" {
		failure.Message += ": " + longNumber.ReplaceAllString(body.Message, "•••")
	}
	if answer.Status >= 300 && answer.Status < 400 {
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	}
	if answer.Status >= 500 && !named {
		failure.Doubt = channel.Unclear
	}
	return failure
}

// longNumber is what may be somebody's phone in Twilio's free text.
var longNumber = regexp.MustCompile(`\+?\d{8,}`)

func byStatus(status int) channel.Class {
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
