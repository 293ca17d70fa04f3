package meta

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/whatsapp"
)

// company is WhatsApp itself, as people know it.
var company = refusal.Company{Name: "WhatsApp", Console: "WhatsApp Manager", Remedies: map[channel.Class]string{
	channel.RetryLater:        "WhatsApp has a problem of its own; the message is tried again later",
	channel.StopSender:        "WhatsApp stopped this number; open WhatsApp Manager, settle it there and resume the channel",
	channel.Reauth:            "WhatsApp no longer accepts the token or misses a permission; connect the channel again",
	channel.SwitchChannel:     "this person cannot be reached on WhatsApp; use another channel",
	channel.SuppressMarketing: "the person stopped marketing messages from this business in WhatsApp",
	channel.DeferMarketing:    "WhatsApp holds back marketing to this person; not before 24 hours from now",
}}

// apiError is the body of a refusal.
type apiError struct {
	Error *struct {
		Message   text `json:"message"`
		Type      text `json:"type"`
		Code      text `json:"code"`
		Subcode   text `json:"error_subcode"`
		TraceID   text `json:"fbtrace_id"`
		ErrorData struct {
			Details text `json:"details"`
		} `json:"error_data"`
	} `json:"error"`
}

// explain explains an answer that is not a success. 131045 arrives as 500, and
// that message was certainly not taken.
func explain(answer *channel.Answer) *channel.SendError {
	var body apiError
	if json.Unmarshal(answer.Body, &body) != nil || body.Error == nil {
		failure := company.Explain(answer, refusal.Said{})
		if answer.Status == http.StatusNotFound {
			failure.Message = "the address in base_url does not know this number; check base_url, version and phone_number_id"
		}
		return failure
	}
	said := refusal.Said{Code: string(body.Error.Code), Message: string(body.Error.Message), Detail: detail(body)}
	if class, known := whatsapp.ClassOf(said.Code); known {
		said.Class = class
	} else if said.Code != "" && channel.Reauth == refusal.ByStatus(answer.Status) {
		said.Class = channel.FixRequest // the status is a poor guide: 131056 and 368 are 403 as well
	}
	failure := company.Explain(answer, said)
	if said.Code == pairLimit {
		failure.OneRecipient = true
		if failure.RetryAfter == 0 {
			failure.RetryAfter = 6 * time.Second // one message per six seconds to the same person
		}
	}
	return failure
}

// pairLimit is the code for too many messages to one person (…/support/error-codes).
const pairLimit = "131056"

func detail(body apiError) string {
	parts := []string{}
	for _, p := range [][2]string{
		{"type", string(body.Error.Type)}, {"subcode", string(body.Error.Subcode)}, {"fbtrace_id", string(body.Error.TraceID)},
		{"details", refusal.Scrub(string(body.Error.ErrorData.Details))},
	} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	return strings.Join(parts, " ")
}
