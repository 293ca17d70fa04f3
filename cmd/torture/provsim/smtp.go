package provsim

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailServer takes mail. It tells nobody what became of it: plain SMTP has no
// statuses.
func (w *World) mailServer() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &mailSession{world: w, conn: c.Conn()}, nil
	}))
	server.Domain = "provsim.example.com"
	server.AllowInsecureAuth = true // it listens on loopback only
	server.MaxMessageBytes = bodyMax
	server.MaxRecipients = 1
	server.ReadTimeout, server.WriteTimeout = 2*time.Minute, 2*time.Minute
	server.ErrorLog = quiet{}
	return server
}

// quiet drops go-smtp's remarks about connections that we broke on purpose.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// mailSession is one conversation with a client.
type mailSession struct {
	world *World
	conn  net.Conn
	from  string
	to    string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

// Auth implements smtp.AuthSession.
func (s *mailSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		secrets := s.world.Secrets()
		if s.world.Plan().TokenExpired || user != secrets.SMTPUser || password != secrets.SMTPPassword {
			return smtp.ErrAuthFailed
		}
		return nil
	}
	if mechanism == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// Mail implements smtp.Session.
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	plan := s.world.Plan()
	switch {
	case plan.TokenExpired:
		return mailError(530, 5, 7, 0, "Authentication required")
	case plan.Limited:
		return mailError(421, 4, 7, 0, "Our system has detected an unusual rate of mail from this sender; try again later")
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	code := codeFor(s.world.Plan().ErrorFor, "email", to)
	switch {
	case code == 0:
		return nil
	case code == 552:
		return mailError(552, 5, 2, 2, "Mailbox full")
	case code == 554:
		return mailError(554, 5, 7, 1, "Message refused by the recipient's policy")
	case code >= 400 && code < 500:
		return mailError(code, 4, 2, 0, "Mailbox busy")
	}
	return mailError(550, 5, 1, 1, "No such user here")
}

// Data implements smtp.Session. The message is taken once its last byte has
// arrived; what the client hears then is up to the plan.
func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err //nolint:wrapcheck // go-smtp turns it into its reply
	}
	draft := Accept{Channel: "email", Provider: "smtp", Kind: "email", To: s.to, BodyHash: hash(raw)}
	describeMail(&draft, raw)
	plan := s.world.Plan()
	plan.ErrorFor = nil // RCPT has answered that
	accepted, destiny, no := s.world.judge(draft, plan)
	switch destiny {
	case resetUnaccepted, resetAccepted:
		return s.drop()
	case hanging:
		timer := time.NewTimer(plan.Hang)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.world.context.Done():
		}
		return s.drop()
	default:
	}
	switch {
	case no == nil:
		s.world.ledger.answered(accepted.Seq) // go-smtp writes the reply as soon as we return
		return nil
	case no.fate == throttled:
		return mailError(421, 4, 7, 0, "Too many messages; try again in "+strconv.Itoa(int(max(plan.RetryAfter, time.Minute)/time.Second))+" seconds")
	}
	return mailError(451, 4, 3, 0, "Requested action aborted: local error in processing")
}

// drop resets the connection; go-smtp's reply then goes nowhere.
func (s *mailSession) drop() error {
	cut(s.conn)
	return net.ErrClosed
}

// Reset implements smtp.Session.
func (s *mailSession) Reset() { s.from, s.to = "", "" }

// Logout implements smtp.Session.
func (s *mailSession) Logout() error { return nil }

func mailError(code, class, subject, detail int, message string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: message}
}

// loginServer is SASL LOGIN, which go-sasl has for clients only.
type loginServer struct {
	check func(user, password string) error
	user  *string
	asked bool
}

// Next implements sasl.Server.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case !l.asked && response == nil:
		l.asked = true
		return []byte("Username:"), false, nil
	case l.user == nil:
		l.asked = true
		user := string(response)
		l.user = &user
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(*l.user, string(response))
}

func decodeWord(s string) (string, error) {
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		return "", errors.New("a header is not readable")
	}
	return decoded, nil
}

// plainText is the first text/plain part of a message, "" without one.
func plainText(message *mail.Message) string {
	return textOf(message.Header.Get("Content-Type"), message.Header.Get("Content-Transfer-Encoding"), message.Body)
}

func textOf(contentType, encoding string, body io.Reader) string {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, parameters["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				return ""
			}
			if text := textOf(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part); text != "" {
				return text
			}
		}
	}
	if kind != "text/plain" {
		return ""
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, _ := io.ReadAll(body)
	return strings.ReplaceAll(strings.TrimSpace(string(text)), "\r\n", "\n")
}
