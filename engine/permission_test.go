package engine

import (
	"fmt"
	"testing"
)

// Words in order, and what a message of each category finds afterwards: open or
// shut by OptIn, and refused for its purpose.
func TestHeed(t *testing.T) {
	all := func(yes bool) Consent { return Consent{Channel: WhatsApp, Granted: yes} }
	one := func(purpose string, yes bool) Consent {
		return Consent{Channel: WhatsApp, Purpose: purpose, Granted: yes}
	}
	for _, c := range []struct {
		name               string
		words              []Consent
		marketing, utility bool
	}{
		{"nothing said", nil, false, false},
		{"yes to all", []Consent{all(true)}, true, true},
		{"no to all", []Consent{all(true), all(false)}, false, false},
		{"no to marketing", []Consent{all(true), one("marketing", false)}, false, true},
		{"no to marketing first", []Consent{one("marketing", false), all(true)}, true, true},
		{"no to marketing, then yes to it", []Consent{all(true), one("marketing", false), one("marketing", true)}, true, true},
		{"no to marketing, then yes to utility", []Consent{all(true), one("marketing", false), one("utility", true)}, false, true},
		{"no to utility", []Consent{all(true), one("utility", false)}, true, false},
		{"yes to utility only", []Consent{one("utility", true)}, false, true},
		{"yes to utility, then to marketing", []Consent{one("utility", true), one("marketing", true)}, true, true},
		{"yes to utility only, taken back", []Consent{one("utility", true), one("utility", false)}, false, false},
		{"yes to marketing only", []Consent{one("marketing", true)}, true, true},
		{"no to all, then yes to marketing", []Consent{all(false), one("marketing", true)}, true, false},
		{"no to all, then yes to utility", []Consent{all(false), one("utility", true)}, false, true},
		{"no to all, then yes to all", []Consent{all(false), one("utility", true), all(true)}, true, true},
		{"only a no to marketing", []Consent{one("marketing", false)}, false, false},
	} {
		person := &Contact{}
		for _, word := range c.words {
			person.Heed(word)
		}
		may := func(purpose string) bool { return person.OptIn[WhatsApp] && !person.Refuses(WhatsApp, purpose) }
		if may("marketing") != c.marketing || may("utility") != c.utility {
			t.Errorf("%s: marketing %v, utility %v (%v, %v)", c.name, may("marketing"), may("utility"), person.OptIn, person.Purposes)
		}
		if person.OptIn[SMS] || person.Refuses(SMS, "marketing") {
			t.Errorf("%s: another channel changed", c.name)
		}
	}
}

// Every pair of short histories: what either side shut stays shut, whoever is
// named first, and what neither side opened is not open.
func TestTheStricterPermissionWins(t *testing.T) {
	var words [][]Consent
	kinds := []Consent{{}}
	for _, purpose := range []string{"", "marketing", "utility"} {
		kinds = append(kinds, Consent{Channel: WhatsApp, Purpose: purpose}, Consent{Channel: WhatsApp, Purpose: purpose, Granted: true})
	}
	for _, first := range kinds {
		for _, second := range kinds {
			words = append(words, []Consent{first, second})
		}
	}
	build := func(said []Consent) *Contact {
		c := &Contact{}
		for _, word := range said {
			if word.Channel != "" {
				c.Heed(word)
			}
		}
		return c
	}
	shut := func(c *Contact, purpose string) bool {
		yes, said := c.OptIn[WhatsApp]
		return said && !yes || c.Purposes[WhatsApp] != nil && hasNo(c.Purposes[WhatsApp], purpose)
	}
	for _, left := range words {
		for _, right := range words {
			a, b := build(left), build(right)
			one, other := &Contact{}, &Contact{}
			one.OptIn, one.Purposes = StricterPermission(a, b)
			other.OptIn, other.Purposes = StricterPermission(b, a)
			if fmt.Sprint(one.OptIn, one.Purposes) != fmt.Sprint(other.OptIn, other.Purposes) {
				t.Fatalf("%v and %v: the order matters: %v, %v", left, right, one, other)
			}
			for _, purpose := range Purposes() {
				may := one.OptIn[WhatsApp] && !one.Refuses(WhatsApp, purpose)
				mayA := a.OptIn[WhatsApp] && !a.Refuses(WhatsApp, purpose)
				mayB := b.OptIn[WhatsApp] && !b.Refuses(WhatsApp, purpose)
				if may && (shut(a, purpose) || shut(b, purpose)) {
					t.Fatalf("%v and %v: %s is open although one side shut it", left, right, purpose)
				}
				if may && !mayA && !mayB {
					t.Fatalf("%v and %v: %s is open although no side opened it", left, right, purpose)
				}
			}
		}
	}
}

func hasNo(said map[string]bool, purpose string) bool {
	yes, known := said[purpose]
	return known && !yes
}
