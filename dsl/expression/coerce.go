package expression

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"jornada/dsl/diag"
)

// CoerceError is one value that does not fit its type.
type CoerceError struct {
	Path    string // "unit.name", "items[2]"; empty for the value itself
	Text    diag.Text
	Unknown bool // the field does not exist in the type; the rest was kept
}

// Error is the English sentence with the path.
func (e *CoerceError) Error() string { return e.In(diag.English) }

// In is the sentence in one language.
func (e *CoerceError) In(l diag.Language) string {
	if e.Path == "" {
		return e.Text.In(l)
	}
	return e.Path + ": " + e.Text.In(l)
}

// Coerce fits data from JSON, YAML or a CSV cell to the type: numbers from
// text, times from RFC 3339. Local times are read as UTC; use CoerceIn where
// the zone is known.
func (t Type) Coerce(v any) (any, *CoerceError) { return t.CoerceIn(v, time.UTC) }

// CoerceIn is Coerce with the zone of local times such as "2026-11-27T08:00".
// The first thing that does not fit is the error.
func (t Type) CoerceIn(v any, zone *time.Location) (any, *CoerceError) {
	c := coercion{zone: zone}
	out := c.value(t, v, "")
	for _, e := range c.errors {
		if !e.Unknown {
			return nil, e
		}
	}
	return out, nil
}

// Coerce fits a whole record. Every field that does not fit is an error with
// its path; a required field that is missing is one; fields the type does not
// have are left out and reported with Unknown set, for the caller to ignore or
// refuse. The map holds what fits. Errors come sorted by field.
func (f Fields) Coerce(v map[string]any, zone *time.Location) (map[string]any, []*CoerceError) {
	c := coercion{zone: zone}
	out := c.fields(f, v, "")
	return out, c.errors
}

type coercion struct {
	zone   *time.Location
	errors []*CoerceError
}

func (c *coercion) fail(path, en, pt string, args ...any) any {
	c.errors = append(c.errors, &CoerceError{Path: path, Text: diag.T(en, pt, args...)})
	return nil
}

func (c *coercion) fields(f Fields, v map[string]any, path string) map[string]any {
	if path != "" {
		path += "."
	}
	out := make(map[string]any, len(f))
	for _, name := range f.names() {
		t := f[name]
		got, there := v[name]
		if !there || got == nil {
			if !t.Optional {
				c.fail(path+name, "is required and missing", "é obrigatório e falta")
			}
			continue
		}
		before := len(c.errors)
		value := c.value(t, got, path+name)
		if value != nil && !slices.ContainsFunc(c.errors[before:], func(e *CoerceError) bool { return !e.Unknown }) {
			out[name] = value
		}
	}
	extra := Fields{}
	for name := range v {
		if _, known := f[name]; !known {
			extra[name] = Type{}
		}
	}
	for _, name := range extra.names() {
		text := diag.T("is not a known field", "não é um campo conhecido")
		if near := diag.Near(name, f.names()); near != "" {
			text = diag.T("is not a known field; did you mean `%s`?", "não é um campo conhecido; você quis dizer `%s`?", near)
		}
		c.errors = append(c.errors, &CoerceError{Path: path + name, Text: text, Unknown: true})
	}
	return out
}

func (c *coercion) value(t Type, v any, path string) any {
	if s, ok := v.(string); ok && t.Kind != String && t.Kind != Any {
		if s = strings.TrimSpace(s); s == "" { // an empty CSV cell
			v = nil
		} else {
			v = s
		}
	}
	if n, ok := v.(json.Number); ok {
		v = string(n)
		if t.Kind == Any {
			f, _ := n.Float64()
			v = f
		}
	}
	if v == nil {
		if !t.Optional && t.Kind != Any {
			c.fail(path, "is required and missing", "é obrigatório e falta")
		}
		return nil
	}
	v, err := plainValueUnbounded(v)
	if err != nil {
		return c.wrong(t, v, path)
	}
	switch t.Kind {
	case String:
		switch v := v.(type) {
		case string:
			return v
		case int, float64, bool:
			return show1(&Scope{}, v)
		case time.Time:
			return v.Format(time.RFC3339)
		case time.Duration:
			return v.String()
		}
	case Number:
		if f, ok := number(v); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
		if s, ok := v.(string); ok {
			if f, err := parseNumber(s); err == nil {
				return f
			}
		}
	case Int:
		if i, ok := whole(v); ok {
			return i
		}
		if s, ok := v.(string); ok {
			if i, err := strconv.Atoi(s); err == nil {
				return i
			}
			if f, err := parseNumber(s); err == nil {
				if i, ok := whole(f); ok {
					return i
				}
			}
		}
	case Bool:
		switch v := v.(type) {
		case bool:
			return v
		case string:
			switch strings.ToLower(v) {
			case "true", "yes", "sim", "1", "s", "y":
				return true
			case "false", "no", "não", "nao", "0", "n":
				return false
			}
		}
	case Time:
		return c.time(t, v, path)
	case Duration:
		switch v := v.(type) {
		case time.Duration:
			return v
		case string:
			if d, ok := parseDuration(v); ok {
				return d
			}
		}
	case List:
		return c.list(t, v, path)
	case Object:
		if m, ok := v.(map[string]any); ok {
			return c.fields(t.Fields, m, path)
		}
	case Any:
		return v
	}
	return c.wrong(t, v, path)
}

func (c *coercion) wrong(t Type, v any, path string) any {
	want, got := expected(t), kindWords[kindOf(v)]
	shown := ""
	if s, ok := v.(string); ok && !t.PII { // errors are logged; personal data is not
		if r := []rune(s); len(r) > 40 {
			s = string(r[:40]) + "…"
		}
		shown = fmt.Sprintf(" %q", s)
	}
	c.errors = append(c.errors, &CoerceError{Path: path, Text: diag.Text{
		En: fmt.Sprintf("must be %s, not the %s%s", want.En, got.En, shown),
		Pt: fmt.Sprintf("deve ser %s, e não %s%s", want.Pt, got.Pt, shown),
	}})
	return nil
}

// expected says what a type takes, with an example where people need one.
func expected(t Type) diag.Text {
	switch t.Kind {
	case Int:
		return diag.Text{En: "a whole number", Pt: "um número inteiro"}
	case Number:
		return diag.Text{En: "a number", Pt: "um número"}
	case Bool:
		return diag.Text{En: "true or false", Pt: "verdadeiro ou falso (true ou false)"}
	case Time:
		return diag.Text{En: "a date and time such as 2026-11-27T08:00 or 2026-11-27T08:00:00-03:00", Pt: "data e hora como 2026-11-27T08:00 ou 2026-11-27T08:00:00-03:00"}
	case Duration:
		return diag.Text{En: "a length of time such as 90m, 24h or 2d", Pt: "um período como 90m, 24h ou 2d"}
	case List:
		return diag.Text{En: "a " + t.Words().En, Pt: "uma " + t.Words().Pt}
	case Object:
		return diag.Text{En: "an object", Pt: "um objeto"}
	}
	return t.Words()
}

// localLayouts are times without a zone; the zone is the journey's.
var localLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02"}

func (c *coercion) time(t Type, v any, path string) any {
	switch v := v.(type) {
	case time.Time:
		return v
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at
		}
		zone := c.zone
		if zone == nil {
			zone = time.UTC
		}
		for _, layout := range localLayouts {
			if at, err := time.ParseInLocation(layout, v, zone); err == nil {
				return at
			}
		}
	}
	return c.wrong(t, v, path)
}

func (c *coercion) list(t Type, v any, path string) any {
	list, ok := v.([]any)
	if !ok {
		text, isText := v.(string) // a CSV cell: a; b; c
		if !isText {
			return c.wrong(t, v, path)
		}
		for _, cell := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '|' }) {
			list = append(list, strings.TrimSpace(cell))
		}
	}
	if len(list) > maxList {
		return c.fail(path, "has %d items; the limit is %d", "tem %d itens; o limite é %d", len(list), maxList)
	}
	elem := Type{Kind: Any}
	if t.Elem != nil {
		elem = *t.Elem
	}
	out := make([]any, len(list))
	for i, e := range list {
		out[i] = c.value(elem, e, fmt.Sprintf("%s[%d]", path, i))
	}
	return out
}

// plainValueUnbounded is plainValue where long lists are reported by path.
func plainValueUnbounded(v any) (any, error) {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice && rv.Len() > maxList {
		return make([]any, rv.Len()), nil
	}
	return plainValue(v)
}

// parseDuration reads 90m, 24h, 2d, 1w, 1h30m and Go's own 24h0m0s.
func parseDuration(s string) (time.Duration, bool) {
	var total time.Duration
	rest := strings.TrimPrefix(s, "-")
	if rest == "" {
		return 0, false
	}
	for rest != "" {
		n := 0
		for n < len(rest) && (digit(rune(rest[n])) || rest[n] == '.') {
			n++
		}
		value, err := strconv.ParseFloat(rest[:n], 64)
		if err != nil || n == len(rest) {
			return 0, false
		}
		var unit time.Duration
		switch rest[n] {
		case 'w':
			unit = 7 * 24 * time.Hour
		case 'd':
			unit = 24 * time.Hour
		case 'h':
			unit = time.Hour
		case 'm':
			unit = time.Minute
		case 's':
			unit = time.Second
		default:
			return 0, false
		}
		total += time.Duration(math.Round(value * float64(unit)))
		if total < 0 || total > 100*365*24*time.Hour {
			return 0, false
		}
		rest = rest[n+1:]
	}
	if strings.HasPrefix(s, "-") {
		total = -total
	}
	return total, true
}
