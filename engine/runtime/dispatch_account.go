package runtime

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jornada/engine"
)

// The purposes an unsubscribe may name. One that names none means marketing by
// e-mail, and everything elsewhere.
const (
	purposeMarketing  = "marketing"
	purposeEverything = "everything"
)

// handlePreference writes down what a provider says a person wants: marketing
// stopped or resumed inside WhatsApp, an unsubscribe link or word, a complaint,
// an address that does not exist.
func (r *Runtime) handlePreference(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	ch := ev.Channel
	if ch == "" {
		ch = engine.Email
	}
	purpose, reason, resume := preference(ev)
	if reason == "" && !resume {
		if ev.Kind == engine.Bounce && ev.Status != nil { // soft, or a block: this message failed, and the address is well
			return r.handleStatus(ctx, ev)
		}
		return resultIgnored + " (a bounce of no message, or a value without a meaning here)", nil
	}
	p := permissionChange{source: "provider", evidence: fmt.Sprintf("%s reported by %s (event %s)", ev.Kind, ev.IntegrationID, ev.ID), reason: reason, id: string(ev.ID), at: ev.OccurredAt}
	contact, err := r.knownContact(ctx, ev)
	if err != nil {
		return "", err
	}
	if contact == nil {
		if err := r.permissionOfStranger(ctx, ev, ch, purpose, p, resume); err != nil {
			return "", err
		}
		// Whose message it was may have changed their address since.
		if failed, err := r.bouncedMessage(ctx, ev); failed || err != nil {
			return resultApplied, err
		}
		return resultUnknown, nil
	}
	if resume {
		lifted, err := r.optIn(ctx, contact, ch, purpose, p, ev.From...)
		if err != nil || !lifted {
			return resultStale, err
		}
		return resultOptedIn, nil
	}
	if ev.Kind == engine.Bounce {
		// The mailbox is gone, which is not a wish of the person.
		for _, a := range ev.From {
			if err := r.Store.Suppress(ctx, engine.Suppression{Channel: ch, Address: a, Purpose: purpose, Reason: reason, At: ev.OccurredAt}); err != nil {
				return "", fmt.Errorf("suppressing an address that bounced: %w", err)
			}
		}
		if err := r.afterPermission(ctx, contact, ch, p); err != nil {
			return "", err
		}
		_, err := r.bouncedMessage(ctx, ev)
		return resultApplied, err
	}
	return resultOptedOut, r.optOut(ctx, contact, ch, purpose, p, ev.From...)
}

// preference reads the event: what it concerns, why, and whether it takes an
// earlier stop back.
func preference(ev *engine.InboundEvent) (purpose, reason string, resume bool) {
	word := func(name string) string { s, _ := ev.Data[name].(string); return strings.ToLower(s) }
	switch ev.Kind {
	case engine.MarketingPreference:
		switch word("value") {
		case "stop":
			return purposeMarketing, reasonOptedOut, false
		case "resume":
			return purposeMarketing, "", true
		}
		return "", "", false
	case engine.Unsubscribe:
		purpose = word("purpose")
		switch {
		case purpose == purposeEverything:
			purpose = ""
		case purpose == "" && ev.Channel == engine.Email:
			purpose = purposeMarketing // the link stands in marketing mail; receipts may still come
		}
		return purpose, reasonOptedOut, false
	case engine.Complaint:
		return "", "complaint", false
	case engine.Bounce:
		kind := word("bounce")
		if kind == "" {
			kind = word("kind")
		}
		if suppress, ok := ev.Data["suppress"].(bool); ok && suppress || kind == "hard" {
			return "", "hard_bounce", false
		}
	}
	return "", "", false
}

// permissionOfStranger keeps a stop for addresses that belong to nobody yet: it
// holds when they are imported later.
func (r *Runtime) permissionOfStranger(ctx context.Context, ev *engine.InboundEvent, ch engine.Channel, purpose string, p permissionChange, resume bool) error {
	for _, a := range ev.From {
		var err error
		if resume {
			err = r.Store.LiftSuppression(ctx, ch, a, reasonOptedOut)
		} else {
			err = r.Store.Suppress(ctx, engine.Suppression{Channel: ch, Address: a, Purpose: purpose, Reason: p.reason, At: p.at})
		}
		if err != nil && !isCode(err, engine.NotFound) {
			return fmt.Errorf("recording the wish of an unknown sender: %w", err)
		}
	}
	return nil
}

// bouncedMessage fails the message that bounced for good, when the event says
// which, and reports whether that was news.
func (r *Runtime) bouncedMessage(ctx context.Context, ev *engine.InboundEvent) (bool, error) {
	if ev.Kind != engine.Bounce || ev.Status == nil {
		return false, nil
	}
	m, err := r.reportedMessage(ctx, ev)
	if err != nil {
		return false, err
	}
	if m == nil {
		_, err := r.bury(ctx, ev)
		return false, err
	}
	if m.ContactID != "" {
		if err := r.Store.LockContact(ctx, m.ContactID); err != nil && !isCode(err, engine.NotFound) {
			return false, fmt.Errorf("locking contact %q: %w", m.ContactID, err)
		}
		if m, err = r.Store.Message(ctx, m.ID); err != nil {
			return false, fmt.Errorf("reading a message that bounced again: %w", err)
		}
	}
	u := engine.MessageUpdate{Status: engine.Failed, At: ev.OccurredAt, Reason: "unreachable", ErrorDetail: ev.Status.ErrorDetail}
	if len(ev.Status.ErrorCodes) > 0 {
		u.ErrorCode = ev.Status.ErrorCodes[0]
	}
	return r.raise(ctx, m, u)
}

// knownContact finds and locks the contact of an event; nil when there is none.
func (r *Runtime) knownContact(ctx context.Context, ev *engine.InboundEvent) (*engine.Contact, error) {
	known := *ev
	if known.ContactID == "" {
		if len(ev.From) == 0 {
			return nil, nil
		}
		c, err := r.Store.ContactByAddress(ctx, bySureness(ev.From))
		if isCode(err, engine.NotFound) || err == nil && c == nil {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("finding a contact by address: %w", err)
		}
		known.ContactID = c.ID
	}
	return r.contactOf(ctx, &known)
}

// handleNumberChanged adds a person's new number. The old one stays: history
// was written to it, and the provider may be late.
func (r *Runtime) handleNumberChanged(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	contact, err := r.knownContact(ctx, ev)
	if err != nil || contact == nil {
		return resultUnknown, err
	}
	var fresh []engine.Address
	if v, _ := ev.Data["new_phone"].(string); v != "" {
		fresh = append(fresh, engine.Address{Kind: engine.WAID, Value: strings.TrimPrefix(v, "+")})
		if e164, _, err := engine.NormalizePhone("+"+strings.TrimPrefix(v, "+"), ""); err == nil {
			fresh = append(fresh, engine.Address{Kind: engine.Phone, Value: e164})
		}
	}
	if v, _ := ev.Data["new_bsuid"].(string); v != "" {
		fresh = append(fresh, engine.Address{Kind: engine.BSUID, Value: v})
	}
	had := len(contact.Addresses)
	if contact, _, err = r.learnAddresses(ctx, ev, contact, fresh); err != nil {
		return "", err
	}
	if len(contact.Addresses) == had { // learnt nothing, and merged with nobody
		return resultStale, nil
	}
	// The newest address of a kind is tried first.
	slices.SortStableFunc(contact.Addresses, func(a, b engine.Address) int {
		return boolOrder(slices.Contains(fresh, a), slices.Contains(fresh, b))
	})
	if _, err := r.Store.PutContact(ctx, contact); err != nil {
		return "", fmt.Errorf("adding the new number of contact %q: %w", contact.ID, err)
	}
	return resultApplied, r.audit(ctx, "contact.number_changed", string(contact.ID), map[string]any{"event": string(ev.ID)})
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// handleAccountNews writes down what a provider says about our account: a
// template paused, a category about to change, a limit, an error of the
// channel. Administrators read it in the audit log; what they must act on is told
// them in a notice.
func (r *Runtime) handleAccountNews(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	var action string
	switch ev.Kind {
	case engine.TemplateStatus:
		action = "template.status_changed"
	case engine.TemplateCategory:
		action = "template.category_changed"
	case engine.TemplateQuality:
		action = "template.quality_changed"
	case engine.Capability:
		action = "integration.capability_changed"
	case engine.ChannelError:
		action = "integration.error_reported"
	case engine.IdentityChanged:
		action = "contact.identity_changed"
	default:
		return resultIgnored, nil
	}
	target := string(ev.IntegrationID)
	if name, _ := ev.Data["name"].(string); name != "" {
		target = string(ev.Channel) + "/" + name
	}
	detail := map[string]any{"event": string(ev.ID), "integration": string(ev.IntegrationID)}
	for _, k := range []string{"event", "state", "reason", "title", "description", "previous", "current", "future", "effective", "phase", "language", "error_code", "detail"} {
		if v, ok := ev.Data[k]; ok {
			if k == "event" {
				k = "news"
			}
			detail[k] = v
		}
	}
	if ev.Kind == engine.ChannelError || ev.Kind == engine.TemplateStatus {
		r.Logger.WarnContext(ctx, "a provider reports news about the account", "integration", ev.IntegrationID, "news", action, "target", target)
	}
	if ev.Kind == engine.IdentityChanged {
		target, detail = string(ev.IntegrationID), map[string]any{"event": string(ev.ID)}
	}
	if err := r.heedAccount(ctx, ev); err != nil {
		return "", err
	}
	if err := r.heedTemplate(ctx, ev); err != nil {
		return "", err
	}
	return resultApplied, r.audit(ctx, action, target, detail)
}

func (r *Runtime) audit(ctx context.Context, action, target string, detail map[string]any) error {
	return r.auditBy(ctx, "system", action, target, detail)
}

func (r *Runtime) auditBy(ctx context.Context, actor, action, target string, detail map[string]any) error {
	err := r.Store.Audit(ctx, engine.AuditEntry{At: r.Clock.Now(), Actor: actor, Action: action, Target: target, Detail: detail})
	if err != nil {
		return fmt.Errorf("writing %s to the audit log: %w", action, err)
	}
	return nil
}
