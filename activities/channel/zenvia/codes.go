package zenvia

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/gateway"
)

// codes sorts what Zenvia itself says: the codes of answers (info/description.md)
// and the words of a status that ends a message (tags/subscriptions.md). The
// words say little: REJECTED never left for the network, NOT_DELIVERED did not
// reach the person.
var codes = gateway.Codes{
	Company: "Zenvia", Console: "Zenvia's console (app.zenvia.com)",
	Classes: map[string]channel.Class{
		"VALIDATION_ERROR":     channel.FixRequest,
		"AUTHENTICATION_ERROR": channel.Reauth,
		"NOT_FOUND":            channel.FixRequest,
		"DUPLICATED":           channel.FixRequest,
		"INTERNAL_ERROR":       channel.RetryLater,

		"REJECTED":      channel.FixRequest,
		"NOT_DELIVERED": channel.SwitchChannel,
	},
}

// Classify implements channel.Classifier.
func (d *Driver) Classify(code string) channel.Class { return d.codes.Classify(code) }

// refusal explains an answer that is not a success. The details name the field
// that is wrong.
func (d *Driver) refusal(answer *channel.Answer) *channel.SendError {
	var body struct {
		Code    gateway.Text `json:"code"`
		Message gateway.Text `json:"message"`
		Details []struct {
			Code    gateway.Text `json:"code"`
			Path    gateway.Text `json:"path"`
			Message gateway.Text `json:"message"`
		} `json:"details"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil {
		return d.codes.Refusal(answer, "", "")
	}
	said := []string{}
	if body.Message != "" {
		said = append(said, string(body.Message))
	}
	for _, detail := range body.Details {
		if detail.Message != "" {
			said = append(said, strings.TrimSpace(string(detail.Path)+" "+string(detail.Message)))
		}
	}
	return d.codes.Refusal(answer, string(body.Code), strings.Join(said, "; "))
}
