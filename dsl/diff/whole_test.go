package diff_test

import (
	"encoding/json"
	"strings"
	"testing"

	"jornada/dsl"
	"jornada/dsl/diff"
)

// Nothing that runs is overlooked: whatever one value of a plan becomes, something
// is told, also by fields that nobody thought of when this package was written.
func TestNoValueIsOverlooked(t *testing.T) {
	tried := 0
	plans, _ := load(examples(t)["language"], "", "")
	for id, p := range plans {
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := json.Unmarshal(raw, &tree); err != nil {
			t.Fatal(err)
		}
		each(tree, "", func(path string, set func(v any), old any) {
			if quiet(path) {
				return
			}
			set(other(old))
			text, err := json.Marshal(tree)
			set(old)
			if err != nil {
				t.Fatal(err)
			}
			var now dsl.Plan
			if err := json.Unmarshal(text, &now); err != nil {
				return // no value of that field
			}
			tried++
			if len(diff.Compare(p, &now)) == 0 {
				t.Errorf("%s: another %s is no difference", id, path)
			}
		})
	}
	if tried < 450 {
		t.Errorf("only %d values were tried", tried)
	}
}

// each visits every value of a JSON document with a way to set it.
func each(v any, path string, visit func(path string, set func(any), old any)) {
	item := func(path string, v any, set func(any)) {
		switch v.(type) {
		case map[string]any, []any:
			each(v, path, visit)
		default:
			visit(path, set, v)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			item(path+"/"+key, one, func(x any) { v[key] = x })
		}
	case []any:
		for i, one := range v {
			item(path+"/-", one, func(x any) { v[i] = x })
		}
	}
}

func other(v any) any {
	switch v := v.(type) {
	case string:
		if strings.HasSuffix(v, "0s") {
			return "1234h0m0s"
		}
		return v + "x"
	case float64:
		return v + 1
	case bool:
		return !v
	}
	return v
}

// quiet are places, labels and the graph itself, which is compared as nesting; and
// types of the workspace, of which those count that the journey reads.
func quiet(path string) bool {
	for _, part := range []string{"/line", "/column", "/reads/-", "/path", "/name", "/normal", "/status", "/channel", "/verb"} {
		if strings.HasSuffix(path, part) {
			return true
		}
	}
	for _, part := range []string{"/edges/", "/inside/", "/next", "/contact/", "/lanes/-/start", "/body", "/was/", "/start", "/hash", "_hash", "/format", "/workspace", "/journey", "/on_failure"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	parts := strings.Split(path, "/")
	return len(parts) == 4 && parts[1] == "nodes" && parts[3] == "id"
}
