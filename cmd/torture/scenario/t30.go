package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// The journey of T30 in its editions: every text names its own, and from the
// second on the happy branch has one step more.
const (
	edition      = "edition"
	lastEdition  = 3
	editionExtra = "# later editions have one more step here"
)

func editionFiles(n int) map[string]string {
	files := published(0, edition)
	name := edition + ".journey.yaml"
	text := strings.ReplaceAll(files[name], "Edition 1", fmt.Sprintf("Edition %d", n))
	if n > 1 {
		text = strings.Replace(text, editionExtra, fmt.Sprintf(`- {id: extra_%d, send: {sms: {text: "Edition %d: traga os exames."}}}`, n, n), 1)
	}
	files[name] = text
	return files
}

// Two more versions are published while everybody waits in the first, half of the
// people move to the last, and then everybody answers. Who stayed goes on in the
// version they began, who moved in the new one, and nobody in both.
func t30(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: editionFiles(1), People: r.N + r.N/10})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	mail := s.watchMail(nil)
	waiting, fresh := s.People[:r.N], s.People[r.N:]
	if err := s.Enroll(ctx, edition, waiting, 0); err != nil {
		return oracle.Line{}, err
	}
	if err := mail.arrived(ctx, time.Minute, questionTemplate, waiting...); err != nil {
		return oracle.Line{}, err
	}
	for n := 2; n <= lastEdition; n++ {
		if err := s.Product.Client.Publish(ctx, editionFiles(n)); err != nil {
			return oracle.Line{}, fmt.Errorf("publishing edition %d: %w", n, err)
		}
	}
	m := &migration{Stage: s, mail: mail}
	if err := m.half(ctx, waiting); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Enroll(ctx, edition, fresh, 0); err != nil {
		return oracle.Line{}, err
	}
	if err := mail.arrived(ctx, time.Minute, questionTemplate, fresh...); err != nil {
		return oracle.Line{}, err
	}
	if err := m.answer(ctx, slices.DeleteFunc(slices.Clone(s.People), func(p *Person) bool { return m.early[p] })); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, 2*time.Minute); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return m.rules(ctx) })
}

// migration is one in the making.
type migration struct {
	*Stage

	mail  *mailbox
	early map[*Person]bool // who answered while people were moved
	last  string           // the version they move to
	asked int
	stay  int
	moved int
}

// half asks that half of the people move, while a few of them answer and a worker
// dies, and waits until they have.
func (m *migration) half(ctx context.Context, waiting []*Person) error {
	m.Say("half of the people move")
	rng := m.Random("early")
	m.early = map[*Person]bool{}
	for range len(waiting) / 20 {
		m.early[pick(rng, waiting)] = true
	}
	var answer struct {
		Version string `json:"version"`
		Asked   int    `json:"asked"`
		Staying []struct {
			People int `json:"people"`
		} `json:"staying"`
	}
	g, all := errgroup.WithContext(ctx)
	g.Go(func() error {
		return m.Product.Client.Post(all, "/api/v1/journeys/"+edition+"/migrate", map[string]any{"limit": len(waiting) / 2}, "", &answer)
	})
	g.Go(func() error {
		var people []*Person
		for p := range m.early {
			people = append(people, p)
		}
		return m.answer(all, people)
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("moving half of the people: %w", err)
	}
	m.last, m.asked = answer.Version, answer.Asked
	for _, s := range answer.Staying {
		m.stay += s.People
	}
	victims := slices.Concat(m.Product.Workers, m.Product.APIs)
	for range m.Faults {
		if err := pick(rng, victims).Kill(ctx); err != nil {
			return err
		}
	}
	err := driver.Until(ctx, time.Minute, "everybody has moved who was asked to", func(ctx context.Context) error {
		list, err := m.Product.Client.Enrollments(ctx, nil)
		if err != nil {
			return err
		}
		m.moved = 0
		for _, e := range list {
			if e.VersionHash == m.last {
				m.moved++
			}
		}
		if m.moved < m.asked-len(m.early) { // an early answer may end it first
			return driver.MissingError{N: m.asked - m.moved, What: fmt.Sprintf("of %d have not", m.asked)}
		}
		return nil
	})
	if err != nil {
		m.Notef("%s", err) // the oracle will say what that means
	}
	return nil
}

// answer lets people tap what they want, with the button that they have.
func (m *migration) answer(ctx context.Context, people []*Person) error {
	return each(ctx, people, func(ctx context.Context, p *Person) error {
		a, got := m.mail.message(p, questionTemplate)
		if !got {
			return fmt.Errorf("answering for %s: they were not asked", p.ID)
		}
		button := a.Buttons[0]
		if p.answer() == Cancels {
			button = a.Buttons[1]
		}
		return insist(ctx, func() int {
			return m.World.Inbound(provsim.Inbound{From: a.To, Kind: "button", Payload: button.Payload, Text: button.Title, Quote: a.ProviderID})
		})
	})
}

func (m *migration) rules(ctx context.Context) oracle.Rules {
	version := map[string]int{} // person: the edition they must have been told in
	said := map[string][]string{}
	for _, a := range m.World.Accepts() {
		if p := m.crowd.who(a.To); p != nil && strings.HasPrefix(a.Text, "Edition ") {
			said[p.ID] = append(said[p.ID], a.Text)
		}
	}
	pinned, moved := 0, 0
	rules := oracle.Rules{
		Kills:    m.Faults,
		Answered: map[string]bool{"question": true},
		Once:     func(provsim.Accept) bool { return true },
		Passage: func(e driver.Enrollment) oracle.Passage {
			p := m.byID[e.ContactID]
			outcome, version := p.answer(), version[e.ContactID]
			steps := map[string][]string{Confirms: {"question", "thanks"}, Cancels: {"question", "sorry"}}[outcome]
			if outcome == Confirms && version > 1 {
				steps = append(slices.Clone(steps), fmt.Sprintf("extra_%d", version))
			}
			return oracle.Passage{Due: map[string][]string{outcome: steps}}
		},
	}
	list, err := m.Product.Client.Enrollments(ctx, nil)
	for _, e := range list {
		version[e.ContactID] = 1
		if e.VersionHash == m.last {
			version[e.ContactID] = lastEdition
			moved++
		} else {
			pinned++
		}
	}
	return and(rules, func(breach func(rule, example string)) {
		if err != nil {
			breach("the product can be asked", err.Error())
		}
		for id, texts := range said {
			for _, text := range texts {
				if !strings.HasPrefix(text, fmt.Sprintf("Edition %d:", version[id])) {
					breach("nobody takes a step of another version", fmt.Sprintf("%s is in edition %d and was told %q", id, version[id], text))
				}
			}
		}
		if pinned == 0 || moved == 0 || len(said) == 0 {
			breach("the scenario tests something", fmt.Sprintf("%d stayed, %d moved, %d were told an edition", pinned, moved, len(said)))
		}
		if m.asked != m.N/2 || m.stay > 0 {
			breach("as many move as were asked to", fmt.Sprintf("%d were asked of %d, and %d could not", m.asked, m.N/2, m.stay))
		}
		if fresh := len(m.People) - m.N; moved > m.asked+fresh || moved < m.asked+fresh-len(m.early) {
			breach("as many move as were asked to", fmt.Sprintf("%d are in the last version, of whom %d began there; %d were asked to move, while %d answered", moved, fresh, m.asked, len(m.early)))
		}
		m.noteOncef("%d finished the version they began, %d the last one", pinned, moved)
	})
}
