package channel

import (
	"strconv"
	"strings"
	"time"

	"jornada/engine"
)

// Pace is how fast a provider takes messages, as data. What is zero is not
// limited, or not by a number that its vendor publishes.
type Pace struct {
	// PerSecond is messages a second through one integration: a number, an app, an
	// account.
	PerSecond float64
	// At most PairMost messages to one person in any PairWithin.
	PairMost   int
	PairWithin time.Duration
}

// WhatsAppPace is what Meta lets one business number send, whoever carries it: 80
// messages a second (1,000 after an upgrade, which a driver that can ask for it finds
// out; 20 when the number is also used in the WhatsApp Business app), and to one person
// one every 6 seconds, of which 45 may be borrowed in advance. 45 in 45×6 seconds never
// exceed that.
// Source: developers.facebook.com/documentation/business-messaging/whatsapp/throughput
// and …/messages/send-messages (error codes 130429 and 131056).
var WhatsAppPace = Pace{PerSecond: 80, PairMost: 45, PairWithin: 45 * 6 * time.Second}

// Settings of every integration, whatever its provider.
const (
	SettingPerSecond = "messages_per_second" // overrides Pace.PerSecond; 0 = as fast as it goes
	SettingTier      = "tier"                // people a day whom templates may open: 250, 2000, 10K, … or unlimited
	SettingPortfolio = "portfolio"           // integrations of one name share one tier; else each has its own
)

// TierAuto as a tier: the provider is asked for it, and its answer replaces the word.
// Until then nobody is counted.
const TierAuto = "auto"

// The fastest and slowest that can be set, and the largest tier: more is a slip
// of the finger.
const (
	fastest     = 100_000
	slowest     = 0.001
	largestTier = 100_000_000
)

// RateSource is who says how fast an integration may send.
type RateSource string

// The sources of a rate, the strongest first.
const (
	RateSet      RateSource = "setting"  // SettingPerSecond
	RateTold     RateSource = "platform" // asked for this very sender: Standing.PerSecond
	RateDeclared RateSource = "provider" // what its provider publishes for every sender
)

// Pacing are an integration's limits: its provider's, and what its settings say.
type Pacing struct {
	Pace

	By RateSource // who says Pace.PerSecond

	Tier      int    // people in 24 hours; 0 = not counted
	Portfolio string // whose people they are
}

// PacingOf reads an integration's settings over what its platform says of the sender,
// and that over what its provider declares. Its error names the setting.
func PacingOf(i *engine.Integration, declared Pace) (Pacing, error) {
	p := Pacing{Pace: declared, By: RateDeclared, Portfolio: "integration:" + string(i.ID)}
	if i.Throughput > 0 {
		p.PerSecond, p.By = i.Throughput, RateTold
	}
	settings := Settings{IntegrationID: i.ID, Values: i.Settings}
	if v := settings.Value(SettingPerSecond, ""); v != "" {
		rate, err := strconv.ParseFloat(v, 64)
		sound := rate == 0 || rate >= slowest && rate <= fastest // and no NaN
		if err != nil || !sound {
			return p, settings.Refuse("settings."+SettingPerSecond, "must be how many messages a second the provider takes from this sender, like 80 or 0.5, or 0 for as fast as it goes")
		}
		p.PerSecond, p.By = rate, RateSet
	}
	if v := settings.Value(SettingTier, ""); v != "" && v != TierAuto {
		tier, ok := TierOf(v)
		if !ok {
			return p, settings.Refuse("settings."+SettingTier, "must be the messaging limit that the WhatsApp Manager shows, like 250, 2000, 10K, 100K or unlimited, or auto")
		}
		p.Tier = tier
	}
	if v := settings.Value(SettingPortfolio, ""); v != "" {
		if len(v) > 100 {
			return p, settings.Refuse("settings."+SettingPortfolio, "must be a name of at most 100 characters")
		}
		p.Portfolio = "portfolio:" + v
	}
	return p, nil
}

// TierOf reads a messaging limit as people write it (10K, 2000, unlimited) and as
// the platform does (TIER_10K). Unlimited is 0.
func TierOf(s string) (people int, ok bool) {
	s = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(s)), "TIER_")
	if s == "UNLIMITED" {
		return 0, true
	}
	times := 1
	if rest, thousands := strings.CutSuffix(s, "K"); thousands {
		s, times = rest, 1000
	}
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 || n > largestTier/times {
		return 0, false
	}
	return n * times, true
}
