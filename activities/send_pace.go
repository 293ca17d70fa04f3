package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/engine"
)

// errTurn ends a transaction that cannot decide: the process knows neither a turn
// nor a place of the message's number, and learns them outside of it.
var errTurn = errors.New("the message's number has no turn at hand")

// turnTries is how often a message asks for its turn before it comes back later.
const turnTries = 4

// wanted is the turn that errTurn asks for.
type wanted struct {
	id        engine.IntegrationID
	perSecond float64
	first     bool
}

// mostSpread is how far apart the messages of a full portfolio come back.
const mostSpread = 10 * time.Minute

// overtakes reports whether a message is worth more than its place in the line:
// somebody waits for it.
func (f GateFacts) overtakes() bool {
	return f.AnswersReply || f.Urgent && f.Category != purposeMarketing
}

// pair holds a message to a person whom this number has written too much lately.
func (f GateFacts) pair() (Decision, bool) {
	if f.Pair.Max <= 0 {
		return Decision{}, false
	}
	free, _ := engine.CapFreeAt(f.Pair, f.PairSends, f.Now)
	if !free.After(f.Now) {
		return Decision{}, false
	}
	return f.held(VerdictHold, free, engine.HeldByPair, fmt.Sprintf(
		"this number has written to this person %d times in %v, which is what the platform allows", f.Pair.Max, f.Pair.Per.Std())), true
}

// held is a wait for a turn, in the words that the message's row keeps.
func (f GateFacts) held(v Verdict, until time.Time, why, detail string) Decision {
	d := f.wait(v, until, ReasonExpired, detail)
	if d.Verdict == v {
		d.Held = why
	}
	return d
}

// pairSends reads what the limit of one number to one person counts; the gate's
// record says whether there can be so much.
func (s *sending) pairSends(ctx context.Context, contact *engine.Contact, record engine.GateRecord, from sender, f *GateFacts) error {
	pace := from.pacing.Pace
	if !record.Busy || pace.PairMost <= 0 || from.integration == nil {
		return nil
	}
	f.Pair = dsl.Cap{Max: pace.PairMost, Per: dsl.Duration(pace.PairWithin)}
	var err error
	f.PairSends, err = s.a.Store.SendsTo(ctx, contact.ID, from.integration.ID, f.Now.Add(-pace.PairWithin))
	if err != nil {
		return fmt.Errorf("reading the latest messages of one number: %w", err)
	}
	return nil
}

// burst is how many messages to one person are worth a closer look, on a channel.
func (a *Activities) burst(ch engine.Channel) engine.Burst {
	pace := channel.Limits(ch).Pace
	return engine.Burst{Messages: pace.PairMost, Since: a.Clock.Now().Add(-pace.PairWithin)}
}

// paced gives a message that may go its turn: of its number's rate, then of the
// people whom its portfolio may reach.
func (s *sending) paced(ctx context.Context, d Decision, f GateFacts, from sender, row *engine.Message) (Decision, error) {
	i := from.integration
	if i == nil {
		return d, nil
	}
	rate := engine.PaceNow(from.pacing.PerSecond, i.LearntRate, i.LearntAt, s.a.Clock.Real())
	if rate > 0 {
		held, err := s.numberTurn(ctx, f, i, rate, row)
		if err != nil || held.Verdict != VerdictSend {
			return held, err
		}
	} else {
		s.a.pacer.unpaced(i.Channel)
	}
	opens := from.limits.ServiceWindow && !f.WindowOpen && (!f.FreeForm || d.UseClosed)
	if from.pacing.Tier <= 0 || !opens {
		return d, nil
	}
	held, err := s.tierTurn(ctx, f, from, row)
	if rate > 0 && (err != nil || held.Verdict != VerdictSend) {
		s.a.pacer.unused(i.ID)
	}
	if err != nil || held.Verdict != VerdictSend {
		return held, err
	}
	return d, nil
}

func (s *sending) numberTurn(ctx context.Context, f GateFacts, i *engine.Integration, rate float64, row *engine.Message) (Decision, error) {
	first := f.overtakes()
	at, answer := s.a.pacer.turn(i.Channel, i.ID, rate, first)
	if answer != goNow && !first && s.mayHaveWaited(f.FirstAt) {
		waited, err := s.waitedInLine(ctx, row.ID, f.Now)
		if err != nil {
			return Decision{}, err
		}
		if first = waited; first {
			at, answer = s.a.pacer.turn(i.Channel, i.ID, rate, first)
		}
	}
	real := s.a.Clock.Real()
	switch {
	case answer == goNow:
		return Decision{Verdict: VerdictSend}, nil
	case answer == mustAsk && s.turnsAsked < turnTries:
		s.wants = wanted{i.ID, rate, first}
		return Decision{}, errTurn
	case answer == mustAsk:
		at = real.Add(comeBackWithin)
	}
	return f.held(VerdictHold, f.Now.Add(s.a.virtual(at.Sub(real))), engine.HeldByNumber,
		fmt.Sprintf("integration %q sends %.4g messages a second, and others are before this one", i.ID, rate)), nil
}

// shortestHold is how soon a message that was told to wait comes back at the
// earliest, in real time.
const shortestHold = time.Second

// mayHaveWaited reports whether a message that first wanted to leave at a moment
// can have been told to wait since.
func (s *sending) mayHaveWaited(firstAt time.Time) bool {
	return s.a.Clock.Now().Sub(firstAt) >= s.a.virtual(shortestHold)
}

// waitedInLine reports whether a message had a place in its number's line, and its
// moment has come.
func (s *sending) waitedInLine(ctx context.Context, id engine.MessageID, now time.Time) (bool, error) {
	m, err := s.a.Store.Message(ctx, id)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading message %q: %w", id, err)
	}
	return m.Reason == engine.HeldByNumber && m.HoldUntil != nil && !m.HoldUntil.After(now), nil
}

func (s *sending) tierTurn(ctx context.Context, f GateFacts, from sender, row *engine.Message) (Decision, error) {
	p := from.pacing
	opened, err := s.a.Store.CountPerson(ctx, engine.Opening{
		Portfolio: p.Portfolio, IntegrationID: from.integration.ID, ContactID: row.ContactID, Limit: p.Tier,
		Uncounted: s.a.pacer.roomy(p.Portfolio, p.Tier),
	})
	if err != nil {
		return Decision{}, fmt.Errorf("counting the people of portfolio %q: %w", p.Portfolio, err)
	}
	if opened.People > 0 {
		s.a.pacer.counted(p.Portfolio, opened.People)
	}
	if opened.Fits {
		return Decision{Verdict: VerdictSend}, nil
	}
	back := opened.FreeAt.Add(spread(string(row.ID), mostSpread))
	return f.held(VerdictPark, back, engine.HeldByTier,
		fmt.Sprintf("templates have reached %d people in 24 hours, which is the tier of integration %q; the first place is free at %s",
			p.Tier, from.integration.ID, opened.FreeAt.UTC().Format(time.RFC3339))), nil
}

// isHold reports whether a queued message's reason is a wait for its turn.
func isHold(reason string) bool {
	return reason == engine.HeldByNumber || reason == engine.HeldByPair || reason == engine.HeldByTier
}

// heldFor tells monitoring that something waits, or why.
func (a *Activities) heldFor(why string) {
	if a.Paced != nil && why != "" {
		a.Paced(why)
	}
}

// slower lowers an integration's rate after its provider refused a message as too
// fast.
func (s *sending) slower(ctx context.Context, c *claimed, i *engine.Integration) error {
	if c.perSecond <= 0 {
		return nil // no rate is known that could be lowered
	}
	rate, err := s.a.Store.LearnPace(ctx, i.ID, c.perSecond, s.a.Clock.Real())
	if err != nil {
		return fmt.Errorf("slowing integration %q down: %w", i.ID, err)
	}
	s.a.log.WarnContext(ctx, "the provider refuses messages as too fast; the rate is lowered and recovers by itself", "integration_id", i.ID, "messages_per_second", rate)
	s.a.heldFor(PaceLowered)
	return nil
}

// PaceLowered is what Config.Paced hears when a provider taught a lower rate.
const PaceLowered = "lowered"
