package wavy

import (
	"encoding/json"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// own sorts the codes of statuses (docs-pt.sinch.com, "Códigos de status"): 10x are of
// the way to the operator, 20x of the operator, 301 of its report. None says more than
// that the message did not arrive.
var own = map[string]channel.Class{
	"101": channel.SwitchChannel, "102": channel.SwitchChannel, "103": channel.SwitchChannel,
	"201": channel.SwitchChannel, "202": channel.SwitchChannel, "203": channel.SwitchChannel, "204": channel.SwitchChannel,
	"205": channel.SwitchChannel, "206": channel.SwitchChannel, "207": channel.SwitchChannel, "301": channel.SwitchChannel,
}

// Codes of progress.
const (
	codeSent      = "2"
	codeDelivered = "4"
	codeAtCarrier = "104"
)

func codesOn(ch engine.Channel) refusal.Codes {
	codes := refusal.Codes{Own: own}
	if ch == engine.WhatsApp {
		codes.Behind = whatsapp.ClassOf
	}
	return codes
}

// Classify implements channel.Classifier.
func (d *Driver) Classify(code string) channel.Class { return d.codes.Classify(code) }

// explain explains an answer that is not a success; its status says how.
func explain(answer *channel.Answer) *channel.SendError {
	var body struct {
		Code    webhook.Text `json:"errorCode"`
		Error   webhook.Text `json:"error"`
		Message webhook.Text `json:"errorMessage"`
		Other   webhook.Text `json:"message"`
	}
	if json.Unmarshal(answer.Body, &body) != nil {
		return company.Explain(answer, refusal.Said{})
	}
	return company.Explain(answer, refusal.Said{Code: string(body.Code), Message: webhook.First(body.Message, body.Other, body.Error)})
}
