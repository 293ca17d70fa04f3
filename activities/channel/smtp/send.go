package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	gosmtp "github.com/wneessen/go-mail/smtp"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
)

// session is one connection to the server.
type session struct {
	mailer *gomail.Client
	client *gosmtp.Client
	conn   *tracked
	stop   func() bool
}

// tracked remembers the connection under go-mail's client, which leaves it open
// when greeting, TLS or signing in fail.
type tracked struct {
	mu   sync.Mutex
	conn net.Conn
}

func (t *tracked) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, network, address)
	t.mu.Lock()
	t.conn = conn
	t.mu.Unlock()
	return conn, err
}

func (t *tracked) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != nil {
		_ = t.conn.Close()
	}
}

// dial connects, encrypts and signs in. Nothing of a message has been said, so
// a failure is always Certain.
func (d *Driver) dial(ctx context.Context) (*session, *channel.SendError) {
	s := &session{conn: &tracked{}}
	options := d.options
	if !d.implicit { // go-mail makes TLS connections itself
		options = append(options[:len(options):len(options)], gomail.WithDialContextFunc(s.conn.dial))
	}
	mailer, err := gomail.NewClient(d.host, options...)
	if err != nil {
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the mail server's settings cannot be used: " + err.Error(), Err: err}
	}
	s.mailer = mailer
	s.stop = context.AfterFunc(ctx, s.conn.close)
	if s.client, err = mailer.DialToSMTPClientWithContext(ctx); err != nil {
		s.stop()
		s.conn.close()
		return nil, dialFailure(d.host, err)
	}
	return s, nil
}

func (s *session) close() {
	s.stop()
	_ = s.mailer.CloseWithSMTPClient(s.client)
	s.conn.close()
}

func dialFailure(host string, err error) *channel.SendError {
	failure := &channel.SendError{Class: channel.RetryLater, Err: err, Message: fmt.Sprintf("the mail server %s could not be reached; nothing was sent", host)}
	var reply *textproto.Error
	var lookup *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &reply):
		failure.Code = strconv.Itoa(reply.Code)
		failure.Class, failure.RetryAfter = letter.Judge(reply.Code, letter.Enhanced(reply.Msg), letter.Connecting)
		failure.Message = fmt.Sprintf("the mail server %s refused the connection: %s", host, remedies[failure.Class])
	case errors.As(err, &lookup):
		failure.Message = fmt.Sprintf("the mail server's name %q could not be looked up; check host", lookup.Name)
	case errors.As(err, &certificate):
		failure.Class = channel.StopSender
		failure.Message = fmt.Sprintf("the certificate of the mail server %s is not trusted or belongs to another name; check host", host)
	case strings.Contains(err.Error(), "STARTTLS"):
		failure.Class = channel.StopSender
		failure.Message = fmt.Sprintf("the mail server %s offers no encryption (STARTTLS); use tls: implicit with port 465, or a server that encrypts", host)
	case strings.Contains(err.Error(), "AUTH"):
		failure.Class = channel.Reauth
		failure.Message = fmt.Sprintf("the mail server %s offers no way to sign in that auth allows; check auth and tls", host)
	}
	return failure
}

// Send implements channel.Sender: one conversation, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	written, err := d.sender.Write(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	raw, err := written.Bytes()
	if err == nil && d.dkim != nil {
		raw, err = d.dkim.sign(raw)
	}
	if err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.FixRequest, Message: "the e-mail could not be written or signed", Err: err}
	}
	from := written.From.Address
	if d.verp && written.ReturnPath != "" {
		from = written.ReturnPath
	}
	s, failure := d.dial(ctx)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	defer s.close()
	if err := out.Departing(); err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Err: err, Message: "the message was held back before it was handed over"}
	}
	if stage, err := s.hand(from, written.To.Address, raw); err != nil {
		return channel.Receipt{}, refused(stage, err)
	}
	return channel.Receipt{ProviderID: "<" + written.MessageID + ">"}, nil
}

// hand is the conversation about one letter. When it fails, it says where. The
// finished bytes travel as they are, which a signature over them needs.
func (s *session) hand(from, to string, raw []byte) (letter.Stage, error) {
	if err := s.client.UpdateDeadline(timeout); err != nil {
		return letter.Connecting, fmt.Errorf("setting the conversation's end: %w", err)
	}
	if err := s.client.Mail(path(from)); err != nil {
		return letter.OfSender, fmt.Errorf("naming the sender: %w", err)
	}
	if err := s.client.Rcpt(path(to)); err != nil {
		return letter.OfPerson, fmt.Errorf("naming the recipient: %w", err)
	}
	content, err := s.client.Data()
	if err != nil {
		return letter.OfData, fmt.Errorf("announcing the content: %w", err)
	}
	if _, err := content.Write(raw); err != nil {
		return letter.OfContent, fmt.Errorf("handing the content over: %w", err)
	}
	if err := content.Close(); err != nil { // the answer to the final dot
		return letter.OfContent, fmt.Errorf("hearing whether the content was taken: %w", err)
	}
	return "", nil
}

// path is an address as MAIL and RCPT want it (RFC 5321 §4.1.2): a first half
// that needs quotes has them.
func path(address string) string { return (&netmail.Address{Address: address}).String() }

// refused explains a failed conversation. A reply of the server is definite at
// every stage. Without one, the message may have been taken once its content
// was on its way.
func refused(stage letter.Stage, err error) *channel.SendError {
	failure := &channel.SendError{
		Class: channel.RetryLater, Err: err, Detail: "stage=" + string(stage),
		Message: "the connection to the mail server broke before the message was handed over",
	}
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		if stage == letter.OfContent {
			failure.Doubt = channel.Unclear
			failure.Message = "the connection to the mail server broke while the message was handed over; it may or may not have been taken"
		}
		return failure
	}
	code, status := reply.Code, letter.Enhanced(reply.Msg)
	failure.Code = strings.TrimSpace(strconv.Itoa(code) + " " + status)
	failure.Class, failure.RetryAfter = letter.Judge(code, status, stage)
	failure.Message = remedies[failure.Class]
	return failure
}

var remedies = map[channel.Class]string{
	channel.Throttle:      "the mail server asks for a slower pace; the message waits its turn",
	channel.RetryLater:    "the mail server has a problem of its own; the message is tried again later",
	channel.Suppress:      "this e-mail address does not exist or is closed; it is not written to again",
	channel.SwitchChannel: "this mailbox does not take the message (full, or its owner's rules); use another channel",
	channel.StopSender:    "the mail server does not let this sender send; check from, and the domain's SPF and DKIM records",
	channel.Reauth:        "the mail server does not accept the username or password; connect the channel again",
	channel.FixRequest:    "the mail server refused the message as wrong",
}

// Classify implements channel.Classifier for a reply such as "550 5.1.1".
func (d *Driver) Classify(code string) channel.Class {
	return letter.ClassOf(code)
}
