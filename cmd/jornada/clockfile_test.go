package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// setClock writes the file as a drill does: wholly or not at all.
func setClock(t testing.TB, path string, a engine.Anchor) {
	t.Helper()
	text := fmt.Sprintf(`{"real": %q, "virtual": %q, "speed": %g}`, a.Real.Format(time.RFC3339Nano), a.Virtual.Format(time.RFC3339Nano), a.Speed)
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

func TestTheClockFollowsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clock.json")
	clock := engine.NewClock(engine.Anchor{}, time.Now)
	logged := &logBuffer{}
	f, err := openClockFile(path, clock, slog.New(slog.NewTextHandler(logged, nil)))
	require.NoError(t, err, "no file yet: real time")
	require.InDelta(t, 0, time.Since(clock.Now()).Seconds(), 1)
	moves := make(chan engine.Anchor, 8)
	f.run(t.Context(), func(a engine.Anchor) { moves <- a })
	next := func() engine.Anchor {
		t.Helper()
		select {
		case a := <-moves:
			return a
		case <-time.After(time.Minute):
			t.Fatal("the clock was not moved")
			return engine.Anchor{}
		}
	}
	at := func(virtual time.Time, speed float64) engine.Anchor {
		return engine.Anchor{Real: time.Now().UTC(), Virtual: virtual, Speed: speed}
	}
	june := time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	setClock(t, path, at(june, 1))
	require.True(t, next().Virtual.Equal(june))
	require.InDelta(t, 0, clock.Now().Sub(june).Seconds(), 5)

	// A file that is wrong, or gone, changes nothing and is said.
	require.NoError(t, os.WriteFile(path, []byte(`{"real": "yesterday"}`), 0o600))
	until(t, "the mistake is said", func() bool { return strings.Contains(logged.String(), "is no clock") })
	require.NoError(t, os.Remove(path))
	setClock(t, path, at(june.AddDate(0, 1, 0), 60))
	require.InDelta(t, 60, next().Speed, 0)
	old := at(june, 1)
	old.Real = old.Real.Add(-time.Hour)
	setClock(t, path, old)
	until(t, "an older `real` is refused", func() bool { return strings.Contains(logged.String(), "older than the last one") })
	require.InDelta(t, 60, clock.Anchor().Speed, 0)

	// A second process begins with what the file says.
	setClock(t, path, at(june.AddDate(0, 2, 0), 1))
	next()
	other := engine.NewClock(engine.Anchor{}, time.Now)
	_, err = openClockFile(path, other, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.True(t, other.Anchor().Equal(clock.Anchor()))
}

func TestAWrongClockFileStopsTheStart(t *testing.T) {
	for text, want := range map[string]string{
		`soon`: "is no clock", `{"real": "2026-01-01T00:00:00Z"}`: "needs both `real`",
		`{"real": "2026-01-01T00:00:00Z", "virtual": "2026-06-01T00:00:00Z"}`:              "has speed 0",
		`{"real": "2026-01-01T00:00:00Z", "virtual": "2026-06-01T00:00:00Z", "speed": -1}`: "has speed -1",
		`{"real": "2026-01-01T00:00:00Z", "virtual": "2026-06-01T00:00:00Z", "sped": 1}`:   "is no clock",
	} {
		path := filepath.Join(t.TempDir(), "clock.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := openClockFile(path, engine.NewClock(engine.Anchor{}, time.Now), slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
}
