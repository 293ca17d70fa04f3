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
// # Settings
//
//	host, port   the server; or base_url smtp://host:port (smtps:// = TLS from the start)
//	             port: default 587, or 465 with tls: implicit
//	from         required; "clinica@example.com" or "Clínica <clinica@example.com>"
//	reply_to     where answers go; default from
//	tls          mandatory (default), opportunistic, implicit, none;
//	             on a loopback host the default is opportunistic
//	auth         auto (default with a username), plain, login, cram-md5,
//	             scram-sha-256, xoauth2, none
//	username     with the secret password
//	helo         the name we introduce ourselves with; default this machine's
//	message_id_domain   right side of Message-ID; default the domain of from
//	inbound_domain      whose mail comes to Jornada; answers and bounces go there
//	verp         on (default with inbound_domain) or off, for a server that lets you
//	             send only as from
//	dkim_selector       with the secret dkim_key: sign, under this name in the DNS
//	dkim_domain         default the domain of from
//
// # Secrets
//
//	password     of username; for xoauth2 the access token
//	dkim_key     private key in PEM, RSA or Ed25519
package smtp

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
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
		if failure.Class == channel.Reauth {
			return engine.Errorf(engine.Invalid, "%s did not accept the username or password (%s); many providers want an app password", d.host, failure.Code)
		}
		return engine.Errorf(engine.Unavailable, "the mail server %s cannot be used: %s", d.host, failure.Message)
	}
	defer session.close()
	if err := session.client.Noop(); err != nil {
		return engine.Errorf(engine.Unavailable, "the mail server %s accepted the connection but does not answer; try again later", d.host)
	}
	return nil
}
