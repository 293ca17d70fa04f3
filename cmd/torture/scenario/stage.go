package scenario

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// Stage is a running product in a running world, with people to enroll.
type Stage struct {
	*Run

	World   *provsim.World
	Product *driver.Product
	People  []*Person

	crowd crowd
	byID  map[string]*Person
	way   *driver.Proxy // to the world, when it is slow
	away  []span        // when what keeps time was down, as the harness made it
	watch *watch

	mu       sync.Mutex
	requests []oracle.Request
	notes    []string
	latest   map[string]string // of notes that are computed again: by their format
	enrolled atomic.Int64
}

// Setup says what a stage is made of.
type Setup struct {
	Shape   driver.Shape
	Plan    provsim.Plan           // from when people begin to enroll; before, all is well
	Files   map[string]string      // default: the visit, with the size's timeout
	People  int                    // default: the size's N
	Each    func(i int, p *Person) // makes people other than they were invented
	Channel string                 // base URL of WhatsApp and SMS; default the world's
	Slow    time.Duration          // how long the way to WhatsApp and SMS takes, there and back
}

// integrations are the channels' ids in the product.
var integrations = map[string]string{"whatsapp": "wa", "sms": "sms", "email": "mail"}

// Stage starts a world and a product, connects them, publishes the journeys and
// makes the people. The caller defers Close.
func (r *Run) Stage(ctx context.Context, setup Setup) (*Stage, error) {
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making a folder for the run: %w", err)
	}
	setup.Shape.Database = r.Database
	if r.Mutant {
		setup.Shape.Build = driver.Mutant
	}
	if setup.Files == nil {
		setup.Files = visitFiles(r.Timeout)
	}
	if setup.People == 0 {
		setup.People = r.N
	}
	s := &Stage{Run: r, People: r.People(setup.People), byID: map[string]*Person{}}
	if setup.Each != nil {
		for i, p := range s.People {
			setup.Each(i, p)
		}
	}
	s.crowd = crowdOf(s.People)
	for _, p := range s.People {
		s.byID[p.ID] = p
	}
	r.Say("starting the product")
	var err error
	if s.Product, err = r.Rig.NewProduct(ctx, r.Dir, setup.Shape); err != nil {
		return nil, err
	}
	if s.World, err = provsim.Start(ctx, provsim.Config{Seed: r.Seed, TruthFile: r.file("truth.jsonl"), Now: s.Product.Clock.Now}); err != nil {
		s.Close(ctx)
		return nil, fmt.Errorf("starting the outside world: %w", err)
	}
	s.World.Target(s.Product.Base(0), integrations)
	s.World.React(s.crowd.react)
	if err := s.open(ctx, setup); err != nil {
		s.Close(ctx)
		return nil, err
	}
	s.watch = watchStatuses(ctx, s.Product.Client)
	s.World.SetPlan(setup.Plan)
	return s, nil
}

func (s *Stage) open(ctx context.Context, setup Setup) error {
	if err := s.Product.Start(ctx); err != nil {
		return err
	}
	s.Say("connecting channels, publishing journeys, making contacts")
	if setup.Slow > 0 {
		var err error
		if s.way, err = driver.NewProxy("the world", strings.TrimPrefix(s.World.URL(), "http://")); err != nil {
			return err
		}
		if err := s.way.Slow(setup.Slow, setup.Slow/2); err != nil {
			return err
		}
	}
	if err := s.Connect(ctx); err != nil {
		return err
	}
	if err := s.Product.Client.Publish(ctx, setup.Files); err != nil {
		return err
	}
	return each(ctx, s.People, func(ctx context.Context, p *Person) error {
		return s.Product.Client.PutContact(ctx, p.ID, p.contact())
	})
}

// Connect makes the three senders, or gives them the world's credentials again.
func (s *Stage) Connect(ctx context.Context) error {
	base := s.World.URL()
	if s.way != nil {
		base = "http://" + s.way.Addr()
	}
	secrets := s.World.Secrets()
	var problems []error
	for _, i := range []driver.Integration{
		{
			ID: integrations["whatsapp"], Provider: "meta", Channel: "whatsapp", Default: true,
			Settings: map[string]string{"phone_number_id": secrets.PhoneNumberID, "waba_id": secrets.WABAID, "base_url": base},
			Secrets:  map[string]string{"token": secrets.WhatsAppToken, "app_secret": secrets.WhatsAppAppSecret, "verify_token": secrets.WhatsAppVerifyToken},
		},
		{
			ID: integrations["sms"], Provider: "twilio", Channel: "sms", Default: true,
			Settings: map[string]string{"account_sid": secrets.TwilioSID, "from": secrets.TwilioFrom, "base_url": base},
			Secrets:  map[string]string{"auth_token": secrets.TwilioToken},
		},
		{
			ID: integrations["email"], Provider: "smtp", Channel: "email", Default: true,
			Settings: map[string]string{"base_url": "smtp://" + s.World.SMTPAddr(), "from": "Torture Demo <oi@torture.example>", "username": secrets.SMTPUser},
			Secrets:  map[string]string{"password": secrets.SMTPPassword},
		},
	} {
		problems = append(problems, s.Product.Client.Connect(ctx, i))
	}
	return errors.Join(problems...)
}

// Enroll puts people into a journey, evenly over a length of time, with a key
// each so that a call made again enrolls nobody twice.
func (s *Stage) Enroll(ctx context.Context, journey string, people []*Person, over time.Duration) error {
	return s.EnrollWith(ctx, Round{Journey: journey, Over: over}, people)
}

// Round is one time that people are enrolled.
type Round struct {
	Journey string
	Name    string // tells rounds of one journey apart
	Over    time.Duration
	Inputs  func(p *Person) map[string]any // nil: none
}

// EnrollWith is Enroll with inputs, and for journeys that people pass through
// more than once.
func (s *Stage) EnrollWith(ctx context.Context, round Round, people []*Person) error {
	began := time.Now()
	index := map[*Person]int{}
	for i, p := range people {
		index[p] = i
	}
	return each(ctx, people, func(ctx context.Context, p *Person) error {
		if !driver.Pause(ctx, time.Until(began.Add(round.Over*time.Duration(index[p])/time.Duration(len(people))))) {
			return ctx.Err()
		}
		var inputs map[string]any
		if round.Inputs != nil {
			inputs = round.Inputs(p)
		}
		id, skipped, err := s.Product.Client.Enroll(ctx, round.Journey, p.ID, inputs, fmt.Sprintf("%s-%d-%s%s-%s", s.ID, s.Seed, round.Journey, round.Name, p.ID))
		if err != nil {
			return fmt.Errorf("enrolling %s: %w", p.ID, err)
		}
		if skipped != "" {
			return fmt.Errorf("enrolling %s: the journey's own rules kept them out (%s)", p.ID, skipped)
		}
		s.mu.Lock()
		s.requests = append(s.requests, oracle.Request{Contact: p.ID, Enrollment: id, At: s.Product.Clock.Now()})
		s.mu.Unlock()
		s.progress(int(s.enrolled.Add(1)))
		return nil
	})
}

func (s *Stage) progress(enrolled int) {
	facts := s.Product.Ledger.Facts()
	s.Say(fmt.Sprintf("%d enrollments of %d people, %d messages accepted, %d kills", enrolled, len(s.People), len(s.World.Accepts()), facts.Kills))
}

// Notef keeps a figure for the result's notes.
func (s *Stage) Notef(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// noteOncef is Note for a figure that is computed again, when the oracle looks
// again: the last one counts.
func (s *Stage) noteOncef(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest == nil {
		s.latest = map[string]string{}
	}
	s.latest[format] = text
}

// Close ends the world and the product.
func (s *Stage) Close(ctx context.Context) {
	if s.watch != nil {
		s.watch.stop()
	}
	if s.World != nil {
		s.World.Close()
	}
	if s.Product != nil {
		s.Product.Close(ctx)
	}
	if s.way != nil {
		s.way.Close()
	}
}

// each runs work for every item, 16 at once, and returns the first error.
func each[T any](ctx context.Context, list []T, work func(context.Context, T) error) error {
	const atOnce = 16
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	items := make(chan T)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for item := range items {
				if err := work(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, item := range list {
		select {
		case items <- item:
		case <-ctx.Done():
		}
	}
	close(items)
	wg.Wait()
	return context.Cause(ctx)
}
