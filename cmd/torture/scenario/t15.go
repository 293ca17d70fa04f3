package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// askers are the journeys that wait on one contact at once, and what each offers:
// option and title, in the order of the buttons. A and B understand the same
// words.
var askers = map[string][]struct{ option, title string }{
	"ask_a": {{"yes_a", "Sim"}, {"no_a", "Não"}},
	"ask_b": {{"yes_b", "Sim"}, {"no_b", "Não"}},
	"ask_c": {{"morning_c", "Manhã"}, {"afternoon_c", "Tarde"}},
	"ask_d": {{"yes_d", "Sim"}, {"afternoon_d", "Tarde"}},
}

// Several journeys wait on one contact, who answers by buttons, by quoting and in
// plain words, sometimes to a question that is answered already. Each reply is
// consumed once, by the right question, and the other questions stay open.
func t15(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Files: published(0, "ask_a", "ask_b", "ask_c", "ask_d")})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	t := &table{stage: s, mail: s.watchMail(nil), outcome: map[string]string{}}
	sittings := make([]*sitting, len(s.People))
	for i, p := range s.People {
		sittings[i] = &sitting{person: p, rng: s.Random("sitting " + p.ID)}
	}
	if err := each(ctx, sittings, t.play); err != nil {
		return oracle.Line{}, err
	}
	if err := s.digested(ctx, digestsWithin); err != nil {
		return oracle.Line{}, err
	}
	open, err := t.stillOpen(ctx)
	if err != nil {
		return oracle.Line{}, err
	}
	s.Say("the clock jumps past the patience of the questions that nobody answered")
	if err := s.Product.Clock.Jump(7 * time.Hour); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	s.Notef("%d questions to %d people, %d replies", len(t.outcome), len(s.People), t.replies)
	return s.Judge(ctx, func() oracle.Rules { return t.rules(ctx, open) })
}

// table is where all sit, and what must come of it.
type table struct {
	stage *Stage
	mail  *mailbox

	mu      sync.Mutex
	outcome map[string]string // person and journey: how it must end
	replies int
	late    int // replies to questions that were answered before
	nobody  int // words that no open question understands, when none is open
}

// sitting is one person and the questions they were asked.
type sitting struct {
	person *Person
	rng    *rand.Rand
	asked  []string // journeys, oldest first
	open   []string // of these, those not answered yet
}

func (t *table) play(ctx context.Context, one *sitting) error {
	journeys := []string{"ask_a", "ask_b", "ask_c", "ask_d"}
	shuffle(one.rng, journeys)
	one.asked = journeys[:1+one.rng.IntN(4)]
	one.open = slices.Clone(one.asked)
	for _, journey := range one.asked {
		if err := t.stage.Enroll(ctx, journey, []*Person{one.person}, 0); err != nil {
			return err
		}
		if err := t.mail.arrived(ctx, arrivesWithin, journey, one.person); err != nil {
			return err
		}
		t.ends(one, journey, Silent)
	}
	for range 1 + one.rng.IntN(len(one.asked)+1) {
		in, last := t.reply(one)
		for range 1 + one.rng.IntN(2) { // some come twice
			if err := insist(ctx, func() int { return t.stage.World.Inbound(in) }); err != nil {
				return err
			}
		}
		if last {
			break
		}
	}
	return nil
}

func (t *table) ends(one *sitting, journey, outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outcome[one.person.ID+" "+journey] = outcome
}

// reply draws what the person says next, and writes down what must come of it.
// last is true when only time would tell what a further one means: a question that
// heard something it did not offer is closed by its journey, a little later.
func (t *table) reply(one *sitting) (in provsim.Inbound, last bool) {
	t.mu.Lock()
	t.replies++
	n := t.replies
	t.mu.Unlock()
	in = provsim.Inbound{From: one.person.Phone, ID: fmt.Sprintf("wamid.%s-%d-%s-%d", t.stage.ID, t.stage.Seed, one.person.ID, n)}
	target := pick(one.rng, one.asked)
	option := one.rng.IntN(2)
	offered := askers[target][option]
	message, _ := t.mail.message(one.person, target)
	switch one.rng.IntN(3) {
	case 0: // a button, which quotes the question, or not
		in.Kind, in.Payload, in.Text = "button", message.Buttons[option].Payload, offered.title
		if one.rng.IntN(2) == 0 {
			in.Quote = message.ProviderID
		}
		t.answered(one, target, offered.option)
	case 1: // the words, quoting the question
		in.Text, in.Quote = offered.title, message.ProviderID
		t.answered(one, target, offered.option)
	default: // the words alone: the newest question that understands them
		in.Text = drawn(one.rng, "Sim", "sim!", "não", "Manhã", "tarde", "confirmo")
		return in, t.understood(one, in.Text)
	}
	return in, false
}

// answered is a reply to a certain question: it answers, unless that was answered.
func (t *table) answered(one *sitting, journey, outcome string) {
	i := slices.Index(one.open, journey)
	if i < 0 {
		t.mu.Lock()
		t.late++
		t.mu.Unlock()
		return
	}
	one.open = slices.Delete(one.open, i, i+1)
	t.ends(one, journey, outcome)
}

// meanings is which option of a journey a text means.
var meanings = map[string]map[string]string{
	"Sim":      {"ask_a": "yes_a", "ask_b": "yes_b", "ask_d": "yes_d"},
	"sim!":     {"ask_a": "yes_a", "ask_b": "yes_b", "ask_d": "yes_d"},
	"não":      {"ask_a": "no_a", "ask_b": "no_b"},
	"Manhã":    {"ask_c": "morning_c"},
	"tarde":    {"ask_c": "afternoon_c", "ask_d": "afternoon_d"},
	"confirmo": {"ask_a": "yes_a", "ask_b": "yes_b"},
}

// understood finds the question that plain words answer. Words that none offers
// are heard by the newest one, which ends with its `otherwise`.
func (t *table) understood(one *sitting, text string) (last bool) {
	for _, journey := range slices.Backward(one.open) {
		if option, offered := meanings[text][journey]; offered {
			t.answered(one, journey, option)
			return false
		}
	}
	if len(one.open) == 0 {
		t.mu.Lock()
		t.nobody++
		t.mu.Unlock()
		return false
	}
	t.answered(one, one.open[len(one.open)-1], "odd")
	return true
}

// stillOpen are the enrollments that run before their patience ends.
func (t *table) stillOpen(ctx context.Context) (map[string]bool, error) {
	open := map[string]bool{}
	err := driver.Until(ctx, time.Minute, "every answered journey has ended", func(ctx context.Context) error {
		list, err := t.stage.Product.Client.Enrollments(ctx, nil)
		if err != nil {
			return err
		}
		clear(open)
		waiting := 0
		for _, e := range list {
			open[e.ContactID+" "+e.Journey] = e.Running()
			if e.Running() && t.outcome[e.ContactID+" "+e.Journey] != Silent {
				waiting++
			}
		}
		if waiting > 0 {
			return driver.MissingError{N: waiting, What: "have not"}
		}
		return nil
	})
	if ctx.Err() != nil {
		return nil, err
	}
	return open, nil // what did not end, the oracle will say
}

func (t *table) rules(ctx context.Context, open map[string]bool) oracle.Rules {
	return oracle.Rules{
		Answered: map[string]bool{"question": true},
		Once:     func(provsim.Accept) bool { return true },
		Passage: func(e driver.Enrollment) oracle.Passage {
			return oracle.Passage{Due: map[string][]string{t.outcome[e.ContactID+" "+e.Journey]: {"question"}}}
		},
		Extra: func(breach func(rule, example string)) {
			for key, outcome := range t.outcome {
				if outcome == Silent && !open[key] {
					breach("a question that nobody answered stays open", key+" had ended before its patience was over")
				}
			}
			if err := t.consumed(ctx, breach); err != nil {
				breach("the product can be asked", err.Error())
			}
		},
	}
}

// consumed: each answered question took one reply, each other none, and what
// answered nothing is kept.
func (t *table) consumed(ctx context.Context, breach func(rule, example string)) error {
	list, err := t.stage.Product.Client.Enrollments(ctx, nil)
	if err != nil {
		return err
	}
	for _, e := range list {
		var view struct {
			Timeline []struct {
				Kind   string `json:"kind"`
				Detail string `json:"detail"`
			} `json:"timeline"`
		}
		raw, err := t.stage.Product.Client.Enrollment(ctx, e.ID)
		if err == nil {
			err = json.Unmarshal(raw, &view)
		}
		if err != nil {
			return fmt.Errorf("reading the timeline of %s: %w", e.ID, err)
		}
		took, want := 0, 1
		for _, entry := range view.Timeline {
			if entry.Kind == "reply" && entry.Detail != "late_reply" {
				took++
			}
		}
		if t.outcome[e.ContactID+" "+e.Journey] == Silent {
			want = 0
		}
		if took != want {
			breach("each reply is consumed once", fmt.Sprintf("%s of %s took %d replies and should have taken %d", e.ID, e.ContactID, took, want))
		}
	}
	for result, want := range map[string]int{"late_reply": t.late, "unclaimed": t.nobody} {
		n, err := t.stage.counter(ctx, "jornada_events_processed_total", `kind="message"`, fmt.Sprintf("result=%q", result))
		if err != nil {
			return err
		}
		if n != want {
			breach("no reply is dropped", fmt.Sprintf("%d replies should be %s, and %d are", want, result, n))
		}
	}
	return nil
}
