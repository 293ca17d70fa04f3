package simulator_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/price"
	"jornada/engine/simulator"
)

// priced is the day of the prices.
var priced = time.Date(2026, time.August, 1, 0, 0, 0, 0, time.UTC)

// Every example walks at random without an end that nobody meant, and the same
// seed walks the same way.
func TestWalks(t *testing.T) {
	const runs = 6
	workspaces, err := filepath.Glob("../../examples/*/workspace.yaml")
	require.NoError(t, err)
	for _, file := range append(workspaces, "testdata/workspace/workspace.yaml") {
		dir := filepath.Dir(file)
		if filepath.Base(dir) == "invalid" {
			continue
		}
		summaries := map[string][2]*simulator.Summary{}
		var timelines [2][]string
		for round := range 2 {
			b, folder, _ := bench(t, dir)
			for _, j := range folder.Journeys {
				id := j.ID.String()
				s := simulator.NewSummary(folder, id, 7, priced)
				for run := range runs {
					tr, err := b.Walk(t.Context(), id, 7, run)
					require.NoError(t, err)
					s.Add(tr)
					timelines[round] = append(timelines[round], rendered(t, tr, folder, diag.English))
				}
				s.Finish()
				both := summaries[id]
				both[round] = s
				summaries[id] = both
			}
		}
		for i := range timelines[0] {
			require.Equal(t, timelines[0][i], timelines[1][i], dir)
		}
		for id, both := range summaries {
			s := both[0]
			require.Equal(t, s.Endings, both[1].Endings, id)
			require.Equal(t, runs, s.Runs)
			ended := s.NotLetIn
			for _, e := range s.Endings {
				ended += e.Count
				require.NotContains(t, []string{"active", "quarantined"}, e.Name, id)
			}
			require.Equal(t, runs, ended, id)
			require.LessOrEqual(t, s.Duration.Half, s.Duration.Max)
			require.LessOrEqual(t, s.Messages.Half, s.Messages.Most)
		}
	}
}

// What a summary counts, on walks made by hand.
func TestSummaryCounts(t *testing.T) {
	_, folder, _ := bench(t, clinic)
	s := simulator.NewSummary(folder, "offer_slot", 1, priced)
	for i := range 10 {
		tr := &simulator.Transcript{Scenario: &dsl.Scenario{}, Ending: "accepted", Messages: i, Channels: []string{"whatsapp"}}
		for range i {
			tr.Sent = append(tr.Sent, price.Count{Channel: "whatsapp", Category: "utility", Min: 1, Max: 1})
		}
		tr.Sent = append(tr.Sent, price.Count{Channel: "pigeon", Min: 2, Max: 2})
		if i >= 8 {
			tr.Ending, tr.Reason, tr.Path = "failed", "no answer", []string{"offer=take", "offer=take → tell=failed"}[9-i]
		}
		s.Add(tr)
	}
	s.Add(&simulator.Transcript{Ending: "stopped"})
	s.Finish()
	require.Equal(t, 11, s.Runs)
	require.Equal(t, 1, s.NotLetIn)
	require.Equal(t, []simulator.Share{{Name: "accepted", Count: 8}, {Name: "failed", Count: 2}}, s.Endings)
	require.Equal(t, []simulator.DeadEnd{{Share: simulator.Share{Name: "no answer", Count: 2}, Path: "offer=take"}}, s.Failures)
	quote, ok := price.Default().Find(price.Kind{Channel: "whatsapp", Category: "utility", Country: "BR"}, priced)
	each := quote.Low
	require.True(t, ok)
	require.InDelta(t, 4*each.Units(), s.Cost.Low.Half, 1e-9)
	require.InDelta(t, 9*each.Units(), s.Cost.Low.Max, 1e-9)
	require.LessOrEqual(t, s.Cost.Low.Max, s.Cost.High.Max)
	require.Equal(t, "USD", s.Cost.Currency)
	require.Equal(t, []simulator.Share{{Name: "pigeon BR", Count: 20}}, s.Cost.Unknown)
	require.Equal(t, []simulator.Share{{Name: "whatsapp", Count: 10}}, s.Channels)
	require.Equal(t, simulator.Percentiles{Half: 4, Most: 8, Nearly: 9, Max: 9}, s.Messages)
	require.Contains(t, s.Unseen, "offer: take ✗ skip ✗ other ✗ timeout ✗")
}

// Walks side by side sum up to what walks one after the other do.
func TestWalksSideBySide(t *testing.T) {
	const runs = 41
	b, folder, _ := bench(t, clinic)
	want := simulator.NewSummary(folder, "offer_slot", 3, priced)
	for run := 1; run <= runs; run++ {
		tr, err := b.Walk(t.Context(), "offer_slot", 3, run)
		require.NoError(t, err)
		want.Add(tr)
	}
	want.Finish()
	told := 0
	got, err := simulator.Walks(t.Context(), simulator.Config{Open: open, Folder: folder}, "offer_slot",
		simulator.Chance{Seed: 3, Runs: runs, At: priced, Done: func(int) { told++ }})
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, runs, told)
	_, err = simulator.Walks(t.Context(), simulator.Config{Open: open, Folder: folder}, "nobody", simulator.Chance{Runs: 1})
	require.ErrorContains(t, err, `"nobody"`)
}

// An SMS is paid as it is sent: where the integration leaves accents out, without them.
func TestWalksPayWhatIsSent(t *testing.T) {
	const journey = "dsl: 1\njourney: notice\ncategory: utility\ntriggers: [{api: true}]\nsteps:\n" +
		"  - {id: hi, send: {sms: {text: \"A recepção já não atende hoje: amanhã às nove horas estamos de volta, até lá!\", segments: 2}}}\n"
	for settings, segments := range map[string]int{"": 2, "channels: {sms: {smart_encoding: true}}\n": 1} {
		dir := t.TempDir()
		for name, text := range map[string]string{"workspace.yaml": "workspace: demo\ntimezone: America/Sao_Paulo\n" + settings, "notice.journey.yaml": journey} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
		b, _, _ := bench(t, dir)
		tr, err := b.Walk(t.Context(), "notice", 1, 1)
		require.NoError(t, err)
		require.Equal(t, []price.Count{{Channel: "sms", Category: "utility", Min: segments, Max: segments}}, tr.Sent, settings)
	}
}
