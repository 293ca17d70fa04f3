package ses

import (
	"encoding/json"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/activities/channel/refusal"
)

// classes sorts the names of SES's errors, and those of every AWS service.
// Sources: .../APIReference-V2/API_SendEmail.html#API_SendEmail_Errors,
// docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html.
var classes = map[string]channel.Class{
	"TooManyRequestsException": channel.Throttle, "ThrottlingException": channel.Throttle, "Throttling": channel.Throttle,
	"LimitExceededException": channel.Throttle,

	"InternalServiceErrorException": channel.RetryLater, "InternalFailure": channel.RetryLater, "ServiceUnavailable": channel.RetryLater,

	"AccountSuspendedException": channel.StopSender, "SendingPausedException": channel.StopSender,
	"MailFromDomainNotVerifiedException": channel.StopSender,
	"NotFoundException":                  channel.StopSender, // the configuration set: no message can leave without it

	"AccessDeniedException": channel.Reauth, "ExpiredTokenException": channel.Reauth, "IncompleteSignature": channel.Reauth,
	"InvalidClientTokenId": channel.Reauth, "InvalidSignatureException": channel.Reauth, "MissingAuthenticationTokenException": channel.Reauth,
	"NotAuthorized": channel.Reauth, "OptInRequired": channel.Reauth, "RequestExpired": channel.Reauth,
	"SignatureDoesNotMatch": channel.Reauth, "UnrecognizedClientException": channel.Reauth,

	"MessageRejected": channel.FixRequest, "BadRequestException": channel.FixRequest, "ValidationException": channel.FixRequest,
}

// late sorts what events say: a bounce's type and subtype, or the event's name.
// Source: .../notification-contents.html#bounce-types.
var late = map[string]channel.Class{
	"Reject": channel.FixRequest, "Rendering Failure": channel.FixTemplate,
	"Transient/MessageTooLarge": channel.FixRequest, "Transient/AttachmentRejected": channel.FixRequest,
	"Complaint/OnAccountSuppressionList": channel.Suppress,
}

// Classify implements channel.Classifier: for an error's name, a bounce's type
// ("Transient/MailboxFull") or a mail server's status ("5.7.1").
func (d *Driver) Classify(code string) channel.Class {
	if class, known := classes[code]; known {
		return class
	}
	if class, known := late[code]; known {
		return class
	}
	switch kind, _, _ := strings.Cut(code, "/"); {
	case kind == "Permanent":
		return channel.Suppress
	case kind == "Transient", kind == "Undetermined":
		return channel.SwitchChannel
	case letter.Enhanced(code) != "":
		return letter.ClassOf(code)
	}
	return channel.FixRequest
}

// company is Amazon SES, as people know it.
var company = refusal.Company{Name: "SES", Console: "AWS Console > SES", Remedies: map[channel.Class]string{
	channel.RetryLater: "SES has a problem of its own; the message is tried again later",
	channel.Reauth:     "SES does not accept the access key, or the key may not send; connect the channel again (and check this machine's clock)",
	channel.Suppress:   "SES does not write to this address any more",
}}

// explain explains an answer that is not a success.
func explain(answer *channel.Answer) *channel.SendError {
	var body struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // also "Message": names are compared without case
	}
	_ = json.Unmarshal(answer.Body, &body) // what cannot be read explains nothing
	said := refusal.Said{Code: errorName(answer.Header.Get("X-Amzn-Errortype"), body.Type), Message: letter.Scrub(body.Message)}
	said.Class = classes[said.Code]
	if request := answer.Header.Get("X-Amzn-Requestid"); request != "" {
		said.Detail = "request=" + request
	}
	words := strings.ToLower(body.Message)
	switch {
	case said.Code == "MessageRejected" && strings.Contains(words, "not verified"):
		said.Class = channel.StopSender
	case said.Code == "MessageRejected" && strings.Contains(words, "suppression list"):
		said.Class = channel.Suppress
	}
	failure := company.Explain(answer, said)
	if failure.Class == channel.Throttle && strings.Contains(words, "daily") { // the quota of 24 hours, a moving window
		failure.RetryAfter = max(failure.RetryAfter, time.Hour)
	}
	return failure
}

// errorName is an error's name without what services write around it:
// "Name:http://internal…", "com.amazonaws.sesv2#Name".
func errorName(header, body string) string {
	name := header
	if name == "" {
		name = body
	}
	name, _, _ = strings.Cut(name, ":")
	return name[strings.LastIndex(name, "#")+1:]
}
