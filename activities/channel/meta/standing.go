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

// upgraded is how many messages a second a number of the level HIGH may send.
const upgraded = 1000

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
	s := channel.Standing{Quality: string(number.Quality)}
	if _, known := channel.TierOf(string(number.Tier)); known {
		s.Tier = string(number.Tier)
	}
	if number.Throughput.Level == "HIGH" {
		s.PerSecond = upgraded
	}
	return s, nil
}
