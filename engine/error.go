package engine

import (
	"fmt"

	"jornada/dsl/diag"
)

// ErrorCode is what kind of refusal an error is; the API maps each to one HTTP status.
type ErrorCode string

// The kinds of refusal.
const (
	NotFound    ErrorCode = "not_found"
	Invalid     ErrorCode = "invalid"     // the request does not fit; 422
	Conflict    ErrorCode = "conflict"    // the state does not allow it; 409
	Forbidden   ErrorCode = "forbidden"   // 403
	Unavailable ErrorCode = "unavailable" // a part is away, try again; 503
)

// Error is a refusal that a person can act on: Message says what is wrong and
// what to do; Field names the culprit ("data.starts_at").
type Error struct {
	Code    ErrorCode
	Message string
	Pt      string // Message in Portuguese; "" = there is none
	Field   string
	Details map[string]any
	Err     error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes a refusal.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Told is a refusal in both languages.
func Told(code ErrorCode, text diag.Text) *Error {
	return &Error{Code: code, Message: text.En, Pt: text.Pt}
}

// Text is Message in both languages, or the one there is twice.
func (e *Error) Text() diag.Text {
	if e.Pt == "" {
		return diag.Text{En: e.Message, Pt: e.Message}
	}
	return diag.Text{En: e.Message, Pt: e.Pt}
}
