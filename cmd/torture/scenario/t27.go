package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// Moments of the drill about the service window, on clocks of São Paulo. People
// write around nine on Monday, and what they are told is held until around nine on
// Tuesday: by quiet hours, or because the channel is down.
var (
	monday  = time.Date(2027, 3, 8, 12, 0, 0, 0, time.UTC) // nine o'clock in São Paulo
	tuesday = monday.AddDate(0, 0, 1)
)

const (
	windowSlack  = 2 * time.Second
	windowMargin = 5 * time.Minute // by which the product takes a window for closed early, as docs/language.md says
)

// writer is when a person wrote.
type writer struct {
	name string
	at   time.Time
	lots int // of ten
}

// writers: the window of the first closes when the message is let go, that of the
// second is taken for closed then, and that of the third is open.
var writers = []writer{
	{"whose window closes at that moment", monday, 5},
	{"whose window is taken for closed at that moment", monday.Add(windowMargin), 3},
	{"whose window is open", monday.Add(time.Hour), 2},
}

// lateJourneys are the four ways to be held and to fall back.
var lateJourneys = []string{"quiet_template", "quiet_plain", "down_template", "down_plain"}

func lateFiles() map[string]string {
	files := published(0)
	// The checker refuses own text that quiet hours may hold past the window. This
	// drill is about what stands behind the checker, so here it is told not to ask.
	files["workspace.yaml"] = strings.Replace(files["workspace.yaml"], "free_form: window", "free_form: always", 1)
	for _, name := range lateJourneys {
		delivery, closed := "{hold_max: 3d}", ""
		if strings.HasPrefix(name, "quiet") {
			delivery = `{send_window: {days: [tue], from: "09:00", to: "20:00"}, hold_max: 3d}`
		}
		if strings.HasSuffix(name, "template") {
			closed = `, closed: {template: visit_hello, params: {name: "{{ contact.first_name }}"}}`
		}
		files[name+".journey.yaml"] = fmt.Sprintf(`dsl: 1
journey: %s
category: utility
locale: pt-BR
timezone: America/Sao_Paulo
triggers: [{api: true}]
delivery: %s
steps:
  - id: say
    send: {whatsapp: {text: "Obrigado por escrever, {{ contact.first_name }}."%s}}
    branches: {undelivered: [{id: end_untold, exit: untold}]}
  - {id: end_told, exit: told}
`, name, delivery, closed)
	}
	return files
}

// The service window closes while a message is held. What was written as free
// text goes out as a template then, or not at all; never as free text.
func t27(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: lateFiles(), Shape: driver.Shape{Begin: monday.Add(-time.Hour)}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	rng := s.Random("writers")
	groups := s.writing(rng)
	for i, w := range writers {
		// Providers write times in whole seconds: one right after a jump would seem to
		// be of before it.
		if err := s.Product.JumpTo(ctx, w.at.Add(-windowSlack-2*time.Second)); err != nil {
			return oracle.Line{}, err
		}
		if err := s.write(ctx, groups[i], w.at, rng); err != nil {
			return oracle.Line{}, err
		}
	}
	if err := s.digested(ctx, time.Minute); err != nil {
		return oracle.Line{}, err
	}
	if err := s.heldUntil(ctx, tuesday.Add(-windowSlack)); err != nil {
		return oracle.Line{}, err
	}
	if r.Seed%2 == 0 {
		// Some are refused at first, and look at the window again when they return.
		s.World.SetPlan(provsim.Plan{Rate429: 0.1, RetryAfter: time.Second})
	}
	driver.Pause(ctx, Between(rng, 0, 2*windowSlack))
	if err := s.Product.Client.Switch(ctx, integrations["whatsapp"], "enable"); err != nil {
		return oracle.Line{}, fmt.Errorf("switching the channel on: %w", err)
	}
	if err := s.Settle(ctx, 2*time.Minute); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return s.windowRules(ctx, groups) })
}

// writing divides people into groups by when they write.
func (s *Stage) writing(rng *rand.Rand) [][]*Person {
	people := slices.Clone(s.People)
	shuffle(rng, people)
	groups := make([][]*Person, len(writers))
	for i, w := range writers {
		n := min(len(people), (len(s.People)*w.lots+9)/10)
		groups[i], people = people[:n], people[n:]
	}
	return groups
}

// write lets people write around a moment of the product's clock.
func (s *Stage) write(ctx context.Context, people []*Person, around time.Time, rng *rand.Rand) error {
	moments := make([]time.Time, len(people))
	for i := range moments {
		moments[i] = around.Add(Between(rng, -windowSlack, windowSlack))
	}
	var g errgroup.Group
	for i, p := range people {
		g.Go(func() error {
			driver.Pause(ctx, moments[i].Sub(s.Product.Clock.Now()))
			return insist(ctx, func() int { return s.World.Inbound(provsim.Inbound{From: p.Phone, Text: "oi, tudo bem?"}) })
		})
	}
	return g.Wait()
}

// heldUntil enrolls everybody, half of them while the channel is off, and lets the
// clock jump to a moment with all of them waiting.
func (s *Stage) heldUntil(ctx context.Context, moment time.Time) error {
	lots := make([][]*Person, len(lateJourneys))
	for i, p := range s.People {
		lots[i%len(lots)] = append(lots[i%len(lots)], p)
	}
	for i, journey := range lateJourneys {
		if journey == "down_template" { // the first of those
			if err := s.waiting(ctx, len(lots[0])+len(lots[1])); err != nil {
				return err
			}
			if err := s.Product.Client.Switch(ctx, integrations["whatsapp"], "disable"); err != nil {
				return fmt.Errorf("switching the channel off: %w", err)
			}
		}
		if err := s.Enroll(ctx, journey, lots[i], 0); err != nil {
			return err
		}
	}
	if err := s.waiting(ctx, len(s.People)); err != nil {
		return err
	}
	if n := len(s.World.Accepts()); n > 0 {
		return fmt.Errorf("holding everybody's message until %s: %d have gone out already", moment, n)
	}
	return s.Product.JumpTo(ctx, moment)
}

func (s *Stage) windowRules(ctx context.Context, groups [][]*Person) oracle.Rules {
	got := map[string]provsim.Accept{} // by person
	for _, a := range s.World.Accepts() {
		if p := s.crowd.who(a.To); p != nil {
			got[p.ID] = a
		}
	}
	rules := oracle.Rules{
		Once:      func(provsim.Accept) bool { return true },
		MayGiveUp: func(m driver.Message) bool { return m.Status == "skipped" && m.Reason == "window_closed" },
		Window: func(a provsim.Accept) bool {
			return a.Channel == "whatsapp" && a.Kind != "template" && !a.WindowOpen
		},
		Passage: func(e driver.Enrollment) oracle.Passage {
			due := map[string][]string{"told": {"say"}}
			if _, told := got[e.ContactID]; strings.HasSuffix(e.Journey, "plain") && !told {
				due = map[string][]string{"untold": {"say"}}
			}
			return oracle.Passage{Due: due}
		},
	}
	rules = and(rules, func(breach func(rule, example string)) { s.fellBack(groups, got, breach) })
	return and(rules, func(breach func(rule, example string)) {
		messages, err := s.Product.Client.Messages(ctx, nil)
		if err != nil {
			breach("the product can be asked", err.Error())
		}
		for _, m := range messages {
			if m.Status == "skipped" && m.Reason != "window_closed" || m.Status == "failed" {
				breach("a skip says why", fmt.Sprintf("%s of %s is %s (%s): %s", m.ID, m.ContactID, m.Status, m.Reason, m.ErrorDetail))
			}
		}
	})
}

// fellBack: those whose window was closed, by the product's own margin, got no
// free text, and those whose window was open did.
func (s *Stage) fellBack(groups [][]*Person, got map[string]provsim.Accept, breach func(rule, example string)) {
	var free, template, none int
	for i, group := range groups {
		for _, p := range group {
			a, told := got[p.ID]
			switch {
			case !told:
				none++
			case a.Kind == "template":
				template++
			default:
				free++
			}
			switch {
			case i == 0 && told && a.Kind != "template":
				breach("a window counts as closed five minutes early", fmt.Sprintf("%s, %s, got free text at %s", p.ID, writers[i].name, a.At.Format(time.RFC3339Nano)))
			case i == len(groups)-1 && (!told || a.Kind == "template"):
				breach("free text goes out while the window is open", fmt.Sprintf("%s, %s, got none", p.ID, writers[i].name))
			}
		}
	}
	s.noteOncef("%d got free text, %d the template, %d nothing", free, template, none)
	if free == 0 || template == 0 || none == 0 {
		breach("the scenario tests something", fmt.Sprintf("%d got free text, %d the template, %d nothing; each must happen", free, template, none))
	}
}
