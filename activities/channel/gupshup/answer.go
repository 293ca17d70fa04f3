package gupshup

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
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
	answer, failure, templates, err := d.list(ctx)
	switch {
	case failure != nil && answer == nil:
		return company.Unreachable(failure, "base_url")
	case failure != nil:
		return company.Judge(failure, diag.Text{
			En: "Gupshup does not accept the API key ({said}); check app_id, api_key and base_url",
			Pt: "a Gupshup não aceita a chave de API ({said}); confira app_id, api_key e base_url",
		}, diag.Text{En: "Gupshup did not show the app: {said}; check app_id, api_key and base_url", Pt: "a Gupshup não mostrou o app: {said}; confira app_id, api_key e base_url"})
	case len(answer.Body) >= channel.AnswerMax:
		return nil // more templates than we care to read; key and app are right
	case err != nil:
		return refusal.Elsewhere("Gupshup's API", "a API da Gupshup")
	}
	known := map[string]string{}
	for _, t := range templates {
		known[string(t.ID)] = templateKey(string(t.Name), string(t.Language))
	}
	var en, pt []string
	for _, key := range slices.Sorted(maps.Keys(d.templates)) {
		id := d.templates[key]
		switch name, there := known[id]; {
		case !there:
			en, pt = append(en, key+" (no template of the app has the id "+id+")"), append(pt, key+" (nenhum template do app tem o id "+id+")")
		case name != key:
			en, pt = append(en, key+" (the id "+id+" belongs to "+name+")"), append(pt, key+" (o id "+id+" pertence a "+name+")")
		}
	}
	if len(en) > 0 {
		return engine.Told(engine.Invalid, diag.Text{
			En: "the connection works, but the setting templates is wrong for " + strings.Join(en, ", ") + "; copy the ids again from Gupshup > WhatsApp > your app > Templates",
			Pt: "a conexão funciona, mas a configuração templates está errada para " + strings.Join(pt, ", ") + "; copie os ids de novo em Gupshup > WhatsApp > seu app > Templates",
		})
	}
	return nil
}
