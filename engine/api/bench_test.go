package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"jornada/engine"
	"jornada/engine/runtime"
	"jornada/engine/store/storetest"
)

// deliverer is the fixture's runtime with the real way in: what the door calls is
// what runs in production, up to the commit.
type deliverer struct {
	*fakeRuntime

	real *runtime.Runtime
}

// Deliver implements Runtime.
func (d deliverer) Deliver(ctx context.Context, events []engine.InboundEvent) error {
	return d.real.Deliver(ctx, events)
}

// BenchmarkWebhooks is what a provider waits for: a signed WhatsApp message from
// its bytes to the commit, 16 calls at a time, on both databases side by side.
// Every call is a new event and every 200 is one that stands in the table.
func BenchmarkWebhooks(b *testing.B) {
	for _, database := range []struct {
		name string
		open func(b *testing.B) storetest.Open
	}{
		{"sqlite", func(b *testing.B) storetest.Open { return storetest.SQLite(b) }},
		{"postgres", func(b *testing.B) storetest.Open { return storetest.PostgresDatabase(b) }},
	} {
		b.Run(database.name, func(b *testing.B) {
			o := storeOptions()
			o.MaxConns = 16
			f := newFixture(b, database.open(b)(b, o))
			f.doors()
			rt, err := runtime.New(runtime.Config{Client: struct{ client.Client }{}, Store: f.store, Clock: stopped(), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			f.server.Logger, f.server.Runtime = slog.New(slog.DiscardHandler), deliverer{f.runtime, rt}
			var n atomic.Int64
			var mu sync.Mutex
			var took []time.Duration
			b.SetParallelism(8) // times two cores
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				var mine []time.Duration
				for pb.Next() {
					c := metaCall("wa", "secret of wa", metaBody("111", fmt.Sprintf("wamid.%d", n.Add(1)), "Sim, confirmo 👍🏽"))
					r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(c.body))
					for name, value := range c.header {
						r.Header.Set(name, value)
					}
					began := time.Now()
					w := httptest.NewRecorder()
					f.handler.ServeHTTP(w, r)
					mine = append(mine, time.Since(began))
					if w.Code != http.StatusOK {
						b.Errorf("a webhook answers %d: %s", w.Code, w.Body)
						return
					}
				}
				mu.Lock()
				took = append(took, mine...)
				mu.Unlock()
			})
			b.StopTimer()
			slices.Sort(took)
			if len(took) > 0 {
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "webhooks/s")
			}
			counts, err := f.store.Counts(b.Context())
			if err != nil || counts.PendingEvents != n.Load() {
				b.Errorf("%d events are stored after %d calls that answered 200 (%v)", counts.PendingEvents, n.Load(), err)
			}
		})
	}
}
