package channel_test

import (
	"errors"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

func TestPacingOf(t *testing.T) {
	declared := channel.WhatsAppPace
	cases := []struct {
		name     string
		settings map[string]string
		want     channel.Pacing
		refused  string // the field
	}{
		{"nothing set", nil, channel.Pacing{Pace: declared, By: channel.RateDeclared, Portfolio: "integration:wa"}, ""},
		{"upgraded", map[string]string{"messages_per_second": " 1000 "}, channel.Pacing{Pace: channel.Pace{PerSecond: 1000, PairMost: 45, PairWithin: 270 * time.Second}, By: channel.RateSet, Portfolio: "integration:wa"}, ""},
		{"one in two seconds", map[string]string{"messages_per_second": "0.5"}, channel.Pacing{Pace: channel.Pace{PerSecond: 0.5, PairMost: 45, PairWithin: 270 * time.Second}, By: channel.RateSet, Portfolio: "integration:wa"}, ""},
		{"not paced", map[string]string{"messages_per_second": "0"}, channel.Pacing{Pace: channel.Pace{PairMost: 45, PairWithin: 270 * time.Second}, By: channel.RateSet, Portfolio: "integration:wa"}, ""},
		{"a tier", map[string]string{"tier": "10k"}, channel.Pacing{Pace: declared, By: channel.RateDeclared, Tier: 10_000, Portfolio: "integration:wa"}, ""},
		{"a shared tier", map[string]string{"tier": "TIER_250", "portfolio": "clinic"}, channel.Pacing{Pace: declared, By: channel.RateDeclared, Tier: 250, Portfolio: "portfolio:clinic"}, ""},
		{"no limit", map[string]string{"tier": "unlimited"}, channel.Pacing{Pace: declared, By: channel.RateDeclared, Portfolio: "integration:wa"}, ""},
		{"fast as a word", map[string]string{"messages_per_second": "fast"}, channel.Pacing{}, "settings.messages_per_second"},
		{"backwards", map[string]string{"messages_per_second": "-1"}, channel.Pacing{}, "settings.messages_per_second"},
		{"not a number", map[string]string{"messages_per_second": "NaN"}, channel.Pacing{}, "settings.messages_per_second"},
		{"for ever", map[string]string{"messages_per_second": "Inf"}, channel.Pacing{}, "settings.messages_per_second"},
		{"no people", map[string]string{"tier": "0"}, channel.Pacing{}, "settings.tier"},
		{"everybody", map[string]string{"tier": "9999999999K"}, channel.Pacing{}, "settings.tier"},
		{"a long name", map[string]string{"portfolio": string(make([]byte, 101))}, channel.Pacing{}, "settings.portfolio"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := channel.PacingOf(&engine.Integration{ID: "wa", Settings: c.settings}, declared)
			if c.refused == "" {
				if err != nil || got != c.want {
					t.Errorf("got %+v (%v)\nwant %+v", got, err, c.want)
				}
				return
			}
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Field != c.refused || refusal.Code != engine.Invalid {
				t.Errorf("got %v, want a refusal of %s", err, c.refused)
			}
		})
	}
}

// TestTheRateThatAPlatformTells: what it says of this very sender goes before what it
// publishes for all of them, and after what the settings say.
func TestTheRateThatAPlatformTells(t *testing.T) {
	for name, c := range map[string]struct {
		told float64
		set  string
		rate float64
		by   channel.RateSource
	}{
		"it has not said":      {0, "", 80, channel.RateDeclared},
		"upgraded":             {1000, "", 1000, channel.RateTold},
		"slower than others":   {20, "", 20, channel.RateTold},
		"the settings go over": {1000, "250", 250, channel.RateSet},
		"also without a limit": {1000, "0", 0, channel.RateSet},
	} {
		t.Run(name, func(t *testing.T) {
			i := engine.Integration{ID: "wa", Throughput: c.told, Settings: map[string]string{channel.SettingPerSecond: c.set}}
			got, err := channel.PacingOf(&i, channel.WhatsAppPace)
			if err != nil || got.PerSecond != c.rate || got.By != c.by || got.PairMost != channel.WhatsAppPace.PairMost {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
