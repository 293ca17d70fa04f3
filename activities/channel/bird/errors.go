package bird

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// classes sorts Bird's own codes, the same for all channels: 11xxx validation,
// 12xxx Bird's services, 14xxx the customer, 15xxx the platform behind.
//
// Source: docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-codes.
var classes = map[int]channel.Class{
	11001: channel.FixRequest, 11002: channel.FixRequest, // the channel cannot do it; the input is wrong
	12001: channel.RetryLater,    // one of Bird's services
	12002: channel.FixRequest,    // a kind of message that the platform does not know
	12003: channel.SwitchChannel, // this source may not write to this destination
	15001: channel.RetryLater,    // the network
	15005: channel.SwitchChannel, // unknown subscriber
}

// carriers sorts the codes of the SMS network behind Bird, which are those of the
// mobile networks themselves (3GPP TS 29.002).
//
// Source: …/message-failure-sources/sms-platform-extended-error-codes.
var carriers = map[int]channel.Class{
	1: channel.SwitchChannel, 5: channel.SwitchChannel, 6: channel.SwitchChannel, 9: channel.SwitchChannel, 11: channel.SwitchChannel,
	12: channel.SwitchChannel, 13: channel.SwitchChannel, 21: channel.SwitchChannel, 27: channel.SwitchChannel,
	2: channel.RetryLater, 3: channel.RetryLater, 31: channel.RetryLater, 32: channel.RetryLater, 33: channel.RetryLater, 34: channel.RetryLater,
}

// ours tells Bird's codes from those of the platform behind it.
func ours(number int) bool { return number >= 11000 && number <= 15999 }

// classOf is the class of a code and whether it is a known one. WhatsApp's codes
// come through Bird as they are, and are sorted as from WhatsApp itself.
func (d *Driver) classOf(code string) (channel.Class, bool) {
	number, err := strconv.Atoi(code)
	class, known := classes[number]
	switch {
	case err != nil:
		return channel.FixRequest, false
	case known:
	case ours(number):
		return channel.FixRequest, false
	case d.settings.Channel == engine.WhatsApp:
		if class, known = whatsapp.ClassOf(code); !known {
			class = channel.FixRequest
		}
		return class, true
	default:
		class, known = carriers[number]
	}
	if !known {
		class = channel.FixRequest
	}
	return class, known
}

// Classify implements channel.Classifier. A code nobody has heard of is taken for
// a request that will never work: retrying it could repeat a message.
func (d *Driver) Classify(code string) channel.Class {
	class, _ := d.classOf(code)
	return class
}

// failure is why a message failed: Bird's word for it, and the platform's.
type failure struct {
	Code        webhook.Text `json:"code"`
	Description webhook.Text `json:"description"`
	Source      struct {
		Name webhook.Text `json:"name"`
		Code webhook.Text `json:"code"`
	} `json:"source"`
}

// codes are why, the more telling first: the platform's code, when it is the
// platform that refused ("whatsapp", "sms-messagebird"; Bird's own steps count in
// their own way) and we know it.
func (d *Driver) codes(f failure) []string {
	var all []string
	if _, known := d.classOf(string(f.Source.Code)); known && strings.HasPrefix(string(f.Source.Name), platforms[d.settings.Channel]) {
		all = append(all, string(f.Source.Code))
	}
	if f.Code != "" && !slices.Contains(all, string(f.Code)) {
		all = append(all, string(f.Code))
	}
	return all
}

// explain explains an answer that is not a success.
func explain(answer *channel.Answer) *channel.SendError {
	var body struct {
		Code    webhook.Text               `json:"code"`
		Message webhook.Text               `json:"message"`
		Details map[string]json.RawMessage `json:"details"`
	}
	var said refusal.Said
	if json.Unmarshal(answer.Body, &body) == nil {
		said.Code, said.Message = string(body.Code), string(body.Message)
		if wrong := slices.Sorted(maps.Keys(body.Details)); len(wrong) > 0 {
			said.Message += " (" + strings.Join(wrong, ", ") + ")"
		}
	}
	return company.Explain(answer, said)
}

// rejected explains an answer of success whose status is a refusal.
func (d *Driver) rejected(m message) *channel.SendError {
	said := refusal.Said{Class: channel.FixRequest, Detail: "status=" + string(m.Status), Message: webhook.First(m.Failure.Description, m.Reason)}
	if codes := d.codes(m.Failure); len(codes) > 0 {
		said.Code, said.Class = codes[0], d.Classify(codes[0])
	}
	return company.Refused(said)
}
