package scenario

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/provsim"
)

// Person is one invented contact, with a mind of their own.
type Person struct {
	ID, Name, Phone, Email string
	Zone                   string // "" = the clinic's; see also Setup.Each

	Answer string        // what they do when asked: confirmed, cancelled, silent
	After  time.Duration // how long they think
}

// Answers of a person to the question of the visit.
const (
	Confirms = "confirmed"
	Cancels  = "cancelled"
	Silent   = "silent"
)

// People invents n of them: most confirm, some cancel, a few never answer.
func (r *Run) People(n int) []*Person {
	rng := r.Random("people")
	list := make([]*Person, n)
	for i := range list {
		p := &Person{
			ID: fmt.Sprintf("demo-%04d", i+1), Name: fmt.Sprintf("Pessoa %d", i+1),
			Phone: fmt.Sprintf("+55119%08d", 10_000_000+i), Email: fmt.Sprintf("pessoa%d@demo.example", i+1),
			After: Between(rng, 80*time.Millisecond, 900*time.Millisecond),
		}
		switch d := rng.IntN(20); {
		case d < 12:
			p.Answer = Confirms
		case d < 19:
			p.Answer = Cancels
		default:
			p.Answer = Silent
		}
		list[i] = p
	}
	return list
}

// contact is what the product is told of a person.
func (p *Person) contact() driver.Contact {
	zone := p.Zone
	switch zone {
	case "":
		zone = "America/Sao_Paulo"
	case unknownZone:
		zone = ""
	}
	return driver.Contact{
		Attributes: map[string]any{"first_name": p.Name},
		Addresses:  map[string]string{"phone": p.Phone, "email": p.Email},
		OptIn:      map[string]bool{"whatsapp": true, "sms": true, "email": true},
		Timezone:   zone,
	}
}

// unknownZone is of people of whom nobody told the product where they live.
const unknownZone = "unknown"

// address is where a person of the run gets messages of a channel.
func (s *Stage) address(contact, channel string) string {
	p := s.byID[contact]
	switch {
	case p == nil:
		return ""
	case channel == "email":
		return p.Email
	}
	return p.Phone
}

// named finds the invented name of a person in a text.
var named = regexp.MustCompile(`Pessoa \d+`)

// ownNames: a text that names somebody names whom it was sent to.
func (s *Stage) ownNames(breach func(rule, example string)) {
	for _, a := range s.World.Accepts() {
		p := s.crowd.who(a.To)
		for _, name := range named.FindAllString(a.Text, -1) {
			if p == nil || name != p.Name {
				breach("nobody reads another's name", fmt.Sprintf("%s to %s says %q", a.Ref, a.To, a.Text))
			}
		}
	}
}

// crowd finds people by address.
type crowd map[string]*Person

func crowdOf(people []*Person) crowd {
	c := crowd{}
	for _, p := range people {
		c[digits(p.Phone)] = p
		c[p.Email] = p
	}
	return c
}

// who is the person an accepted message is for.
func (c crowd) who(address string) *Person {
	if strings.Contains(address, "@") {
		return c[address]
	}
	return c[digits(address)]
}

// digits is a phone number without signs, and with the ninth digit that some
// providers leave out of Brazilian numbers.
func digits(s string) string {
	d := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if len(d) == 12 && strings.HasPrefix(d, "55") {
		d = d[:4] + "9" + d[4:]
	}
	return d
}

// react is what people do when the visit's question reaches them.
func (c crowd) react(a provsim.Accept) []provsim.Reaction {
	p := c.who(a.To)
	if p == nil || a.Template != questionTemplate || p.Answer == Silent {
		return nil
	}
	button := 0
	if p.Answer == Cancels {
		button = 1
	}
	return []provsim.Reaction{{Kind: "button", Button: button, Quote: true, After: p.After}}
}
