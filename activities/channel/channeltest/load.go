package channeltest

import (
	"encoding/json"
	"os"
	"testing"
)

// Load reads a JSON file of the package's testdata: a table of vectors, the
// vendor's published examples.
func Load(t testing.TB, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}
