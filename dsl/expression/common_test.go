package expression

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jornada/dsl/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares whole output with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			t.Fatalf("%s line %d (run with -update after reading the change):\nwant %s\ngot  %s", path, i+1, x, y)
		}
	}
}

func typ(src string) Type {
	t, err := ParseType(src)
	if err != nil {
		panic(err)
	}
	return t
}

func object(pairs ...string) Type {
	f := Fields{}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = typ(pairs[i+1])
	}
	return Type{Kind: Object, Fields: f}
}

// clinic is the environment of a clinic's journey.
func clinic() *Env {
	contact := object("id", "string", "first_name", "string", "name", "string", "email", "string?", "phone", "string",
		"cpf", "string", "birth_date", "time?", "city", "string?", "tags", "list<string>", "visits", "int",
		"score", "number", "last_nps", "int?", "vip", "bool?", "locale", "string", "timezone", "string")
	contact.Fields["opt_in"] = object("whatsapp", "bool", "sms", "bool", "email", "bool")
	contact.Fields["address"] = Type{Kind: Object, Optional: true, Fields: Fields{"street": typ("string")}}
	inputs := object("starts_at", "time", "total", "number?", "items", "list<string>", "appointment_id", "string", "length", "duration")
	inputs.Fields["unit"] = object("name", "string", "map_url", "string?")
	inputs.Fields["lines"] = Type{Kind: List, Elem: &Type{Kind: Object, Fields: Fields{
		"price": typ("number"), "name": typ("string"), "gift": typ("bool"), "note": typ("string?")}}}
	steps := Type{Kind: Object, Fields: Fields{
		"rate": object("outcome", "string", "at", "time", "score", "int"),
		"api":  {Kind: Object, Fields: Fields{"body": {Kind: Any}, "status": typ("int")}},
	}}
	window := Type{Kind: Object, Fields: Fields{"whatsapp": object("open", "bool", "closes_at", "time?")}}
	return NewEnv(Fields{"contact": contact, "inputs": inputs, "vars": object("attempts", "int", "slot", "string?"), "steps": steps, "window": window,
		"journey": object("id", "string", "version", "int")},
		EnvOptions{
			Schedules: []string{"business_hours", "saturday"},
			Explain: map[string]diag.Text{"event": diag.T("`event` can be read only in `where` and `with`",
				"`event` só pode ser lido em `where` e `with`")},
		})
}

var saoPaulo = func() *time.Location {
	z, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	return z
}()

// ana is a scope that fits clinic.
func ana() *Scope {
	return &Scope{
		Roots: map[string]any{
			"contact": map[string]any{
				"id": "c1", "first_name": "Ana", "name": "Ana Demo", "phone": "+5511900000000", "cpf": "00000000000",
				"tags": []any{"vip", "unit_centro"}, "visits": 3, "score": 4.5, "locale": "pt-BR", "timezone": "America/Sao_Paulo",
				"opt_in": map[string]any{"whatsapp": true, "sms": false, "email": true},
			},
			"inputs": map[string]any{
				"starts_at": time.Date(2026, 3, 11, 17, 0, 0, 0, time.UTC), "items": []any{"vela", "sabonete"}, "appointment_id": "A1",
				"length": 30 * time.Minute, "unit": map[string]any{"name": "Centro"},
				"lines": []any{
					map[string]any{"price": 10.5, "name": "vela", "gift": false},
					map[string]any{"price": 4.0, "name": "sabonete", "gift": true, "note": "azul"},
				},
			},
			"vars":    map[string]any{"attempts": 2},
			"steps":   map[string]any{"rate": map[string]any{"outcome": "satisfied", "score": 5, "at": time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)}, "api": map[string]any{"status": 200, "body": map[string]any{"ok": true, "n": 7.0, "list": []any{1.0, 2.0}}}},
			"window":  map[string]any{"whatsapp": map[string]any{"open": true, "closes_at": time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)}},
			"journey": map[string]any{"id": "confirm", "version": 2},
		},
		Now: time.Date(2026, 3, 10, 13, 30, 0, 0, time.UTC), Zone: saoPaulo, Locale: "pt-BR",
		InSchedule: func(t time.Time, name string) (bool, error) {
			h := t.In(saoPaulo).Hour()
			return name == "business_hours" && h >= 8 && h < 18, nil
		},
	}
}
