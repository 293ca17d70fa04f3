package api

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"jornada/engine"
)

// metrics are what Prometheus reads. No label carries an id of a person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	rejected *prometheus.CounterVec
	received *prometheus.CounterVec
	links    *prometheus.CounterVec
}

func newMetrics(registry *prometheus.Registry, store healthStore, clock engine.Clock) *metrics {
	m := &metrics{
		registry: registry,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jornada_http_requests_total", Help: "Calls answered, by operation and status."}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "jornada_http_request_seconds", Help: "Time to answer, by operation.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"operation"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jornada_webhook_rejected_total", Help: "Webhook calls refused, by reason."}, []string{"reason"}),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jornada_webhook_events_total", Help: "Events taken from providers, by channel and kind."}, []string{"channel", "kind"}),
	}
	m.links = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "jornada_unsubscribe_total", Help: "Presses of unsubscribe links, by result: done, repeated, or invalid for a link that is not ours."}, []string{"result"})
	registry.MustRegister(m.requests, m.seconds, m.rejected, m.received, m.links, &ledger{store: store, clock: clock})
	return m
}

// text is the exposition format.
func (m *metrics) text() ([]byte, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&b, family); err != nil {
			return nil, fmt.Errorf("writing metric %q: %w", family.GetName(), err)
		}
	}
	return b.Bytes(), nil
}

// ledger turns the store's counts into gauges at the moment they are read.
type ledger struct {
	store healthStore
	clock engine.Clock
}

var (
	pendingEvents  = prometheus.NewDesc("jornada_events_pending", "Inbound events stored and not yet acted on.", nil, nil)
	pendingOutbox  = prometheus.NewDesc("jornada_outbox_pending", "Signals that Temporal has not taken yet.", nil, nil)
	oldestEvent    = prometheus.NewDesc("jornada_events_oldest_seconds", "Age of the oldest pending event.", nil, nil)
	oldestOutbox   = prometheus.NewDesc("jornada_outbox_oldest_seconds", "Age of the oldest pending signal.", nil, nil)
	stuckSending   = prometheus.NewDesc("jornada_messages_stuck", "Messages whose provider call never ended.", nil, nil)
	unconfirmed    = prometheus.NewDesc("jornada_messages_unconfirmed", "Messages a person must decide.", nil, nil)
	enrollments    = prometheus.NewDesc("jornada_enrollments", "Enrollments by status.", []string{"status"}, nil)
	messagesByStat = prometheus.NewDesc("jornada_messages", "Messages by status.", []string{"status"}, nil)
	databaseUp     = prometheus.NewDesc("jornada_database_up", "1 when the database answers.", nil, nil)
)

// Describe implements prometheus.Collector.
func (l *ledger) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{pendingEvents, pendingOutbox, oldestEvent, oldestOutbox, stuckSending, unconfirmed, enrollments, messagesByStat, databaseUp} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (l *ledger) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counts, err := l.store.Counts(ctx)
	if err != nil { // the other metrics matter most just then
		gauge(databaseUp, 0)
		return
	}
	age := func(now time.Time, at *time.Time) float64 {
		if at == nil {
			return 0
		}
		return max(now.Sub(*at).Seconds(), 0)
	}
	gauge(databaseUp, 1)
	gauge(pendingEvents, float64(counts.PendingEvents))
	gauge(pendingOutbox, float64(counts.PendingOutbox))
	gauge(oldestEvent, age(l.clock.Now(), counts.OldestEvent))
	gauge(oldestOutbox, age(l.clock.Real(), counts.OldestOutbox))
	gauge(stuckSending, float64(counts.StuckSending))
	gauge(unconfirmed, float64(counts.Unconfirmed))
	for status, n := range counts.ActiveByStatus {
		gauge(enrollments, float64(n), string(status))
	}
	for status, n := range counts.Messages {
		gauge(messagesByStat, float64(n), string(status))
	}
}
