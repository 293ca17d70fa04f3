package httpsms

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
)

// path is where a value stands in JSON: names and positions, separated by dots
// (data.0.id).
type path string

func pathOf(settings channel.Settings, name string) path { return path(settings.Value(name, "")) }

func (p path) set() bool { return p != "" }

// decode reads JSON whose numbers keep their digits: an id of eighteen digits is
// not rounded.
func decode(raw []byte) (any, bool) {
	if !webhook.Readable(raw) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	return v, decoder.Decode(&v) == nil
}

// find walks to the value. A name that itself has dots, as fields of forms may,
// counts before its pieces do.
func (p path) find(v any) (any, bool) {
	if object, ok := v.(map[string]any); ok {
		if value, there := object[string(p)]; there {
			return value, true
		}
	}
	for step := range strings.SplitSeq(string(p), ".") {
		switch at := v.(type) {
		case map[string]any:
			value, there := at[step]
			if !there {
				return nil, false
			}
			v = value
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(at) {
				return nil, false
			}
			v = at[n]
		default:
			return nil, false
		}
	}
	return v, true
}

// text is the value as text, "" when there is none or it is no single value.
func (p path) text(v any) (said string, found bool) {
	if !p.set() {
		return "", false
	}
	value, found := p.find(v)
	switch value := value.(type) {
	case string:
		said = strings.TrimSpace(value)
	case json.Number:
		said = value.String()
	case bool:
		said = strconv.FormatBool(value)
	default:
		return "", false
	}
	return said, found
}
