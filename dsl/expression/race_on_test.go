//go:build race

package expression

// Timing bars do not hold under the race detector.
const raceEnabled = true
