package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// Limits of bodies, in bytes.
const (
	maxJSON    = 1 << 20
	maxWebhook = 3 << 20 // Meta's batches of up to 1,000 updates (…/whatsapp/webhooks/create-webhook-endpoint)
	maxFolder  = 8 << 20
	maxCSV     = 50 << 20
)

// How long a call may take. Imports stream, so they get their own.
const (
	callTimeout    = 30 * time.Second
	webhookTimeout = 10 * time.Second // from the first byte of the body to the commit
	importTimeout  = 10 * time.Minute
)

// How many proved webhook calls are stored at once, and how many more may wait
// for it: at the few milliseconds one takes, less than the time a provider waits.
const (
	webhooksAtOnce  = 64
	webhooksWaiting = 1024
)

// How often people may try to sign in, all together: each try costs a slow hash.
const (
	signInsPerSecond = 5
	signInsAtOnce    = 20
)

// server holds what every handler needs.
type server struct {
	Deps
	public    *url.URL // PublicURL, parsed; nil when it was not given
	metrics   *metrics
	workspace workspaceCache
	intake    *intake
	plays     *plays
	media     chan struct{}             // a place for each file on its way
	patience  func(route) time.Duration // how long a call may take
	texts     textCache
	knocks    *rate.Limiter // sign-ins of everybody
	pages     *pages        // nil: the API answers alone

	limitersMu sync.Mutex
	limiters   map[string]*rate.Limiter
}

// New makes the HTTP handler of everything. It panics only when a required
// dependency is missing, which is the programmer's mistake and never a user's.
func New(d Deps) http.Handler {
	return newServer(d).handler()
}

func newServer(d Deps) *server {
	if err := d.validate(); err != nil {
		panic(err)
	}
	s := &server{Deps: d, limiters: map[string]*rate.Limiter{}, intake: newIntake(webhooksAtOnce, webhooksWaiting), plays: newPlays(), media: make(chan struct{}, mediaAtOnce), patience: route.timeout,
		knocks: rate.NewLimiter(signInsPerSecond, signInsAtOnce)}
	if u, err := url.Parse(d.PublicURL); err == nil && u.Host != "" {
		s.public = u
	}
	if d.Pages != nil {
		loaded, err := loadPages(d.Pages)
		if err != nil {
			panic(err) // they are embedded: a file that cannot be read was never written
		}
		s.pages = loaded
	}
	s.metrics = newMetrics(s.Metrics, s.Store, s.Clock)
	s.Metrics.MustRegister(paces{s})
	return s
}

func (s *server) handler() http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.writeError
	e.Pre(s.identify, s.log, s.guard, s.harden, s.editor)
	for _, r := range s.routes() {
		e.Add(r.method, r.path, s.serve(r))
	}
	return e
}

// NewServer wraps the handler in an http.Server with the time limits that keep
// slow clients from holding connections. Single calls set their own, shorter ones.
func NewServer(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr: addr, Handler: h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       importTimeout,
		WriteTimeout:      importTimeout + time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

// maxLinger is how much of a body that is too large is read all the same.
const maxLinger = 16 << 20

// linger reads and drops the rest of a body that was refused, up to a bound and
// until the call's time is over. A client that writes all it has before it listens
// then hears why it was refused, instead of finding its connection reset.
func linger(body io.Reader) { _, _ = io.CopyN(io.Discard, body, maxLinger) }

// serve is one route's way from bytes to bytes.
func (s *server) serve(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), s.patience(r))
		defer cancel()
		deadline := time.Now().Add(s.patience(r)) //nolint:forbidigo // the network's clock, not ours
		control := http.NewResponseController(c.Response().Writer)
		_ = control.SetReadDeadline(deadline) // not every writer can (tests): the context still ends the call
		_ = control.SetWriteDeadline(deadline.Add(10 * time.Second))

		q := requestOf(c)
		q.route = r
		if err := q.readable(); err != nil {
			return err
		}
		if err := s.authorize(ctx, c, q); err != nil {
			return err
		}
		if err := q.openBody(c); err != nil {
			if r.takes == takesRaw {
				s.refusedBody(err)
			}
			if problemOf(err).Status == http.StatusRequestEntityTooLarge {
				linger(c.Request().Body)
			}
			return err
		}
		defer q.close()
		a, err := s.once(ctx, q)
		if err != nil {
			return err
		}
		return a.write(c)
	}
}
