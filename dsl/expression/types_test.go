package expression

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/dsl/diag"
)

func TestParseType(t *testing.T) {
	var out strings.Builder
	for _, src := range []string{
		"string", "string?", "number", "int", "bool", "time?", "duration", "any", "list<string>", "list<string>?", "list<list<int?>>", " list < time > ? ",
		"", "strng", "text", "texto", "list", "list<", "list<string", "list<foo>", "string??", "string!", "date", "{}", "list<list<list<list<list<list<int>>>>>>", "?",
	} {
		got, err := ParseType(src)
		if err != nil {
			e, ok := errors.AsType[*TypeError](err)
			if !ok {
				t.Fatalf("%q: not a *TypeError: %v", src, err)
			}
			fmt.Fprintf(&out, "%q %d-%d: %s %s\n    %s %s\n", src, e.From, e.To, e.Text.En, e.Suggestion.En, e.Text.Pt, e.Suggestion.Pt)
			continue
		}
		fmt.Fprintf(&out, "%q -> %s\n", src, got)
		again, err := ParseType(got.String())
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s does not come back: %v", got, err)
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back Type
		if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, got) {
			t.Errorf("%s through JSON is %s (%v)", got, back, err)
		}
	}
	golden(t, "types.out", out.String())
}

func TestCoerce(t *testing.T) {
	at := time.Date(2026, 11, 27, 11, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		typ  string
		in   any
		want any // nil: an error, unless optional
	}{
		{"string", "x", "x"}, {"string", 3.0, "3"}, {"string", 3, "3"}, {"string", true, "true"}, {"string", "", ""}, {"string", []any{}, nil},
		{"number", 3, 3.0}, {"number", "3.5", 3.5}, {"number", "abc", nil}, {"number", json.Number("2.5"), 2.5}, {"number", "NaN", nil}, {"number", true, nil},
		{"int", 3.0, 3}, {"int", "3", 3}, {"int", "3.0", 3}, {"int", 3.5, nil}, {"int", "9007199254740993", 9007199254740993}, {"int", int64(4), 4}, {"int", uint8(4), 4}, {"int", "", nil}, {"int?", "", nil},
		{"bool", true, true}, {"bool", "Sim", true}, {"bool", "false", false}, {"bool", "0", false}, {"bool", 1, nil}, {"bool", "talvez", nil},
		{"time", "2026-11-27T08:00:00-03:00", at}, {"time", "2026-11-27T08:00", at}, {"time", "2026-11-27 08:00:00", at}, {"time", at, at}, {"time", "27/11/2026", nil}, {"time", 5, nil},
		{"time", "2026-11-27", time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)},
		{"duration", "1h30m", 90 * time.Minute}, {"duration", "2d", 48 * time.Hour}, {"duration", "1w", 168 * time.Hour}, {"duration", "24h0m0s", 24 * time.Hour}, {"duration", "-90m", -90 * time.Minute}, {"duration", "soon", nil}, {"duration", "5", nil}, {"duration", time.Hour, time.Hour},
		{"list<int>", []any{1.0, "2"}, []any{1, 2}}, {"list<string>", "a; b;c", []any{"a", "b", "c"}}, {"list<string>", []string{"a"}, []any{"a"}}, {"list<int>", []any{1.5}, nil}, {"list<string>", make([]any, 1001), nil},
		{"any", map[string]any{"a": 1.0}, map[string]any{"a": 1.0}}, {"any", json.Number("2"), 2.0},
	} {
		typ := typ(c.typ)
		got, err := typ.CoerceIn(c.in, saoPaulo)
		switch {
		case c.want == nil && typ.Optional:
			if got != nil || err != nil {
				t.Errorf("%v as %s = %v, %v", c.in, c.typ, got, err)
			}
		case c.want == nil:
			if err == nil {
				t.Errorf("%v as %s = %v", c.in, c.typ, got)
			}
		case err != nil || !equalValues(got, c.want):
			t.Errorf("%v as %s = %#v, %v; want %#v", c.in, c.typ, got, err, c.want)
		}
	}
}

func TestCoerceRecord(t *testing.T) {
	unit := object("name", "string", "floor", "int?")
	fields := Fields{"id": typ("string"), "at": typ("time"), "total": typ("number?"), "items": typ("list<int>"), "unit": unit}
	got, problems := fields.Coerce(map[string]any{
		"id": "A1", "at": "amanhã cedo, se não chover muito na cidade inteira", "items": []any{1.0, "x", 2.5}, "unit": map[string]any{"floor": "two", "nane": "Centro"}, "totl": 3,
	}, saoPaulo)
	var out strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&out, "%s unknown=%t\n    %s\n", p, p.Unknown, p.In(diag.Portuguese))
	}
	golden(t, "coerce.out", out.String())
	if fmt.Sprint(got) != "map[id:A1]" { // only what fits whole
		t.Errorf("%v", got)
	}
	got, problems = fields.Coerce(map[string]any{"id": 7.0, "at": "2026-03-10T08:00", "items": []any{}, "unit": map[string]any{"name": "Centro", "floor": "2"}}, saoPaulo)
	if len(problems) > 0 || got["id"] != "7" || got["unit"].(map[string]any)["floor"] != 2 {
		t.Errorf("%v %v", got, problems)
	}
}
