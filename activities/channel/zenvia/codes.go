package zenvia

import (
	"encoding/json"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/gateway"
	"jornada/activities/channel/meta"
	"jornada/engine"
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

// cause is the class of a cause's channelErrorCode. On WhatsApp that is Meta's
// code, for which there is a table already. For SMS no list is published.
func (d *Driver) cause(code string) (channel.Class, bool) {
	if d.settings.Channel != engine.WhatsApp {
		return "", false
	}
	class := new(meta.Driver).Classify(code)
	return class, class != channel.FixRequest
}

// Classify implements channel.Classifier: Zenvia's own words first, then the
// codes of the channel behind it.
func (d *Driver) Classify(code string) channel.Class {
	if class, known := d.codes.Known(code); known {
		return class
	}
	if class, known := d.cause(code); known {
		return class
	}
	return channel.FixRequest
}

// refusal explains an answer that is not a success. The details name the field
// that is wrong; they repeat no value.
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
