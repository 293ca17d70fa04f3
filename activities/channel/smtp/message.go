package smtp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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

// message writes one e-mail to one recipient. Every value that goes into a
// header is refused when it holds a line break or a NUL, or is longer than a
// header's line, never cleaned: such a value is an attack or a mistake, and both
// should be seen.
func (d *Driver) message(out channel.Outbound) (*gomail.Msg, error) {
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
	text, html, err := render(page{
		Content: c, Locale: out.Locale, ReplyTo: d.replyTo.Address, UnsubscribeURL: unsubscribe(out),
	})
	if err != nil {
		return nil, &channel.SendError{Class: channel.FixRequest, Message: "the e-mail's text could not be turned into HTML", Err: err}
	}
	if strings.TrimSpace(text) == "" {
		return nil, wrong("the e-mail has no text")
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(d.from)
	to.Name = out.ContactName
	m.ToMailAddress(to)
	m.ReplyToMailAddress(d.replyTo)
	m.Subject(c.Subject)
	m.SetMessageIDWithValue(d.messageID(out.Ref))
	m.SetDateWithValue(d.now())
	// Vacation answers and the like must not be taken for the contact's (RFC 3834).
	m.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated")
	if out.ReplyTo != "" {
		quoted := "<" + strings.Trim(out.ReplyTo, "<>") + ">"
		m.SetGenHeader(gomail.HeaderInReplyTo, quoted)
		m.SetGenHeader(gomail.HeaderReferences, quoted)
	}
	if link := unsubscribe(out); link != "" {
		m.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+link+">")
		m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	m.SetBodyString(gomail.TypeTextPlain, text)
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	return m, nil
}

// unsubscribe is the one-click address of a marketing message (RFC 8058), ""
// for every other.
func unsubscribe(out channel.Outbound) string {
	u, err := url.Parse(out.UnsubscribeURL)
	if !strings.EqualFold(out.Content.Category, "marketing") || err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return u.String()
}

var plainRef = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{7,99}$`)

// messageID is the same for the same reference, always: a second copy of a
// message in doubt carries the first one's id.
func (d *Driver) messageID(ref string) string {
	left := strings.TrimRight(ref, ".")
	if !plainRef.MatchString(left) || strings.Contains(left, "..") || left != ref {
		sum := sha256.Sum256([]byte(ref))
		left = hex.EncodeToString(sum[:16])
	}
	return left + "@" + d.domain
}

func (d *Driver) now() time.Time {
	if d.settings.Clock == nil {
		return time.Now() //nolint:forbidigo // a driver without a clock of its own runs in real time
	}
	return d.settings.Clock.Now()
}

func wrong(message string) error {
	return &channel.SendError{Class: channel.FixRequest, Message: message}
}
