package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"jornada/engine"
	"jornada/workflows"
)

const reasonOptedOut = "opted_out"

// permissionChange is why and when a permission changed.
type permissionChange struct {
	source   string // inbound | provider | link
	evidence string
	reason   string // of the suppression
	id       string // of the event, to make signals unique
	at       time.Time
}

// optOut withdraws a permission and suppresses every address of the contact on
// that channel. purpose "" is everything. All of it is in the transaction that
// marks the event as done, and the send gate reads it in the transaction that
// claims a message: nothing is sent after this commits.
func (r *Runtime) optOut(ctx context.Context, c *engine.Contact, ch engine.Channel, purpose string, p permissionChange, also ...engine.Address) error {
	err := r.Store.RecordConsent(ctx, engine.Consent{
		ContactID: c.ID, Channel: ch, Purpose: purpose, Granted: false, Source: p.source, Evidence: p.evidence, At: p.at,
	})
	if err != nil {
		return fmt.Errorf("recording that contact %q opted out: %w", c.ID, err)
	}
	for _, a := range reaching(c, ch, also) {
		err := r.Store.Suppress(ctx, engine.Suppression{Channel: ch, Address: a, Purpose: purpose, Reason: p.reason, At: p.at})
		if err != nil {
			return fmt.Errorf("suppressing an address of contact %q: %w", c.ID, err)
		}
	}
	return r.afterPermission(ctx, c, ch, p)
}

// Withdraw takes a permission back because the person said so by a link in a
// message of ours. It holds when it returns: evidence, suppression and the news
// to running journeys are in one transaction. fresh is false when there was
// nothing to take back, which is no error: people press twice, and mail programs
// press for them.
func (r *Runtime) Withdraw(ctx context.Context, w engine.Withdrawal, evidence string) (fresh bool, err error) {
	change := engine.NewID("chg")
	err = r.inTx(ctx, func(ctx context.Context) error {
		fresh = false
		c, err := r.knownContact(ctx, &engine.InboundEvent{ContactID: w.ContactID})
		if err != nil || c == nil {
			return err // erased: nobody writes to them any more
		}
		known, err := r.hasWithdrawn(ctx, c, w)
		if err != nil || known {
			return err
		}
		fresh = true
		p := permissionChange{source: "link", evidence: evidence, reason: reasonOptedOut, id: change, at: r.Clock.Now()}
		if err := r.optOut(ctx, c, w.Channel, w.Purpose, p); err != nil {
			return err
		}
		return r.auditBy(ctx, "contact", "consent.withdrawn", string(c.ID), map[string]any{
			"channel": string(w.Channel), "purpose": w.Purpose, "by": "link",
		})
	})
	if err != nil {
		return false, fmt.Errorf("withdrawing a permission: %w", err)
	}
	return fresh, nil
}

// hasWithdrawn reports whether a withdrawal changes nothing: the person's last
// word is a no, and every address is suppressed.
func (r *Runtime) hasWithdrawn(ctx context.Context, c *engine.Contact, w engine.Withdrawal, also ...engine.Address) (bool, error) {
	covers := func(purpose string) bool { return purpose == "" || purpose == w.Purpose }
	consents, err := r.Store.Consents(ctx, c.ID)
	if err != nil {
		return false, fmt.Errorf("reading the consents of contact %q: %w", c.ID, err)
	}
	said := slices.IndexFunc(consents, func(k engine.Consent) bool { // newest first
		return (k.Channel == w.Channel || k.Channel == "") && (covers(k.Purpose) || k.Granted)
	})
	if said < 0 || consents[said].Granted {
		return false, nil
	}
	addrs := reaching(c, w.Channel, also)
	have, err := r.Store.Suppressions(ctx, w.Channel, addrs)
	if err != nil {
		return false, fmt.Errorf("reading suppressions: %w", err)
	}
	for _, a := range addrs {
		if !slices.ContainsFunc(have, func(s engine.Suppression) bool { return s.Address == a && covers(s.Purpose) }) {
			return false, nil
		}
	}
	return true, nil
}

// optIn takes an opt-out back. lifted is false when there was none.
func (r *Runtime) optIn(ctx context.Context, c *engine.Contact, ch engine.Channel, purpose string, p permissionChange, also ...engine.Address) (lifted bool, err error) {
	addrs := reaching(c, ch, also)
	have, err := r.Store.Suppressions(ctx, ch, addrs)
	if err != nil {
		return false, fmt.Errorf("reading suppressions: %w", err)
	}
	for _, s := range have {
		if s.Reason != reasonOptedOut || purpose != "" && s.Purpose != "" && s.Purpose != purpose {
			continue // a complaint or a bounce is not undone by a word
		}
		if err := r.Store.LiftSuppression(ctx, ch, s.Address, reasonOptedOut); err != nil {
			return false, fmt.Errorf("lifting a suppression: %w", err)
		}
		lifted = true
	}
	if !lifted {
		return false, nil
	}
	err = r.Store.RecordConsent(ctx, engine.Consent{
		ContactID: c.ID, Channel: ch, Purpose: purpose, Granted: true, Source: p.source, Evidence: p.evidence, At: p.at,
	})
	if err != nil {
		return false, fmt.Errorf("recording that contact %q opted in: %w", c.ID, err)
	}
	return true, r.afterPermission(ctx, c, ch, p)
}

// afterPermission tells the contact's enrollments, and the segments, which may
// read opt_in.
func (r *Runtime) afterPermission(ctx context.Context, c *engine.Contact, ch engine.Channel, p permissionChange) error {
	fresh, err := r.Store.Contact(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("reading contact %q: %w", c.ID, err)
	}
	err = r.tellContactChanged(ctx, fresh, workflows.Signal{
		ID: p.id + "/consent/" + string(ch), Kind: workflows.SignalContactChanged, At: p.at, Channel: ch, Reason: p.reason,
	})
	if err != nil {
		return err
	}
	return r.evaluateSegments(ctx, fresh)
}

// tellContactChanged signals the contact's active enrollments. A change with a
// reason concerns all of them; another only those whose conditions or dates
// read the contact.
func (r *Runtime) tellContactChanged(ctx context.Context, c *engine.Contact, s workflows.Signal) error {
	active, err := r.Store.ActiveOfContact(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("listing the enrollments of contact %q: %w", c.ID, err)
	}
	for i := range active {
		if s.Reason == "" {
			plan, err := r.Plans.load(ctx, active[i].VersionHash)
			if err != nil {
				return err
			}
			if !readsContact(plan) {
				continue
			}
		}
		if err := r.tell(ctx, c.KeyID, active[i].ID, c.ID, s); err != nil {
			return err
		}
	}
	return nil
}

// ContactChanged is called after somebody changed a contact's attributes,
// consents or addresses: running journeys look at their conditions again, and
// segments at whether the contact has entered them.
func (r *Runtime) ContactChanged(ctx context.Context, id engine.ContactID) error {
	change := engine.NewID("chg")
	return r.inTx(ctx, func(ctx context.Context) error {
		if err := r.Store.LockContact(ctx, id); err != nil {
			return fmt.Errorf("locking contact %q: %w", id, err)
		}
		c, err := r.Store.Contact(ctx, id)
		if err != nil {
			return err
		}
		err = r.tellContactChanged(ctx, c, workflows.Signal{ID: change, Kind: workflows.SignalContactChanged})
		if err != nil {
			return err
		}
		return r.evaluateSegments(ctx, c)
	})
}

// reaching are the contact's addresses on a channel, with those an event came
// from.
func reaching(c *engine.Contact, ch engine.Channel, also []engine.Address) []engine.Address {
	var out []engine.Address
	for _, a := range slices.Concat(c.Addresses, also) {
		if ch.Reaches(a) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
