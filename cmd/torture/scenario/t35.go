package scenario

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// A person says stop so much before or after the moment at which their message is
// likely to leave: when it is due, and as much later as messages are at the time.
const (
	stopBefore = 1500 * time.Millisecond
	stopAfter  = 2500 * time.Millisecond
)

// stopLate is the latest that messages may leave, on a busy machine, for the stops
// to follow them.
const stopLate = time.Minute

// stopLead is how long after being enrolled the first message is due.
const stopLead = 4 * time.Second

// stopWords are what people write to be left alone.
var stopWords = []string{"STOP", "parar", "SAIR", "Pare!", "cancelar", "descadastrar", " stop ", "UNSUBSCRIBE"}

// stopLots are the journeys, in turns. By e-mail people press the link of an
// earlier letter; a complaint cannot be told, because SMTP has no webhooks.
var stopLots = []struct{ journey, channel string }{
	{"stop_whatsapp", "whatsapp"}, {"stop_marketing", "whatsapp"}, {"stop_sms", "sms"}, {"stop_email", "email"},
}

// Everybody says stop at a random instant around a message that is due. What had
// left has left; once the stop is taken, nothing leaves any more, and each is
// written down once, however often the provider tells it.
func t35(ctx context.Context, r *Run) (oracle.Line, error) {
	journeys := []string{"letter"}
	for _, lot := range stopLots {
		journeys = append(journeys, lot.journey)
	}
	s, err := r.Stage(ctx, Setup{Files: published(0, journeys...)})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	w := &withdrawals{Stage: s, link: map[string]string{}, due: map[*Person]time.Time{}, stop: map[*Person]time.Time{}, taken: map[*Person]time.Time{}}
	lots := map[string][]*Person{}
	for i, p := range s.People {
		journey := stopLots[i%len(stopLots)].journey
		lots[journey] = append(lots[journey], p)
	}
	if err := w.letters(ctx, lots["stop_email"]); err != nil {
		return oracle.Line{}, err
	}
	rng := s.Random("stop")
	began := s.Product.Clock.Now().Add(time.Duration(len(s.People)/100) * time.Second) // enrolling takes a while
	for _, p := range s.People {
		w.due[p] = began.Add(stopLead + Between(rng, 0, r.Spread)).Truncate(time.Millisecond)
		w.stop[p] = w.due[p].Add(Between(rng, -stopBefore, stopAfter))
	}
	following, end := context.WithCancel(ctx)
	defer end()
	go w.follow(following)
	g, all := errgroup.WithContext(ctx)
	for _, lot := range stopLots {
		g.Go(func() error {
			return s.EnrollWith(all, Round{Journey: lot.journey, Inputs: func(p *Person) map[string]any {
				return map[string]any{"at": w.due[p].Format(time.RFC3339Nano)}
			}}, lots[lot.journey])
		})
		for i, p := range lots[lot.journey] {
			word, twice := pick(rng, stopWords), rng.IntN(2) == 0
			g.Go(func() error { return w.say(all, p, lot.channel, fmt.Sprintf("%s-%d", lot.journey, i), word, twice) })
		}
	}
	if err := g.Wait(); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, time.Minute); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules { return w.rules(ctx) })
}

// withdrawals are the stops of one run.
type withdrawals struct {
	*Stage

	link map[string]string     // of a mailbox: what its owner presses
	due  map[*Person]time.Time // when a person's message is due
	stop map[*Person]time.Time // when they say stop

	late atomic.Int64 // how long after being due messages leave, in nanoseconds

	mu    sync.Mutex
	taken map[*Person]time.Time // when the product had answered that it has it
}

// letters sends people an e-mail with the link that they will press.
func (w *withdrawals) letters(ctx context.Context, people []*Person) error {
	if err := w.Enroll(ctx, "letter", people, 0); err != nil {
		return err
	}
	return driver.Until(ctx, time.Minute, "everybody has a letter with a link that takes one click", func(context.Context) error {
		for _, a := range w.World.Accepts() {
			if a.Leave != "" {
				w.link[a.To] = a.Leave
			}
		}
		if len(w.link) < len(people) {
			return driver.MissingError{N: len(people) - len(w.link), What: fmt.Sprintf("of %d have none", len(people))}
		}
		return nil
	})
}

// follow measures how late messages leave, until the context ends. Without it
// nearly all stops would come first on a busy machine, and there would be no race.
func (w *withdrawals) follow(ctx context.Context) {
	first := w.Product.Clock.Now().Add(time.Hour)
	for _, due := range w.due {
		if due.Before(first) {
			first = due
		}
	}
	for driver.Pause(ctx, stopBefore/10) {
		var late []time.Duration
		for _, a := range w.World.Accepts() {
			if p := w.crowd.who(a.To); p != nil && a.Subject != "Novidades" {
				late = append(late, a.At.Sub(w.due[p]))
			}
		}
		usual := w.Product.Clock.Now().Sub(first) // as nothing has left yet
		if n := len(late); n > 0 {
			late = late[max(0, n-15):]
			slices.Sort(late)
			usual = late[len(late)/2]
		}
		w.late.Store(int64(min(max(usual, 0), stopLate)))
	}
}

// say lets a person say stop at their moment.
func (w *withdrawals) say(ctx context.Context, p *Person, channel, id, word string, twice bool) error {
	for {
		wait := w.stop[p].Add(time.Duration(w.late.Load())).Sub(w.Product.Clock.Now())
		if wait <= 0 || !driver.Pause(ctx, min(wait, stopBefore/10)) {
			break
		}
	}
	in := provsim.Inbound{Channel: channel, From: p.Phone, Text: word, ID: fmt.Sprintf("demo-%s-%d", id, w.Seed)}
	tell := func() error { return insist(ctx, func() int { return w.World.Inbound(in) }) }
	if channel == "email" {
		tell = func() error { return insist(ctx, func() int { return press(ctx, w.link[p.Email]) }) }
	}
	if err := tell(); err != nil {
		return fmt.Errorf("saying stop for %s: %w", p.ID, err)
	}
	w.mu.Lock()
	w.taken[p] = w.Product.Clock.Now()
	w.mu.Unlock()
	if twice {
		return tell()
	}
	return nil
}

// press makes the call of a mail program whose button was pressed (RFC 8058), and
// returns the HTTP status.
func press(ctx context.Context, link string) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, link, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func (w *withdrawals) rules(ctx context.Context) oracle.Rules {
	got := map[string]bool{} // who has got the message that was due
	for _, a := range w.World.Accepts() {
		if p := w.crowd.who(a.To); p != nil && a.Subject != "Novidades" {
			got[p.ID] = true
		}
	}
	rules := oracle.Rules{
		Once:      func(provsim.Accept) bool { return true },
		MayGiveUp: func(m driver.Message) bool { return m.Reason == "opted_out" },
		Passage: func(e driver.Enrollment) oracle.Passage {
			due := map[string][]string{"told": {"say"}, "untold": {"say"}}
			switch e.Journey {
			case "letter":
				due = map[string][]string{"told": {"first"}}
			case "stop_email", "stop_marketing":
				due["opted_out"] = nil // before the message was due
				if got[e.ContactID] {
					due["opted_out"] = []string{"say"} // while it left
				}
			}
			return oracle.Passage{Due: due}
		},
	}
	for i, p := range w.People {
		channel := stopLots[i%len(stopLots)].channel
		to := p.Phone
		if channel == "email" {
			to = p.Email
		}
		rules.OptOuts = append(rules.OptOuts, oracle.OptOut{To: to, Channel: channel, At: w.taken[p]})
	}
	return and(rules, func(breach func(rule, example string)) {
		w.skipped(ctx, breach)
		w.recorded(ctx, breach)
	})
}

// skipped: who got nothing had said stop, and the product says that this is why.
func (w *withdrawals) skipped(ctx context.Context, breach func(rule, example string)) {
	messages, err := w.Product.Client.Messages(ctx, nil)
	if err != nil {
		breach("the product can be asked", err.Error())
	}
	left := 0
	for _, m := range messages {
		if m.Status != "skipped" && m.Status != "failed" {
			if m.StepID == "say" {
				left++
			}
			continue
		}
		if m.Reason != "opted_out" {
			breach("a stop is what keeps a message back", fmt.Sprintf("%s of %s is %s (%s): %s", m.ID, m.ContactID, m.Status, m.Reason, m.ErrorDetail))
		}
	}
	if held := len(w.People) - left; left == 0 || held == 0 {
		breach("the scenario tests something", fmt.Sprintf("%d messages had left before a stop and %d were held back; both must happen", left, held))
	}
	w.noteOncef("%d people said stop, %d messages had left before, %d were held back; messages left %s after they were due", len(w.People), left, len(w.People)-left,
		time.Duration(w.late.Load()).Round(time.Millisecond))
}

// recorded: each stop stands with its contact once.
func (w *withdrawals) recorded(ctx context.Context, breach func(rule, example string)) {
	var mu sync.Mutex
	index := map[*Person]int{}
	for i, p := range w.People {
		index[p] = i
	}
	err := each(ctx, w.People, func(ctx context.Context, p *Person) error {
		var export struct {
			Consents []struct {
				Channel string `json:"channel"`
				Granted bool   `json:"granted"`
				Source  string `json:"source"`
			} `json:"consents"`
		}
		if err := w.Product.Client.Get(ctx, "/api/v1/contacts/"+p.ID+"/export", &export); err != nil {
			return err
		}
		n, channel := 0, stopLots[index[p]%len(stopLots)].channel
		for _, c := range export.Consents {
			if c.Channel == channel && !c.Granted {
				n++
			}
		}
		if n != 1 {
			mu.Lock()
			defer mu.Unlock()
			breach("one opt-out is recorded for each stop", fmt.Sprintf("%s has %d on %s", p.ID, n, channel))
		}
		return nil
	})
	if err != nil {
		breach("the product can be asked", err.Error())
	}
}
