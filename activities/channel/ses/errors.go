package ses

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
)

// classes sorts the names of SES's errors, and those of every AWS service.
// Sources: .../APIReference-V2/API_SendEmail.html#API_SendEmail_Errors,
// docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html
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
// Source: .../notification-contents.html#bounce-types
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

var remedies = map[channel.Class]string{
	channel.RetryLater: "SES has a problem of its own; the message is tried again later",
	channel.Throttle:   "SES asks for a slower pace; the message waits its turn",
	channel.Reauth:     "SES does not accept the access key, or the key may not send; connect the channel again (and check this machine's clock)",
	channel.StopSender: "SES does not let this sender send; open AWS Console > SES, settle it there and resume the channel",
	channel.Suppress:   "SES does not write to this address any more",
	channel.FixRequest: "SES refused the message as wrong",
}

// refusal explains an answer that is not a success: a 4xx is definite. So is a
// 5xx that names a refusal; one that only says that something went wrong is not.
func refusal(answer *channel.Answer) *channel.SendError {
	failure := &channel.SendError{
		Class: byStatus(answer.Status), RetryAfter: answer.RetryAfter,
		Detail: strings.TrimSpace(fmt.Sprintf("http=%d request=%s", answer.Status, answer.Header.Get("X-Amzn-Requestid"))),
	}
	var body struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // also "Message": names are compared without case
	}
	_ = json.Unmarshal(answer.Body, &body) // what cannot be read explains nothing
	named := false
	if failure.Code = errorName(answer.Header.Get("X-Amzn-Errortype"), body.Type); failure.Code != "" {
		if class, known := classes[failure.Code]; known {
			failure.Class, named = class, class != channel.RetryLater
		}
	}
	switch said := strings.ToLower(body.Message); {
	case failure.Code == "MessageRejected" && strings.Contains(said, "not verified"):
		failure.Class = channel.StopSender
	case failure.Code == "MessageRejected" && strings.Contains(said, "suppression list"):
		failure.Class = channel.Suppress
	case failure.Class == channel.Throttle && strings.Contains(said, "daily"): // the quota of 24 hours, a moving window
		failure.RetryAfter = max(failure.RetryAfter, time.Hour)
	}
	failure.Message = remedies[failure.Class]
	if body.Message != "" {
		failure.Message += ": " + letter.Scrub(body.Message)
	}
	if answer.Status >= 300 && answer.Status < 400 {
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	}
	if answer.Status >= 500 && !named {
		failure.Doubt = channel.Unclear
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
