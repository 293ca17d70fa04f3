package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
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
	message := written.Mail()
	s, failure := d.dial(ctx)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	defer s.close()
	if err := out.Departing(); err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Err: err, Message: "the message was held back before it was handed over"}
	}
	err = s.mailer.SendWithSMTPClient(s.client, message)
	if err == nil || message.IsDelivered() { // taken: what went wrong afterwards (RSET) does not matter
		return channel.Receipt{ProviderID: message.GetMessageID()}, nil
	}
	return channel.Receipt{}, refusal(err)
}

// refusal explains a failed conversation. A reply of the server is definite at
// every stage. Without one, the message may have been taken once its content
// was on its way.
func refusal(err error) *channel.SendError {
	failure := &channel.SendError{Class: channel.RetryLater, Err: err, Message: "the connection to the mail server broke before the message was handed over"}
	var sent *gomail.SendError
	if !errors.As(err, &sent) {
		return failure
	}
	stage := stages[sent.Reason]
	failure.Detail = "stage=" + string(stage)
	var reply *textproto.Error
	code, text := sent.ErrorCode(), ""
	if errors.As(err, &reply) {
		code, text = reply.Code, reply.Msg
	}
	if code == 0 {
		if stage == letter.OfContent {
			failure.Doubt = channel.Unclear
			failure.Message = "the connection to the mail server broke while the message was handed over; it may or may not have been taken"
		}
		return failure
	}
	status := sent.EnhancedStatusCode()
	if status == "" {
		status = letter.Enhanced(text + " " + sent.Error())
	}
	failure.Code = strings.TrimSpace(strconv.Itoa(code) + " " + status)
	failure.Class, failure.RetryAfter = letter.Judge(code, status, stage)
	failure.Message = remedies[failure.Class]
	return failure
}

var stages = map[gomail.SendErrReason]letter.Stage{
	gomail.ErrSMTPMailFrom: letter.OfSender, gomail.ErrSMTPRcptTo: letter.OfPerson, gomail.ErrSMTPData: letter.OfData,
	gomail.ErrWriteContent: letter.OfContent, gomail.ErrSMTPDataClose: letter.OfContent,
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
