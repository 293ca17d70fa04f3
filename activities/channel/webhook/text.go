package webhook

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Text reads a JSON string, number or boolean as text: companies write ids, codes
// and times now one way, now the other. Anything else is "", never an error.
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

// Object reads an object, also one that stands in a text as JSON; nil when there is none
// to be had.
func Object(raw json.RawMessage) map[string]any {
	var inner string
	if json.Unmarshal(raw, &inner) == nil {
		raw = json.RawMessage(inner)
	}
	var data map[string]any
	if !Readable(raw) || json.Unmarshal(raw, &data) != nil {
		return nil
	}
	return data
}

// First is the first of several texts that says something.
func First[T ~string](values ...T) string {
	for _, v := range values {
		if v != "" {
			return string(v)
		}
	}
	return ""
}

// The digits of a moment in seconds and in milliseconds, from 2001 to 2286.
const (
	secondDigits = len("1749416383")
	milliDigits  = len("1749416383123")
)

// yearMin tells a moment from a zero that somebody wrote out (0001-01-01).
const yearMin = 2000

// layouts are how companies write a moment with its zone.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700"}

// Moment reads a time: seconds or milliseconds since 1970, or a date with its
// zone. Anything else is zero, which the inbox takes for now.
func Moment[T ~string](t T) time.Time {
	if strings.Trim(string(t), "0123456789") == "" {
		return unix(string(t))
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, string(t)); err == nil && at.Year() >= yearMin {
			return at.UTC()
		}
	}
	return time.Time{}
}

func unix(digits string) time.Time {
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil:
	case len(digits) == secondDigits:
		return time.Unix(n, 0).UTC()
	case len(digits) == milliDigits:
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}

// MediaKind is the kind of a file by its MIME type, as our messages name it.
func MediaKind(mimeType string) string {
	switch kind, _, _ := strings.Cut(strings.ToLower(mimeType), "/"); kind {
	case "image", "video", "audio":
		return kind
	}
	return "document"
}
