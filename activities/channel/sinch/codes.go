package sinch

import (
	"encoding/json"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
)

// company is Sinch, as people know it.
var company = refusal.Company{Name: "Sinch", Console: "Sinch Build Dashboard"}

// own sorts the status of an answer that refuses (Google's names of errors,
// which Sinch uses) and the reason of a delivery that failed.
//
// Sources: developers.sinch.com/docs/conversation/callbacks, "Error Codes", and
// the enumerations of Sinch's SDKs. RECIPIENT_NOT_OPTED_IN is no opt-out: the
// person may never have been asked, so nothing is written down about them.
var own = map[string]channel.Class{
	"INVALID_ARGUMENT": channel.FixRequest, "FAILED_PRECONDITION": channel.FixRequest, "NOT_FOUND": channel.FixRequest,
	"ALREADY_EXISTS": channel.FixRequest, "OUT_OF_RANGE": channel.FixRequest, "UNIMPLEMENTED": channel.FixRequest,
	"UNAUTHENTICATED": channel.Reauth, "PERMISSION_DENIED": channel.StopSender, "RESOURCE_EXHAUSTED": channel.Throttle,
	"INTERNAL": channel.RetryLater, "UNAVAILABLE": channel.RetryLater, "DEADLINE_EXCEEDED": channel.RetryLater, "ABORTED": channel.RetryLater,

	"INTERNAL_ERROR": channel.RetryLater, "CHANNEL_FAILURE": channel.RetryLater,
	"RATE_LIMITED": channel.Throttle,

	"RECIPIENT_INVALID_CHANNEL_IDENTITY": channel.SwitchChannel, "RECIPIENT_NOT_REACHABLE": channel.SwitchChannel,
	"RECIPIENT_NOT_OPTED_IN": channel.SwitchChannel, "NO_CHANNELS_LEFT": channel.SwitchChannel,
	"NO_CHANNEL_IDENTITY_FOR_CONTACT": channel.SwitchChannel, "CHANNEL_REJECT": channel.SwitchChannel,
	"DELIVERY_TIMED_OUT": channel.SwitchChannel, "DELIVERY_REPORT_TIME_OUT": channel.SwitchChannel, "MESSAGE_EXPIRED": channel.SwitchChannel,

	"OUTSIDE_ALLOWED_SENDING_WINDOW": channel.UseTemplate,

	"TEMPLATE_NOT_FOUND": channel.FixTemplate, "TEMPLATE_INSUFFICIENT_PARAMETERS": channel.FixTemplate,
	"TEMPLATE_NON_EXISTING_LANGUAGE_OR_VERSION": channel.FixTemplate,

	"CHANNEL_BAD_CONFIGURATION": channel.StopSender, "CHANNEL_CONFIGURATION_MISSING": channel.StopSender,
	"UNKNOWN_APP": channel.StopSender, "NO_PERMISSION": channel.StopSender, "INACTIVE_SENDER": channel.StopSender,
	"INACTIVE_CREDENTIAL": channel.Reauth,

	"BAD_REQUEST": channel.FixRequest, "CONTACT_NOT_FOUND": channel.FixRequest, "MEDIA_TYPE_UNSUPPORTED": channel.FixRequest,
	"MEDIA_TOO_LARGE": channel.FixRequest, "MEDIA_NOT_REACHABLE": channel.FixRequest, "DELIVERY_REJECTED_DUE_TO_POLICY": channel.FixRequest,
	"UNSUPPORTED_OPERATION": channel.FixRequest, "MESSAGE_SPLIT_REQUIRED": channel.FixRequest, "NO_PROFILE_AVAILABLE": channel.FixRequest,
	"UNKNOWN": channel.FixRequest,
}

// Classify implements channel.Classifier.
func (d *Driver) Classify(code string) channel.Class { return d.codes.Classify(code) }

// explain explains an answer that is not a success.
func explain(answer *channel.Answer) *channel.SendError {
	var body struct {
		Error struct {
			Message webhook.Text `json:"message"`
			Status  webhook.Text `json:"status"`
		} `json:"error"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil {
		return company.Explain(answer, refusal.Said{})
	}
	status := string(body.Error.Status)
	return company.Explain(answer, refusal.Said{Class: own[status], Code: status, Message: string(body.Error.Message)})
}

// reason is why a delivery failed.
type reason struct {
	Code        webhook.Text `json:"code"`
	SubCode     webhook.Text `json:"sub_code"`
	ChannelCode webhook.Text `json:"channel_code"`
	Description webhook.Text `json:"description"`
}

// list is the reason's codes, the one that decides first: the channel's own where
// we know it (a limit on marketing comes as RECIPIENT_NOT_REACHABLE), a sub code
// that means more than the code, the code.
func (d *Driver) list(r reason) []string {
	var first, last []string
	sort := func(code webhook.Text, known bool) {
		switch {
		case code == "" || code == "UNSPECIFIED_SUB_CODE":
		case known:
			first = append(first, string(code))
		default:
			last = append(last, string(code))
		}
	}
	_, known := d.codes.Cause(string(r.ChannelCode))
	sort(r.ChannelCode, known)
	_, known = d.codes.Known(string(r.SubCode))
	sort(r.SubCode, known)
	if r.Code == "" {
		r.Code = "UNKNOWN"
	}
	sort(r.Code, true)
	return append(first, last...)
}
