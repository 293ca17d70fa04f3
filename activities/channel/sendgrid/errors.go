package sendgrid

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
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
	if status == http.StatusUnavailableForLegalReasons {
		return channel.StopSender
	}
	return refusal.ByStatus(status)
}

// company is SendGrid, as people know it.
var company = refusal.Company{Name: "SendGrid", Console: "SendGrid", Remedies: map[channel.Class]string{
	channel.RetryLater: "SendGrid has a problem of its own; the message is tried again later",
	channel.Reauth:     "SendGrid does not accept the API key, or the key may not send; connect the channel again",
}}

// explain explains an answer that is not a success: a 4xx is definite, a 5xx is not.
func explain(answer *channel.Answer) *channel.SendError {
	// The status is all the code there is, so a 5xx leaves its doubt.
	said := refusal.Said{Class: byStatus(answer.Status), Guessed: true, Code: httpCode + strconv.Itoa(answer.Status)}
	var body struct {
		Errors []struct {
			Message webhook.Text `json:"message"`
			Field   webhook.Text `json:"field"`
		} `json:"errors"`
	}
	if json.Unmarshal(answer.Body, &body) == nil && len(body.Errors) > 0 {
		field := string(body.Errors[0].Field)
		said.Message = letter.Scrub(string(body.Errors[0].Message))
		if field != "" {
			said.Detail = "field=" + field
		}
		if ofAccount(answer.Status, said.Message, field) {
			said.Class = channel.StopSender
		}
	}
	failure := company.Explain(answer, said)
	switch {
	case answer.Status == http.StatusNotFound:
		failure.Message = "the address in base_url does not know SendGrid's API; check base_url"
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
