package dialog360

import (
	"encoding/json"
	"net/http"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
)

// phrases sort the refusals that 360dialog speaks itself, before Meta is asked.
// They carry no code, and several different ones are a plain 400.
// Source: docs.360dialog.com/partner/support-and-updates/help-and-troubleshooting/error-messages.
var phrases = []refusal.Phrase{
	{Says: "rate limit", Class: channel.Throttle},
	{Says: "lack of payment", Class: channel.StopSender},
	{Says: "has been disabled", Class: channel.StopSender},
	{Says: "endpoint is blocked", Class: channel.StopSender},
	{Says: "invalid api", Class: channel.Reauth},
	{Says: "not available", Class: channel.RetryLater},
}

// company is 360dialog, as people know it.
var company = refusal.Company{Name: "360dialog", Console: "360dialog Hub", Remedies: map[channel.Class]string{
	channel.StopSender: "360dialog stopped this number; open 360dialog Hub, settle invoices or ask its support, and resume the channel",
	channel.Reauth:     "360dialog does not accept the API key; generate a new one in 360dialog Hub and save it as the secret api_key",
}}

// ownError is the body of a refusal of 360dialog's own. What Meta said may be
// inside, as a text.
type ownError struct {
	Error json.RawMessage `json:"error"` // Meta's, when it is an object
	Meta  struct {
		Message webhook.Text `json:"developer_message"`
		Trace   webhook.Text `json:"360dialog_trace_id"`
		Error   webhook.Text `json:"error"`
	} `json:"meta"`
	Detail  webhook.Text `json:"detail"`
	Message webhook.Text `json:"message"`
}

// explain explains an answer that is not a success and not Meta's, nil for others.
// What Meta said inside of one is put in the answer's place.
func explain(answer *channel.Answer) *channel.SendError {
	if answer.Succeeded() {
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
	said := refusal.Said{Message: webhook.First(body.Meta.Message, body.Detail, body.Message, plain(body.Error))}
	said.Class, said.Guessed = refusal.Guess(phrases, said.Message), true
	if body.Meta.Trace != "" {
		said.Detail = "360dialog_trace_id=" + refusal.Scrub(string(body.Meta.Trace))
	}
	failure := company.Explain(answer, said)
	if answer.Status == http.StatusNotFound && said.Message == "" {
		failure.Message = "the address in base_url does not know 360dialog's API; check base_url"
	}
	return failure
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// metaError says whether a text is an error of Meta's.
func metaError(raw []byte) bool {
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	return json.Unmarshal(raw, &body) == nil && isObject(body.Error)
}

func plain(raw json.RawMessage) webhook.Text {
	var s webhook.Text
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
