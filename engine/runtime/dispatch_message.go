package runtime

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/engine"
	"jornada/workflows"
)

// incoming is one message on its way to whoever asked.
type incoming struct {
	ev      *engine.InboundEvent
	msg     *engine.IncomingMessage
	contact *engine.Contact
	record  engine.SenderRecord
	at      time.Time
	sent    map[engine.EnrollmentID][]engine.Message // read once each, see messagesOf
}

// handleMessage brings a person's message to the question it answers, to a
// trigger, or to the conversation. See the package documentation for the order.
func (r *Runtime) handleMessage(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	if ev.Message == nil {
		return resultIgnored + " (a message event without a message)", nil
	}
	if ev.Message.GroupID != "" {
		return resultIgnored + " (a message to a group is nobody's answer)", nil
	}
	contact, err := r.contactOf(ctx, ev)
	if err != nil {
		return "", err
	}
	if contact == nil {
		return resultUnknown, nil
	}
	addrs := reaching(contact, ev.Channel, ev.From)
	record, err := r.Store.SenderRecord(ctx, contact.ID, ev.Channel, addrs)
	if err != nil {
		return "", fmt.Errorf("reading what waits for contact %q: %w", contact.ID, err)
	}
	in := &incoming{record: record, ev: ev, msg: ev.Message, contact: contact, at: ev.OccurredAt, sent: map[engine.EnrollmentID][]engine.Message{}}
	if in.msg.OpensWindow {
		if err := r.touchWindow(ctx, in); err != nil {
			return "", err
		}
	}
	if record.OutOfReach {
		if err := r.Store.Reached(ctx, ev.Channel, addrs); err != nil {
			return "", fmt.Errorf("noting that contact %q can be reached: %w", contact.ID, err)
		}
	}
	quoted, err := r.quotedMessage(ctx, in)
	if err != nil {
		return "", err
	}
	if quoted != nil {
		if err := r.proveDelivery(ctx, quoted, in.at); err != nil {
			return "", err
		}
	}
	if !answers(in.msg) {
		return resultUnclaimed, nil
	}
	return r.route(ctx, in, quoted)
}

// answers reports whether a message can be an answer at all. A reaction, a
// system note and what the provider could not decode are not.
func answers(m *engine.IncomingMessage) bool {
	switch m.Type {
	case "reaction", "system", "unsupported", "unknown", "request_welcome", "ephemeral":
		return false
	}
	return m.ReactionTo == "" && (m.Text != "" || m.ReplyPayload != "" || m.Media != nil || m.MediaID != "" || m.ReplyData != nil || m.Location != nil)
}

// touchWindow opens or extends the service window and tells the journeys whose
// dates or conditions depend on it.
func (r *Runtime) touchWindow(ctx context.Context, in *incoming) error {
	if err := r.Store.TouchWindow(ctx, in.contact.ID, in.ev.IntegrationID, in.ev.Channel, in.at); err != nil {
		return fmt.Errorf("extending the service window of contact %q: %w", in.contact.ID, err)
	}
	if in.ev.Channel == engine.WhatsApp && engine.OpensFreeEntry(in.msg.Referral) {
		if err := r.Store.TouchEntry(ctx, in.contact.ID, in.ev.IntegrationID, in.ev.Channel, in.at); err != nil {
			return fmt.Errorf("noting where contact %q came from: %w", in.contact.ID, err)
		}
	}
	if !in.record.Enrolled {
		return nil
	}
	return r.tellContactChanged(ctx, in.contact, workflows.Signal{
		ID: string(in.ev.ID) + "/window", Kind: workflows.SignalContactChanged, At: in.at, EventID: in.ev.ID, Channel: in.ev.Channel,
	})
}

// quotedMessage is our message that this one answers, by the quote or by the
// button's payload; nil when there is none or it went to somebody else.
func (r *Runtime) quotedMessage(ctx context.Context, in *incoming) (*engine.Message, error) {
	if in.msg.ContextID != "" {
		m, err := r.Store.MessageByProviderID(ctx, in.ev.IntegrationID, in.msg.ContextID)
		if err != nil && !isCode(err, engine.NotFound) {
			return nil, fmt.Errorf("finding the quoted message: %w", err)
		}
		if err == nil && m != nil && m.ContactID == in.contact.ID {
			return m, nil
		}
	}
	ref, ok := engine.ParsePayload(in.msg.ReplyPayload)
	if !ok {
		return nil, nil
	}
	sent, err := r.messagesOf(ctx, in, ref.EnrollmentID)
	if err != nil {
		return nil, err
	}
	for i := range sent {
		m := &sent[i]
		if m.StepID == ref.StepID && m.Visit == ref.Visit && m.ContactID == in.contact.ID && m.Channel == in.ev.Channel {
			return m, nil
		}
	}
	return nil, nil
}

// messagesOf are the messages of an enrollment, read once per incoming message.
func (r *Runtime) messagesOf(ctx context.Context, in *incoming, e engine.EnrollmentID) ([]engine.Message, error) {
	if list, read := in.sent[e]; read {
		return list, nil
	}
	list, _, err := r.Store.Messages(ctx, engine.MessageFilter{EnrollmentID: e, Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("listing the messages of enrollment %s: %w", e, err)
	}
	in.sent[e] = list
	return list, nil
}

// proveDelivery raises a message that was evidently read, whatever its provider
// reported so far.
func (r *Runtime) proveDelivery(ctx context.Context, m *engine.Message, at time.Time) error {
	_, err := r.raise(ctx, m, engine.MessageUpdate{Status: engine.Delivered, At: at})
	return err
}

// contactOf finds or makes the contact of a message, locks it, and adds the
// addresses it did not know. nil means the contact named by the event is gone.
func (r *Runtime) contactOf(ctx context.Context, ev *engine.InboundEvent) (*engine.Contact, error) {
	addrs := bySureness(ev.From)
	id, err := r.supposed(ctx, ev, addrs)
	if err != nil {
		return nil, err
	}
	if id == "" && len(addrs) == 0 {
		return nil, nil
	}
	if id == "" {
		return r.newContact(ctx, ev, addrs)
	}
	if err := r.Store.LockContact(ctx, id); err != nil {
		return nil, fmt.Errorf("locking contact %q: %w", id, err)
	}
	// Read under the lock: somebody may just have changed or erased it.
	c, err := r.senderOf(ctx, ev, id, addrs)
	if err == nil && c == nil && ev.ContactID == "" { // who was supposed has gone, and nobody came in their place
		return r.newContact(ctx, ev, addrs)
	}
	if err != nil || c == nil || c.ErasedAt != nil {
		return nil, err
	}
	if c.ID != id { // the address belongs to another meanwhile, who is the one to lock
		if err := r.Store.LockContact(ctx, c.ID); err != nil {
			return nil, fmt.Errorf("locking contact %q: %w", c.ID, err)
		}
		if c, err = r.senderOf(ctx, ev, c.ID, addrs); err != nil || c == nil || c.ErasedAt != nil {
			return nil, err
		}
	}
	c, learnt, err := r.learnAddresses(ctx, ev, c, addrs)
	if err != nil {
		return nil, err
	}
	if learnt {
		if _, err := r.Store.PutContact(ctx, c); err != nil {
			return nil, fmt.Errorf("adding an address to contact %q: %w", c.ID, err)
		}
	}
	return c, nil
}

// supposed is whom to lock before the sender of a message is read: who it was when
// their last event was taken, else who it is now; "" is nobody.
func (r *Runtime) supposed(ctx context.Context, ev *engine.InboundEvent, addrs []engine.Address) (engine.ContactID, error) {
	if ev.ContactID != "" {
		return ev.ContactID, nil
	}
	if id, known := r.owners.Get(ev.Party); known {
		return id, nil
	}
	c, err := r.senderOf(ctx, ev, "", addrs)
	if err != nil || c == nil {
		return "", err
	}
	return c.ID, nil
}

// senderOf is whose message it is now, nil when that is nobody: the contact named by
// the event, or the owner of its surest known address. Most often that is the one
// supposed, which one question shows.
func (r *Runtime) senderOf(ctx context.Context, ev *engine.InboundEvent, supposed engine.ContactID, addrs []engine.Address) (*engine.Contact, error) {
	var c *engine.Contact
	var err error
	if id := cmp.Or(ev.ContactID, supposed); id != "" {
		c, err = r.Store.Contact(ctx, id)
		if err == nil && ev.ContactID == "" && !slices.Contains(c.Addresses, addrs[0]) {
			c = nil
		}
	}
	if ev.ContactID == "" && c == nil && (err == nil || isCode(err, engine.NotFound)) {
		c, err = r.Store.ContactByAddress(ctx, addrs)
	}
	if isCode(err, engine.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("finding the contact of a message: %w", err)
	}
	return c, nil
}

// newContact makes a contact of somebody who wrote first. What they may be sent
// later is for the send gate; writing first is not an opt-in.
func (r *Runtime) newContact(ctx context.Context, ev *engine.InboundEvent, addrs []engine.Address) (*engine.Contact, error) {
	c := &engine.Contact{
		ID: engine.ContactID(engine.NewID("con")), Attributes: map[string]any{}, Addresses: addrs, OptIn: map[engine.Channel]bool{},
	}
	if !slices.ContainsFunc(addrs, func(a engine.Address) bool { return a.Kind == engine.Phone }) {
		for _, a := range addrs {
			if a.Kind != engine.WAID {
				continue
			}
			// Texts by SMS need a number; the wa_id of somebody who wrote is one.
			if e164, _, err := engine.NormalizePhone("+"+strings.TrimPrefix(a.Value, "+"), ""); err == nil {
				c.Addresses = append(slices.Clone(addrs), engine.Address{Kind: engine.Phone, Value: e164})
			}
		}
	}
	if name := strings.TrimSpace(ev.ProfileName); name != "" {
		ws, err := r.workspace.get(ctx)
		if err != nil {
			return nil, err
		}
		first, _, _ := strings.Cut(name, " ")
		for field, value := range map[string]string{"name": name, "first_name": first} {
			if _, declared := ws.Contact[field]; declared {
				c.Attributes[field] = value
			}
		}
	}
	if _, err := r.Store.PutContact(ctx, c); err != nil {
		return nil, fmt.Errorf("making a contact for a new sender: %w", err)
	}
	if err := r.Store.LockContact(ctx, c.ID); err != nil {
		return nil, fmt.Errorf("locking contact %q: %w", c.ID, err)
	}
	made, err := r.Store.Contact(ctx, c.ID) // with its key
	if err != nil {
		return nil, fmt.Errorf("reading contact %q: %w", c.ID, err)
	}
	return made, r.evaluateSegments(ctx, made)
}

// learnAddresses adds what a provider newly told about a known contact. Where an
// address belongs to another contact, the two become one if that is proved (see
// proves); the contact returned is who they are now. Else it stays there: merging
// people is a person's decision then.
func (r *Runtime) learnAddresses(ctx context.Context, ev *engine.InboundEvent, c *engine.Contact, addrs []engine.Address) (*engine.Contact, bool, error) {
	var fresh []engine.Address
	known := func(a engine.Address) bool {
		return slices.ContainsFunc(c.Addresses, func(have engine.Address) bool { return have.Kind == a.Kind && sameAddress(have, a) })
	}
	for _, a := range addrs {
		if known(a) {
			continue
		}
		owner, err := r.Store.ContactByAddress(ctx, []engine.Address{a})
		if err != nil && !isCode(err, engine.NotFound) {
			return nil, false, fmt.Errorf("looking up an address: %w", err)
		}
		if err == nil && owner != nil && owner.ID != c.ID {
			one, err := r.mergeProved(ctx, ev, c, owner, a)
			if err != nil {
				return nil, false, err
			}
			if one == c { // still two
				continue
			}
			if c = one; known(a) {
				continue
			}
		}
		fresh = append(fresh, a)
	}
	c.Addresses = append(c.Addresses, fresh...)
	return c, len(fresh) > 0, nil
}

// bySureness puts the addresses that denote exactly one person first.
func bySureness(addrs []engine.Address) []engine.Address {
	out := slices.Clone(addrs)
	slices.SortStableFunc(out, func(a, b engine.Address) int { return a.Kind.Sureness() - b.Kind.Sureness() })
	return out
}
