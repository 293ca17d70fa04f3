package meta

import (
	"context"
	"encoding/json"
	"net/http"

	"jornada/activities/channel"
	"jornada/engine"
)

// standingFields are asked of the phone number's record: the portfolio's messaging limit
// (…/whatsapp/messaging-limits, which says that messaging_limit_tier is no more), its
// quality and its throughput (…/whatsapp/throughput).
const standingFields = "whatsapp_business_manager_messaging_limit,quality_rating,throughput"

// perSecond is how many messages a second a number may send, by the level that its
// record tells (…/whatsapp/throughput: 80 "by default", 1,000 "by automatic upgrade";
// the words are those of …/reference/whatsapp-business-account/phone-number-management-api,
// which also has NOT_APPLICABLE: nothing is known then). A number that is used in the WhatsApp Business app as
// well has 20, which no level says: there the setting messages_per_second does.
var perSecond = map[text]float64{"STANDARD": channel.WhatsAppPace.PerSecond, "HIGH": 1000}

// Standing implements channel.StandingTeller.
func (d *Driver) Standing(ctx context.Context) (channel.Standing, error) {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.numberURL+"?fields="+standingFields, d.header, nil)
	if failure != nil {
		return channel.Standing{}, engine.Errorf(engine.Unavailable, "the number's limits could not be asked: %s", failure.Message)
	}
	if !answer.Succeeded() {
		return channel.Standing{}, engine.Errorf(engine.Unavailable, "WhatsApp does not tell the number's limits: %s", explain(answer).Error())
	}
	var number struct {
		Tier       text `json:"whatsapp_business_manager_messaging_limit"`
		Quality    text `json:"quality_rating"`
		Throughput struct {
			Level text `json:"level"`
		} `json:"throughput"`
	}
	if json.Unmarshal(answer.Body, &number) != nil {
		return channel.Standing{}, engine.Errorf(engine.Unavailable, "what WhatsApp says of the number's limits cannot be read")
	}
	s := channel.Standing{Quality: string(number.Quality), PerSecond: perSecond[number.Throughput.Level]}
	if _, known := channel.TierOf(string(number.Tier)); known {
		s.Tier = string(number.Tier)
	}
	return s, nil
}
