package engine_test

import (
	"strings"
	"testing"

	"jornada/engine"
)

func TestTooLarge(t *testing.T) {
	if err := engine.TooLarge("data", map[string]any{"note": strings.Repeat("x", 60<<10)}); err != nil {
		t.Error(err)
	}
	err := engine.TooLarge("data", map[string]any{"note": strings.Repeat("x", 65<<10)})
	if err == nil || err.Code != engine.Invalid || err.Field != "data" || err.Message != "data is 66 KB and may be 64 KB: keep what is large elsewhere and pass its address" {
		t.Errorf("%+v", err)
	}
	if err := engine.TooLarge("data", map[string]any{"f": func() {}}); err == nil {
		t.Error("what is no JSON fits")
	}
}
