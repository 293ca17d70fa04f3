package gupshup

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// reply is the body of an answer.
type reply struct {
	Status    whatsapp.Text `json:"status"` // submitted or error
	MessageID whatsapp.Text `json:"messageId"`
	Message   whatsapp.Text `json:"message"`
}

// read says what an answer to a message means.
func read(answer *channel.Answer) (channel.Receipt, error) {
	var body reply
	err := json.Unmarshal(answer.Body, &body)
	if answer.Status < 200 || answer.Status > 299 || body.Status == "error" {
		return channel.Receipt{}, refusal(answer, string(body.Message))
	}
	if err != nil || body.MessageID == "" {
		return channel.Receipt{}, &channel.SendError{
			Class: channel.FixRequest, Doubt: channel.Unclear, Err: err,
			Message: "Gupshup answered with success but without a message id; it may or may not have taken the message (check base_url)",
		}
	}
	return channel.Receipt{ProviderID: string(body.MessageID)}, nil
}

// refusal explains an answer that is not a success. Answers carry a sentence and
// no code.
//
// Doubt: a 4xx, and an "error" under whatever is not a 5xx, is definite.
func refusal(answer *channel.Answer, said string) *channel.SendError {
	failure := &channel.SendError{Class: bySentence(answer.Status, said), RetryAfter: answer.RetryAfter, Detail: fmt.Sprintf("http=%d", answer.Status)}
	failure.Message = remedies[failure.Class]
	switch {
	case answer.Status >= 300 && answer.Status < 400:
		failure.Message = fmt.Sprintf("the address in base_url answers with a redirect to another place (HTTP %d); put the final address into base_url", answer.Status)
	case said != "":
		failure.Message += ": " + whatsapp.Scrub(said)
	default:
		failure.Message += fmt.Sprintf(" (HTTP %d without an explanation)", answer.Status)
	}
	if answer.Status >= 500 {
		failure.Doubt = channel.Unclear
	}
	return failure
}

// Test implements channel.Tester: it lists the app's templates, and compares them
// with the setting templates.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.appURL()+"/template", d.header, nil)
	if failure != nil {
		return engine.Errorf(engine.Unavailable, "Gupshup could not be reached: %s", failure.Message)
	}
	var body struct {
		reply

		Templates []struct {
			ID       whatsapp.Text `json:"id"`
			Name     whatsapp.Text `json:"elementName"`
			Language whatsapp.Text `json:"languageCode"`
		} `json:"templates"`
	}
	err := json.Unmarshal(answer.Body, &body)
	if answer.Status < 200 || answer.Status > 299 || body.Status == "error" {
		failure := refusal(answer, string(body.Message))
		return engine.Errorf(engine.Invalid, "Gupshup did not show the app: %s; check app_id, api_key and base_url", failure.Message)
	}
	if len(answer.Body) >= channel.AnswerMax {
		return nil // more templates than we care to read; key and app are right
	}
	if err != nil || body.Status == "" {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like Gupshup's API; check base_url")
	}
	known := map[string]string{}
	for _, t := range body.Templates {
		known[string(t.ID)] = templateKey(string(t.Name), string(t.Language))
	}
	wrong := []string{}
	for key, id := range d.templates {
		switch name, there := known[id]; {
		case !there:
			wrong = append(wrong, key+" (no template of the app has the id "+id+")")
		case name != key:
			wrong = append(wrong, key+" (the id "+id+" belongs to "+name+")")
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return engine.Errorf(engine.Invalid, "the connection works, but the setting templates is wrong for %s; copy the ids again from Gupshup > WhatsApp > your app > Templates", strings.Join(wrong, ", "))
	}
	return nil
}
