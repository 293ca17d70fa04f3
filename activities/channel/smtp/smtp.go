// Package smtp is e-mail over plain SMTP, through whatever server the business
// has. Each message is one conversation with the server: multipart/alternative,
// text first, one recipient.
//
// SMTP has no idempotency key and no status webhook. When the connection is lost
// between the message's final dot and the server's answer (RFC 5321 §4.2.5,
// RFC 1047), nobody knows whether it was taken; the Message-ID made from our
// reference lets the receiving side recognize a second copy.
//
// With inbound_domain the envelope's sender is an address that names the message
// (VERP), so that what a mail server reports days later finds it; it comes in
// through Jornada's own mail listener (engine/mailserver). Letters are signed
// (DKIM) where the server does not do that itself.
//
// Description says what it must be told.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/activities/channel/refusal"
	"jornada/dsl/diag"
	"jornada/engine"
)

// timeout bounds a whole conversation with the server.
const timeout = 30 * time.Second

// Driver is one e-mail sender.
type Driver struct {
	settings channel.Settings
	host     string
	options  []gomail.Option
	implicit bool
	sender   letter.Sender
	verp     bool
	dkim     *signature // nil: the server signs, or nobody
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.Email && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be email: this provider carries nothing else")
	}
	d := &Driver{settings: settings}
	if err := d.server(); err != nil {
		return nil, err
	}
	var err error
	if d.sender, err = letter.SenderOf(settings, "the server allows you to use"); err != nil {
		return nil, err
	}
	switch settings.Value("verp", "on") {
	case "on":
		d.verp = true
	case "off":
	default:
		return nil, settings.Refuse("settings.verp", "must be on or off")
	}
	if d.dkim, err = newSignature(settings, d.sender.From.Address); err != nil {
		return nil, err
	}
	return d, nil
}

// server reads where the server is and how to talk to it.
func (d *Driver) server() error {
	s := d.settings
	host, port, mode := s.Value("host", ""), s.Value("port", ""), s.Value("tls", "")
	if base := s.Value("base_url", ""); base != "" && host == "" {
		u, err := url.Parse(base)
		if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
			return s.Refuse("settings.base_url", "must look like smtp://mail.example.com:587 or smtps://mail.example.com")
		}
		if u.User != nil {
			return s.Refuse("settings.base_url", "must not contain a user or password; use username and the secret password")
		}
		host, port = u.Hostname(), u.Port()
		if u.Scheme == "smtps" && mode == "" {
			mode = "implicit"
		}
	}
	if host == "" {
		return s.Refuse("settings.host", "is missing; it is your e-mail provider's outgoing (SMTP) server")
	}
	d.host = host
	if mode == "" {
		mode = "mandatory"
		if loopback(host) {
			mode = "opportunistic"
		}
	}
	if port == "" {
		port = map[bool]string{true: "465", false: "587"}[mode == "implicit"]
	}
	number, err := strconv.Atoi(port)
	if err != nil || number < 1 || number > 65535 {
		return s.Refuse("settings.port", "must be a number from 1 to 65535; usual are 587 and 465")
	}
	d.options = []gomail.Option{gomail.WithPort(number), gomail.WithTimeout(timeout), gomail.WithoutNoop()}
	policies := map[string]gomail.TLSPolicy{"mandatory": gomail.TLSMandatory, "opportunistic": gomail.TLSOpportunistic, "none": gomail.NoTLS}
	switch policy, known := policies[mode]; {
	case mode == "implicit":
		d.implicit = true
		d.options = append(d.options, gomail.WithSSL())
	case known:
		d.options = append(d.options, gomail.WithTLSPolicy(policy))
	default:
		return s.Refuse("settings.tls", "must be mandatory, opportunistic, implicit or none")
	}
	if helo := s.Value("helo", ""); helo != "" {
		d.options = append(d.options, gomail.WithHELO(helo))
	}
	return d.auth(mode)
}

var authTypes = map[string]gomail.SMTPAuthType{
	"auto": gomail.SMTPAuthAutoDiscover, "plain": gomail.SMTPAuthPlain, "login": gomail.SMTPAuthLogin,
	"cram-md5": gomail.SMTPAuthCramMD5, "scram-sha-256": gomail.SMTPAuthSCRAMSHA256, "xoauth2": gomail.SMTPAuthXOAUTH2,
}

func (d *Driver) auth(mode string) error {
	s := d.settings
	user := s.Value("username", "")
	name := strings.ToLower(s.Value("auth", map[bool]string{true: "none", false: "auto"}[user == ""]))
	if name == "none" {
		return nil
	}
	kind, known := authTypes[name]
	if !known {
		return s.Refuse("settings.auth", "must be auto, plain, login, cram-md5, scram-sha-256, xoauth2 or none")
	}
	if user == "" {
		return s.Refuse("settings.username", "is missing; it is the name the e-mail provider gave you for sending (or set auth: none)")
	}
	password, err := s.RequireSecret("password", "the e-mail provider's account page; many want an app password here, not your own")
	if err != nil {
		return err
	}
	// Without TLS, go-mail refuses to say a password aloud; on the machine itself
	// there is no wire to listen on.
	if mode != "implicit" && mode != "mandatory" && loopback(d.host) {
		kind = map[gomail.SMTPAuthType]gomail.SMTPAuthType{
			gomail.SMTPAuthPlain: gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthAutoDiscover: gomail.SMTPAuthPlainNoEnc,
			gomail.SMTPAuthLogin: gomail.SMTPAuthLoginNoEnc,
		}[kind]
		if kind == "" {
			kind = authTypes[name]
		}
	}
	d.options = append(d.options, gomail.WithSMTPAuth(kind), gomail.WithUsername(user), gomail.WithPassword(password))
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.Email)
	limits.Idempotency, limits.Departs = channel.None, true
	limits.Media = true
	return limits
}

// Receive implements channel.Receiver: plain SMTP calls no webhooks.
func (d *Driver) Receive(channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	return nil, channel.Response{Status: http.StatusNotFound}, engine.Errorf(engine.NotFound,
		"integration %q is plain SMTP, which has no webhook; answers arrive by e-mail, at inbound_domain or else in the mailbox of reply_to", d.settings.IntegrationID)
}

// Test implements channel.Tester: it connects, encrypts, signs in and says NOOP.
func (d *Driver) Test(ctx context.Context) error {
	session, failure := d.dial(ctx)
	if failure != nil {
		return engine.Told(d.unusable(failure, errors.Join(failure.Err, ctx.Err())))
	}
	defer session.close()
	if err := session.client.Noop(); err != nil {
		return engine.Told(engine.Unavailable, diag.T("the mail server %s accepted the connection but does not answer; try again later", "o servidor de e-mail %s aceitou a conexão, mas não responde; tente mais tarde", d.host))
	}
	return nil
}

// unusable says why there is no conversation with the server.
func (d *Driver) unusable(failure *channel.SendError, err error) (engine.ErrorCode, diag.Text) {
	var reply *textproto.Error
	var certificate *tls.CertificateVerificationError
	said := err.Error()
	switch {
	case errors.As(err, &reply) && failure.Class == channel.Reauth:
		return engine.Invalid, diag.T("%s did not accept the username or password (%s); many providers want an app password", "%s não aceitou o usuário ou a senha (%s); muitos provedores exigem uma senha de app", d.host, failure.Code)
	case errors.As(err, &reply):
		return engine.Unavailable, diag.T("the mail server %s refuses the connection (%s %s); ask its provider", "o servidor de e-mail %s recusa a conexão (%s %s); pergunte ao provedor dele", d.host, failure.Code, letter.Scrub(reply.Msg))
	case errors.As(err, &certificate):
	case strings.Contains(said, "STARTTLS"):
		return engine.Invalid, diag.T("the mail server %s offers no encryption (STARTTLS); use tls: implicit with port 465, or a server that encrypts", "o servidor de e-mail %s não oferece criptografia (STARTTLS); use tls: implicit com a porta 465, ou um servidor que criptografe", d.host)
	case strings.Contains(said, "AUTH"):
		return engine.Invalid, diag.T("the mail server %s offers no way to sign in that auth allows; check auth and tls", "o servidor de e-mail %s não oferece um modo de entrar que auth permita; confira auth e tls", d.host)
	}
	why := refusal.Unanswered(err, "host, port")
	return engine.Unavailable, diag.Text{En: "the mail server " + d.host + " could not be reached: " + why.En, Pt: "não foi possível falar com o servidor de e-mail " + d.host + ": " + why.Pt}
}
