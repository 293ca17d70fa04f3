package store

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"jornada/engine"
)

// FuzzCursor: a cursor is taken only when this list could have made it,
// character by character; everything else is a refusal that names the field.
func FuzzCursor(f *testing.F) {
	for _, id := range []string{"msg_0198d7c6-0000-7000-8000-000000000000", "ana", "a|b", "é", ""} {
		f.Add(cursor(at(time.Date(2026, 11, 25, 12, 0, 0, 123456000, time.UTC)), id))
	}
	for _, s := range []string{"", "Mg", "!", "MjAyNi0xMS0yNVQxMjowMDowMFp8YW5h", strings.Repeat("A", 5000), "' OR 1=1 --"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		when, id, err := parseCursor(text)
		if err != nil {
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Code != engine.Invalid || refusal.Field != "cursor" {
				t.Fatalf("%q is refused with %v", text, err)
			}
			return
		}
		if cursor(when, id) != text || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
			t.Fatalf("%q is taken for %v and %q, whose cursor is %q", text, when, id, cursor(when, id))
		}
	})
}
