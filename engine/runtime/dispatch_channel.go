package runtime

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jornada/engine"
)

// byPlatform begins the state's note of an integration that its platform, not an
// administrator, disabled: only then may the platform enable it again.
const byPlatform = "the platform disabled the account"

// restAfterRefusal is how long a channel rests when the platform's stop arrives
// in a status, before a message tries it, in real time.
const restAfterRefusal = time.Minute

// heedAccount changes the state of a channel when its platform says that it was
// disabled, or enabled again.
func (r *Runtime) heedAccount(ctx context.Context, ev *engine.InboundEvent) error {
	if ev.Kind != engine.ChannelError || ev.IntegrationID == "" {
		return nil
	}
	word := func(name string) string { s, _ := ev.Data[name].(string); return s }
	var c engine.IntegrationChange
	switch {
	case word("event") == "DISABLED_UPDATE" && word("ban_state") == "REINSTATE":
		i, err := r.Store.Integration(ctx, ev.IntegrationID)
		if isCode(err, engine.NotFound) || err == nil && !strings.HasPrefix(i.StateNote, byPlatform) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading integration %q: %w", ev.IntegrationID, err)
		}
		c = engine.IntegrationChange{State: engine.Enabled, From: engine.Disabled}
	case word("event") == "DISABLED_UPDATE" && word("ban_state") != "SCHEDULE_FOR_DISABLE",
		word("event") == "ACCOUNT_DELETED", word("event") == "PARTNER_REMOVED":
		c = engine.IntegrationChange{State: engine.Disabled, Note: fmt.Sprintf("%s (%s)", byPlatform, word("event"))}
	default:
		return nil
	}
	return r.changeChannel(ctx, ev.IntegrationID, c)
}

// heedStop makes a channel rest when a message of its present state was refused,
// after it had been accepted, because the platform stopped the sender.
func (r *Runtime) heedStop(ctx context.Context, m *engine.Message, why string) error {
	if m.IntegrationID == "" || m.AcceptedAt == nil {
		return nil
	}
	i, err := r.Store.Integration(ctx, m.IntegrationID)
	if isCode(err, engine.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading integration %q: %w", m.IntegrationID, err)
	}
	if i.State != engine.Enabled || i.StateSince != nil && m.AcceptedAt.Before(*i.StateSince) {
		return nil // old news
	}
	at := r.Clock.Now().Add(r.virtual(restAfterRefusal))
	return r.changeChannel(ctx, i.ID, engine.IntegrationChange{State: engine.Limited, From: engine.Enabled, ResumeAt: &at, AsOf: i.UpdatedAt, Note: why})
}

func (r *Runtime) changeChannel(ctx context.Context, id engine.IntegrationID, c engine.IntegrationChange) error {
	changed, err := r.Store.SetIntegrationState(ctx, id, c)
	if isCode(err, engine.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("marking integration %q as %s: %w", id, c.State, err)
	}
	if changed {
		n := engine.NoticeOf(&engine.Integration{ID: id, State: c.State, StateNote: c.Note})
		r.Logger.WarnContext(ctx, n.Text().En, "integration", id, "state", c.State)
		wake(r.wakeResume)
	}
	return nil
}
