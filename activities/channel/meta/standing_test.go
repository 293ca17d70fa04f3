package meta_test

import (
	"net/http"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/meta"
)

// TestStanding: the number's own record, with the answer as the pages on limits show it.
func TestStanding(t *testing.T) {
	for name, c := range map[string]struct {
		answer channeltest.Answer
		want   channel.Standing
		says   string // of an error
	}{
		"an upgraded number":     {channeltest.Answer{Body: `{"whatsapp_business_manager_messaging_limit":"TIER_UNLIMITED","quality_rating":"GREEN","throughput":{"level":"HIGH"},"id":"106540352242922"}`}, channel.Standing{Tier: "TIER_UNLIMITED", Quality: "GREEN", PerSecond: 1000}, ""},
		"a new one":              {channeltest.Answer{Body: `{"whatsapp_business_manager_messaging_limit":"TIER_250","quality_rating":"UNKNOWN","throughput":{"level":"STANDARD"},"id":"106540352242922"}`}, channel.Standing{Tier: "TIER_250", Quality: "UNKNOWN", PerSecond: 80}, ""},
		"of no known level":      {channeltest.Answer{Body: `{"quality_rating":"GREEN","throughput":{"level":"NOT_APPLICABLE"}}`}, channel.Standing{Quality: "GREEN"}, ""},
		"a word nobody knows":    {channeltest.Answer{Body: `{"whatsapp_business_manager_messaging_limit":"TIER_NOT_SET"}`}, channel.Standing{}, ""},
		"without the permission": {channeltest.Answer{Status: 403, Body: `{"error":{"code":200,"message":"Permissions error"}}`}, channel.Standing{}, "WhatsApp does not tell the number's limits: "},
		"a page":                 {channeltest.Answer{Body: `<html>`}, channel.Standing{}, "cannot be read"},
		"nobody":                 {channeltest.Answer{Truncate: true, Body: "{"}, channel.Standing{}, "could not be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answer)
			got, err := server.Open(t, meta.New, settings(), nil).(channel.StandingTeller).Standing(t.Context())
			if got != c.want || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v, %v", got, err)
			}
			r := server.Requests()[0]
			if r.Method != http.MethodGet || r.URL.Path != "/v23.0/"+number || r.URL.RawQuery != "fields=whatsapp_business_manager_messaging_limit,quality_rating,throughput" || r.Header.Get("Authorization") != "Bearer demo-token" {
				t.Errorf("asked %s %s", r.Method, r.URL)
			}
		})
	}
}
