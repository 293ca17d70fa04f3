package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"jornada/dsl/diag"
	"jornada/engine"
)

// problem is a refusal on its way out: a status, a stable code, and a sentence
// in both languages.
type problem struct {
	Status  int
	Code    string
	Text    diag.Text
	Field   string
	Details map[string]any
	Err     error // for the log, never for the caller
}

// Error implements error.
func (p *problem) Error() string {
	if p.Err != nil {
		return p.Text.En + ": " + p.Err.Error()
	}
	return p.Text.En
}

// Unwrap returns the cause.
func (p *problem) Unwrap() error { return p.Err }

// The codes of refusals that engine.ErrorCode has no word for.
const (
	codeBadRequest   = "bad_request"
	codeUnauthorized = "unauthorized"
	codePrecondition = "precondition_failed"
	codeGone         = "gone"
	codeTooLarge     = "too_large"
	codeMediaType    = "unsupported_media_type"
	codeMethod       = "method_not_allowed"
	codeRateLimited  = "rate_limited"
	codeInternal     = "internal"
)

// invalid is a 422 that names a field.
func invalid(field string, text diag.Text) *problem {
	return &problem{Status: http.StatusUnprocessableEntity, Code: string(engine.Invalid), Field: field, Text: text}
}

func conflict(text diag.Text) *problem {
	return &problem{Status: http.StatusConflict, Code: string(engine.Conflict), Text: text}
}

func notFound(text diag.Text) *problem {
	return &problem{Status: http.StatusNotFound, Code: string(engine.NotFound), Text: text}
}

func isCode(err error, code engine.ErrorCode) bool {
	var e *engine.Error
	return errors.As(err, &e) && e.Code == code
}

// statusOf maps the engine's refusals to HTTP.
func statusOf(code engine.ErrorCode) int {
	switch code {
	case engine.NotFound:
		return http.StatusNotFound
	case engine.Invalid:
		return http.StatusUnprocessableEntity
	case engine.Conflict:
		return http.StatusConflict
	case engine.Forbidden:
		return http.StatusForbidden
	case engine.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problemOf turns any error of a handler into a refusal. What we did not
// foresee becomes a 500 that shows nothing but the request id: the cause
// belongs into the log.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var refused *engine.Error
	if errors.As(err, &refused) {
		return &problem{
			Status: statusOf(refused.Code), Code: string(refused.Code), Field: refused.Field, Details: refused.Details,
			Text: refused.Text(), Err: refused.Err,
		}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return tooLargeProblem(tooLarge.Limit)
	}
	var framework *echo.HTTPError
	if errors.As(err, &framework) {
		return frameworkProblem(framework)
	}
	if errors.Is(err, context.Canceled) {
		return &problem{Status: 499, Code: "canceled", Err: err,
			Text: diag.T("the caller went away before the answer was ready", "quem chamou desistiu antes da resposta")}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
			Text: diag.T("the answer took too long; try again", "a resposta demorou demais; tente de novo")}
	}
	return &problem{Status: http.StatusInternalServerError, Code: codeInternal, Err: err,
		Text: diag.T("something went wrong on our side; the request id leads to the cause in the log",
			"algo deu errado do nosso lado; o id do pedido leva à causa no registro")}
}

func tooLargeProblem(limit int64) *problem {
	return &problem{Status: http.StatusRequestEntityTooLarge, Code: codeTooLarge, Details: map[string]any{"limit_bytes": limit},
		Text: diag.T("the body is larger than %s, the limit of this call: send less at once",
			"o corpo passa de %s, o limite desta chamada: envie menos de cada vez", size(limit))}
}

func frameworkProblem(e *echo.HTTPError) *problem {
	switch e.Code {
	case http.StatusNotFound:
		return notFound(diag.T("there is no such address: /api/v1/openapi.json lists them all",
			"este endereço não existe: /api/v1/openapi.json lista todos"))
	case http.StatusMethodNotAllowed:
		return &problem{Status: e.Code, Code: codeMethod,
			Text: diag.T("this address does not take that method: /api/v1/openapi.json lists what it takes",
				"este endereço não aceita esse método: veja /api/v1/openapi.json")}
	case http.StatusRequestEntityTooLarge:
		return tooLargeProblem(maxJSON)
	}
	text := fmt.Sprint(e.Message)
	return &problem{Status: e.Code, Code: codeBadRequest, Text: diag.Text{En: text, Pt: text}, Err: e.Internal}
}

type errorBody struct {
	Error errorView `json:"error"`
}

type errorView struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details"`
}

// body is what the caller sees.
func (p *problem) body(lang diag.Language) errorBody {
	details := map[string]any{}
	maps.Copy(details, p.Details)
	if p.Field != "" {
		details["field"] = p.Field
	}
	return errorBody{errorView{Code: p.Code, Message: p.Text.In(lang), Details: details}}
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
