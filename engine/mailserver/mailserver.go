// Package mailserver is the door for e-mail: answers, what mail servers report
// about our letters, complaints, and the wish to leave. It listens on SMTP
// (`jornada serve --mail-addr`), behind the mail server that has port 25, or as the
// MX of a domain of its own.
//
// It takes mail for addresses of ours alone: those that name a message by a token
// nobody can make up (bounce+token@, r+token@, unsubscribe+token@), and in the same
// domain bounce@, abuse@ and the sender's own reply_to, where what comes must be
// about a letter of ours that it names. Everything else is refused while the sender
// is on the line, so that no mail is ever answered with another.
//
// A mail is stored, as an event like any webhook's, before its sender hears 250.
// What cannot be stored now is told 451, and comes again.
//
// Who wrote is proved by what they hold, not by From, which anybody can write: a
// token, or the Message-ID of a letter, is known only to the one person it went to
// (and to whom they gave it). So a report or a complaint is believed about the
// message it names, and the address that is suppressed is the one we wrote to.
package mailserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"jornada/engine"
)

// Store is what the server reads.
type Store interface {
	Integrations(ctx context.Context) ([]engine.Integration, error)
	MailKeys(ctx context.Context) (engine.MailKeys, error)
	Message(ctx context.Context, id engine.MessageID) (*engine.Message, error)
	MessageByProviderID(ctx context.Context, integration engine.IntegrationID, providerID string) (*engine.Message, error)
}

// Config is what a server needs. Store and Deliver are required.
type Config struct {
	Store Store
	// Deliver stores events; when it returns nil they cannot be lost any more.
	Deliver func(ctx context.Context, events []engine.InboundEvent) error
	Logger  *slog.Logger
	// Hostname is the name the server greets with.
	Hostname string
	// TLS is what STARTTLS uses; nil: it is not offered.
	TLS *tls.Config

	MessageMax     int64         // bytes of one mail; default 10 MiB
	RecipientsMax  int           // of one mail; default 10
	ConnectionsMax int           // at once; default 64
	AtOnce         int           // mails that are read at once; default 16
	IdleTimeout    time.Duration // between two commands, and for the content; default 1 min
	SessionTimeout time.Duration // for everything; default 10 min
}

func (c *Config) defaults() error {
	if c.Store == nil || c.Deliver == nil {
		return errors.New("the mail server needs Config.Store and Config.Deliver")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Hostname == "" {
		c.Hostname = "localhost"
	}
	either(&c.MessageMax, 10<<20)
	either(&c.RecipientsMax, 10)
	either(&c.ConnectionsMax, 64)
	either(&c.AtOnce, 16)
	either(&c.IdleTimeout, time.Minute)
	either(&c.SessionTimeout, 10*time.Minute)
	return nil
}

func either[T int | int64 | time.Duration](value *T, standard T) {
	if *value <= 0 {
		*value = standard
	}
}

// Server takes mail in.
type Server struct {
	Config
	smtp    *smtp.Server
	reading chan struct{}
	senders senders
}

// New makes a server.
func New(c Config) (*Server, error) {
	if err := c.defaults(); err != nil {
		return nil, err
	}
	s := &Server{Config: c, reading: make(chan struct{}, c.AtOnce)}
	s.senders.load = c.Store.Integrations
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	s.smtp.Domain = c.Hostname
	s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = c.MessageMax, c.RecipientsMax
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = c.IdleTimeout, c.IdleTimeout
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.TLSConfig = c.TLS
	s.smtp.ErrorLog = remarks{c.Logger}
	return s, nil
}

// Serve takes connections until ctx ends, then lets those that are open finish
// what they are at, for a moment.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.smtp.Serve(&bounded{Listener: l, most: s.ConnectionsMax, life: s.SessionTimeout}) }()
	select {
	case err := <-failed:
		return fmt.Errorf("taking mail: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := s.smtp.Shutdown(drain); err != nil {
		_ = s.smtp.Close() // whoever is cut off was told nothing, and comes again
	}
	return nil
}

// stopWithin is how long an open conversation may go on once we are asked to stop.
const stopWithin = 5 * time.Second

// remarks are go-smtp's about connections that broke; they are everyday.
type remarks struct{ log *slog.Logger }

// Printf implements smtp.Logger.
func (r remarks) Printf(format string, v ...any) { r.log.Debug("mail: " + fmt.Sprintf(format, v...)) }

// Println implements smtp.Logger.
func (r remarks) Println(v ...any) { r.log.Debug("mail: " + fmt.Sprint(v...)) }

// bounded is a listener with a number of connections and a life for each. One more
// is told to come later, which every mail server does.
type bounded struct {
	net.Listener
	most int
	life time.Duration

	mu   sync.Mutex
	open int
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err //nolint:wrapcheck // go-smtp looks at it
		}
		b.mu.Lock()
		full := b.open >= b.most
		if !full {
			b.open++
		}
		b.mu.Unlock()
		if !full {
			c := &mortal{Conn: conn, closed: func() {
				b.mu.Lock()
				b.open--
				b.mu.Unlock()
			}}
			c.end = time.AfterFunc(b.life, func() { _ = conn.Close() })
			return c, nil
		}
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) //nolint:forbidigo // so is this
		_, _ = conn.Write([]byte("421 4.3.2 too many connections, come again later\r\n"))
		_ = conn.Close()
	}
}

// mortal is a connection that ends by itself.
type mortal struct {
	net.Conn
	end    *time.Timer
	once   sync.Once
	closed func()
}

// Close implements net.Conn.
func (m *mortal) Close() error {
	m.once.Do(func() {
		m.end.Stop()
		m.closed()
	})
	return m.Conn.Close() //nolint:wrapcheck // it is the connection's own
}
