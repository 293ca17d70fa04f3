// Package webchat is the driver of our own channel: the chat on a clinic's web
// site. There is no company behind it. A message is delivered when the visitor's
// page takes it from the message's own row (package engine/webchat), so Send calls
// nobody: it checks that the message fits, and rings, so that a page that waits
// looks at once.
//
// A repeated Send changes nothing, since the row is the message. There are no
// webhooks: what visitors write comes in by /webchat/{integration}/.
//
// Description says what it must be told.
package webchat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/invite"
	"jornada/engine"
)

// InviteParameter carries a link's token in the page's address.
const InviteParameter = "jornada"

// Name is the provider's.
const Name = "webchat"

const keyMin = 32

// Config is one web chat.
type Config struct {
	Origins []string // "https://clinica.example", as browsers write them
	Page    *url.URL // nil: no links
	key     []byte
}

// Read makes a Config of an integration's settings; its error names the setting.
func Read(settings channel.Settings) (Config, error) {
	var c Config
	for raw := range strings.SplitSeq(settings.Value("origins", ""), ",") {
		if raw = strings.TrimSpace(raw); raw == "" {
			continue
		}
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.TrimRight(u.Path, "/")+u.RawQuery+u.Fragment != "" || u.User != nil {
			return c, settings.Refuse("settings.origins", "must be the sites the chat stands on, such as https://clinica.example, separated by commas and without a path")
		}
		c.Origins = append(c.Origins, strings.ToLower(u.Scheme+"://"+u.Host))
	}
	if len(c.Origins) == 0 {
		return c, settings.Refuse("settings.origins", "is missing; name the sites the chat may stand on, such as https://clinica.example")
	}
	if raw := settings.Value("page_url", ""); raw != "" {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return c, settings.Refuse("settings.page_url", "must be the address of a page with the chat, such as https://clinica.example/contato")
		}
		c.Page = u
	}
	key := settings.Secret("session_key")
	if len(key) < keyMin {
		return c, settings.Refuse("secrets.session_key", fmt.Sprintf("is missing or too short; make one up of at least %d characters, for example with openssl rand -hex 24", keyMin))
	}
	c.key = []byte(key)
	return c, nil
}

// Allows reports whether a browser's Origin header is one of the chat's sites.
func (c Config) Allows(origin string) bool {
	for _, o := range c.Origins {
		if strings.EqualFold(o, origin) {
			return true
		}
	}
	return false
}

// Sign proves a text as ours, for one integration.
func (c Config) Sign(text string) []byte {
	mac := hmac.New(sha256.New, c.key)
	fmt.Fprint(mac, "session\x00", text)
	return mac.Sum(nil)
}

// Invited is whom a link's token names, "" when it is none of ours.
func (c Config) Invited(token string, now time.Time) engine.ContactID {
	contact, _ := invite.Contact(c.key, token, now)
	return contact
}

// Bell wakes the pages that wait for a visitor's messages. It serves one process:
// pages of another see a message a little later. It is safe for concurrent use.
type Bell struct {
	mu      sync.Mutex
	waiting map[string][]chan struct{}
}

// NewBell makes a bell nobody waits for.
func NewBell() *Bell { return &Bell{waiting: map[string][]chan struct{}{}} }

// Ring wakes a visitor's pages.
func (b *Bell) Ring(visitor string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.waiting[visitor] {
		select {
		case c <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Wait hears a visitor's bell until stop is called. ok is false when as many as
// most wait already.
func (b *Bell) Wait(visitor string, most int) (rung <-chan struct{}, stop func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting[visitor]) >= most {
		return nil, nil, false
	}
	c := make(chan struct{}, 1)
	b.waiting[visitor] = append(b.waiting[visitor], c)
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		left := b.waiting[visitor]
		for i := range left {
			if left[i] == c {
				left = append(left[:i:i], left[i+1:]...)
				break
			}
		}
		if len(left) == 0 {
			delete(b.waiting, visitor)
			return
		}
		b.waiting[visitor] = left
	}, true
}

// Open is the channel.Constructor of drivers that ring this bell.
func (b *Bell) Open(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.WebChat && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be webchat: this provider carries nothing else")
	}
	config, err := Read(settings)
	if err != nil {
		return nil, err
	}
	return &Driver{settings: settings, config: config, bell: b}, nil
}

// Driver is one web chat's.
type Driver struct {
	settings channel.Settings
	config   Config
	bell     *Bell
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.WebChat)
	limits.Idempotency, limits.Departs = channel.HonorsKey, true
	return limits
}

// Send implements channel.Sender. The message's own id is its id with us, too.
func (d *Driver) Send(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
	refuse := func(format string, args ...any) (channel.Receipt, error) {
		return channel.Receipt{}, &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf(format, args...)}
	}
	c, most := out.Content, channel.Limits(engine.WebChat)
	switch n := utf8.RuneCountInString(c.Text); {
	case out.To.Kind != engine.VisitorID || out.To.Value == "":
		return refuse("the web chat cannot send to an address of the kind %q; it needs visitor_id", out.To.Kind)
	case out.Ref == "":
		return refuse("the message has no id")
	case c.Template != "":
		return refuse("the web chat has no templates; write the text into the step")
	case strings.TrimSpace(c.Text) == "" && c.Media == nil:
		return refuse("the message has no text")
	case n > most.TextMax:
		return refuse("the text has %d characters; the web chat allows %d", n, most.TextMax)
	case c.Media != nil && !strings.HasPrefix(c.Media.URL, "https://") && !strings.HasPrefix(c.Media.URL, "http://"):
		return refuse("the media address must begin with https:// (or http://)")
	}
	if err := out.Departing(); err != nil {
		return channel.Receipt{}, &channel.SendError{Class: channel.RetryLater, Err: err, Message: "the message was held back before it was handed over"}
	}
	d.bell.Ring(out.To.Value)
	return channel.Receipt{ProviderID: out.Ref}, nil
}

// Receive implements channel.Receiver: there are no webhooks.
func (d *Driver) Receive(channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	return nil, channel.Response{Status: 404}, engine.Errorf(engine.NotFound, "the web chat takes no webhooks; visitors write to /webchat/")
}

// Test implements channel.Tester: nobody has to be asked.
func (d *Driver) Test(context.Context) error { return nil }

// Invite implements channel.Inviter.
func (d *Driver) Invite(contact engine.ContactID) (string, time.Time, error) {
	if d.config.Page == nil {
		return "", time.Time{}, d.settings.Refuse("settings.page_url", "is missing; a link needs a page with the chat")
	}
	token, until, err := invite.Token(d.config.key, contact, d.settings.Real())
	if err != nil {
		return "", time.Time{}, err
	}
	page := *d.config.Page
	query := page.Query()
	query.Set(InviteParameter, token)
	page.RawQuery = query.Encode()
	return page.String(), until, nil
}
