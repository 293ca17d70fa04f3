package runtime

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jornada/engine"
	"jornada/workflows"
)

// MergeContacts makes one person of two because an administrator says so: from
// leads to into afterwards, and what ran for from runs on for into. It is all or
// nothing, and nothing the second time. See store.MergeContacts for what becomes
// of the rows.
//
// Errors: engine.NotFound names an unknown contact, engine.Conflict an erased one.
func (r *Runtime) MergeContacts(ctx context.Context, from, into engine.ContactID, actor string) error {
	return r.inTx(ctx, func(ctx context.Context) error {
		_, err := r.merge(ctx, from, into, actor, map[string]any{"by": "api"})
		return err
	})
}

// merge is MergeContacts inside its transaction; it returns who they are now.
func (r *Runtime) merge(ctx context.Context, from, into engine.ContactID, actor string, detail map[string]any) (*engine.Contact, error) {
	var sides []*engine.Contact
	for _, id := range []engine.ContactID{from, into} {
		side, err := r.Store.Contact(ctx, id)
		if err != nil {
			return nil, err
		}
		sides = append(sides, side)
	}
	merged, err := r.Store.MergeContacts(ctx, from, into)
	if err != nil {
		return nil, err
	}
	one, err := r.Store.Contact(ctx, into)
	if err != nil {
		return nil, fmt.Errorf("reading contact %q: %w", into, err)
	}
	if !merged {
		return one, nil
	}
	r.owners.Purge() // addresses have changed hands
	detail["merged"] = string(from)
	if err := r.auditBy(ctx, actor, "contact.merged", string(one.ID), detail); err != nil {
		return nil, err
	}
	// Conditions and dates may read otherwise now, for both; and what one side has
	// stopped, the journeys of the other must leave.
	change := engine.NewID("chg")
	news := []workflows.Signal{{ID: change + "/merge", Kind: workflows.SignalContactChanged}}
	for _, ch := range engine.Channels() {
		said := func(c *engine.Contact) bool { yes, known := c.OptIn[ch]; return known && !yes }
		if said(one) && !(said(sides[0]) && said(sides[1])) {
			news = append(news, workflows.Signal{ID: change + "/merge/" + string(ch), Kind: workflows.SignalContactChanged, Channel: ch, Reason: reasonOptedOut})
		}
	}
	for _, s := range news {
		if err := r.tellContactChanged(ctx, one, s); err != nil {
			return nil, err
		}
	}
	return one, r.evaluateSegments(ctx, one)
}

// mergeProved makes one person of a contact and the owner of an address that an
// event reports for it, if the event proves it; else it returns the contact as it
// is and says so in the log.
func (r *Runtime) mergeProved(ctx context.Context, ev *engine.InboundEvent, c, owner *engine.Contact, a engine.Address) (*engine.Contact, error) {
	if why := unproved(ev, c, owner, a); why != "" {
		r.Logger.WarnContext(ctx, "an address reported for one contact belongs to another; merge them if they are one person",
			"contact", c.ID, "other", owner.ID, "address", engine.Mask(a), "why_not", why)
		return c, nil
	}
	from, into := owner.ID, c.ID
	if survives(owner, c) {
		from, into = into, from
	}
	one, err := r.merge(ctx, from, into, "system", map[string]any{"by": string(ev.Kind), "event": string(ev.ID), "address": string(a.Kind)})
	if err != nil {
		return nil, fmt.Errorf("merging the contacts that event %s proves to be one: %w", ev.ID, err)
	}
	return one, nil
}

// unproved says why an event does not prove that the owner of an address is the
// contact it speaks of; "" when it does. WhatsApp itself vouches for the ids of
// one sender, and for the number a person changed to. What people type about
// themselves in another channel is no proof, nor is anything that contradicts
// what is known: numbers are given to other people one day.
func unproved(ev *engine.InboundEvent, c, owner *engine.Contact, a engine.Address) string {
	whatsapp := func(a engine.Address) bool {
		return a.Kind == engine.WAID || a.Kind == engine.BSUID || a.Kind == engine.Phone
	}
	switch {
	case ev.IntegrationID == "" || ev.Channel != engine.WhatsApp || !whatsapp(a):
		return "the channel does not vouch for the address"
	case !slices.ContainsFunc(ev.From, func(from engine.Address) bool {
		return whatsapp(from) && slices.ContainsFunc(c.Addresses, func(have engine.Address) bool { return sameAddress(have, from) })
	}):
		return "the event does not come from the contact's address"
	case ev.Kind != engine.NumberChanged && c.Address(engine.BSUID) != "" && owner.Address(engine.BSUID) != "":
		return "each has a WhatsApp account of its own"
	}
	for _, name := range identifying {
		mine, his := plainText(c.Attributes[name]), plainText(owner.Attributes[name])
		if mine != "" && his != "" && mine != his {
			return "they differ in " + name
		}
	}
	return ""
}

// identifying are attributes that one person has once.
var identifying = []string{"cpf", "cnpj", "document", "birth_date"}

// plainText is what a document number or a date says, however it is punctuated.
func plainText(v any) string {
	if v == nil {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-/", r) {
			return -1
		}
		return r
	}, fmt.Sprint(v))
}

// survives reports whether a is who stays of the two: the one that another system
// knows by its own id, rather than one we named; else the older.
func survives(a, b *engine.Contact) bool {
	ours := func(c *engine.Contact) bool { return strings.HasPrefix(string(c.ID), "con_") }
	switch {
	case ours(a) != ours(b):
		return ours(b)
	case !a.CreatedAt.Equal(b.CreatedAt):
		return a.CreatedAt.Before(b.CreatedAt)
	}
	return a.ID < b.ID
}

// sameAddress reports whether two addresses reach the same account: phone numbers
// and WhatsApp ids in every way they are written.
func sameAddress(a, b engine.Address) bool {
	return slices.ContainsFunc(addressForms(a), func(form string) bool { return slices.Contains(addressForms(b), form) })
}
