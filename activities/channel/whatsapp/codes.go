package whatsapp

import (
	"strconv"

	"jornada/activities/channel"
)

// classes sorts Meta's codes. Decide on the code only: titles change, and the
// HTTP status is a poor guide (132001 is a 404, 131056 a 400 or 403). The same
// codes come in answers and, later, in the errors of a failed status.
//
// Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes; 470 is 131047's older number, still
// used by partners.
var classes = map[int]channel.Class{
	1: channel.RetryLater, 2: channel.RetryLater, 131000: channel.RetryLater, 131016: channel.RetryLater,
	131053: channel.RetryLater, 131057: channel.RetryLater, 133004: channel.RetryLater,

	4: channel.Throttle, 613: channel.Throttle, 80007: channel.Throttle, 130429: channel.Throttle, 131056: channel.Throttle,

	33: channel.StopSender, 368: channel.StopSender, 131031: channel.StopSender, 131037: channel.StopSender,
	131042: channel.StopSender, 131045: channel.StopSender, 131048: channel.StopSender, 131064: channel.StopSender,
	133010: channel.StopSender, 133016: channel.StopSender, 134011: channel.StopSender,

	// 102: the session of a token is over (developers.facebook.com/docs/graph-api/guides/error-handling).
	102: channel.Reauth,

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

// ClassOf is the class of a code, whoever passes it on; 200 to 299 are missing
// permissions.
func ClassOf(code string) (class channel.Class, known bool) {
	number, err := strconv.Atoi(code)
	if err != nil {
		return "", false
	}
	if number >= 200 && number <= 299 {
		return channel.Reauth, true
	}
	class, known = classes[number]
	return class, known
}
