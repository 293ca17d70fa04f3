package runtime

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/activities/channel"
	"jornada/engine"
)

// scale tells a limit, and counts who asks.
type scale struct {
	tier      string
	quality   string
	perSecond float64
	silent    bool // it cannot be asked
	err       error
	asked     int
}

func (s *scale) TellsStanding(*engine.Integration) bool { return !s.silent }

func (s *scale) Standing(context.Context, *engine.Integration) (channel.Standing, error) {
	s.asked++
	return channel.Standing{Tier: s.tier, Quality: s.quality, PerSecond: s.perSecond}, s.err
}

// A platform is asked for the limit at once where the tier is auto, again every hour
// until it tells, and then every day; the limit of who does not count is not kept.
func TestAskingForALimit(t *testing.T) {
	w := onFile(t)
	s := &scale{tier: "TIER_2K", silent: true}
	w.rt.Standings = s
	ask := func() (string, int) {
		w.Helper()
		require.NoError(w, w.rt.askStandingsDue(w.ctx))
		i, err := w.db.Integration(w.ctx, "wa")
		require.NoError(w, err)
		return i.Settings[channel.SettingTier], s.asked
	}
	set := func(tier string) {
		w.Helper()
		i, err := w.db.Integration(w.ctx, "wa")
		require.NoError(w, err)
		i.Settings = map[string]string{channel.SettingTier: tier}
		_, err = w.db.PutIntegration(w.ctx, i)
		require.NoError(w, err)
	}
	is := func(tier string, asked int) {
		w.Helper()
		gotTier, gotAsked := ask()
		require.Equal(w, tier, gotTier)
		require.Equal(w, asked, gotAsked)
	}
	is("", 0)
	s.silent, s.perSecond = false, 80
	is("", 1)
	is("", 2) // of its day
	is("", 2)
	s.asked = 0
	w.clock.Advance(standingsEvery)
	set(channel.TierAuto)
	s.err = errors.New("away")
	is(channel.TierAuto, 1)
	is(channel.TierAuto, 1)
	s.err = nil
	w.clock.Advance(standingsFirst)
	is("TIER_2K", 2)
	s.tier = "TIER_10K"
	is("TIER_10K", 3) // of its day
	is("TIER_10K", 3)
	w.clock.Advance(standingsEvery)
	s.tier = ""
	is("TIER_10K", 4)
}

// What a platform says of a sender's quality is kept, also when it tells no limit; what
// it does not say changes nothing.
func TestAskingForTheQuality(t *testing.T) {
	w := onFile(t)
	s := &scale{}
	w.rt.Standings = s
	for _, c := range []struct{ says, kept string }{{"RED", "red"}, {"NA", "red"}, {"", "red"}, {"UNKNOWN", "unknown"}, {"GREEN", "green"}} {
		s.quality = c.says
		require.NoError(w, w.rt.askStandingsDue(w.ctx))
		got, err := w.db.Quality(w.ctx, "wa")
		require.NoError(w, err)
		require.Equal(w, c.kept, got, c.says)
		w.clock.Advance(standingsEvery)
	}
	notices, _, err := w.db.Notices(w.ctx, time.Time{}, 0, "")
	require.NoError(w, err)
	require.Len(w, notices, 1)
	require.Equal(w, engine.NoticeQuality, notices[0].Kind)
	require.NotNil(w, notices[0].ResolvedAt)
}

// A number's throughput is asked for every hour until it is known, then every day, and at
// once when the platform has news of the number, whosoever's they are: the news name no
// integration, and the answer does.
func TestAskingForTheThroughput(t *testing.T) {
	w := onFile(t)
	s := &scale{}
	w.rt.Standings = s
	is := func(perSecond float64, asked int) {
		w.Helper()
		require.NoError(w, w.rt.askStandingsDue(w.ctx))
		i, err := w.db.Integration(w.ctx, "wa")
		require.NoError(w, err)
		require.InDelta(w, perSecond, i.Throughput, 0)
		require.Equal(w, asked, s.asked)
	}
	is(0, 1)
	is(0, 1)
	w.clock.Advance(standingsFirst)
	s.perSecond = 80
	is(80, 2)
	is(80, 3) // of its day
	w.clock.Advance(standingsFirst)
	is(80, 3)
	s.perSecond = 1000
	require.Equal(w, "applied", w.deliver(engine.InboundEvent{
		Key: nextKey(), Kind: engine.Capability, IntegrationID: "wa", Channel: engine.WhatsApp,
		Data: map[string]any{"event": "THROUGHPUT_UPGRADE", "display_phone_number": "15550783881", "max_daily_conversations_per_business": "TIER_UNLIMITED"},
	}))
	is(1000, 4)
	is(1000, 4)
	s.perSecond = 0 // it says nothing
	w.clock.Advance(standingsEvery)
	is(1000, 5)
}
