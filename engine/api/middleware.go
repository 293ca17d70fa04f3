package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"jornada/engine"
)

// identify gives every request an id: the caller's when it is short and plain,
// else a new one. It stands in the answer and in every line of the log.
func (s *server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !plainID(id) {
			id = engine.NewID("req")
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func plainID(id string) bool {
	if id == "" || len(id) > 80 {
		return false
	}
	for _, r := range id {
		if !(r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return false
		}
	}
	return true
}

// log writes one line per request: the route, never the address as called,
// because ids in it may be a person's. Bodies, queries and headers never.
func (s *server) log(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now() //nolint:forbidigo // how long the machine took, not what time it is
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		took := time.Since(start)
		operation, status := "none", c.Response().Status
		attrs := []slog.Attr{
			slog.String("method", c.Request().Method), slog.Int("status", status),
			slog.Duration("took", took), slog.Int64("bytes", c.Response().Size),
			slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)),
		}
		if q, found := c.Get(requestKey).(*request); found && q.route.operation != "" {
			operation = q.route.operation
			attrs = append(attrs, slog.String("operation", operation), slog.String("route", q.route.path))
			for name, value := range q.params {
				attrs = append(attrs, slog.String(name, mask(value)))
			}
			if q.principal != nil {
				attrs = append(attrs, slog.String("token", q.principal.TokenID))
			}
		}
		level := slog.LevelInfo
		switch {
		case status >= 500 && operation == "getReadiness":
			level = slog.LevelWarn // the answer says why; a probe repeats it
		case status >= 500:
			level = slog.LevelError
			if err != nil {
				attrs = append(attrs, slog.String("error", causeOf(err)))
			}
		case operation == "getHealth" || operation == "getReadiness" || operation == "getMetrics" || operation == "getPage" || operation == "getPhoneOutbox" || operation == "getPhoneClock":
			level = slog.LevelDebug // called every second by machines
		}
		s.Logger.LogAttrs(c.Request().Context(), level, "request", attrs...)
		s.metrics.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
		s.metrics.seconds.WithLabelValues(operation).Observe(took.Seconds())
		return nil // written above
	}
}

// causeOf is what the log says about a refusal: the cause, which the caller does not see.
func causeOf(err error) string { return err.Error() }

// mask keeps enough of an id to follow it through a log and not enough to know
// a person by: ids of ours stay whole, because they carry nothing.
func mask(id string) string {
	for _, prefix := range []string{"enr_", "msg_", "tok_", "hnd_", "evt_", "ho_", "usr_"} {
		if len(id) > len(prefix) && id[:len(prefix)] == prefix {
			return id
		}
	}
	if len(id) <= 4 {
		return "•••"
	}
	return id[:2] + "•••" + id[len(id)-2:]
}

// guard turns a panic into a 500, so that one bad request ends itself only.
func (s *server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if r == any(http.ErrAbortHandler) {
					panic(r)
				}
				s.Logger.ErrorContext(c.Request().Context(), "a handler panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
				err = fmt.Errorf("a handler panicked: %v", r)
			}
		}()
		return next(c)
	}
}

// Content security policies: the API shows nothing; the phone's page loads only
// its own files, and pictures that journeys link to.
const (
	cspAPI  = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
	cspPage = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

// harden sets the headers that keep browsers from doing what we did not ask for.
func (s *server) harden(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", cspAPI)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if s.public != nil && s.public.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		return next(c)
	}
}

// writeError is the one place where a refusal becomes bytes.
func (s *server) writeError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := problemOf(err)
	switch p.Status {
	case http.StatusUnauthorized:
		c.Response().Header().Set("WWW-Authenticate", `Bearer realm="jornada"`)
	case http.StatusServiceUnavailable:
		c.Response().Header().Set("Retry-After", "5")
	}
	raw, encodeErr := marshal(p.body(languageOf(c.Request())))
	if encodeErr != nil {
		raw = []byte(`{"error":{"code":"internal","message":"the answer could not be written","details":{}}}`)
	}
	if c.Request().Method == http.MethodHead {
		_ = c.NoContent(p.Status)
		return
	}
	_ = c.Blob(p.Status, echo.MIMEApplicationJSON, raw) // the caller may be gone: nothing left to do
}
