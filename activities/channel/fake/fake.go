// Package fake is a telephone network in memory: the provider behind the demo
// phone page, the simulator and tests. It accepts messages on WhatsApp, SMS and
// e-mail, keeps them in an outbox, and reports sent and delivered a moment
// later, as a real provider does. What a person does with the phone is injected
// with Inbound and Status.
//
// One Network serves any number of integrations; its Open is the constructor of
// the provider "fake":
//
//	network := fake.New(fake.Config{Clock: clock, OnEvents: deliver})
//	constructors["fake"] = network.Open
//
// # Scripted failures
//
// The last four digits of a phone number (or the digits at the end of an e-mail
// address's local part: ana+0002@example.com) choose what goes wrong, so that a
// demo or a test needs no other switch:
//
//	…0001  accepted and sent, never delivered (phone off, no receipts)
//	…0002  accepted, then failed: not reachable on this channel
//	       (WhatsApp 131026, SMS 30005, e-mail 550)
//	…0003  throttled once: the first send is refused for now, the next accepted
//	…0004  the connection breaks after the network took the message: the send
//	       is in doubt, the statuses that follow clear it
//	…0005  the connection breaks and nothing was taken: the doubt stays
//	…0006  refused: the service window is closed (WhatsApp only, 131047)
//	…0007  refused: opted out of marketing (131050); of everything on SMS (21610)
//	…0008  refused: the credentials are no longer valid (190; 20003; 535)
package fake

import (
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/dsl/medium"
	"jornada/engine"
)

// Config makes a Network. Clock is required.
type Config struct {
	Clock engine.Clock

	// OnEvents takes what the network reports: statuses, and what a person
	// wrote. It is called without any lock held, from After's goroutine.
	OnEvents func([]engine.InboundEvent)

	// After calls f once a length of virtual time has passed. nil uses the
	// machine's timers at the clock's speed.
	After func(d time.Duration, f func())

	SentAfter      time.Duration // virtual; 0 = one second
	DeliveredAfter time.Duration // virtual, from acceptance; 0 = two seconds
	Limit          int           // messages kept in the outbox; 0 = 10,000
}

// Network is the in-memory provider. It is safe for concurrent use.
type Network struct {
	config Config

	mu        sync.Mutex
	outbox    []*Entry // oldest first
	throttled map[engine.Address]bool
}

// Entry is one message the network took.
type Entry struct {
	ProviderID    string               `json:"provider_id"`
	IntegrationID engine.IntegrationID `json:"integration_id"`
	Channel       engine.Channel       `json:"channel"`
	Ref           string               `json:"ref"`
	To            engine.Address       `json:"to"`
	ContactName   string               `json:"contact_name,omitempty"`
	Content       engine.Content       `json:"content"`
	ReplyTo       string               `json:"reply_to,omitempty"`
	Status        engine.MessageStatus `json:"status"`
	ErrorCode     string               `json:"error_code,omitempty"`
	At            time.Time            `json:"at"`
}

// New makes an empty network.
func New(config Config) *Network {
	if config.SentAfter == 0 {
		config.SentAfter = time.Second
	}
	if config.DeliveredAfter == 0 {
		config.DeliveredAfter = 2 * time.Second
	}
	if config.Limit == 0 {
		config.Limit = 10_000
	}
	if config.After == nil {
		clock := config.Clock
		config.After = func(d time.Duration, f func()) { time.AfterFunc(clock.Anchor().Wait(d), f) }
	}
	if config.OnEvents == nil {
		config.OnEvents = func([]engine.InboundEvent) {}
	}
	return &Network{config: config, throttled: map[engine.Address]bool{}}
}

// Open is the channel.Constructor of the provider "fake".
func (n *Network) Open(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel.Known() {
		return &provider{n, settings}, nil
	}
	return nil, settings.Refuse("channel", "must be "+medium.OneOf(medium.Names()).En)
}

// Filter selects outbox entries; zero fields select everything.
type Filter struct {
	Channel   engine.Channel
	Addresses []engine.Address // to any of these
	Ref       string
	Limit     int // the newest so many; 0 = all
}

// Outbox is a copy of the messages taken, oldest first.
func (n *Network) Outbox(filter Filter) []Entry {
	n.mu.Lock()
	defer n.mu.Unlock()
	entries := []Entry{}
	for _, e := range n.outbox {
		if filter.match(e) {
			entries = append(entries, *e)
		}
	}
	if extra := len(entries) - filter.Limit; filter.Limit > 0 && extra > 0 {
		entries = entries[extra:]
	}
	return entries
}

func (f Filter) match(e *Entry) bool {
	return (f.Channel == "" || f.Channel == e.Channel) &&
		(f.Ref == "" || f.Ref == e.Ref) &&
		(len(f.Addresses) == 0 || addressed(e, f.Addresses))
}

func addressed(e *Entry, addresses []engine.Address) bool {
	for _, a := range addresses {
		if same(e.To, a) {
			return true
		}
	}
	return false
}

// take records an accepted message, dropping the oldest beyond the limit.
func (n *Network) take(e *Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.outbox = append(n.outbox, e)
	if extra := len(n.outbox) - n.config.Limit; extra > 0 {
		n.outbox = append(n.outbox[:0:0], n.outbox[extra:]...)
	}
}
