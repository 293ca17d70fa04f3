package simulator_test

import (
	"runtime/debug"
	"testing"

	"jornada/dsl"
	"jornada/engine/simulator"
)

// BenchmarkScenario plays thirty days of one person, warm: seven messages, three
// answers, a hand-off, waits of weeks. It must stay under 20 ms, so that a folder of
// a hundred tests takes two seconds.
func BenchmarkScenario(b *testing.B) {
	bench, _, tests := bench(b, "testdata/workspace")
	var month *dsl.Scenario
	for _, f := range tests {
		if f.Journey == "month" {
			month = f.Scenarios[0]
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		transcript, err := bench.Play(b.Context(), month)
		if err != nil || transcript.Difference != nil {
			b.Fatal(err, transcript)
		}
	}
}

// BenchmarkWalks plays the clinic's journey a thousand times at random, as
// `jornada simulate --runs 1000` does, with the same setting of the garbage
// collector. It must stay under 3 s.
func BenchmarkWalks(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	_, folder, _ := bench(b, clinic)
	for b.Loop() {
		summary, err := simulator.Walks(b.Context(), simulator.Config{Open: open, Folder: folder}, "confirm_appointment", simulator.Chance{Seed: 1, Runs: 1000})
		if err != nil || summary.Runs != 1000 {
			b.Fatal(err, summary)
		}
	}
}
