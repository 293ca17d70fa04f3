package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// What the list says beside counts: goals, versions that drain, tags.
func TestWhatTheListOfJourneysSays(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		line := func() journeyLine {
			return read[struct{ Items []journeyLine }](t, f.admin("GET", "/api/v1/journeys", "")).Items[0]
		}
		tagged := func(tags, text string) string {
			return strings.Replace(text, "category: utility", "category: utility\ntags: "+tags, 1)
		}
		withGoal := strings.Replace(testJourney, "steps:", "goals: [{id: came, event: appointment.scheduled, exit: true}]\nsteps:", 1)
		end := func(of engine.VersionHash, n int, reached bool) {
			id := engine.EnrollmentID(fmt.Sprintf("e_%s_confirm_%d", of, n))
			if reached {
				l := engine.GoalReached("came")
				l.Seq = 9
				require.NoError(t, f.store.SaveProgress(context.Background(), id, "", "confirm", nil, []engine.TimelineEntry{l}))
			}
			_, err := f.store.EndEnrollment(context.Background(), id, engine.Exited, "came", "")
			require.NoError(t, err)
		}

		require.Equal(t, 200, f.admin("PUT", "/api/v1/journeys/confirm/draft", body(t, map[string]string{"source": tagged(`[" agenda ", agenda]`, testJourney) + "mistake: 1\n"})).Code)
		require.Equal(t, []any{[]string{"agenda"}, (*goalView)(nil), []drainingView{}}, []any{line().Tags, line().Goal, line().Draining}, "a draft, with mistakes")

		first := f.publishes(testJourney)
		require.Equal(t, []string{}, line().Tags, "those of what is live")
		f.publishes(tagged("[agenda, clinic]", testJourney))
		require.Equal(t, []string{"agenda", "clinic"}, line().Tags, "the same version in another text")
		f.stands(first.Hash, "confirm", 3)
		end(first.Hash, 0, true)
		require.Equal(t, []any{(*goalView)(nil), []drainingView{}}, []any{line().Goal, line().Draining}, "without goals; inside of the live version")

		second := f.publishes(withGoal)
		f.stands(second.Hash, "confirm", 4)
		require.Equal(t, []drainingView{{1, 2}}, line().Draining)
		require.Nil(t, line().Goal, "nobody ended in a version with goals")
		end(second.Hash, 0, true)
		end(second.Hash, 1, false)
		end(second.Hash, 2, false)
		require.Equal(t, &goalView{Ended: 3, Reached: 1}, line().Goal)

		third := f.published(map[string]any{"source": strings.Replace(withGoal, "timeout: 6h", "timeout: 4h", 1), "share": 10})
		f.stands(third.Hash, "confirm", 1)
		require.Equal(t, []drainingView{{1, 2}}, line().Draining, "who is on trial does not drain")
		require.Equal(t, 200, f.admin("POST", "/api/v1/journeys/confirm/end-trial", "{}").Code)
		require.Equal(t, []drainingView{{3, 1}, {1, 2}}, line().Draining, "until the trial ends")
	})
}
