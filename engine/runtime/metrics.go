package runtime

import (
	"github.com/prometheus/client_golang/prometheus"

	"jornada/engine"
)

// Metrics are the runtime's counters. cmd registers Collectors; labels are
// words of ours, never ids or personal data.
type Metrics struct {
	eventsIn        prometheus.Counter
	eventsDuplicate prometheus.Counter
	eventsDone      *prometheus.CounterVec // kind, result
	eventsRetried   prometheus.Counter
	eventSeconds    prometheus.Histogram
	enrollments     *prometheus.CounterVec // trigger, result
	statuses        *prometheus.CounterVec // status
	outboxDone      *prometheus.CounterVec // kind, result
	outboxLag       prometheus.Histogram
	paced           *prometheus.CounterVec // reason
	paceLowered     prometheus.Counter
}

// NewMetrics makes the counters, registered nowhere.
func NewMetrics() *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "jornada_" + name, Help: help})
	}
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jornada_" + name, Help: help}, labels)
	}
	buckets := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30, 300}
	return &Metrics{
		eventsIn:        counter("events_received_total", "Events stored for the first time."),
		eventsDuplicate: counter("events_duplicate_total", "Events that had been stored before and had no effect."),
		eventsDone:      vec("events_processed_total", "Events worked off, by kind and what became of them.", "kind", "result"),
		eventsRetried:   counter("events_retried_total", "Attempts to work off an event that failed and will be repeated."),
		eventSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "jornada_event_processing_seconds", Help: "Real seconds one event took to work off.", Buckets: buckets}),
		enrollments: vec("enrollments_total", "Attempts to enroll, by trigger and result (started, skipped, refused).", "trigger", "result"),
		statuses:    vec("message_statuses_total", "Message statuses that raised a message.", "status"),
		outboxDone:  vec("outbox_delivered_total", "Outbox items by kind and result (done, retried, dropped).", "kind", "result"),
		paced:       vec("messages_paced_total", "Times a message was told to wait for its turn, by the limit (number_rate, pair_rate, tier).", "reason"),
		paceLowered: counter("pace_lowered_total", "Refusals of a message as too fast, among so many that they lower its number's rate for a while."),
		outboxLag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "jornada_outbox_lag_seconds", Help: "Real seconds between an outbox item being due and Temporal having it.", Buckets: buckets}),
	}
}

// Paced counts that a message waits for its turn at a limit (engine.HeldBy…);
// anything else is a rate that was lowered.
func (m *Metrics) Paced(what string) {
	switch what {
	case engine.HeldByNumber, engine.HeldByPair, engine.HeldByTier:
		m.paced.WithLabelValues(what).Inc()
	default:
		m.paceLowered.Inc()
	}
}

// Collectors are what a registry must be given.
func (m *Metrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.eventsIn, m.eventsDuplicate, m.eventsDone, m.eventsRetried, m.eventSeconds,
		m.enrollments, m.statuses, m.outboxDone, m.outboxLag, m.paced, m.paceLowered,
	}
}
