package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/cmd/torture/provsim"
)

func TestPublishedJourneys(t *testing.T) {
	files := published(7*time.Second, "gap", "ask_a")
	require.Len(t, files, 4, "two journeys, the workspace and its templates")
	require.Contains(t, files["gap.journey.yaml"], "timeout: 7s")
	require.NotContains(t, files["gap.journey.yaml"], visitTimeout)
	require.Contains(t, files["ask_a.journey.yaml"], "timeout: 6h", "another patience stays")
	require.Equal(t, Files()["gap.journey.yaml"], published(0, "gap")["gap.journey.yaml"])
	for journey, options := range askers {
		text := Files()[journey+".journey.yaml"]
		for _, o := range options {
			require.Contains(t, text, "id: "+o.option+", title: "+o.title, journey)
		}
	}
}

func TestSeries(t *testing.T) {
	for line, want := range map[string]float64{
		`jornada_events_processed_total{kind="status",result="applied"} 12`:  12,
		`jornada_events_processed_total{kind="status",result="stale"} 3e+01`: 30,
		`jornada_events_processed_total{kind="message",result="stale"} 7`:    -1,
		`jornada_events_processed_total_more{kind="status"} 7`:               -1,
		`# HELP jornada_events_processed_total kind="status"`:                -1,
	} {
		value, is := series(line, "jornada_events_processed_total", []string{`kind="status"`})
		require.Equal(t, want >= 0, is, line)
		if is {
			require.InDelta(t, want, value, 0)
		}
	}
	value, is := series("jornada_events_pending 4", "jornada_events_pending", nil)
	require.True(t, is)
	require.InDelta(t, 4, value, 0)
}

// What a sitting expects of plain words: the newest question that understands them.
func TestUnderstood(t *testing.T) {
	p := &Person{ID: "demo"}
	for _, c := range []struct {
		open []string // oldest first
		text string
		want string // journey and outcome
		last bool
	}{
		{[]string{"ask_a", "ask_b"}, "Sim", "ask_b yes_b", false},
		{[]string{"ask_b", "ask_a", "ask_c"}, "não", "ask_a no_a", false},
		{[]string{"ask_c", "ask_d", "ask_a"}, "tarde", "ask_d afternoon_d", false},
		{[]string{"ask_a", "ask_d"}, "Manhã", "ask_d odd", true},
		{nil, "Sim", "", false},
	} {
		one := &sitting{person: p, asked: c.open, open: append([]string(nil), c.open...)}
		tb := &table{outcome: map[string]string{}}
		require.Equal(t, c.last, tb.understood(one, c.text), c.text)
		if c.want == "" {
			require.Equal(t, 1, tb.nobody)
			continue
		}
		journey, outcome, _ := strings.Cut(c.want, " ")
		require.Equal(t, map[string]string{"demo " + journey: outcome}, tb.outcome)
		require.NotContains(t, one.open, journey)
		tb.answered(one, journey, "again")
		require.Equal(t, outcome, tb.outcome["demo "+journey], "an answered question stays answered")
		require.Equal(t, 1, tb.late)
	}
}

// Outside the restart means: before it, and after what piled up is taken.
func TestFloodAnswers(t *testing.T) {
	began := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	down := outage{began: began, ended: began.Add(2 * time.Second)}
	hook := func(at time.Duration, key string, answer int, latency time.Duration) provsim.Hook {
		return provsim.Hook{Key: key, RealAt: began.Add(at), Answer: answer, Latency: latency}
	}
	judge := func(hooks ...provsim.Hook) []string {
		s := &Stage{Run: &Run{Full: true}, People: []*Person{{}}}
		var rules []string
		s.floodAnswers(hooks, down, func(rule, _ string) { rules = append(rules, rule) })
		return rules
	}
	calm := hook(-time.Second, "a", 200, time.Millisecond)
	require.Empty(t, judge(calm, hook(time.Second, "b", 503, 0), hook(3*time.Second, "b", 200, 2*time.Second), hook(6*time.Second, "c", 200, time.Millisecond)))
	require.Equal(t, []string{"webhooks are taken outside the restart"}, judge(calm, hook(-2*time.Second, "b", 503, 0), hook(3*time.Second, "b", 200, 0)))
	require.Equal(t, []string{"no webhook is answered 429"}, judge(calm, hook(time.Second, "b", 429, 0), hook(3*time.Second, "b", 200, 0)))
	require.Equal(t, []string{"webhooks are quick"}, judge(hook(-time.Hour, "a", 200, 30*time.Minute)))
	require.Equal(t, []string{"what was refused is taken soon"}, judge(calm, hook(time.Second, "b", 503, 0), hook(15*time.Second, "b", 200, 0)))
}
