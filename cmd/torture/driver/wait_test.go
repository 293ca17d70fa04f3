package driver

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What comes nearer bit by bit is waited for, however long it takes in all; what
// stands still is given up.
func TestUntilWaitsWhileLessIsMissing(t *testing.T) {
	const limit = 200 * time.Millisecond
	left, began := 20, time.Now()
	require.NoError(t, Until(t.Context(), limit, "all have it", func(context.Context) error {
		if left--; left > 0 {
			return MissingError{left, "have not"}
		}
		return nil
	}))
	require.Greater(t, time.Since(began), limit, "in all it took longer than the limit")

	calls := 0
	err := Until(t.Context(), limit, "all have it", func(context.Context) error {
		calls++
		return MissingError{7 + calls%2, "of 9 have not"}
	})
	require.Regexp(t, `^waiting 200ms until all have it: [78] of 9 have not$`, err.Error())
	require.Greater(t, calls, 2)

	err = Until(t.Context(), limit, "it is up", func(context.Context) error { return errors.New("connection refused") })
	require.EqualError(t, err, "waiting 200ms until it is up: connection refused")
}
