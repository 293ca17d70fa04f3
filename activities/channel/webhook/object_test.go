package webhook_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"jornada/activities/channel/webhook"
)

// TestObject: an object, or one in a text; never an error.
func TestObject(t *testing.T) {
	for in, want := range map[string]map[string]any{
		`{"a":1}`: {"a": 1.0}, `"{\"a\":\"b\"}"`: {"a": "b"}, `{}`: {}, `"[1]"`: nil, `[1]`: nil, `"a"`: nil, `null`: nil, ``: nil, `"{"`: nil,
		strings.Repeat(`{"a":`, 80) + "1" + strings.Repeat("}", 80): nil,
	} {
		if got := webhook.Object(json.RawMessage(in)); !reflect.DeepEqual(got, want) {
			t.Errorf("%.40s: %v, want %v", in, got, want)
		}
	}
}
