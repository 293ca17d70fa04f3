package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"jornada/engine"
)

// depthMax bounds the nesting of a webhook; real ones have about ten levels.
const depthMax = 64

// Text reads a JSON string, number or boolean as text: Meta writes ids and
// timestamps now one way, now the other. Anything else is "", never an error.
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

// Moment reads a timestamp: seconds as a rule, milliseconds now and then.
func Moment(t Text) time.Time {
	n, err := strconv.ParseInt(string(t), 10, 64)
	switch {
	case err != nil || n <= 0 || n > 1e14:
		return time.Time{}
	case n >= 1e11: // as seconds, this would be the year 5138
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}

// HashKey is the key of an event the provider gave no id.
func HashKey(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return "hash:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Shallow says whether JSON nests no deeper than depthMax, without reading it
// recursively.
func Shallow(body []byte) bool {
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

// Addresses are the ways to reach a person the provider told us, without empty ones.
func Addresses(waID, bsuid string) []engine.Address {
	var all []engine.Address
	if waID != "" {
		all = append(all, engine.Address{Kind: engine.WAID, Value: waID})
	}
	if bsuid != "" {
		all = append(all, engine.Address{Kind: engine.BSUID, Value: bsuid})
	}
	return all
}

// bsuid is the form of a business-scoped user id: a country and letters or digits.
var bsuid = regexp.MustCompile(`^[A-Z]{2}\.[0-9A-Za-z.]+$`)

// IsBSUID tells a business-scoped user id from a phone: some calls carry it where
// the phone should be.
func IsBSUID(s string) bool { return bsuid.MatchString(s) }

// opens says which messages open the service window: what a person writes,
// sends or taps. The documents are silent on reactions, edits, deletions and
// unsupported kinds; not opening is the safe side, as a message sent in a closed
// window is refused.
var opens = map[string]bool{
	"text": true, "button": true, "interactive": true, "image": true, "video": true, "audio": true,
	"document": true, "sticker": true, "location": true, "contacts": true, "order": true,
}

// Opens reports whether a message of this type opens the service window.
func Opens(kind string) bool { return opens[kind] }

// First is the first of several values that is not empty.
func First(values ...Text) string {
	for _, v := range values {
		if v != "" {
			return string(v)
		}
	}
	return ""
}
