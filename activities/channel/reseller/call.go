package reseller

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"jornada/activities/channel"
)

// Authorized are the headers of every call. A credential of two lines is a paste
// that went wrong.
func Authorized(settings channel.Settings, secret, credential string) (http.Header, error) {
	if strings.ContainsAny(credential, "\r\n\x00") {
		return nil, settings.Refuse("secrets."+secret, "must be one line; copy it again")
	}
	header := http.Header{}
	header.Set("Authorization", credential)
	header.Set("Content-Type", "application/json")
	header.Set("Accept", "application/json")
	header.Set("User-Agent", "jornada/1.0")
	return header, nil
}

// Post hands one message over: one call, never repeated.
func Post(ctx context.Context, client *http.Client, address string, header http.Header, body any, depart func() error) (*channel.Answer, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the message could not be written as JSON", Err: err}
	}
	answer, failure := channel.Post(ctx, client, http.MethodPost, address, header, encoded, depart)
	if failure != nil {
		return nil, failure
	}
	return answer, nil
}

// Succeeded says whether an answer is a success.
func Succeeded(answer *channel.Answer) bool { return answer.Status >= 200 && answer.Status <= 299 }

// Puzzled is a success that does not name the message: it may have been taken.
func Puzzled(company string, err error) error {
	return &channel.SendError{
		Class: channel.FixRequest, Doubt: channel.Unclear, Err: err,
		Message: company + " answered with success but without a message id; it may or may not have taken the message (check base_url)",
	}
}

// Said is what an answer that is not a success says in its body.
type Said struct {
	Class   channel.Class // of its code; "" = the HTTP status decides
	Code    string
	Message string
	Detail  string // for developers; no personal data
}

// Refusal explains an answer that is not a success.
//
// Doubt: a 4xx is definite. So is a 5xx that names a refusal; one that only says
// that something went wrong is not.
func Refusal(company string, answer *channel.Answer, said Said) *channel.SendError {
	failure := &channel.SendError{
		Class: said.Class, Code: said.Code, RetryAfter: answer.RetryAfter,
		Detail: strings.TrimSpace(fmt.Sprintf("http=%d %s", answer.Status, said.Detail)),
	}
	if failure.Class == "" {
		failure.Class = byStatus(answer.Status)
	}
	named := said.Class != "" && said.Class != channel.RetryLater
	if answer.Status >= 500 && !named {
		failure.Doubt = channel.Unclear
	}
	failure.Message = Remedy(company, failure.Class)
	switch message := Scrub(said.Message); {
	case message != "":
		failure.Message += ": " + message
	case answer.Status >= 300 && answer.Status < 400:
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	case said.Code == "":
		failure.Message += fmt.Sprintf(" (HTTP %d without an explanation)", answer.Status)
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

// Remedy says, per class, what happened and what a person does about it.
func Remedy(company string, class channel.Class) string {
	switch class {
	case channel.RetryLater:
		return company + " or the network behind it has a problem of its own; the message is tried again later"
	case channel.Throttle:
		return company + " asks for a slower pace; the message waits its turn"
	case channel.StopSender:
		return company + " does not let this sender send; settle it in the console of " + company + " and resume the channel"
	case channel.Reauth:
		return company + " does not accept the credentials, or they lack a permission; connect the channel again"
	case channel.UseTemplate:
		return "more than 24 hours have passed since the person last wrote; only an approved template may be sent"
	case channel.SwitchChannel:
		return "this person cannot be reached here; use another channel"
	case channel.SuppressMarketing:
		return "the person stopped marketing messages from this business in WhatsApp"
	case channel.DeferMarketing:
		return "WhatsApp holds back marketing to this person; not before 24 hours from now"
	case channel.Suppress:
		return "the person does not want messages from this sender, or stands on its block list"
	case channel.FixTemplate:
		return "the template cannot be sent as it stands; check its status and parameters in the console of " + company
	case channel.FixRequest, channel.InboundOnly:
	}
	return company + " refused the message as wrong"
}
