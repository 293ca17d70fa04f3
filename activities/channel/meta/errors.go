package meta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
)

// classes sorts Meta's codes. Decide on the code only: titles change, and the
// HTTP status is a poor guide (132001 is a 404, 131056 a 400 or 403). The same
// codes come in answers and, later, in the errors of a failed status.
//
// Source: .../whatsapp/support/error-codes; 470 is 131047's older number, still
// used by partners.
var classes = map[int]channel.Class{
	1: channel.RetryLater, 2: channel.RetryLater, 131000: channel.RetryLater, 131016: channel.RetryLater,
	131053: channel.RetryLater, 131057: channel.RetryLater, 133004: channel.RetryLater,

	4: channel.Throttle, 613: channel.Throttle, 80007: channel.Throttle, 130429: channel.Throttle, 131056: channel.Throttle,

	33: channel.StopSender, 368: channel.StopSender, 131031: channel.StopSender, 131037: channel.StopSender,
	131042: channel.StopSender, 131045: channel.StopSender, 131048: channel.StopSender, 131064: channel.StopSender,
	133010: channel.StopSender, 133016: channel.StopSender, 134011: channel.StopSender,

	0: channel.Reauth, 3: channel.Reauth, 10: channel.Reauth, 190: channel.Reauth, 131005: channel.Reauth,

	470: channel.UseTemplate, 131047: channel.UseTemplate,

	130497: channel.SwitchChannel, 131026: channel.SwitchChannel,

	131050: channel.SuppressMarketing,
	130472: channel.DeferMarketing, 131049: channel.DeferMarketing,

	132000: channel.FixTemplate, 132001: channel.FixTemplate, 132005: channel.FixTemplate, 132007: channel.FixTemplate,
	132008: channel.FixTemplate, 132012: channel.FixTemplate, 132015: channel.FixTemplate, 132016: channel.FixTemplate,
	132068: channel.FixTemplate, 132069: channel.FixTemplate,

	100: channel.FixRequest, 131008: channel.FixRequest, 131009: channel.FixRequest, 131021: channel.FixRequest,
	131030: channel.FixRequest, 131051: channel.FixRequest, 131062: channel.FixRequest, 131063: channel.FixRequest,
	135000: channel.FixRequest, 137000: channel.FixRequest,

	131052: channel.InboundOnly, 131060: channel.InboundOnly,
}

// classOf is the class of a code; 200 to 299 are missing permissions.
func classOf(code int) (channel.Class, bool) {
	if code >= 200 && code <= 299 {
		return channel.Reauth, true
	}
	class, known := classes[code]
	return class, known
}

// Classify implements channel.Classifier. A code nobody has heard of is taken
// for a request that will never work: retrying it could repeat a message.
func (d *Driver) Classify(code string) channel.Class {
	number, err := strconv.Atoi(code)
	if err != nil {
		return channel.FixRequest
	}
	if class, known := classOf(number); known {
		return class
	}
	return channel.FixRequest
}

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
	failure := &channel.SendError{Class: byStatus(answer.Status), RetryAfter: answer.RetryAfter}
	named := false
	var body apiError
	if json.Unmarshal(answer.Body, &body) == nil && body.Error != nil {
		failure.Code = string(body.Error.Code)
		if code, err := strconv.Atoi(failure.Code); err == nil {
			if class, known := classOf(code); known {
				failure.Class, named = class, class != channel.RetryLater
			}
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

func title(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	return ": " + scrub(s)
}

func detail(status int, kind, subcode, trace, details string) string {
	parts := []string{"http=" + strconv.Itoa(status)}
	for _, p := range [][2]string{{"type", kind}, {"subcode", subcode}, {"fbtrace_id", trace}, {"details", scrub(details)}} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	return strings.Join(parts, " ")
}

// longNumber is what may be somebody's phone in Meta's free text.
var longNumber = regexp.MustCompile(`\+?\d{8,}`)

func scrub(s string) string {
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	return longNumber.ReplaceAllString(s, "•••")
}
