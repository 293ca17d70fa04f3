package mailserver

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"jornada/activities/channel/letter"
	"jornada/activities/channel/postbox"
	"jornada/engine"
)

// storeTimeout bounds the work on one mail; its sender waits for ten minutes
// (RFC 5321 §4.5.3.2.6), but not everybody keeps to that.
const storeTimeout = 20 * time.Second

// session is one conversation with a client.
type session struct {
	server *Server
	null   bool // MAIL FROM:<>
	to     []recipient
}

// recipient is an address of ours.
type recipient struct {
	way     letter.Way       // "" for a plain one
	message engine.MessageID // that it names, proved
	senders []sender         // of its domain; never empty
}

func refuse(code int, enhanced smtp.EnhancedCode, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}

var (
	errNoSuchAddress = refuse(550, smtp.EnhancedCode{5, 1, 1}, "there is no such address here")
	errNotNow        = refuse(451, smtp.EnhancedCode{4, 3, 0}, "this cannot be stored just now; come again later")
	errBusy          = refuse(451, smtp.EnhancedCode{4, 3, 2}, "too many mails are being read; come again later")
	errUnreadable    = refuse(554, smtp.EnhancedCode{5, 6, 0}, "this is no e-mail that can be read")
	errNothingOurs   = refuse(550, smtp.EnhancedCode{5, 7, 1}, "this address takes answers to our letters only; answer the letter itself")
)

// Reset implements smtp.Session.
func (s *session) Reset() { s.null, s.to = false, nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Mail implements smtp.Session. Who sends says nothing: it is not looked at.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.null, s.to = from == "", nil
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	r, err := s.server.recipient(ctx, to)
	if err != nil {
		return err
	}
	s.to = append(s.to, r)
	return nil
}

// recipient finds out whether an address is ours; its errors are replies.
func (s *Server) recipient(ctx context.Context, address string) (recipient, error) {
	way, token, domain := letter.WayOf(address)
	all, err := s.senders.all(ctx)
	if err != nil {
		s.Logger.ErrorContext(ctx, "mail is put off: the integrations cannot be read", "error", err)
		return recipient{}, errNotNow
	}
	r := recipient{way: way, senders: of(all, domain)}
	switch {
	case len(r.senders) == 0:
		return recipient{}, errNoSuchAddress
	case way == "":
		if !plain(address, r.senders) {
			return recipient{}, errNoSuchAddress
		}
		return r, nil
	}
	keys, err := s.Store.MailKeys(ctx)
	if err != nil {
		s.Logger.ErrorContext(ctx, "mail is put off: the key of its addresses cannot be read", "error", err)
		return recipient{}, errNotNow
	}
	var ok bool
	if r.message, ok = keys.Open(token); !ok {
		return recipient{}, errNoSuchAddress
	}
	return r, nil
}

// plain says whether an address without a token is one of ours.
func plain(address string, senders []sender) bool {
	address = strings.ToLower(strings.Trim(address, "<>"))
	local, _, _ := strings.Cut(address, "@")
	return local == string(letter.Bounces) || local == "abuse" ||
		slices.ContainsFunc(senders, func(s sender) bool { return s.replyTo == address })
}

// Data implements smtp.Session: what it returns nil for is stored.
func (s *session) Data(r io.Reader) error {
	// Before the content is taken: what is refused here was never in our memory.
	select {
	case s.server.reading <- struct{}{}:
		defer func() { <-s.server.reading }()
	default:
		return errBusy
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err //nolint:wrapcheck // go-smtp's own: too long, or broken off
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	return s.server.take(ctx, raw, s.null, s.to)
}

// take reads and stores one mail; its errors are replies.
func (s *Server) take(ctx context.Context, raw []byte, null bool, to []recipient) error {
	mail, err := postbox.Read(raw, null)
	if err != nil {
		return errUnreadable
	}
	var events []engine.InboundEvent
	for _, r := range to {
		found, err := s.events(ctx, &arrival{Mail: mail, raw: raw, recipient: r})
		if err != nil {
			s.Logger.ErrorContext(ctx, "mail is put off: its message cannot be read", "error", err)
			return errNotNow
		}
		for _, e := range found {
			if !slices.ContainsFunc(events, func(have engine.InboundEvent) bool { return have.Key == e.Key && have.IntegrationID == e.IntegrationID }) {
				events = append(events, e)
			}
		}
	}
	if len(events) == 0 {
		return errNothingOurs
	}
	if err := s.Deliver(ctx, events); err != nil {
		s.Logger.ErrorContext(ctx, "mail is put off: it cannot be stored", "error", err)
		return errNotNow
	}
	return nil
}

func isNotFound(err error) bool {
	var refusal *engine.Error
	return errors.As(err, &refusal) && refusal.Code == engine.NotFound
}
