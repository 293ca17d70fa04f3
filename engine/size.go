package engine

import (
	"encoding/json"
	"fmt"
	"math"
)

// MaxPayload bounds what one enrollment or event carries in one piece: the data
// of an event, the inputs of an enrollment, one variable, the fields of one
// answer. Whatever is larger belongs into a system of files; a journey needs its
// address.
const MaxPayload = 64 << 10

// PayloadSize is how large a value is as JSON; one that is none is endless.
func PayloadSize(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return math.MaxInt
	}
	return len(b)
}

// TooLarge is the refusal of a value above MaxPayload; nil for one that fits.
func TooLarge(field string, v any) *Error {
	n := PayloadSize(v)
	if n <= MaxPayload {
		return nil
	}
	return &Error{Code: Invalid, Field: field, Details: map[string]any{"bytes": n, "limit_bytes": MaxPayload},
		Message: fmt.Sprintf("%s is %d KB and may be %d KB: keep what is large elsewhere and pass its address", field, (n+1023)>>10, MaxPayload>>10)}
}
