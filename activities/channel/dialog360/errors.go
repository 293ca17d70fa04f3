package dialog360

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
)

// phrases sort the refusals that 360dialog speaks itself, before Meta is asked.
// They carry no code, and several different ones are a plain 400.
// Source: docs.360dialog.com/partner/support-and-updates/help-and-troubleshooting/error-messages.
var phrases = []struct {
	says  string
	class channel.Class
}{
	{"rate limit", channel.Throttle},
	{"lack of payment", channel.StopSender},
	{"has been disabled", channel.StopSender},
	{"endpoint is blocked", channel.StopSender},
	{"invalid api", channel.Reauth},
	{"not available", channel.RetryLater},
}

// remedies say, per class, what a person does about it.
var remedies = map[channel.Class]string{
	channel.RetryLater: "360dialog has a problem of its own; the message is tried again later",
	channel.Throttle:   "360dialog asks for a slower pace; the message waits its turn",
	channel.StopSender: "360dialog stopped this number; open 360dialog Hub, settle invoices or ask its support, and resume the channel",
	channel.Reauth:     "360dialog does not accept the API key; generate a new one in 360dialog Hub and save it as the secret api_key",
	channel.FixRequest: "360dialog refused the message as wrong",
}

// ownError is the body of a refusal of 360dialog's own. What Meta said may be
// inside, as a text.
type ownError struct {
	Error json.RawMessage `json:"error"` // Meta's, when it is an object
	Meta  struct {
		Message whatsapp.Text `json:"developer_message"`
		Trace   whatsapp.Text `json:"360dialog_trace_id"`
		Error   whatsapp.Text `json:"error"`
	} `json:"meta"`
	Detail  whatsapp.Text `json:"detail"`
	Message whatsapp.Text `json:"message"`
}

// refusal explains an answer that is not a success and not Meta's, nil for others.
// What Meta said inside of one is put in the answer's place.
//
// Doubt: a 4xx is definite; a 5xx is not, as the message may have been handed on.
func refusal(answer *channel.Answer) *channel.SendError {
	if answer.Status >= 200 && answer.Status <= 299 {
		return nil
	}
	var body ownError
	if json.Unmarshal(answer.Body, &body) != nil {
		body = ownError{}
	}
	if isObject(body.Error) {
		return nil
	}
	if inner := []byte(body.Meta.Error); metaError(inner) {
		answer.Body = inner
		return nil
	}
	said := whatsapp.First(body.Meta.Message, body.Detail, body.Message, plain(body.Error))
	failure := &channel.SendError{Class: classOf(answer.Status, said), RetryAfter: answer.RetryAfter}
	failure.Message = fmt.Sprintf("%s (HTTP %d)", remedies[failure.Class], answer.Status)
	if said != "" {
		failure.Message += ": " + whatsapp.Scrub(said)
	}
	failure.Detail = fmt.Sprintf("http=%d", answer.Status)
	if body.Meta.Trace != "" {
		failure.Detail += " 360dialog_trace_id=" + whatsapp.Scrub(string(body.Meta.Trace))
	}
	switch {
	case answer.Status >= 500:
		failure.Doubt = channel.Unclear
	case answer.Status >= 300 && answer.Status < 400:
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	case answer.Status == http.StatusNotFound && said == "":
		failure.Message = "the address in base_url does not know 360dialog's API; check base_url"
	}
	return failure
}

func classOf(status int, said string) channel.Class {
	said = strings.ToLower(said)
	for _, p := range phrases {
		if strings.Contains(said, p.says) {
			return p.class
		}
	}
	return whatsapp.ByStatus(status)
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// metaError says whether a text is an error of Meta's.
func metaError(raw []byte) bool {
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	return json.Unmarshal(raw, &body) == nil && isObject(body.Error)
}

func plain(raw json.RawMessage) whatsapp.Text {
	var s whatsapp.Text
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
