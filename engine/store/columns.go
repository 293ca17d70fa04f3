package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// stampLayout is how SQLite keeps a time: fixed width, UTC, microseconds, so
// that comparing texts compares times. Postgres reads the same text into a
// timestamptz.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp is a moment in a column.
type stamp struct{ time time.Time }

func at(t time.Time) stamp { return stamp{t} }

// maybeAt is a column that may be empty.
func maybeAt(t *time.Time) *stamp {
	if t == nil || t.IsZero() {
		return nil
	}
	return &stamp{*t}
}

// ptr is the moment for a noun's optional field.
func (s *stamp) ptr() *time.Time {
	if s == nil {
		return nil
	}
	t := s.time
	return &t
}

// Value implements driver.Valuer.
func (s stamp) Value() (driver.Value, error) {
	return s.time.UTC().Truncate(time.Microsecond).Format(stampLayout), nil
}

// Scan implements sql.Scanner.
func (s *stamp) Scan(v any) error {
	switch v := v.(type) {
	case time.Time:
		s.time = v.UTC()
	case string:
		t, err := time.Parse(stampLayout, v)
		if err != nil {
			return fmt.Errorf("reading a time of the database: %w", err)
		}
		s.time = t
	default:
		return fmt.Errorf("reading a time of the database: it is a %T", v)
	}
	return nil
}

// document is a JSON column: jsonb in Postgres, TEXT in SQLite. Empty is NULL.
type document string

// toDocument writes a noun's field as JSON. NUL, which Postgres refuses even
// escaped, becomes the replacement character.
func toDocument(v any) (document, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", fmt.Errorf("writing a JSON column: %w", err)
	}
	return document(withoutNUL(strings.TrimSuffix(buf.String(), "\n"))), nil
}

// withoutNUL replaces the escape \u0000, but not the text \\u0000.
func withoutNUL(s string) string {
	if !strings.Contains(s, `\u0000`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if strings.HasPrefix(s[i:], `\u0000`) {
			b.WriteString(`\ufffd`)
			i += len(`\u0000`) - 1
			continue
		}
		b.WriteByte(s[i])
		if i++; i < len(s) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// into reads the column into v, which stays as it is when the column is empty.
func (d document) into(v any) error {
	if d == "" || d == "null" {
		return nil
	}
	if err := json.Unmarshal([]byte(d), v); err != nil {
		return fmt.Errorf("reading a JSON column: %w", err)
	}
	return nil
}

// Value implements driver.Valuer.
func (d document) Value() (driver.Value, error) {
	if d == "" {
		return nil, nil
	}
	return string(d), nil
}

// Scan implements sql.Scanner.
func (d *document) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*d = ""
	case string:
		*d = document(v)
	case []byte:
		*d = document(v)
	default:
		return fmt.Errorf("reading a JSON column: it is a %T", v)
	}
	return nil
}

// documents writes several JSON columns, stopping at the first error.
type documents struct{ err error }

func (d *documents) of(v any) document {
	if d.err != nil {
		return ""
	}
	var doc document
	doc, d.err = toDocument(v)
	return doc
}

// read reads one of several JSON columns.
func (d *documents) read(doc document, v any) {
	if d.err == nil {
		d.err = doc.into(v)
	}
}

// clean makes text from outside storable: valid UTF-8 without NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
