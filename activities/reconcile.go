package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// Bounds of asking a provider about messages in doubt, on the machine's clock.
const (
	seekFor      = 6                // times DoubtAfter, while the provider has trouble; then a person is told
	seekFirst    = 15 * time.Second // between two questions about one message, doubling
	seekLast     = 2 * time.Minute
	seekPerSweep = 20
	seekTimeout  = 10 * time.Second
	againAtMost  = 1
)

// verdict is what asking a provider about a message showed.
type verdict int

const (
	nobodyKnows verdict = iota // it cannot be asked, or was asked long enough
	later                      // not now
	taken
	absent
)

// seeking remembers, in this process, which messages were asked about when.
// Losing it costs questions, nothing else.
type seeking struct {
	mu    sync.Mutex
	tries map[engine.MessageID]tried
	round int       // questions of the sweep under way
	began time.Time // of that sweep
}

type tried struct {
	n    int
	next time.Time // the machine's
}

// may reports whether a message may be asked about now, and notes that it is.
func (k *seeking) may(id engine.MessageID, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.began) > time.Second {
		k.began, k.round = now, 0
	}
	if k.tries == nil || len(k.tries) > 10_000 {
		k.tries = map[engine.MessageID]tried{}
	}
	t := k.tries[id]
	if k.round >= seekPerSweep || now.Before(t.next) {
		return false
	}
	k.round++
	t.next = now.Add(min(seekFirst<<min(t.n, 8), seekLast))
	t.n++
	k.tries[id] = t
	return true
}

// asked reports whether this process has asked about a message.
func (k *seeking) asked(id engine.MessageID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tries[id].n > 0
}

func (k *seeking) forget(id engine.MessageID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.tries, id)
}

// seek asks the provider what became of a message.
func (a *Activities) seek(ctx context.Context, m *engine.Message) (verdict, channel.Receipt) {
	finder, known, err := a.finder(ctx, m.IntegrationID)
	if err != nil {
		a.log.WarnContext(ctx, "the integration of a message in doubt cannot be read; it is asked later", "message_id", m.ID, "cause", cause(err))
		return later, channel.Receipt{}
	}
	claimed := m.UpdatedAt
	// However old, it is asked about once: everything may have been down.
	if finder == nil || !claimed.After(a.Clock.Ago(seekFor*a.DoubtAfter)) && a.seeking.asked(m.ID) {
		a.seeking.forget(m.ID)
		return nobodyKnows, channel.Receipt{}
	}
	if !a.seeking.may(m.ID, a.Clock.Real()) {
		return later, channel.Receipt{}
	}
	ctx, cancel := context.WithTimeout(ctx, seekTimeout)
	defer cancel()
	receipt, found, err := finder.Find(ctx, channel.Sought{
		Outbound: channel.Outbound{Ref: string(m.ID), To: m.To, Content: m.Content, StatusURL: a.statusURL(m.IntegrationID)},
		Since:    a.realAt(claimed),
		Known:    known,
	})
	switch {
	case err != nil && !passes(err):
		a.seeking.forget(m.ID)
		a.log.WarnContext(ctx, "the provider cannot say what became of a message in doubt; a person decides",
			"message_id", m.ID, "channel", m.Channel, "provider", m.Provider, "cause", cause(err))
		return nobodyKnows, receipt
	case err != nil:
		a.log.WarnContext(ctx, "the provider could not say what became of a message in doubt; it is asked again",
			"message_id", m.ID, "channel", m.Channel, "provider", m.Provider, "cause", cause(err))
		return later, receipt
	case found:
		a.seeking.forget(m.ID)
		return taken, receipt
	}
	a.seeking.forget(m.ID)
	return absent, receipt
}

// passes reports whether asking again later may help.
func passes(err error) bool {
	var e *channel.SendError
	return !errors.As(err, &e) || e.Class == channel.RetryLater || e.Class == channel.Throttle
}

// finder is the integration's driver when it can be asked, else nil.
func (a *Activities) finder(ctx context.Context, id engine.IntegrationID) (channel.Finder, func(string) (bool, error), error) {
	if id == "" {
		return nil, nil, nil
	}
	integration, err := a.Store.Integration(ctx, id)
	if isNotFound(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading integration %q: %w", id, err)
	}
	provider, err := a.Channels.Driver(integration)
	if err != nil {
		return nil, nil, nil //nolint:nilerr // settings that make no driver: nobody can be asked
	}
	finder, ok := provider.(channel.Finder)
	if !ok {
		return nil, nil, nil
	}
	known := func(providerID string) (bool, error) {
		_, err := a.Store.MessageByProviderID(ctx, id, providerID)
		if isNotFound(err) {
			return false, nil
		}
		return err == nil, err
	}
	return finder, known, nil
}

// realAt is a moment of the machine's clock that surely lies before a stamp of
// ours, also when the clock was moved since.
func (a *Activities) realAt(stamp time.Time) time.Time {
	real, latest := a.Clock.Anchor().RealAt(stamp), a.Clock.Real().Add(-a.DoubtAfter)
	if real.After(latest) {
		return latest
	}
	return real
}

// found records that the provider has the message. Its statuses may follow.
func (a *Activities) found(ctx context.Context, m *engine.Message, receipt channel.Receipt) error {
	_, err := a.raise(ctx, m.ID, engine.MessageUpdate{Status: engine.Accepted, At: a.Clock.Now(), ProviderID: receipt.ProviderID, Pricing: receipt.Pricing})
	return wrap(err, "recording that message %q was found", m.ID)
}

// again puts a message that surely never left back into the queue, once; the
// second time it has failed, which is as certain. The token makes sure that no
// attempt that comes back to life calls after us.
func (a *Activities) again(ctx context.Context, m *engine.Message) (bool, error) {
	now := a.Clock.Now()
	if m.SentAgain >= againAtMost || m.EnrollmentID == "" {
		a.logAbout(ctx, slog.LevelWarn, "message failed: its provider did not take it the second time either", m)
		return a.raise(ctx, m.ID, engine.MessageUpdate{
			Status: engine.Failed, At: now, Reason: ReasonFailed,
			ErrorDetail: "the call broke off, and the provider says that it never took the message",
		})
	}
	return a.requeue(ctx, m, engine.MessageUpdate{ErrorDetail: "the call broke off, and the provider says that it never took the message"}, "the provider never took it")
}

// diedBefore is what the row says of a message whose process was killed between
// claim and call.
const diedBefore = "the process that had claimed it died before it called the provider"

// requeue puts a message that surely never left back into the queue, for the
// sweeper to send.
func (a *Activities) requeue(ctx context.Context, m *engine.Message, u engine.MessageUpdate, because string) (bool, error) {
	now := a.Clock.Now()
	u.Status, u.At, u.AgainAt, u.NeverTaken = engine.Queued, now, &now, !u.Uncounted
	var won bool
	err := a.Store.InTx(ctx, func(ctx context.Context) error {
		var err error
		won, err = a.Store.FinishMessage(ctx, m.ID, m.AttemptToken, u)
		if err != nil || !won {
			return err
		}
		return a.Store.Audit(ctx, engine.AuditEntry{
			At: now, Actor: "system", Action: "message.sent_again", Target: string(m.ID),
			Detail: map[string]any{"provider": m.Provider, "channel": string(m.Channel), "because": because},
		})
	})
	if err != nil {
		return false, fmt.Errorf("giving back message %q: %w", m.ID, err)
	}
	if won {
		a.logAbout(ctx, slog.LevelWarn, "message sent once more: "+because, m)
	}
	return won, nil
}

// raise applies news of a message and tells whoever waits for it.
func (a *Activities) raise(ctx context.Context, id engine.MessageID, u engine.MessageUpdate) (bool, error) {
	if a.Raise != nil {
		return a.Raise(ctx, id, u)
	}
	return a.Store.RaiseStatus(ctx, id, u)
}
