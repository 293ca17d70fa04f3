package runtime

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// byPlatform begins the state's note of an integration that its platform, not an
// administrator, disabled: only then may the platform enable it again.
const byPlatform = "the platform disabled the account"

// byNews ends the state's note of an integration whose provider told us of its
// state: only then may the provider's news end it.
const byNews = " (reported by the provider)"

// restAfterRefusal is how long a channel rests when the platform's stop arrives
// in a status, before a message tries it, in real time.
const restAfterRefusal = time.Minute

// heedAccount changes the state of a channel when its platform says that it was
// disabled, or enabled again, and when its provider says what state it is in.
func (r *Runtime) heedAccount(ctx context.Context, ev *engine.InboundEvent) error {
	if ev.IntegrationID == "" {
		return nil
	}
	if ev.Kind == engine.Capability {
		r.askStandingSoon(ev.IntegrationID)
		return r.heedTier(ctx, ev)
	}
	if ev.Kind != engine.ChannelError {
		return nil
	}
	word := func(name string) string { s, _ := ev.Data[name].(string); return s }
	var c engine.IntegrationChange
	switch {
	case word("state") != "":
		return r.heedNews(ctx, ev, engine.IntegrationState(word("state")), word("title"))
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
	case word("event") == "ACCOUNT_VIOLATION", word("event") == "ACCOUNT_RESTRICTION", word("event") == "DISABLED_UPDATE":
		return r.heedWarning(ctx, ev)
	default:
		return nil
	}
	return r.changeChannel(ctx, ev.IntegrationID, c)
}

// heedWarning tells administrators what a platform holds against the account, once for each
// reason: it stops nothing by itself, and often comes before what does.
func (r *Runtime) heedWarning(ctx context.Context, ev *engine.InboundEvent) error {
	i, err := r.Store.Integration(ctx, ev.IntegrationID)
	if isCode(err, engine.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading integration %q: %w", ev.IntegrationID, err)
	}
	var why []string
	for _, name := range []string{"event", "ban_state", "violation", "restrictions", "until"} {
		if s, _ := ev.Data[name].(string); s != "" {
			why = append(why, s)
		}
	}
	n := &engine.Notice{Kind: engine.NoticeWarned, IntegrationID: i.ID, Channel: i.Channel, Name: i.Name, Cause: strings.Join(why, ", ")}
	if err := r.Store.Tell(ctx, n); err != nil {
		return fmt.Errorf("telling of a warning about integration %q: %w", i.ID, err)
	}
	return nil
}

// heedTier stores a new messaging limit, for an integration that counts one. -1 is the
// platform's word for unlimited
// (developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/business_capability_update).
func (r *Runtime) heedTier(ctx context.Context, ev *engine.InboundEvent) error {
	var tier string
	for _, name := range []string{"max_daily_conversations_per_business", "max_daily_conversation_per_phone", "current_limit"} {
		if s, _ := ev.Data[name].(string); s != "" {
			tier = s
			break
		}
	}
	if tier == "-1" {
		tier = "unlimited"
	}
	if tier == "" {
		return nil
	}
	if _, ok := channel.TierOf(tier); !ok {
		r.Logger.WarnContext(ctx, "a provider tells a messaging limit that is not understood; the tier stays as it is", "integration", ev.IntegrationID, "limit", tier)
		return nil
	}
	changed, err := r.Store.SetTier(ctx, ev.IntegrationID, tier)
	if err != nil {
		return fmt.Errorf("storing the messaging limit of integration %q: %w", ev.IntegrationID, err)
	}
	if changed {
		wake(r.wakeResume)
	}
	return nil
}

// heedNews puts a channel into the state that its provider's own news tells of: an
// account that was suspended, a topic that no longer reports. News may end only
// what news began, and nothing that an administrator decided.
func (r *Runtime) heedNews(ctx context.Context, ev *engine.InboundEvent, state engine.IntegrationState, why string) error {
	i, err := r.Store.Integration(ctx, ev.IntegrationID)
	if isCode(err, engine.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading integration %q: %w", ev.IntegrationID, err)
	}
	c := engine.IntegrationChange{State: state, From: i.State, Note: why + byNews}
	stops := i.State == engine.Enabled || i.State == engine.Limited
	old := i.StateSince != nil && ev.OccurredAt.Before(*i.StateSince) // told before the channel came into its state
	switch {
	case state == engine.Enabled && strings.HasSuffix(i.StateNote, byNews):
		c.Note = ""
	case state == engine.NeedsReconnect && stops && !old:
	case state == engine.Limited && stops && !old:
		at := r.Clock.Now().Add(r.virtual(restAfterRefusal))
		c.ResumeAt = &at
	default:
		return nil
	}
	return r.changeChannel(ctx, i.ID, c)
}

// heedStop makes a channel rest, or wait for credentials, when a message of its
// present state was refused, after it had been accepted, because the platform stopped
// the sender or takes its credentials no more.
func (r *Runtime) heedStop(ctx context.Context, m *engine.Message, state engine.IntegrationState, why string) error {
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
	c := engine.IntegrationChange{State: state, From: engine.Enabled, AsOf: i.UpdatedAt, Note: why}
	if state == engine.Limited {
		at := r.Clock.Now().Add(r.virtual(restAfterRefusal))
		c.ResumeAt = &at
	}
	return r.changeChannel(ctx, i.ID, c)
}

// heedPace lowers a sender's rate when one of its messages was refused as too fast after
// it had been accepted, as an answer that says so does. A message that left before the
// rate was lowered last is of a storm that taught its lesson.
func (r *Runtime) heedPace(ctx context.Context, ev *engine.InboundEvent, m *engine.Message) error {
	if r.Slows == nil || m.IntegrationID == "" || m.AcceptedAt == nil {
		return nil
	}
	var declared float64
	for _, code := range ev.Status.ErrorCodes {
		declared = max(declared, r.Slows(ctx, m.IntegrationID, code))
	}
	if declared <= 0 {
		return nil
	}
	i, err := r.Store.Integration(ctx, m.IntegrationID)
	if isCode(err, engine.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading integration %q: %w", m.IntegrationID, err)
	}
	if i.LearntAt != nil && m.AcceptedAt.Before(r.Clock.Virtual(*i.LearntAt)) {
		return nil
	}
	rate, err := r.Store.LearnPace(ctx, i.ID, declared, r.Clock.Real())
	if err != nil {
		return fmt.Errorf("slowing integration %q down: %w", i.ID, err)
	}
	r.Metrics.paceLowered.Inc()
	r.Logger.WarnContext(ctx, "the provider refused an accepted message as too fast; the rate is lowered and recovers by itself", "integration", i.ID, "messages_per_second", rate)
	return nil
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
