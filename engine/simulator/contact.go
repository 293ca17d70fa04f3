package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"time"

	"jornada/activities/channel/fake"
	"jornada/dsl"
	"jornada/engine"
)

// makeContact stores the scenario's contact. What the scenario does not say is
// made up from its name, so it is the same every time: who is drawn into which
// variant of a `split` does not change between two runs.
func (p *play) makeContact() error {
	given := p.scenario.Contact
	if !p.plan.NeedsContact() && len(given) == 0 {
		return nil
	}
	if p.b.knows(given) {
		if err := p.b.renew(p.ctx); err != nil {
			return err
		}
	}
	c := &engine.Contact{Attributes: map[string]any{}, OptIn: map[engine.Channel]bool{}}
	id, _ := given["id"].(string)
	if id == "" {
		id = fmt.Sprintf("contact_%08x", seed(p.scenario.Journey+"\x00"+p.scenario.Name)>>32)
		if p.b.taken[id] { // the same scenario again
			id += fmt.Sprintf("_%d", len(p.b.taken))
		}
	}
	p.b.taken[id] = true
	c.ID = engine.ContactID(id)
	c.Timezone, _ = given["timezone"].(string)
	c.Locale, _ = given["locale"].(string)
	phone, hasPhone := given["phone"].(string)
	if !hasPhone {
		phone = fmt.Sprintf("+55119%07d9", seed(id)%10_000_000) // the last digit asks for no scripted failure
	}
	email, hasEmail := given["email"].(string)
	if !hasEmail {
		email = id + "@example.com"
	}
	p.b.taken[phone], p.b.taken[email] = true, true
	if phone != "" {
		c.Addresses = append(c.Addresses, engine.Address{Kind: engine.Phone, Value: phone})
	}
	if email != "" {
		c.Addresses = append(c.Addresses, engine.Address{Kind: engine.EmailAddress, Value: email})
	}
	for _, ch := range engine.Channels() { // as if they had written before
		if m := ch.Medium(); m.WritesFirst {
			own := fmt.Sprintf("%d9", seed(m.Name+id)%1_000_000_000) // the last digit: as above
			c.Addresses = append(c.Addresses, engine.Address{Kind: engine.AddressKind(m.Addresses[0]), Value: own})
		}
	}
	optIn, said := given["opt_in"].(map[string]any)
	for _, ch := range engine.Channels() {
		yes, _ := optIn[string(ch)].(bool)
		c.OptIn[ch] = yes || !said
	}
	attributes := maps.Clone(given)
	for _, own := range []string{"id", "timezone", "locale", "opt_in"} {
		delete(attributes, own)
	}
	for name, value := range attributes { // as JSON has it
		if t, ok := value.(time.Time); ok {
			attributes[name] = t.Format(time.RFC3339)
		}
	}
	c.Attributes = attributes
	if _, err := p.b.store.PutContact(p.ctx, c); err != nil {
		return fmt.Errorf("making the contact: %w", err)
	}
	p.contact, p.addresses = c.ID, c.Addresses
	return nil
}

// knows reports whether a scenario before had a contact of this id or address: one
// person cannot be two.
func (b *Bench) knows(contact map[string]any) bool {
	for _, key := range []string{"id", "phone", "email"} {
		if s, _ := contact[key].(string); s != "" && b.taken[s] {
			return true
		}
	}
	return false
}

func seed(s string) uint64 {
	sum := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(sum[:8])
}

func simulatedReply(a *dsl.Act, via engine.Channel) fake.Inbound {
	in := fake.Inbound{IntegrationID: engine.IntegrationID(via), Channel: via, Text: a.Text, Option: a.Option, Form: a.Form}
	if a.Media != "" {
		in.Media = &engine.MediaLink{Kind: "image", URL: a.Media}
	}
	return in
}
