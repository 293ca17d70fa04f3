package meta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
)

// remedies say, per class, what a person does about it.
var remedies = map[channel.Class]string{
	channel.RetryLater:        "WhatsApp has a problem of its own; the message is tried again later",
	channel.Throttle:          "WhatsApp asks for a slower pace; the message waits its turn",
	channel.StopSender:        "WhatsApp stopped this number; open WhatsApp Manager, settle it there and resume the channel",
	channel.Reauth:            "WhatsApp no longer accepts the token or misses a permission; connect the channel again",
	channel.UseTemplate:       "more than 24 hours have passed since the person last wrote; only an approved template may be sent",
	channel.SwitchChannel:     "this person cannot be reached on WhatsApp; use another channel",
	channel.SuppressMarketing: "the person stopped marketing messages from this business in WhatsApp",
	channel.DeferMarketing:    "WhatsApp holds back marketing to this person; not before 24 hours from now",
	channel.FixTemplate:       "the template cannot be sent as it stands; check its status and parameters in WhatsApp Manager",
	channel.FixRequest:        "WhatsApp refused the message as wrong",
	channel.InboundOnly:       "WhatsApp could not process a message of the person",
}

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

// refusal explains an answer that is not a success.
//
// Doubt: a 4xx is definite. So is a 5xx that names a refusal (131045 arrives as
// 500, and the message was certainly not taken); a 5xx that only says "something
// went wrong" is not.
func refusal(answer *channel.Answer) *channel.SendError {
	failure := &channel.SendError{Class: whatsapp.ByStatus(answer.Status), RetryAfter: answer.RetryAfter}
	named := false
	var body apiError
	if json.Unmarshal(answer.Body, &body) == nil && body.Error != nil {
		failure.Code = string(body.Error.Code)
		if class, known := whatsapp.ClassOf(failure.Code); known {
			failure.Class, named = class, class != channel.RetryLater
		}
		failure.Message = remedies[failure.Class] + title(string(body.Error.Message))
		failure.Detail = detail(answer.Status, string(body.Error.Type), string(body.Error.Subcode), string(body.Error.TraceID), string(body.Error.ErrorData.Details))
	} else {
		failure.Message = fmt.Sprintf("%s (HTTP %d without an explanation)", remedies[failure.Class], answer.Status)
		failure.Detail = fmt.Sprintf("http=%d", answer.Status)
		if answer.Status == http.StatusNotFound {
			failure.Message = "the address in base_url does not know this number; check base_url, version and phone_number_id"
		}
		if answer.Status >= 300 && answer.Status < 400 {
			failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
		}
	}
	if answer.Status >= 500 && !named {
		failure.Doubt = channel.Unclear
	}
	switch {
	case failure.Class == channel.DeferMarketing:
		failure.RetryAfter = 24 * time.Hour
	case failure.Code == "131056":
		failure.OneRecipient = true
		if failure.RetryAfter == 0 {
			failure.RetryAfter = 6 * time.Second // one message per six seconds to the same person
		}
	}
	return failure
}

func title(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	return ": " + whatsapp.Scrub(s)
}

func detail(status int, kind, subcode, trace, details string) string {
	parts := []string{"http=" + strconv.Itoa(status)}
	for _, p := range [][2]string{{"type", kind}, {"subcode", subcode}, {"fbtrace_id", trace}, {"details", whatsapp.Scrub(details)}} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	return strings.Join(parts, " ")
}
