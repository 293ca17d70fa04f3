package bird

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/reseller"
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
		return new(meta.Driver).Classify(code), true
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
	Code        reseller.Text `json:"code"`
	Description reseller.Text `json:"description"`
	Source      struct {
		Name reseller.Text `json:"name"`
		Code reseller.Text `json:"code"`
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

// refusal explains an answer that is not a success.
func (d *Driver) refusal(answer *channel.Answer) *channel.SendError {
	var body struct {
		Code    reseller.Text              `json:"code"`
		Message reseller.Text              `json:"message"`
		Details map[string]json.RawMessage `json:"details"`
	}
	var said reseller.Said
	if json.Unmarshal(answer.Body, &body) == nil {
		said.Code, said.Message = string(body.Code), string(body.Message)
		if wrong := slices.Sorted(maps.Keys(body.Details)); len(wrong) > 0 {
			said.Message += " (" + strings.Join(wrong, ", ") + ")"
		}
	}
	return reseller.Refusal(company, answer, said)
}

// rejected explains an answer of success whose status is a refusal.
func (d *Driver) rejected(m message) *channel.SendError {
	refused := &channel.SendError{Class: channel.FixRequest, Detail: "status=" + string(m.Status)}
	if codes := d.codes(m.Failure); len(codes) > 0 {
		refused.Code = codes[0]
		refused.Class = d.Classify(refused.Code)
	}
	if refused.Class == channel.DeferMarketing {
		refused.RetryAfter = 24 * time.Hour
	}
	refused.Message = reseller.Remedy(company, refused.Class)
	if said := reseller.Scrub(reseller.First(m.Failure.Description, m.Reason)); said != "" {
		refused.Message += ": " + said
	}
	return refused
}
