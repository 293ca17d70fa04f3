package main

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that is asked to stop while its provider is slow: no new call
// begins, those under way end and are written down, and nothing is left in doubt.
func TestStoppingLeavesNoDoubt(t *testing.T) {
	for _, on := range []backend{onSQLite, onPostgres} {
		t.Run(string(on), func(t *testing.T) {
			r := newChannelRig(t, on, 60)
			r.vendors.slow(2 * time.Second)
			r.enrollAll()
			r.eventually("calls are under way", func() bool { return r.messages()["sending"] > 0 })
			began := time.Now()
			r.process.stop(slog.New(slog.DiscardHandler))
			took := time.Since(began)
			require.Less(t, took, 20*time.Second)
			taken, _ := r.vendors.counts()
			count := r.messages()
			require.Zero(t, count["sending"], "%v", count)
			require.Zero(t, count["unconfirmed"], "%v", count)
			require.Equal(t, taken, count["accepted"], "%v", count)
			t.Logf("stopped in %v: %d of %d calls had begun", took.Round(time.Millisecond), taken, r.people)
		})
	}
}
