package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Tests are kept beside their journey, mistakes included; two authors do not
// overwrite each other.
func TestTestsOfAJourney(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		require.Equal(t, 404, f.admin("GET", "/api/v1/journeys/hi/tests", "").Code)
		f.admin("PUT", "/api/v1/journeys/hi/draft", body(t, map[string]string{"source": saysHi}))
		none := read[testsView](t, f.admin("GET", "/api/v1/journeys/hi/tests", ""))
		require.Empty(t, none.Source)

		saved := read[testsView](t, f.admin("PUT", "/api/v1/journeys/hi/tests", body(t, map[string]string{"source": hiPlays}), "If-Match", `"`+none.ETag+`"`))
		require.Empty(t, saved.Diagnostics)
		got := read[testsView](t, f.admin("GET", "/api/v1/journeys/hi/tests", ""))
		require.Equal(t, hiPlays, got.Source)
		require.Equal(t, saved.ETag, got.ETag)

		w := f.admin("PUT", "/api/v1/journeys/hi/tests", body(t, map[string]string{"source": "test: hi\ncases: []\n"}), "If-Match", `"`+none.ETag+`"`)
		require.Equal(t, 412, w.Code, w.Body)
		wrong := read[testsView](t, f.admin("PUT", "/api/v1/journeys/hi/tests", body(t, map[string]string{"source": "test: hy\n"})))
		require.NotEmpty(t, wrong.Diagnostics, "said, and saved")
		require.Equal(t, "hi.test.yaml", wrong.Diagnostics[0]["file"])
	})
}
