package gupshup

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// reply is the body of an answer.
type reply struct {
	Status    webhook.Text `json:"status"` // submitted or error
	MessageID webhook.Text `json:"messageId"`
	Message   webhook.Text `json:"message"`
}

// read says what an answer to a message means.
func read(answer *channel.Answer) (channel.Receipt, error) {
	var body reply
	err := json.Unmarshal(answer.Body, &body)
	if !answer.Succeeded() || body.Status == "error" {
		return channel.Receipt{}, explain(answer, string(body.Message))
	}
	if err != nil || body.MessageID == "" {
		return channel.Receipt{}, company.NoID(err)
	}
	return channel.Receipt{ProviderID: string(body.MessageID)}, nil
}

// explain explains an answer that is not a success. Answers carry a sentence and
// no code.
func explain(answer *channel.Answer, said string) *channel.SendError {
	return company.Explain(answer, refusal.Said{Class: refusal.Guess(phrases, said), Guessed: true, Message: said})
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
			ID       webhook.Text `json:"id"`
			Name     webhook.Text `json:"elementName"`
			Language webhook.Text `json:"languageCode"`
		} `json:"templates"`
	}
	err := json.Unmarshal(answer.Body, &body)
	if !answer.Succeeded() || body.Status == "error" {
		failure := explain(answer, string(body.Message))
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
