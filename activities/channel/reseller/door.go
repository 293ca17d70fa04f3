package reseller

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"

	"jornada/activities/channel"
	"jornada/engine"
)

// depthMax bounds the nesting of a webhook; real ones have about ten levels.
const depthMax = 64

// Door lets a webhook call in: a POST that says it is JSON, is proved to be the
// company's over the exact bytes, and can be read. Otherwise it returns the
// answer and the error of the refusal.
func Door(r channel.Request, proved func(channel.Request) bool) (channel.Response, error) {
	if r.Method != http.MethodPost {
		return channel.Response{Status: http.StatusMethodNotAllowed}, engine.Errorf(engine.Invalid, "the webhook takes POST")
	}
	if err := r.Carries("application/json"); err != nil {
		return channel.Response{Status: http.StatusUnsupportedMediaType}, err
	}
	if !proved(r) {
		return channel.Response{Status: http.StatusForbidden}, channel.ErrSignature
	}
	if !shallow(r.Body) || !json.Valid(r.Body) {
		return channel.Response{Status: http.StatusBadRequest}, engine.Errorf(engine.Invalid, "the webhook's body is not readable JSON")
	}
	return channel.Response{Status: http.StatusOK}, nil
}

// Secrets are those of one setting: several, separated by commas, while rotating.
func Secrets(value string) []string {
	var all []string
	for secret := range strings.SplitSeq(value, ",") {
		if secret = strings.TrimSpace(secret); secret != "" {
			all = append(all, secret)
		}
	}
	return all
}

// OneOf says whether given is one of the secrets, in a time that tells nothing
// about them, their length included. Nothing given, or no secret, is no.
func OneOf(secrets []string, given string) bool {
	sum := sha256.Sum256([]byte(given))
	found := 0
	for _, secret := range secrets {
		want := sha256.Sum256([]byte(secret))
		found |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return found == 1 && given != ""
}

// shallow says whether JSON nests no deeper than depthMax, without reading it
// recursively.
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
