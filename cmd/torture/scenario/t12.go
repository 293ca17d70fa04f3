package scenario

import (
	"context"
	"fmt"

	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// Every status is told before the call that sent the message is answered. None is
// lost: every message is read (delivered, by SMS) at the end.
func t12(ctx context.Context, r *Run) (oracle.Line, error) {
	s, err := r.Stage(ctx, Setup{Plan: provsim.Plan{StatusBeforeAnswer: true}})
	if err != nil {
		return oracle.Line{}, err
	}
	defer s.Close(ctx)
	if err := s.Enroll(ctx, visit, s.People, s.Spread); err != nil {
		return oracle.Line{}, err
	}
	if err := s.Settle(ctx, s.patience()); err != nil {
		return oracle.Line{}, err
	}
	return s.Judge(ctx, func() oracle.Rules {
		rules := s.visitRules()
		rules.Extra = func(breach func(rule, example string)) { s.allRead(ctx, breach) }
		return rules
	})
}

// allRead: every message stands at the last status that its provider tells.
func (s *Stage) allRead(ctx context.Context, breach func(rule, example string)) {
	messages, err := s.Product.Client.Messages(ctx, nil)
	if err != nil {
		breach("the product can be asked", err.Error())
		return
	}
	last := map[string]string{"whatsapp": "read", "sms": "delivered"}
	for _, m := range messages {
		if m.Status != last[m.Channel] {
			breach("no status is lost", fmt.Sprintf("%s of %s by %s is %s and not %s", m.ID, m.EnrollmentID, m.Channel, m.Status, last[m.Channel]))
		}
	}
}
