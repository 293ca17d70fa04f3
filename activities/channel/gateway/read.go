package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// depthMax bounds the nesting of a webhook; real ones have about ten levels.
const depthMax = 64

// Readable says whether a body is JSON that nests no deeper than anybody's.
func Readable(body []byte) bool { return shallow(body) && json.Valid(body) }

// shallow finds out without reading recursively.
func shallow(body []byte) bool {
	depth, quoted, escaped := 0, false, false
	for _, c := range body {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if depth++; depth > depthMax {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}

// Text reads a JSON string, number or boolean as text: companies write ids now
// one way, now the other. Anything else is "", never an error.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(raw []byte) error {
	*t = ""
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("reading a text: %w", err)
		}
		*t = Text(s)
	case '{', '[', 'n':
	default:
		*t = Text(raw)
	}
	return nil
}

// First is the first text that says something.
func First(values ...Text) string {
	for _, v := range values {
		if v != "" {
			return string(v)
		}
	}
	return ""
}

// Moment reads a time as RFC 3339 writes it; anything else is zero, which the
// inbox takes for now.
func Moment(t string) time.Time {
	at, err := time.Parse(time.RFC3339, t)
	if err != nil || at.Year() < 2000 {
		return time.Time{}
	}
	return at.UTC()
}

// HashKey is the key of an event that came without an id. The same bytes again
// have the same key.
func HashKey(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return "hash:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Kind is the kind of a file by its MIME type, as our messages name it.
func Kind(mimeType string) string {
	switch kind, _, _ := strings.Cut(strings.ToLower(mimeType), "/"); kind {
	case "image", "video", "audio":
		return kind
	}
	return "document"
}
