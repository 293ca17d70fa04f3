package engine

import (
	"maps"
	"slices"
)

// Purposes are what a message can be for, in the words of a journey's `category`.
// Permission is given and withdrawn for one of them, or for all at once.
func Purposes() []string { return []string{"marketing", "utility", "authentication", "service"} }

// KnownPurpose reports whether a permission may name the purpose; "" is all of them.
func KnownPurpose(purpose string) bool { return purpose == "" || slices.Contains(Purposes(), purpose) }

// Heed changes what a contact permits by their newest word on a channel.
//
// A word about everything (Purpose "") replaces all that was said before. A yes
// for one purpose opens the channel: from nothing, for what is no marketing
// besides; after a no to everything, for that purpose alone. A no to one purpose
// leaves the others as they were.
func (c *Contact) Heed(k Consent) {
	if c.OptIn == nil {
		c.OptIn = map[Channel]bool{}
	}
	open, said := c.OptIn[k.Channel]
	switch {
	case k.Purpose == "":
		c.OptIn[k.Channel] = k.Granted
		delete(c.Purposes, k.Channel)
	case !k.Granted:
		single := c.byPurpose(k.Channel)
		c.say(k.Channel, k.Purpose, false)
		if single && !c.byPurpose(k.Channel) { // the last yes is taken back
			delete(c.OptIn, k.Channel)
		}
	case open && !c.byPurpose(k.Channel): // the yes to everything covers it
		delete(c.Purposes[k.Channel], k.Purpose)
		if len(c.Purposes[k.Channel]) == 0 {
			delete(c.Purposes, k.Channel)
		}
	default:
		if said && !open {
			for _, other := range Purposes() {
				c.say(k.Channel, other, false)
			}
		}
		c.OptIn[k.Channel] = true
		c.say(k.Channel, k.Purpose, true)
	}
}

func (c *Contact) say(ch Channel, purpose string, yes bool) {
	if c.Purposes == nil {
		c.Purposes = map[Channel]map[string]bool{}
	}
	if c.Purposes[ch] == nil {
		c.Purposes[ch] = map[string]bool{}
	}
	c.Purposes[ch][purpose] = yes
}

// byPurpose reports whether the channel was opened for single purposes only.
func (c *Contact) byPurpose(ch Channel) bool {
	return slices.Contains(slices.Collect(maps.Values(c.Purposes[ch])), true)
}

// Refuses reports whether the contact's own words exclude a purpose on a channel
// that is otherwise open to us: they said no to it, or it is marketing and they
// said yes to other purposes only.
func (c *Contact) Refuses(ch Channel, purpose string) bool {
	if yes, said := c.Purposes[ch][purpose]; said {
		return !yes
	}
	return purpose == "marketing" && c.byPurpose(ch)
}

// StricterPermission is what two contacts permit who turn out to be one person: a
// no on either side stays a no. The maps are fresh.
func StricterPermission(a, b *Contact) (optIn map[Channel]bool, purposes map[Channel]map[string]bool) {
	both := Contact{OptIn: map[Channel]bool{}}
	for _, side := range []*Contact{a, b} {
		for ch, yes := range side.OptIn {
			if before, said := both.OptIn[ch]; !said || before {
				both.OptIn[ch] = yes
			}
		}
	}
	var single []Channel // opened for single purposes only
	for ch, open := range both.OptIn {
		if !open || a.OptIn[ch] && !a.byPurpose(ch) || b.OptIn[ch] && !b.byPurpose(ch) {
			continue
		}
		single = append(single, ch)
		for _, purpose := range Purposes() {
			if a.Purposes[ch][purpose] || b.Purposes[ch][purpose] {
				both.say(ch, purpose, true)
			}
		}
	}
	for _, side := range []*Contact{a, b} {
		for ch, said := range side.Purposes {
			for purpose, yes := range said {
				if !yes {
					both.say(ch, purpose, false)
				}
			}
		}
	}
	for _, ch := range single {
		if !both.byPurpose(ch) { // the no of one side meets the only yes of the other
			delete(both.OptIn, ch)
		}
	}
	return both.OptIn, both.Purposes
}
