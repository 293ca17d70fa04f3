package api

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"jornada/activities/channel"
	"jornada/engine"
)

// pace is how fast an integration may send, how much of its portfolio's people are used
// up, and how the platform rates its sender.
type pace struct {
	PerSecond float64 `json:"messages_per_second"` // now; 0: as fast as it goes
	Declared  float64 `json:"declared_per_second"` // without any refusal
	// Who says Declared: the integration's setting, its platform when it was asked, or what
	// its provider publishes for every sender.
	By        channel.RateSource `json:"declared_by"`
	LoweredAt *time.Time         `json:"lowered_at,omitempty"`
	// Of one that counts people: the tier, whose it is, and whom it reached in 24 hours.
	Tier      int    `json:"tier,omitempty"`
	Portfolio string `json:"portfolio,omitempty"`
	People    int    `json:"people_24h"`
	Quality   string `json:"quality,omitempty"` // green, yellow or red; "": the platform has not said, or does not know
}

// paceOf reads an integration's pace; nil when its settings make no driver.
func (s *server) paceOf(ctx context.Context, i *engine.Integration) (*pace, error) {
	provider, now, err := s.Providers.For(ctx, i.ID)
	if isCode(err, engine.Invalid) || isCode(err, engine.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening integration %q: %w", i.ID, err)
	}
	pacing, err := channel.PacingOf(now, provider.Capabilities().Pace)
	if err != nil {
		return nil, nil //nolint:nilerr // a driver was made, so there are only settings of before a limit was tightened
	}
	p := &pace{Declared: pacing.PerSecond, By: pacing.By, Tier: pacing.Tier}
	if p.PerSecond = engine.PaceNow(pacing.PerSecond, now.LearntRate, now.LearntAt, s.Clock.Real()); p.PerSecond < p.Declared {
		at := s.Clock.Virtual(*now.LearntAt)
		p.LoweredAt = &at
	}
	if p.Quality, err = s.Store.Quality(ctx, i.ID); err != nil {
		return nil, fmt.Errorf("reading the quality of integration %q: %w", i.ID, err)
	}
	if p.Quality == "unknown" {
		p.Quality = ""
	}
	if p.Tier == 0 {
		return p, nil
	}
	p.Portfolio = now.Settings[channel.SettingPortfolio]
	if p.People, err = s.Store.PeopleReached(ctx, pacing.Portfolio); err != nil {
		return nil, fmt.Errorf("counting the people of integration %q: %w", i.ID, err)
	}
	return p, nil
}

// paces turns the integrations' pace into gauges at the moment they are read. The label
// is the integration's id, which its administrator chose.
type paces struct{ *server }

var (
	paceNow    = prometheus.NewDesc("jornada_integration_messages_per_second", "Messages a second that an integration may send now; less than declared after a refusal as too fast. Without a limit there is none.", []string{"integration"}, nil)
	paceBest   = prometheus.NewDesc("jornada_integration_declared_messages_per_second", "Messages a second that an integration may send without any refusal.", []string{"integration"}, nil)
	tierPeople = prometheus.NewDesc("jornada_integration_tier_people", "People in 24 hours whom the integration's portfolio may reach with templates, where that is counted.", []string{"integration"}, nil)
	tierUsed   = prometheus.NewDesc("jornada_integration_tier_used_people", "People whom the integration's portfolio reached with templates in the last 24 hours, where that is counted.", []string{"integration"}, nil)
)

// Describe implements prometheus.Collector.
func (p paces) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{paceNow, paceBest, tierPeople, tierUsed} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out: the other
// metrics matter most just then.
func (p paces) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	list, err := p.Store.Integrations(ctx)
	if err != nil {
		return
	}
	for i := range list {
		one, err := p.paceOf(ctx, &list[i])
		if err != nil || one == nil {
			continue
		}
		gauge := func(d *prometheus.Desc, v float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, string(list[i].ID))
		}
		if one.Declared > 0 {
			gauge(paceNow, one.PerSecond)
			gauge(paceBest, one.Declared)
		}
		if one.Tier > 0 {
			gauge(tierPeople, float64(one.Tier))
			gauge(tierUsed, float64(one.People))
		}
	}
}
