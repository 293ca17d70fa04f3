package api

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSchemasOfFiles(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		for _, kind := range []string{"journey", "workspace", "lock", "test"} {
			w := f.admin("GET", "/api/v1/schemas/"+kind, "")
			var schema struct {
				Properties map[string]any `json:"properties"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &schema); err != nil || w.Code != 200 || len(schema.Properties) == 0 {
				t.Errorf("the schema of %s answers %d %.100s (%v)", kind, w.Code, w.Body, err)
			}
		}
		w := f.admin("GET", "/api/v1/schemas/lamp", "")
		if w.Code != 404 || !strings.Contains(w.Body.String(), "there are journey, workspace, lock and test") {
			t.Errorf("an unknown kind answers %d %s", w.Code, w.Body)
		}
	})
}
