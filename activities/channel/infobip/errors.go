package infobip

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
)

// classes sorts Infobip's statuses and errors. Both are known here by their
// names, because their numbers collide: status 5 is a delivery and error 5 an
// unidentified subscriber. A report carries one of each; an answer the status.
//
// Source: infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
var classes = byName(map[channel.Class]string{
	// The person asked the operator, or answered STOP, or stands on the block list.
	channel.Suppress: `EC_SC_BLOCKED_BY_END_USER EC_CONTENT_BLOCKED EC_BLOCKED_USER
		REJECTED_DESTINATION_BLOCKLISTED EC_BLACKLISTED_DESTINATIONADDRESS EC_BLOCKED_BY_CAMPAIGN_BLACKLIST`,
	channel.SuppressMarketing: `EC_MARKETING_OPT_OUT`,
	channel.DeferMarketing:    `EC_FREQUENCY_CAPPING`,
	channel.UseTemplate:       `EC_NO_SESSION`,

	// This number cannot be reached here: unknown, gone, switched off too long,
	// not able to, on an operator's do-not-disturb list, in a network out of reach.
	channel.SwitchChannel: `EC_UNKNOWN_SUBSCRIBER EC_UNIDENTIFIED_SUBSCRIBER EC_ABSENT_SUBSCRIBER_SM EC_ABSENT_SUBSCRIBER
		EC_UNKNOWN_EQUIPMENT EC_ROAMING_NOT_ALLOWED EC_ILLEGAL_SUBSCRIBER EC_TELESERVICE_NOT_PROVISIONED EC_ILLEGAL_EQUIPMENT
		EC_CALL_BARRED EC_FACILITY_NOT_SUPPORTED EC_SM_DELIVERY_FAILURE EC_SM_DF_MEMORYCAPACITYEXCEEDED EC_CANNOT_RECEIVE_SC
		EC_USER_OUT_OF_CREDIT EC_TEMPORARY_HANDSET_FAILURE EC_DEST_ADDRESS_UNABLE_TO_RECEIVE_SMS EC_INVALID_DESTINATION_ADDRESS
		EC_INVALID_REQUEST_DESTINATION EC_DEACTIVATED_LIST EC_IMSI_BLACKLISTED EC_OPERATOR_NOT_FOUND EC_SC_BLOCKED_FOR_END_USER
		EC_CONTENT_BLOCKED_BY_OPERATOR EC_DESTINATION_BLOCKED_BY_OPERATOR EC_DESTINATION_NOT_SMS_PROVISIONED
		EC_DEST_ADDRESS_SUSPENDED EC_ACCOUNT_NOT_PROVISIONED_FOR_CHANNEL EC_SMS_REJECTED_BY_MOBILE_OPERATOR
		EC_DEST_ADDRESS_BLACKLISTED EC_VALIDITY_EXPIRED EC_VP_EXPIRED EC_MESSAGE_EXPIRED EC_UNKNOWN_USER EC_UNSUPPORTED_DEVICE
		EC_UNSUPPORTED_MOBILE_APP_VERSION EC_TEMPLATE_BLOCKED_BY_USER REJECTED_NETWORK REJECTED_PREFIX_MISSING
		REJECTED_DESTINATION REJECTED_DND EXPIRED_EXPIRED UNDELIVERABLE_NOT_DELIVERED UNDELIVERABLE_REJECTED_OPERATOR`,

	channel.RetryLater: `EC_SYSTEM_FAILURE EC_UNKNOWN_ERROR EC_PROVIDER_GENERAL_ERROR EC_NO_RESPONSE EC_SUBSCRIBER_BUSY_FOR_MT_SMS
		EC_MESSAGE_WAITING_LIST_FULL EC_SM_DF_SC_CONGESTION EC_RESOURCE_LIMITATION EC_NO_RADIO_RESOURCE_AVAILABLE EC_TIME_OUT
		EC_DEST_OVERLOADED EC_MOBILE_OPERATOR_NETWORK_ERROR EC_NOTSUBMITTEDTOGMSC EC_PROVIDER_INTERNAL_ERROR EC_PROVIDER_TIMEOUT
		EC_INTERNAL_ERROR EC_TEMPORARY_GATEWAY_ERROR EC_MEDIA_HOSTING_ERROR EC_MEDIA_UPLOAD_ERROR EC_TEMPLATE_NOT_SYNCED
		REJECTED_SYSTEM_ERROR EXPIRED_DLR_UNKNOWN GENERAL_ERROR E500`,

	channel.Throttle: `REJECTED_FLOODING_FILTER EC_DESTINATION_FLOODING EC_DESTINATION_TXT_FLOODING EC_TOO_MANY_REQUESTS
		EC_LIMIT_REACHED EC_QUOTA_REACHED EC_10DLC_LIMIT_REACHED TOO_MANY_REQUESTS E429`,

	// The sender: not registered or blocked, the account without credit or routes.
	channel.StopSender: `REJECTED_SOURCE REJECTED_SENDER REJECTED_NOT_ENOUGH_CREDITS REJECTED_PREPAID_PACKAGE_EXPIRED
		REJECTED_ROUTE_NOT_AVAILABLE EC_ACCOUNT_ISSUE EC_SPAM_RATE EC_SENDER_NOT_REGISTERED EC_PROVIDER_BILLING_ERROR
		EC_UNKNOWN_APPLICATION EC_INVALID_WA_ACCOUNT_TYPE EC_CONFIGURATION_ERROR EC_SERVICE_NOT_ACTIVATED EC_FORBIDDEN_ACCESS
		EC_BLACKLISTED_SENDERADDRESS EC_SOURCE_ADDRESS_IS_BLOCKED EC_INVALID_SOURCE_ADDRESS EC_SC_NOT_PROVISIONED EC_SC_EXPIRED
		EC_SC_BLOCKED EC_ACCOUNT_ACCESS_DENIED EC_MONTHLY_LIMIT_REACHED`,

	channel.Reauth:      `EC_UNAUTHORIZED_ACCESS UNAUTHORIZED FORBIDDEN E401 E403`,
	channel.FixTemplate: `EC_INVALID_TEMPLATE_ARGS EC_INVALID_TEMPLATE EC_TEMPLATE_NOT_AVAILABLE`,

	channel.FixRequest: `REJECTED_DUPLICATE_MESSAGE_ID REJECTED_INVALID_UDH REJECTED_MESSAGE_TOO_LONG MISSING_TO
		REJECTED_DESTINATION_NOT_REGISTERED UNDELIVERABLE_REJECTED_PLATFORM EC_DUPLICATE_MESSAGE EC_DUPLICATE_REQUEST
		EC_BAD_REQUEST EC_MEDIA_UNSUPPORTED EC_MEDIA_METADATA_ERROR EC_BLOCKED_CONTENT EC_MSG_TEXT_TOO_LONG BAD_REQUEST E400`,
})

// families are errors of the telephone network, of which each name has dozens.
var families = []string{"EC_NNR_", "EC_PA_", "EC_NC_", "EC_OR_", "EC_UA_"}

func byName(table map[channel.Class]string) map[string]channel.Class {
	sorted := map[string]channel.Class{}
	for class, names := range table {
		for name := range strings.FieldsSeq(names) {
			sorted[name] = class
		}
	}
	return sorted
}

func classOf(name string) (channel.Class, bool) {
	if class, known := classes[name]; known {
		return class, true
	}
	if slices.ContainsFunc(families, func(family string) bool { return strings.HasPrefix(name, family) }) {
		return channel.RetryLater, true
	}
	return channel.FixRequest, false
}

// Classify implements channel.Classifier. A name nobody has heard of is taken for
// a request that will never work: retrying it could repeat a message.
func (d *Driver) Classify(code string) channel.Class {
	class, _ := classOf(code)
	return class
}

// flooding is the name of a refusal for too many messages to one person.
const flooding = "REJECTED_FLOODING_FILTER"

// OneRecipient implements channel.PersonLimiter.
func (d *Driver) OneRecipient(code string) bool { return code == flooding }

// explain explains an answer that is not a success. WhatsApp's addresses and the
// SMS address answer in two shapes.
func explain(answer *channel.Answer) *channel.SendError {
	var body struct {
		RequestError struct {
			Exception struct {
				Code       webhook.Text               `json:"messageId"`
				Text       webhook.Text               `json:"text"`
				Validation map[string]json.RawMessage `json:"validationErrors"`
			} `json:"serviceException"`
		} `json:"requestError"`
		Code        webhook.Text `json:"errorCode"`
		Description webhook.Text `json:"description"`
		Violations  []struct {
			Property  webhook.Text `json:"property"`
			Violation webhook.Text `json:"violation"`
		} `json:"violations"`
	}
	var said refusal.Said
	if json.Unmarshal(answer.Body, &body) == nil {
		exception := body.RequestError.Exception
		said.Code, said.Message = webhook.First(exception.Code, body.Code), webhook.First(exception.Text, body.Description)
		wrong := slices.Sorted(maps.Keys(exception.Validation))
		for _, v := range body.Violations {
			wrong = append(wrong, string(v.Property))
		}
		if len(wrong) > 0 {
			said.Message += " (" + strings.Join(wrong, ", ") + ")"
		}
	}
	if class, known := classOf(said.Code); known {
		said.Class = class
	}
	return company.Explain(answer, said)
}

// floodWindow is how long the flood filter counts: 20 messages, 6 of them alike,
// to one number in an hour.
const floodWindow = time.Hour

// rejected explains an answer of success whose status is a refusal.
//
// A duplicate id is the one refusal that leaves a doubt: Infobip has had a message
// with our reference, which may be this one, gone out before its answer was lost.
func rejected(t taken) *channel.SendError {
	name := t.Status.name()
	class, _ := classOf(name)
	failure := company.Refused(refusal.Said{Class: class, Code: name, Message: string(t.Status.Description), Detail: "status=" + string(t.Status.ID)})
	switch name {
	case "REJECTED_DUPLICATE_MESSAGE_ID", "EC_DUPLICATE_MESSAGE", "EC_DUPLICATE_REQUEST":
		failure.Doubt = channel.Unclear
		failure.Message = "Infobip has already had a message with this reference, so it may have gone out before; look for the reference in Infobip Portal > Analyze > Logs"
	case flooding:
		failure.OneRecipient, failure.RetryAfter = true, floodWindow
	}
	return failure
}
