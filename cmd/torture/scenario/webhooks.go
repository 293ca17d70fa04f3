package scenario

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/provsim"
)

// What the scenarios about webhooks share: choosing journeys, telling the product
// things until it has them, and reading its counters.

// unseen takes the usual statuses of a message away.
var unseen = provsim.Reaction{Kind: "status", Lost: true}

// published is the workspace with these journeys only, and with another patience
// of their questions (0: as in the file).
func published(timeout time.Duration, journeys ...string) map[string]string {
	all, chosen := Files(), map[string]string{}
	for name, text := range all {
		if !strings.HasSuffix(name, ".journey.yaml") {
			chosen[name] = text
		}
	}
	for _, journey := range journeys {
		name := journey + ".journey.yaml"
		chosen[name] = all[name]
		if timeout > 0 {
			chosen[name] = strings.Replace(all[name], visitTimeout, fmt.Sprintf("timeout: %ds", int(timeout.Seconds())), 1)
		}
	}
	return chosen
}

// tell makes webhook calls, several at once, each until it is answered with 2xx,
// as every provider repeats itself.
func (s *Stage) tell(ctx context.Context, calls []func() int) error {
	return each(ctx, calls, insist)
}

func insist(ctx context.Context, call func() int) error {
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		status := call()
		if status >= 200 && status < 300 {
			return nil
		}
		if !driver.Pause(ctx, wait) {
			return fmt.Errorf("telling the product a webhook until it answers 2xx (last: %d): %w", status, ctx.Err())
		}
	}
}

// counter adds up a counter of the product over its API processes. Labels, such
// as `kind="status"`, choose among its series.
func (s *Stage) counter(ctx context.Context, name string, labels ...string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	sum := 0.0
	for i := range s.Product.APIs {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Product.Base(i)+"/metrics", nil)
		if err != nil {
			return 0, fmt.Errorf("reading counters: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, fmt.Errorf("reading counters: %w", err)
		}
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			if value, is := series(lines.Text(), name, labels); is {
				sum += value
			}
		}
		_ = response.Body.Close()
		if err := lines.Err(); err != nil {
			return 0, fmt.Errorf("reading counters: %w", err)
		}
	}
	return int(sum), nil
}

// series reads one line of the exposition format, if it is of this metric and
// has these labels.
func series(line, name string, labels []string) (float64, bool) {
	rest, is := strings.CutPrefix(line, name)
	if !is || rest == "" || (rest[0] != ' ' && rest[0] != '{') {
		return 0, false
	}
	for _, label := range labels {
		if !strings.Contains(rest, label) {
			return 0, false
		}
	}
	value, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
	return value, err == nil
}

// digested waits until the product has worked off everything that it was told.
func (s *Stage) digested(ctx context.Context, within time.Duration) error {
	return driver.Until(ctx, within, "the product has worked off what it was told", func(ctx context.Context) error {
		pending, err := s.counter(ctx, "jornada_events_pending")
		if err == nil && pending > 0 {
			err = driver.MissingError{N: pending, What: "events are pending"}
		}
		return err
	})
}

// ended waits until no enrollment runs.
func (s *Stage) ended(ctx context.Context, within time.Duration) error {
	said := -1
	return driver.Until(ctx, within, "every enrollment has ended", func(ctx context.Context) error {
		n, err := s.running(ctx)
		if err == nil && n != said {
			said = n
			s.Say(fmt.Sprintf("%d enrollments still run", n))
		}
		if err == nil && n > 0 {
			err = driver.MissingError{N: n, What: "still run"}
		}
		return err
	})
}

// arrivesWithin is how long a message may take on its way to a person. It is no
// rule: a scenario goes on when everybody has theirs, and on a machine with much
// else to do, a process that was killed takes its time to come back.
const arrivesWithin = 2 * time.Minute

// digestsWithin is how long the product may take to work off what it was told,
// likewise.
const digestsWithin = 3 * time.Minute

// mailbox keeps what people got, for a scenario that plays them itself.
type mailbox struct {
	mu  sync.Mutex
	got map[string]provsim.Accept // person and template: the last one
}

// watchMail makes the world's people silent, and keeps what they get. what says
// how they react to it.
func (s *Stage) watchMail(what func(a provsim.Accept, p *Person) []provsim.Reaction) *mailbox {
	m := &mailbox{got: map[string]provsim.Accept{}}
	s.World.React(func(a provsim.Accept) []provsim.Reaction {
		p := s.crowd.who(a.To)
		if p == nil {
			return nil
		}
		m.mu.Lock()
		m.got[p.ID+" "+a.Template] = a
		m.mu.Unlock()
		if what == nil {
			return nil
		}
		return what(a, p)
	})
	return m
}

// message is what a person got, if they did.
func (m *mailbox) message(p *Person, template string) (provsim.Accept, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, got := m.got[p.ID+" "+template]
	return a, got
}

// arrived waits until everybody has a message of a template.
func (m *mailbox) arrived(ctx context.Context, within time.Duration, template string, people ...*Person) error {
	return driver.Until(ctx, within, "everybody has got "+template, func(context.Context) error {
		missing := 0
		for _, p := range people {
			if _, got := m.message(p, template); !got {
				missing++
			}
		}
		if missing > 0 {
			return driver.MissingError{N: missing, What: fmt.Sprintf("of %d have not", len(people))}
		}
		return nil
	})
}

// answers are the attempts to deliver what people wrote that the product
// answered with 2xx, by person: the first of each.
func (s *Stage) answers() map[string]provsim.Hook {
	first := map[string]provsim.Hook{}
	for _, h := range s.World.Webhooks() {
		if h.Kind != "inbound" || h.Answer < 200 || h.Answer > 299 {
			continue
		}
		p := s.crowd.who(h.From)
		if p == nil {
			continue
		}
		if had, known := first[p.ID]; !known || h.RealAt.Before(had.RealAt) {
			first[p.ID] = h
		}
	}
	return first
}
