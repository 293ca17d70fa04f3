package activities

import (
	"context"
	"fmt"

	"jornada/dsl"
	"jornada/engine"
)

// Resend sends a message's content again, as a new message, because a person
// decided so about one that is in doubt. The person answers for the repetition
// and for the hour; channel, opt-outs, consent and service window are checked
// all the same. It is now or never: a message that cannot leave now is refused
// with the reason, and nothing stays queued.
func (a *Activities) Resend(ctx context.Context, m *engine.Message) error {
	try := m.Try + engine.TryResend
	if m.Try >= engine.TryResend {
		try = m.Try + 1
	}
	s := &sending{
		a: a, urgent: true, said: &engine.Message{Content: m.Content},
		plan:   &dsl.Plan{Journey: string(m.JourneyID), Category: m.Category, Timezone: "UTC"},
		route:  dsl.Route{Channel: string(m.Channel)},
		routes: []dsl.Route{{Channel: string(m.Channel)}},
		in: SendInput{
			Base:   Base{EnrollmentID: m.EnrollmentID, JourneyID: m.JourneyID, ContactID: m.ContactID},
			StepID: m.StepID, Visit: m.Visit, Route: m.Route, Try: try, FirstAt: a.Clock.Now(),
			AnswersTo: a.Clock.Now(), // urgent even when it is marketing: a person pressed the button
		},
	}
	result, err := s.round(ctx)
	if err != nil {
		return fmt.Errorf("sending message %q again: %w", m.ID, err)
	}
	switch result.Status {
	case SendAccepted, SendUnconfirmed:
		return nil
	case SendRetry:
		_, err := a.Store.RaiseStatus(ctx, result.MessageID, engine.MessageUpdate{Status: engine.Skipped, At: a.Clock.Now(), Reason: ReasonCanceled})
		if err != nil {
			return fmt.Errorf("canceling message %q: %w", result.MessageID, err)
		}
		return engine.Errorf(engine.Unavailable, "the %s channel cannot send at the moment; look at its state and try again", m.Channel)
	}
	return engine.Errorf(engine.Conflict, "the message was not sent again: %s", result.Reason)
}
