package sendgrid

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
)

// httpCode prefixes the code of an answer: SendGrid has no codes of its own, and
// a bare 451 would be a mail server's.
const httpCode = "HTTP "

// words are the codes of events that are words: the reasons of dropped messages
// and the types of bounces. Source: .../tracking-events/event#dropped-events.
var words = map[string]channel.Class{
	"bounced address": channel.Suppress, "invalid": channel.Suppress,
	"spam reporting address": channel.Suppress, "unsubscribed address": channel.Suppress,
	"recipient list over package quota": channel.StopSender,
	"spam content":                      channel.FixRequest, "invalid smtpapi header": channel.FixRequest,
	"bounce": channel.SwitchChannel, "blocked": channel.SwitchChannel,
}

// Classify implements channel.Classifier: for the code of an answer ("HTTP
// 429"), a reason ("Bounced Address") or a mail server's status ("5.7.1").
func (d *Driver) Classify(code string) channel.Class {
	if status, ok := strings.CutPrefix(code, httpCode); ok {
		number, _ := strconv.Atoi(status)
		return byStatus(number)
	}
	if class, known := words[strings.ToLower(code)]; known {
		return class
	}
	if letter.Enhanced(code) != "" {
		return letter.ClassOf(code)
	}
	return channel.FixRequest
}

// byStatus sorts answers. 403 is a permission or a block of the account; 451
// says that the account belongs to another region.
func byStatus(status int) channel.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return channel.Throttle
	case status >= 500, status == http.StatusRequestTimeout:
		return channel.RetryLater
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return channel.Reauth
	case status == http.StatusUnavailableForLegalReasons:
		return channel.StopSender
	}
	return channel.FixRequest
}

var remedies = map[channel.Class]string{
	channel.RetryLater: "SendGrid has a problem of its own; the message is tried again later",
	channel.Throttle:   "SendGrid asks for a slower pace; the message waits its turn",
	channel.Reauth:     "SendGrid does not accept the API key, or the key may not send; connect the channel again",
	channel.StopSender: "SendGrid does not let this sender send; open SendGrid, settle it there and resume the channel",
	channel.FixRequest: "SendGrid refused the message as wrong",
}

// refusal explains an answer that is not a success: a 4xx is definite, a 5xx is not.
func refusal(answer *channel.Answer) *channel.SendError {
	failure := &channel.SendError{
		Class: byStatus(answer.Status), Code: httpCode + strconv.Itoa(answer.Status),
		RetryAfter: answer.RetryAfter, Detail: fmt.Sprintf("http=%d", answer.Status),
	}
	var body struct {
		Errors []struct {
			Message letter.Word `json:"message"`
			Field   letter.Word `json:"field"`
		} `json:"errors"`
	}
	said, field := "", ""
	if json.Unmarshal(answer.Body, &body) == nil && len(body.Errors) > 0 {
		said, field = letter.Scrub(string(body.Errors[0].Message)), string(body.Errors[0].Field)
	}
	if ofAccount(answer.Status, said, field) {
		failure.Class = channel.StopSender
	}
	failure.Message = remedies[failure.Class]
	if said != "" {
		failure.Message += ": " + said
	}
	if field != "" {
		failure.Detail += " field=" + field
	}
	switch {
	case answer.Status >= 300 && answer.Status < 400:
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	case answer.Status == http.StatusNotFound:
		failure.Message = "the address in base_url does not know SendGrid's API; check base_url"
	case answer.Status >= 500:
		failure.Doubt = channel.Unclear
	case failure.Class == channel.Throttle && failure.RetryAfter == 0:
		failure.RetryAfter = untilReset(answer.Header)
	}
	return failure
}

// ofAccount says whether a 401 or 403 is about the sender and not about the key:
// an unverified address (github.com/christianblais/triggerify/pull/99), or a
// plan that is used up (github.com/sendgrid/sendgrid-nodejs/issues/1032).
func ofAccount(status int, said, field string) bool {
	switch status {
	case http.StatusForbidden:
		return field == "from" || strings.Contains(said, "Sender Identity")
	case http.StatusUnauthorized:
		return strings.Contains(strings.ToLower(said), "credits exceeded")
	}
	return false
}

// untilReset is how long a limit lasts: X-RateLimit-Reset is a moment in Unix
// seconds, which is compared with the answer's own Date, since our clock and
// theirs differ.
func untilReset(header http.Header) time.Duration {
	reset, err := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64)
	sent, wrong := http.ParseTime(header.Get("Date"))
	if err != nil || wrong != nil {
		return 0
	}
	return max(0, min(time.Unix(reset, 0).Sub(sent), 24*time.Hour))
}
