// Package letter is what the e-mail drivers (smtp, sendgrid, ses) share, both
// ways: the letter that goes out, and what comes back about it.
//
// Out: Sender.Write turns a message into a Letter, text first and HTML beside it
// (RFC 2046 §5.1.4: the last alternative is the preferred one), to one person,
// with the headers that let that person leave by one click (RFC 8058) and a
// Message-ID made of our reference. A driver hands it over in its provider's
// way: Mail for a conversation over SMTP, Bytes for an API that takes MIME, the
// fields for one that takes them apart.
//
// With the setting inbound_domain, letters come back to us: Reply-To, the mailto
// for leaving and (where a driver sets it) the envelope's sender are addresses of
// that domain that name the message, see Way.
//
// Back: Judge and Bounced read what mail servers say (RFC 5321, RFC 3463), and
// News makes our events of it, the same for every provider.
package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"jornada/activities/channel"
	"jornada/engine"
)

// headerMax is the longest line of a message, in bytes (RFC 5322 §2.1.1), and
// valueMax what is left of one for a value, beside a name, blanks and brackets.
const (
	headerMax = 998
	valueMax  = headerMax - 24
)

// Sender is who writes: the same for all letters of an integration.
type Sender struct {
	From    *netmail.Address
	ReplyTo *netmail.Address
	domain  string // of Message-ID
	inbound string // the domain whose mail comes to us, or ""
	clock   engine.Clock
}

// SenderOf reads the settings from, reply_to, message_id_domain and inbound_domain; which says
// what senders the provider takes ("the server allows you to use").
func SenderOf(settings channel.Settings, which string) (Sender, error) {
	raw := settings.Value("from", "")
	if raw == "" {
		return Sender{}, settings.Refuse("settings.from", "is missing; set it to the address people see as the sender, one "+which)
	}
	s := Sender{clock: settings.Clock}
	var err error
	if s.From, err = address(raw); err != nil {
		return Sender{}, settings.Refuse("settings.from", "must be one address such as clinica@example.com or Clínica <clinica@example.com>")
	}
	if s.ReplyTo, err = address(settings.Value("reply_to", s.From.Address)); err != nil {
		return Sender{}, settings.Refuse("settings.reply_to", "must be one address such as contato@example.com")
	}
	_, fromDomain, _ := strings.Cut(s.From.Address, "@")
	s.domain = settings.Value("message_id_domain", fromDomain)
	if strings.ContainsAny(s.domain, " <>@\r\n\x00") {
		return Sender{}, settings.Refuse("settings.message_id_domain", "must be a domain such as example.com")
	}
	s.inbound = strings.ToLower(settings.Value("inbound_domain", ""))
	if s.inbound != "" && !domainName.MatchString(s.inbound) {
		return Sender{}, settings.Refuse("settings.inbound_domain", "must be a domain whose mail comes to Jornada, such as mail.example.com")
	}
	return s, nil
}

// domainName is a domain of at least two labels (RFC 1035 §2.3.1).
var domainName = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)

// Letter is one e-mail to one person.
type Letter struct {
	From, To, ReplyTo *netmail.Address
	ReturnPath        string // where mail servers report to (VERP); "" = From
	Subject           string
	MessageID         string // without the angle brackets
	Date              time.Time
	Header            []Field // the others
	Text, HTML        string
}

// Field is one header.
type Field struct{ Name, Value string }

// Write writes one e-mail to one recipient; its errors are *channel.SendError.
// Every value that goes into a header is refused when it holds a line break or a
// NUL, or is longer than a header's line, never cleaned: such a value is an
// attack or a mistake, and both should be seen.
func (s Sender) Write(out channel.Outbound) (*Letter, error) {
	c := out.Content
	if out.To.Kind != engine.EmailAddress || out.To.Value == "" {
		return nil, wrong("an e-mail needs an e-mail address; this contact has none")
	}
	for _, h := range []struct{ name, value string }{
		{"recipient's address", out.To.Value}, {"recipient's name", out.ContactName}, {"subject", c.Subject},
		{"reference", out.Ref}, {"quoted message's id", out.ReplyTo}, {"unsubscribe address", out.UnsubscribeURL},
	} {
		if unsafe(h.value) {
			return nil, wrong("the " + h.name + " contains a line break, which an e-mail's header cannot carry; remove it")
		}
		if len(h.value) > valueMax {
			return nil, wrong(fmt.Sprintf("the %s has %d bytes, and an e-mail's header holds %d; shorten it", h.name, len(h.value), valueMax))
		}
	}
	if strings.TrimSpace(c.Subject) == "" {
		return nil, wrong("the e-mail has no subject")
	}
	to, err := address(out.To.Value)
	if err != nil {
		return nil, &channel.SendError{Class: channel.SwitchChannel, Message: "the contact's e-mail address is not a valid address; correct it", Err: err}
	}
	to.Name = out.ContactName
	link := unsubscribe(out)
	replyTo := s.ReplyTo
	if back := s.way(Answers, out); back != "" {
		replyTo = &netmail.Address{Name: s.ReplyTo.Name, Address: back}
	}
	text, html, err := render(page{Content: c, Locale: out.Locale, ReplyTo: replyTo.Address, UnsubscribeURL: link})
	if err != nil {
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the e-mail's text could not be turned into HTML", Err: err}
	}
	if strings.TrimSpace(text) == "" {
		return nil, wrong("the e-mail has no text")
	}
	return &Letter{
		From: s.From, To: to, ReplyTo: replyTo, ReturnPath: s.way(Bounces, out), Subject: c.Subject,
		MessageID: s.messageID(out.Ref), Date: s.now(), Header: s.headers(out, link), Text: text, HTML: html,
	}, nil
}

// headers are those beside the usual ones.
func (s Sender) headers(out channel.Outbound, link string) []Field {
	// Vacation answers and the like must not be taken for the contact's (RFC 3834).
	fields := []Field{{"Auto-Submitted", "auto-generated"}}
	// A provider's own id is no Message-ID (RFC 5322 §3.6.4 wants an @): it names no letter.
	if strings.Contains(out.ReplyTo, "@") {
		quoted := "<" + strings.Trim(out.ReplyTo, "<>") + ">"
		fields = append(fields, Field{"In-Reply-To", quoted}, Field{"References", quoted})
	}
	var leave []string
	if link != "" {
		leave = append(leave, "<"+link+">")
	}
	if back := s.way(Leaving, out); back != "" && marketing(out) { // RFC 2369 §3.2
		leave = append(leave, "<mailto:"+back+"?subject=unsubscribe>")
	}
	if len(leave) > 0 {
		fields = append(fields, Field{"List-Unsubscribe", strings.Join(leave, ", ")})
	}
	if link != "" {
		fields = append(fields, Field{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"})
	}
	return fields
}

// Mail is the letter for go-mail's client.
func (l *Letter) Mail() *gomail.Msg {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(l.From)
	m.ToMailAddress(l.To)
	m.ReplyToMailAddress(l.ReplyTo)
	m.Subject(l.Subject)
	m.SetMessageIDWithValue(l.MessageID)
	m.SetDateWithValue(l.Date)
	for _, f := range l.Header {
		m.SetGenHeader(gomail.Header(f.Name), f.Value)
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m
}

// Bytes is the letter as it travels (RFC 5322, MIME).
func (l *Letter) Bytes() ([]byte, error) {
	var raw bytes.Buffer
	if _, err := l.Mail().WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("writing the e-mail: %w", err)
	}
	return raw.Bytes(), nil
}

// address parses one address and refuses what could break out of a header.
func address(raw string) (*netmail.Address, error) {
	if unsafe(raw) {
		return nil, engine.Errorf(engine.Invalid, "an e-mail address must be one line")
	}
	parsed, err := netmail.ParseAddress(raw)
	if err != nil {
		return nil, engine.Errorf(engine.Invalid, "this is not an e-mail address")
	}
	return parsed, nil
}

// unsafe says whether a header value could end its header and start another.
func unsafe(s string) bool { return strings.ContainsAny(s, "\r\n\x00") }

// unsubscribe is the one-click address of a marketing message (RFC 8058), ""
// for every other.
func unsubscribe(out channel.Outbound) string {
	u, err := url.Parse(out.UnsubscribeURL)
	if !marketing(out) || err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return u.String()
}

func marketing(out channel.Outbound) bool {
	return strings.EqualFold(out.Content.Category, "marketing")
}

var plainRef = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{7,99}$`)

// messageID is the same for the same reference, always: a second copy of a
// message in doubt carries the first one's id.
func (s Sender) messageID(ref string) string {
	left := strings.TrimRight(ref, ".")
	if !plainRef.MatchString(left) || strings.Contains(left, "..") || left != ref {
		sum := sha256.Sum256([]byte(ref))
		left = hex.EncodeToString(sum[:16])
	}
	return left + "@" + s.domain
}

func (s Sender) now() time.Time {
	if s.clock == nil {
		return time.Now() //nolint:forbidigo // a driver without a clock of its own runs in real time
	}
	return s.clock.Now()
}

func wrong(message string) error {
	return &channel.SendError{Class: channel.FixRequest, Message: message}
}
