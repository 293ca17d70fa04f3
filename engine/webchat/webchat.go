// Package webchat is the chat on a clinic's own web site: one script that a page
// loads, and the few calls the script makes. What a visitor writes goes the way of
// every other channel's messages; what we send is shown from the message's own row
// (see package channel/webchat, the driver).
//
//	GET  /webchat/widget.js                     the script
//	POST /webchat/{integration}/session         a visitor's token, new or renewed
//	GET  /webchat/{integration}/messages?have=  waits until the conversation is another
//	POST /webchat/{integration}/messages        the visitor says or taps something
//
// A visitor is a random number in a signed token, kept by the browser. There are no
// cookies, so a page of somebody else can do nothing in a visitor's name, and calls
// of browsers are answered only for the sites the integration names (CORS). A
// visitor becomes a contact with their first message, or is known as one by a link
// of ours. Everything that comes in is bounded: its size, how often, how many wait.
//
// Waiting is long polling: fetch can carry the token in a header, where an
// EventSource would have to put it into the address.
package webchat

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"jornada/activities/channel"
	driver "jornada/activities/channel/webchat"
	"jornada/engine"
)

// Store is the part of the store the chat needs.
type Store interface {
	Integration(ctx context.Context, id engine.IntegrationID) (*engine.Integration, error)
	ContactByAddress(ctx context.Context, addrs []engine.Address) (*engine.Contact, error)
	Messages(ctx context.Context, f engine.MessageFilter) (list []engine.Message, next string, err error)
	InboundOf(ctx context.Context, c *engine.Contact, limit int) ([]engine.InboundEvent, error)
}

// Config makes a Chat. Everything but the limits is required.
type Config struct {
	Store   Store
	Deliver func(ctx context.Context, events []engine.InboundEvent) error
	Clock   engine.Clock
	Bell    *driver.Bell // that the driver rings
	Logger  *slog.Logger

	Patience time.Duration // how long a call waits for news; 0 = 25 s
	Look     time.Duration // how often it looks without having heard the bell; 0 = 5 s
}

// Chat serves the web chats of all integrations.
type Chat struct {
	Config
	limits  *limits
	waiting chan struct{} // one place for each call that waits
	closed  chan struct{}
	closing sync.Once
	mux     *http.ServeMux
}

// How much is taken at once.
const (
	bodyMax      = 16 << 10
	textMax      = 4000 // characters
	waitingMax   = 5000 // calls that wait for news, of everybody
	waitingOfOne = 4    // of one visitor: tabs
	shown        = 50   // messages of a conversation, each way
	deliverIn    = 10 * time.Second
)

// New makes a Chat.
func New(c Config) *Chat {
	if c.Patience == 0 {
		c.Patience = 25 * time.Second
	}
	if c.Look == 0 {
		c.Look = 5 * time.Second
	}
	chat := &Chat{Config: c, limits: newLimits(), waiting: make(chan struct{}, waitingMax), closed: make(chan struct{}), mux: http.NewServeMux()}
	chat.mux.HandleFunc("GET /webchat/widget.js", chat.script)
	chat.mux.Handle("/webchat/{integration}/session", chat.call(http.MethodPost, chat.session))
	chat.mux.Handle("POST /webchat/{integration}/messages", chat.call(http.MethodPost, chat.write))
	chat.mux.Handle("/webchat/{integration}/messages", chat.call(http.MethodGet, chat.read))
	return chat
}

// Close ends the calls that wait, so that a server can stop.
func (c *Chat) Close() { c.closing.Do(func() { close(c.closed) }) }

// ServeHTTP implements http.Handler.
func (c *Chat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	c.mux.ServeHTTP(w, r)
}

//go:embed widget.js
var widget []byte

// script serves the widget to pages of any site: it holds no secret.
func (c *Chat) script(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(widget) // nobody is there to be told
}

// caller is one call, let in.
type caller struct {
	*http.Request
	integration *engine.Integration
	config      driver.Config
	visitor     string          // "" in session, which may have none yet
	contact     *engine.Contact // whose the visitor is; nil until they have written
}

// refusal is an answer that says no, in a word for programs. The words for people
// are the script's, in the visitor's language.
type refusal struct {
	status int
	code   string
	wait   time.Duration
}

func (r *refusal) Error() string { return r.code }

func refuse(status int, code string) error { return &refusal{status: status, code: code} }

// call lets a call in: a known chat, a site of its, a bounded body, not too often.
func (c *Chat) call(method string, handle func(w http.ResponseWriter, r *caller) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := &caller{Request: r}
		err := c.letIn(w, from)
		switch {
		case err != nil:
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
			return
		case r.Method != method:
			err = refuse(http.StatusMethodNotAllowed, "method")
		default:
			r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
			err = handle(w, from)
		}
		if err != nil {
			c.fail(w, r, err)
		}
	})
}

func (c *Chat) letIn(w http.ResponseWriter, r *caller) error {
	if wait := c.limits.calls.take(ip(r.Request)); wait > 0 {
		return &refusal{http.StatusTooManyRequests, "too_fast", wait}
	}
	i, err := c.Store.Integration(r.Context(), engine.IntegrationID(r.PathValue("integration")))
	if isNotFound(err) || err == nil && (i.Channel != engine.WebChat || i.State == engine.Disabled) {
		return refuse(http.StatusNotFound, "no_chat")
	}
	if err != nil {
		return err
	}
	if r.integration = i; i.Provider != driver.Name {
		return refuse(http.StatusNotFound, "no_chat")
	}
	r.config, err = driver.Read(channel.Settings{IntegrationID: i.ID, Channel: i.Channel, Values: i.Settings, Secrets: i.Secrets})
	if err != nil {
		return refuse(http.StatusNotFound, "no_chat")
	}
	return cors(w, r)
}

// cors answers browsers for the chat's own sites and nobody else's. A browser names
// the site with every call but a GET of the site itself; who names none is no page,
// and may read with a token.
func cors(w http.ResponseWriter, r *caller) error {
	h, origin := w.Header(), r.Header.Get("Origin")
	h.Add("Vary", "Origin")
	switch {
	case origin == "" && r.Method == http.MethodGet:
		return nil
	case !r.config.Allows(origin):
		return refuse(http.StatusForbidden, "origin")
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		h.Set("Access-Control-Max-Age", "600")
	}
	return nil
}

// fail answers with a word, and logs what is our own fault. Nothing of the call is
// logged: it is a person's.
func (c *Chat) fail(w http.ResponseWriter, r *http.Request, err error) {
	var no *refusal
	if !errors.As(err, &no) {
		no = &refusal{status: http.StatusServiceUnavailable, code: "unavailable", wait: 5 * time.Second}
		if r.Context().Err() == nil {
			c.Logger.ErrorContext(r.Context(), "a call of a web chat failed", "integration", r.PathValue("integration"), "error", err)
		}
	}
	if no.wait > 0 {
		w.Header().Set("Retry-After", seconds(no.wait))
	}
	answer(w, no.status, map[string]any{"error": map[string]string{"code": no.code}})
}

func isNotFound(err error) bool {
	var known *engine.Error
	return errors.As(err, &known) && known.Code == engine.NotFound
}
