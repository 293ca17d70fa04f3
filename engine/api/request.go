package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"jornada/dsl/diag"
	"jornada/engine/auth"
)

// request is one call on its way through the handlers.
type request struct {
	*http.Request
	id        string
	lang      diag.Language
	principal *auth.Principal // nil on public routes
	route     route
	params    map[string]string
	body      []byte    // of JSON and raw routes, whole
	stream    io.Reader // of CSV routes
	spool     *os.File
	onceKey   string // of an Idempotency-Key, scoped to caller and call; "" without one
}

// handler answers a call with a value or a refusal.
type handler func(ctx context.Context, q *request) (*answer, error)

// answer is a call's result. Body is encoded as JSON unless Raw is set.
type answer struct {
	status      int
	body        any
	raw         []byte
	contentType string
	header      map[string]string
	// saved replaces the body that an Idempotency-Key keeps: for answers with
	// a secret that must not be stored.
	saved any
}

func ok(body any) *answer       { return &answer{status: http.StatusOK, body: body} }
func created(body any) *answer  { return &answer{status: http.StatusCreated, body: body} }
func accepted(body any) *answer { return &answer{status: http.StatusAccepted, body: body} }

// with adds a header.
func (a *answer) with(name, value string) *answer {
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header[name] = value
	return a
}

// encode turns the body into bytes, once.
func (a *answer) encode() error {
	if a.raw != nil || a.body == nil {
		return nil
	}
	raw, err := marshal(a.body)
	if err != nil {
		return fmt.Errorf("encoding an answer: %w", err)
	}
	a.raw, a.contentType = raw, echo.MIMEApplicationJSON
	return nil
}

func (a *answer) write(c echo.Context) error {
	if err := a.encode(); err != nil {
		return err
	}
	for name, value := range a.header {
		c.Response().Header().Set(name, value)
	}
	if len(a.raw) == 0 {
		return c.NoContent(a.status)
	}
	return c.Blob(a.status, a.contentType, a.raw)
}

// marshal writes JSON for people: < and > stay what they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// requestOf starts a request from what the outer layers left in the context.
func requestOf(c echo.Context) *request {
	q := &request{Request: c.Request(), id: c.Response().Header().Get(echo.HeaderXRequestID), params: map[string]string{}}
	q.lang = languageOf(c.Request())
	names, values := c.ParamNames(), c.ParamValues()
	for i, name := range names {
		if i >= len(values) {
			break
		}
		value := values[i]
		if c.Request().URL.RawPath != "" { // Echo routes on the escaped path then
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
		}
		q.params[name] = value
	}
	c.Set(requestKey, q)
	return q
}

const requestKey = "jornada.request"

// readable refuses an address whose ids or filters are no text: a database takes
// neither a NUL nor broken UTF-8, and nothing of ours is called so.
func (q *request) readable() error {
	broken := func(name, value string) error {
		if utf8.ValidString(value) && !strings.ContainsRune(value, 0) {
			return nil
		}
		return &problem{Status: http.StatusBadRequest, Code: codeBadRequest, Field: name,
			Text: diag.T("%q in the address is no text: it holds a NUL or is not UTF-8", "%q no endereço não é texto: tem um NUL ou não está em UTF-8", name)}
	}
	for _, name := range slices.Sorted(maps.Keys(q.params)) {
		if name == "token" {
			continue // proved, never looked up; and a person reads the answer
		}
		if err := broken(name, q.params[name]); err != nil {
			return err
		}
	}
	if q.route.takes == takesRaw {
		return nil // what a provider writes there, its signature covers
	}
	query := q.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if err := broken(name, name+strings.Join(query[name], "")); err != nil {
			return err
		}
	}
	return nil
}

// actor is who the audit trail names.
func (q *request) actor() string {
	if q.principal == nil {
		return "anonymous"
	}
	return q.principal.Actor()
}

func (q *request) query(name string) string { return strings.TrimSpace(q.URL.Query().Get(name)) }

// openBody checks the content type and reads the body as the route wants it.
func (q *request) openBody(c echo.Context) error {
	limit := q.route.limit()
	if limit == 0 {
		return nil
	}
	if q.ContentLength > limit {
		return tooLargeProblem(limit)
	}
	limited := http.MaxBytesReader(c.Response().Writer, q.Body, limit)
	switch q.route.takes {
	case takesCSV:
		stream, err := q.csvStream(limited)
		q.stream = stream
		return err
	case takesRaw:
		return q.readAll(limited)
	}
	if err := q.readAll(limited); err != nil {
		return err
	}
	if len(q.body) == 0 && q.Header.Get(echo.HeaderContentType) == "" {
		return nil // the handler says which body it misses, if it needs one
	}
	if kind, _, _ := mime.ParseMediaType(q.Header.Get(echo.HeaderContentType)); kind != echo.MIMEApplicationJSON {
		return mediaTypeProblem(echo.MIMEApplicationJSON)
	}
	return nil
}

func (q *request) readAll(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return tooLargeProblem(tooLarge.Limit)
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return &problem{Status: http.StatusRequestTimeout, Code: codeBadRequest, Err: err,
				Text: diag.T("the body took too long to arrive: send it in one go", "o corpo demorou demais para chegar: envie de uma vez")}
		}
		return &problem{Status: http.StatusBadRequest, Code: codeBadRequest, Err: err,
			Text: diag.T("the body broke off before its end", "o corpo foi interrompido antes do fim")}
	}
	q.body = body
	return nil
}

// csvStream finds the CSV in a plain body or in the first file of a form.
func (q *request) csvStream(limited io.ReadCloser) (io.Reader, error) {
	kind, params, _ := mime.ParseMediaType(q.Header.Get(echo.HeaderContentType))
	switch kind {
	case "text/csv":
		return limited, nil
	case echo.MIMEApplicationJSON:
		if q.route.operation == "importEvents" {
			return http.MaxBytesReader(nil, limited, maxFolder), nil
		}
	case echo.MIMEMultipartForm:
		q.Body = limited
		if params["boundary"] == "" {
			return nil, mediaTypeProblem("text/csv")
		}
		form, err := q.MultipartReader()
		if err != nil {
			return nil, mediaTypeProblem("text/csv")
		}
		for {
			part, err := form.NextPart()
			if err != nil {
				var tooLarge *http.MaxBytesError
				if errors.As(err, &tooLarge) {
					return nil, tooLargeProblem(tooLarge.Limit)
				}
				return nil, invalid("file", diag.T("the form has no file: send the CSV in the field `file`",
					"o formulário não tem arquivo: envie o CSV no campo `file`"))
			}
			if part.FormName() == "file" {
				return part, nil
			}
		}
	}
	return nil, mediaTypeProblem("text/csv")
}

func mediaTypeProblem(want string) *problem {
	return &problem{Status: http.StatusUnsupportedMediaType, Code: codeMediaType, Details: map[string]any{"content_type": want},
		Text: diag.T("this call takes %[1]s: set the header Content-Type: %[1]s",
			"esta chamada aceita %[1]s: use o cabeçalho Content-Type: %[1]s", want)}
}

// close gives back what the call held.
func (q *request) close() {
	if q.spool != nil {
		_ = q.spool.Close()
		_ = os.Remove(q.spool.Name())
	}
}

// page reads limit and cursor of a list.
func (q *request) page() (limit int, cursor string, err error) {
	limit = 50
	if text := q.query("limit"); text != "" {
		limit, err = strconv.Atoi(text)
		if err != nil || limit < 1 || limit > 500 {
			return 0, "", invalid("limit", diag.T("limit is %q and must be a number from 1 to 500",
				"limit é %q e deve ser um número de 1 a 500", text))
		}
	}
	return limit, q.query("cursor"), nil
}

// pageView is one page of a list. NextCursor is null on the last page.
type pageView[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

func pageOf[T any](items []T, next string) pageView[T] {
	if items == nil {
		items = []T{}
	}
	p := pageView[T]{Items: items}
	if next != "" {
		p.NextCursor = &next
	}
	return p
}

// each maps a list to what the outside sees of it.
func each[A, B any](list []A, view func(*A) B) []B {
	out := make([]B, 0, len(list))
	for i := range list {
		out = append(out, view(&list[i]))
	}
	return out
}
