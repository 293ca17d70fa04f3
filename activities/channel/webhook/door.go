// Package webhook is the door through which companies call us, the same for all
// whose calls are JSON: what a call must be before anything is read from it
// (Door), how one is proved that nobody signs (Secret), how JSON is read that is
// not quite as documented (Text, Moment), and how its events are gathered, each
// once (Batch).
package webhook

import (
	"encoding/json"
	"net/http"

	"jornada/activities/channel"
	"jornada/engine"
)

// JSON is what most calls carry.
const JSON = "application/json"

// Door lets a call in: a POST that is proved to be the company's over the exact
// bytes, says it is JSON, and can be read. Otherwise it returns the answer and the
// error of the refusal; who proves nothing learns nothing else. whose is whose
// webhook it is, in a sentence.
func Door(r channel.Request, whose string, proved func(channel.Request) bool) (channel.Response, error) {
	if r.Method != http.MethodPost {
		return channel.Response{Status: http.StatusMethodNotAllowed}, engine.Errorf(engine.Invalid, "%s's webhook takes POST", whose)
	}
	if !proved(r) {
		return channel.Response{Status: http.StatusUnauthorized}, channel.ErrSignature
	}
	if err := r.Carries(JSON); err != nil {
		return channel.Response{Status: http.StatusUnsupportedMediaType}, err
	}
	if !Readable(r.Body) {
		return channel.Response{Status: http.StatusBadRequest}, engine.Errorf(engine.Invalid, "the webhook's body is not readable JSON")
	}
	return channel.Response{Status: http.StatusOK}, nil
}

// depthMax bounds the nesting of a call; real ones have about ten levels.
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
