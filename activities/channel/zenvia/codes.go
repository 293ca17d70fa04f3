package zenvia

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
)

// company is Zenvia, as people know it.
var company = refusal.Company{Name: "Zenvia", Console: "Zenvia's console (app.zenvia.com)"}

// own sorts what Zenvia itself says: the codes of answers (info/description.md)
// and the words of a status that ends a message (tags/subscriptions.md). The
// words say little: REJECTED never left for the network, NOT_DELIVERED did not
// reach the person.
var own = map[string]channel.Class{
	"VALIDATION_ERROR":     channel.FixRequest,
	"AUTHENTICATION_ERROR": channel.Reauth,
	"NOT_FOUND":            channel.FixRequest,
	"DUPLICATED":           channel.FixRequest,
	"INTERNAL_ERROR":       channel.RetryLater,

	"REJECTED":      channel.FixRequest,
	"NOT_DELIVERED": channel.SwitchChannel,
}

// Classify implements channel.Classifier.
func (d *Driver) Classify(code string) channel.Class { return d.codes.Classify(code) }

// explain explains an answer that is not a success. The details name the field
// that is wrong.
func explain(answer *channel.Answer) *channel.SendError {
	var body struct {
		Code    webhook.Text `json:"code"`
		Message webhook.Text `json:"message"`
		Details []struct {
			Path    webhook.Text `json:"path"`
			Message webhook.Text `json:"message"`
		} `json:"details"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil {
		return company.Explain(answer, refusal.Said{})
	}
	words := []string{}
	if body.Message != "" {
		words = append(words, string(body.Message))
	}
	for _, detail := range body.Details {
		if detail.Message != "" {
			words = append(words, strings.TrimSpace(string(detail.Path+" "+detail.Message)))
		}
	}
	return company.Explain(answer, refusal.Said{Class: own[string(body.Code)], Code: string(body.Code), Message: strings.Join(words, "; ")})
}
