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
		{"nothing set", nil, channel.Pacing{Pace: declared, Portfolio: "integration:wa"}, ""},
		{"upgraded", map[string]string{"messages_per_second": " 1000 "}, channel.Pacing{Pace: channel.Pace{PerSecond: 1000, PairMost: 45, PairWithin: 270 * time.Second}, Portfolio: "integration:wa"}, ""},
		{"one in two seconds", map[string]string{"messages_per_second": "0.5"}, channel.Pacing{Pace: channel.Pace{PerSecond: 0.5, PairMost: 45, PairWithin: 270 * time.Second}, Portfolio: "integration:wa"}, ""},
		{"not paced", map[string]string{"messages_per_second": "0"}, channel.Pacing{Pace: channel.Pace{PairMost: 45, PairWithin: 270 * time.Second}, Portfolio: "integration:wa"}, ""},
		{"a tier", map[string]string{"tier": "10k"}, channel.Pacing{Pace: declared, Tier: 10_000, Portfolio: "integration:wa"}, ""},
		{"a shared tier", map[string]string{"tier": "TIER_250", "portfolio": "clinic"}, channel.Pacing{Pace: declared, Tier: 250, Portfolio: "portfolio:clinic"}, ""},
		{"no limit", map[string]string{"tier": "unlimited"}, channel.Pacing{Pace: declared, Portfolio: "integration:wa"}, ""},
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
