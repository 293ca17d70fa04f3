package smpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Provider is the name by which integrations choose this package.
const Provider = "smpp"

// lookEvery is how often the integrations are compared with the binds.
const lookEvery = 5 * time.Second

// Gateway is where messages are handed over: the binds of this process, or those
// of another.
type Gateway interface {
	// Submit hands one message over, once. Every error is a *channel.SendError.
	Submit(ctx context.Context, to Target, m Message, depart func() error) (channel.Receipt, error)
	// Check says whether the SMSC is bound and answers.
	Check(ctx context.Context, to Target) error
}

// Target is an integration as its caller knows it. Mark tells its settings from
// others: what is known of a bind with the former password says nothing of the new.
type Target struct {
	Integration engine.IntegrationID `json:"integration"`
	Mark        string               `json:"mark"`
}

// markOf is a few bits of all settings and secrets: enough to see a change, too few
// to guess a password from.
func markOf(values, secrets map[string]string) string {
	sum := sha256.New()
	for _, m := range []map[string]string{values, secrets} {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			_, _ = fmt.Fprintf(sum, "%q=%q\n", name, m[name])
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:3])
}

// ExchangeConfig is what an Exchange needs.
type ExchangeConfig struct {
	// Integrations lists all, secrets opened.
	Integrations func(ctx context.Context) ([]engine.Integration, error)
	// Deliver stores events and returns after the commit, like a webhook's.
	Deliver func(ctx context.Context, events []engine.InboundEvent) error
	Clock   engine.Clock
	Log     *slog.Logger
}

// Exchange keeps every enabled integration of this provider bound, hands messages
// to the SMSCs and stores what they deliver. One process at a time should have one:
// most SMSCs allow an account one bind.
type Exchange struct {
	ExchangeConfig
	pace pace
	wait func(ctx context.Context, d time.Duration) error

	cancel context.CancelFunc
	ended  chan struct{}
	look   chan struct{} // asks to compare now

	following sync.Mutex // one comparison at a time

	mu     sync.Mutex
	links  map[engine.IntegrationID]*link
	wrong  map[engine.IntegrationID]string // settings that make no bind, said once
	looked chan struct{}                   // closed when the integrations were read once
}

// NewExchange makes an Exchange; Start sets it going.
func NewExchange(c ExchangeConfig) *Exchange {
	return &Exchange{
		ExchangeConfig: c, pace: defaultPace, wait: sleep,
		links: map[engine.IntegrationID]*link{}, wrong: map[engine.IntegrationID]string{}, looked: make(chan struct{}), ended: make(chan struct{}), look: make(chan struct{}, 1),
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Start binds, and follows the integrations from then on, until Stop: whoever
// still sends while a process ends needs the bind to the last.
func (x *Exchange) Start(ctx context.Context) {
	ctx, x.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(x.ended)
		for {
			x.follow(ctx)
			timer := time.NewTimer(lookEvery)
			select {
			case <-x.look:
			case <-timer.C:
			case <-ctx.Done():
			}
			if timer.Stop(); ctx.Err() != nil {
				return
			}
		}
	}()
}

// Stop unbinds everywhere. What was delivered is stored and answered first.
func (x *Exchange) Stop() {
	if x.cancel == nil {
		return
	}
	x.cancel()
	<-x.ended
	x.mu.Lock()
	links := x.links
	x.links = map[engine.IntegrationID]*link{}
	x.mu.Unlock()
	x.end(slices.Collect(maps.Values(links)))
}

// end unbinds links and waits until they have written everything down.
func (x *Exchange) end(links []*link) {
	for _, l := range links {
		l.stop()
	}
	for _, l := range links {
		<-l.finished
		ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
		l.overdue(ctx, true)
		cancel()
	}
}

// follow opens and closes links until they are what the integrations say.
func (x *Exchange) follow(ctx context.Context) {
	x.following.Lock()
	defer x.following.Unlock()
	list, err := x.Integrations(ctx)
	if err != nil {
		if ctx.Err() == nil {
			x.Log.WarnContext(ctx, "the integrations cannot be read; the SMPP binds stay as they are", "error", err)
		}
		return
	}
	wanted := map[engine.IntegrationID]*engine.Integration{}
	for i := range list {
		if list[i].Provider == Provider && list[i].State != engine.Disabled {
			wanted[list[i].ID] = &list[i]
		}
	}
	x.mu.Lock()
	var kept, over []*link
	for id, l := range x.links {
		if i := wanted[id]; i == nil || l.stale(i) {
			over = append(over, l)
			delete(x.links, id)
			continue
		}
		kept = append(kept, l)
	}
	x.mu.Unlock()
	x.end(over) // before another is made: the SMSC lets an account bind once
	for _, l := range kept {
		l.overdue(ctx, false)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, i := range wanted {
		if x.links[id] != nil {
			continue
		}
		o, err := optionsOf(channel.Settings{IntegrationID: id, Channel: i.Channel, Values: i.Settings, Secrets: i.Secrets, Clock: x.Clock})
		if err != nil {
			if x.wrong[id] != err.Error() {
				x.Log.ErrorContext(ctx, "an SMPP integration cannot be bound", "integration", id, "error", err)
			}
			x.wrong[id] = err.Error()
			continue
		}
		delete(x.wrong, id)
		x.links[id] = newLink(context.WithoutCancel(ctx), x, o, i.UpdatedAt)
	}
	select {
	case <-x.looked:
	default:
		close(x.looked)
	}
}

// stale says whether a link must be made anew: for other settings, or because
// somebody touched an integration whose password is refused.
func (l *link) stale(i *engine.Integration) bool {
	if l.mark != markOf(i.Settings, i.Secrets) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure != nil && l.failure.Class == channel.Reauth && !l.since.Equal(i.UpdatedAt)
}

// find is an integration's link, once the integrations were read.
func (x *Exchange) find(ctx context.Context, to Target) (*link, *channel.SendError) {
	select {
	case <-x.looked:
	case <-ctx.Done():
		return nil, noBind(diag.T("the SMPP binds are still being made; nothing was sent", "as conexões SMPP ainda estão sendo feitas; nada foi enviado"), ctx.Err())
	}
	x.mu.Lock()
	l := x.links[to.Integration]
	x.mu.Unlock()
	if l != nil && (to.Mark == "" || to.Mark == l.mark) {
		return l, nil
	}
	select {
	case x.look <- struct{}{}:
	default:
	}
	return nil, noBind(diag.T("integration %q is not bound with these settings yet; a new or changed one takes a moment, a disabled one is not bound",
		"a integração %q ainda não está conectada com estas configurações; uma nova ou alterada leva um instante, e uma desativada não se conecta", to.Integration), nil)
}

// Submit implements Gateway.
func (x *Exchange) Submit(ctx context.Context, to Target, m Message, depart func() error) (channel.Receipt, error) {
	l, failure := x.find(ctx, to)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	receipt, failure := l.submit(ctx, m, depart)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	return receipt, nil
}

// Check implements Gateway.
func (x *Exchange) Check(ctx context.Context, to Target) error {
	l, failure := x.find(ctx, to)
	if failure == nil {
		var s *session
		if s, failure = l.bound(ctx); failure == nil {
			failure = s.alive(ctx)
		}
	}
	if failure != nil {
		return failure
	}
	return nil
}
