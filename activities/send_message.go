package activities

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/engine"
)

// defaultHoldMax is how long a message may be held when the plan says nothing.
const defaultHoldMax = 24 * time.Hour

// finishTries is how often the outcome of a call is written before we give up;
// the row then stays `sending`, which is the truth: nobody knows but this log.
const finishTries = 4

// After those tries an outcome is written beside other work, so often and for so
// many at once.
const (
	writeAgain  = time.Second
	writingMost = 1000
)

// SendMessage sends one message of a step, at most once, whatever dies when.
//
//  1. One transaction writes the row of the message (the intent), asks the send
//     gate and, when it says yes, claims the row with a fresh attempt token and
//     opens the question's wait. Rendering happens inside, on the contact as
//     locked, so what is sent is what the gate saw.
//  2. The provider is called once, with a timeout. A canceled activity does not
//     cut the call short: the outcome would be unknown for no reason.
//  3. The outcome is written by compare-and-set on the token.
//
// A second run finds the row and acts on its state. A row that is `sending`
// belongs to an attempt that may be alive; it is left alone for a while, and
// then it is in doubt: unconfirmed, never sent again, unless the provider drops
// repeats by key. The journey goes on; a late status or a reply clears the doubt.
func (a *Activities) SendMessage(ctx context.Context, in SendInput) (SendResult, error) {
	plan, node, err := a.spoken(ctx, in.VersionHash, in.StepID)
	if err != nil {
		return SendResult{}, err
	}
	if a.draining.Load() {
		return SendResult{}, errDraining
	}
	s := &sending{a: a, in: in, plan: plan}
	if s.routes, s.ask, s.urgent, err = routesOf(node); err != nil {
		return SendResult{}, err
	}
	if in.Route < 0 || in.Route >= len(s.routes) {
		return SendResult{}, engine.Errorf(engine.Invalid, "step %q has no route %d", in.StepID, in.Route)
	}
	s.route = s.routes[in.Route]

	result, err := s.round(ctx)
	if err == nil && s.again {
		// Certainly refused because the service window is closed: once more, with
		// the template, in the same row.
		s.again = false
		result, err = s.round(ctx)
	}
	return result, err
}

func routesOf(n *dsl.Node) ([]dsl.Route, *dsl.Ask, bool, error) {
	switch {
	case n.Send != nil:
		return n.Send.Routes, nil, n.Send.Urgent, nil
	case n.Ask != nil:
		return n.Ask.Routes, n.Ask, n.Ask.Urgent, nil
	}
	return nil, nil, false, engine.Errorf(engine.Invalid, "step %q sends nothing: it is a %s", n.ID, n.Verb)
}

// sending is one run of SendMessage.
type sending struct {
	a      *Activities
	in     SendInput
	plan   *dsl.Plan
	routes []dsl.Route
	route  dsl.Route
	ask    *dsl.Ask
	urgent bool

	again bool            // requeued with the template: call once more
	said  *engine.Message // whose content goes out, not rendered anew

	repeat bool             // its step has gone on: the sweeper sends it
	before engine.MessageID // the message it stands in for, which was refused late; "" = none

	wants      wanted // with errTurn
	turnsAsked int
	held       string // at which limit the message waits for its turn
}

// claimed is a message that this run, and no other, may hand to the provider.
type claimed struct {
	message     *engine.Message
	token       string
	at          time.Time // the machine's time, right before the claim was committed
	provider    channel.Provider
	integration *engine.Integration // as it was when the message was claimed
	probe       bool                // it tries a limited integration
	perSecond   float64             // the integration's rate without any refusal; 0: none
	tooFast     bool                // refused as such, and not the only one lately
	name        string              // of the contact, for providers that show it
	locale      string              // of the few words a driver adds
	notAfter    time.Time
	closed      *engine.Content // alternative outside the service window
	wroteAt     time.Time       // when the contact last wrote on the channel
	phone       bool            // the address was a phone number: the answer may teach a wa_id
	unsubscribe string          // address of the one-click page, of marketing e-mail
	returnToken string          // names an e-mail in the addresses it comes back to
}

func (s *sending) round(ctx context.Context) (SendResult, error) {
	var result SendResult
	var claim *claimed
	var claimedAt time.Time
	err := s.a.pacer.prepare(ctx, engine.Channel(s.route.Channel), s.urgent || !s.in.AnswersTo.IsZero() || s.mayHaveWaited(s.in.FirstAt))
	for s.turnsAsked = 0; err == nil; s.turnsAsked++ {
		err = s.a.Store.InTx(ctx, func(ctx context.Context) error {
			result, claim, s.held = SendResult{}, nil, "" // a transaction may run again
			var err error
			if result, claim, err = s.decide(ctx); err != nil {
				return err
			}
			err = s.a.saveProgress(ctx, s.in.Base)
			claimedAt = s.a.Clock.Real()
			return err
		})
		if !errors.Is(err, errTurn) {
			break
		}
		err = s.a.pacer.lease(ctx, s.wants.id, s.wants.perSecond, s.wants.first)
	}
	if err != nil {
		return SendResult{}, fmt.Errorf("deciding on a message of step %q: %w", s.in.StepID, err)
	}
	if claim == nil {
		if result.Status == SendRetry {
			s.a.heldFor(s.held)
		}
		s.log(slog.LevelDebug, "message not sent now", result, nil)
		return result, nil
	}
	claim.at = claimedAt
	return s.call(ctx, claim)
}

// callWithin is how long what the gate decided is good for: a stop that is committed
// meanwhile is obeyed by whoever looks later. It is far more than the way from the
// commit to the call takes, and no more than a stop may be overtaken by.
const callWithin = time.Second

// call makes the one provider call and records what came of it.
func (s *sending) call(ctx context.Context, c *claimed) (SendResult, error) {
	// From here on the outcome must be learned and written even when the worker
	// is asked to stop: giving up now would leave a doubt for no reason.
	ctx = context.WithoutCancel(ctx)
	// A process that was frozen between the claim and here must not call: what the
	// gate saw may be true no longer, and others may have sent the message since.
	late := s.a.Clock.Real().Sub(c.at)
	rest := s.a.SendTimeout - late
	if late >= callWithin || rest <= 0 {
		return s.giveBack(ctx, c, "the process stood still before it could call the provider")
	}
	depart := func() error { // a call that cannot be noted is not made
		if err := s.a.Calls.Calling(c.token, string(c.message.ID)); err != nil {
			return unnotedError{err}
		}
		return nil
	}
	if !c.provider.Capabilities().Departs {
		if err := depart(); err != nil {
			return s.unnoted(ctx, c, err)
		}
	}
	callCtx, cancel := context.WithTimeout(ctx, rest)
	defer cancel()
	receipt, err := c.provider.Send(callCtx, channel.Outbound{
		Ref: string(c.message.ID), To: c.message.To, ContactName: c.name, Content: c.message.Content,
		StatusURL: s.a.statusURL(c.message.IntegrationID), Locale: c.locale, UnsubscribeURL: c.unsubscribe,
		ReturnToken: c.returnToken,
		Depart:      depart,
	})
	var unnoted unnotedError
	if errors.As(err, &unnoted) {
		return s.unnoted(ctx, c, unnoted)
	}
	if err == nil {
		return s.accepted(ctx, c, receipt), nil
	}
	return s.refused(ctx, c, err)
}

// unnotedError is why a call could not be noted.
type unnotedError struct{ error }

// unnoted gives a message back whose call could not be noted.
func (s *sending) unnoted(ctx context.Context, c *claimed, err error) (SendResult, error) {
	s.a.log.ErrorContext(ctx, "a provider call could not be noted, so it was not made; the message waits", "message_id", c.message.ID, "error", err)
	return s.giveBack(ctx, c, "the call could not be noted")
}

// giveBack gives a message back that was claimed and is not called for: its claim
// is too old, or cannot be noted. It waits in the queue like any other; unless
// somebody else took it over: then it is theirs.
func (s *sending) giveBack(ctx context.Context, c *claimed, why string) (SendResult, error) {
	now := s.a.Clock.Now()
	at := now.Add(s.a.virtual(firstLook))
	result := SendResult{Status: SendRetry, MessageID: c.message.ID, Channel: c.message.Channel, RetryAt: at, At: now}
	err := s.a.persist(ctx, func(ctx context.Context) error {
		_, err := s.a.Store.FinishMessage(ctx, c.message.ID, c.token, engine.MessageUpdate{
			Status: engine.Queued, At: now, Uncounted: true, HoldUntil: &at, AgainAt: s.againAt(result), ErrorDetail: why,
		})
		return err
	})
	s.log(slog.LevelWarn, "message not sent: "+why, result, nil)
	if err != nil {
		return SendResult{}, fmt.Errorf("giving back message %q: %w", c.message.ID, err)
	}
	return result, nil
}

// againAt is when the sweeper looks again at a message that goes back into the queue;
// nil for one whose step does.
func (s *sending) againAt(held SendResult) *time.Time {
	if !s.repeat {
		return nil
	}
	at := s.a.nextLook(held)
	return &at
}

func (a *Activities) statusURL(id engine.IntegrationID) string {
	if a.PublicURL == "" {
		return ""
	}
	return a.PublicURL + "/webhooks/" + string(id)
}

func (s *sending) accepted(ctx context.Context, c *claimed, receipt channel.Receipt) SendResult {
	now := s.a.Clock.Now()
	result := SendResult{Status: SendAccepted, MessageID: c.message.ID, Channel: c.message.Channel, At: now}
	u := engine.MessageUpdate{Status: engine.Accepted, At: now, ProviderID: receipt.ProviderID, Pricing: receipt.Pricing}
	u.FreeEntry = s.freeEntry(ctx, c, now)
	u.Cost = s.a.Prices.Cost(ctx, c.message, u)
	err := s.a.persist(ctx, func(ctx context.Context) error {
		_, err := s.a.Store.FinishMessage(ctx, c.message.ID, c.token, u)
		return err
	})
	if err != nil {
		// The provider has it; our row says `sending` until a status comes or the
		// sweeper flags it. Reporting an error would only make the step run again.
		s.log(slog.LevelError, "message accepted but not recorded", result, err)
		return result
	}
	s.log(slog.LevelInfo, "message accepted", result, nil)
	s.worked(ctx, c)
	if c.phone && len(receipt.Recipient) > 0 {
		s.a.learn(ctx, c.message.ContactID, receipt.Recipient)
	}
	return result
}

// freeEntry reports whether a message costs nothing because its reader came by
// WhatsApp's free entry point, which our first answer begins. Only of who wrote lately
// anything is asked.
func (s *sending) freeEntry(ctx context.Context, c *claimed, now time.Time) bool {
	const lately = engine.FreeEntryAnswerWithin + engine.FreeEntryLength
	if c.message.Channel != engine.WhatsApp || c.wroteAt.IsZero() || now.Sub(c.wroteAt) > lately {
		return false
	}
	free, err := s.a.Store.AnswerEntry(ctx, c.message.ContactID, c.message.IntegrationID, c.message.Channel, now)
	if err != nil {
		s.a.log.WarnContext(ctx, "whether a message is free is not known", "message_id", c.message.ID, "cause", cause(err))
	}
	return free
}

// persist writes an outcome, several times if it must: losing it is what turns
// a sent message into a doubt.
func (a *Activities) persist(ctx context.Context, write func(ctx context.Context) error) error {
	var err error
	for try := range finishTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(time.Duration(try*try) * 150 * time.Millisecond): //nolint:forbidigo // the database's recovery is real time
			}
		}
		if err = write(ctx); err == nil || isRefusal(err) {
			return err
		}
	}
	a.persistLater(ctx, write)
	return err
}

// persistLater goes on writing an outcome that could not be written at once,
// beside whatever comes next: with the disk full or the database away for half a
// minute, what was sent meanwhile is still known afterwards. It is bounded in
// number and in time, and ends when the process does.
func (a *Activities) persistLater(ctx context.Context, write func(ctx context.Context) error) {
	if a.writing.Add(1) > writingMost {
		a.writing.Add(-1)
		return
	}
	go func() {
		defer a.writing.Add(-1)
		for left := a.DoubtAfter; left > 0 && !a.draining.Load(); left -= writeAgain {
			<-time.After(writeAgain) //nolint:forbidigo // the database's recovery is real time
			if err := write(context.WithoutCancel(ctx)); err == nil || isRefusal(err) {
				return
			}
		}
	}()
}

// isRefusal reports an error that trying again cannot mend.
func isRefusal(err error) bool {
	var e *engine.Error
	return errors.As(err, &e) && e.Code != engine.Unavailable
}

// learn adds addresses that the provider told us to the contact. It never takes
// one from another contact, and never fails a message that has gone out.
func (a *Activities) learn(ctx context.Context, id engine.ContactID, addresses []engine.Address) {
	err := a.Store.InTx(ctx, func(ctx context.Context) error {
		if err := a.Store.LockContact(ctx, id); err != nil {
			return err
		}
		contact, err := a.Store.Contact(ctx, id)
		if err != nil {
			return err
		}
		if contact.ErasedAt == nil {
			_, err = a.Store.AddAddresses(ctx, contact, addresses)
		}
		return err
	})
	if err != nil && !isNotFound(err) {
		a.log.Warn("address told by the provider not kept", "contact_id", id, "cause", cause(err))
	}
}

// log writes one line about a message: ids, words and codes, never what it says
// nor to whom.
func (s *sending) log(level slog.Level, what string, r SendResult, err error) {
	attrs := []any{
		"message_id", r.MessageID, "enrollment_id", s.in.EnrollmentID, "journey_id", s.in.JourneyID,
		"step_id", s.in.StepID, "channel", s.route.Channel, "status", r.Status,
	}
	if r.Reason != "" {
		attrs = append(attrs, "reason", r.Reason)
	}
	if !r.RetryAt.IsZero() {
		attrs = append(attrs, "retry_at", r.RetryAt)
	}
	if err != nil {
		attrs = append(attrs, "cause", cause(err))
	}
	s.a.log.Log(context.Background(), level, what, attrs...)
}

// cause is what a log may say of an error. A provider's message can quote a
// phone number, so of a send error only class and code are written.
func cause(err error) string {
	var sendError *channel.SendError
	if errors.As(err, &sendError) {
		return strings.TrimSpace(string(sendError.Class) + " " + sendError.Code)
	}
	var refusal *engine.Error
	if errors.As(err, &refusal) {
		return string(refusal.Code)
	}
	return fmt.Sprintf("%T", err)
}
