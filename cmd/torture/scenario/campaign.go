package scenario

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jornada/cmd/torture/driver"
	"jornada/cmd/torture/oracle"
	"jornada/cmd/torture/provsim"
)

// What the scenarios about a channel in trouble share: a campaign that everybody
// must get once however long it takes, and looking at the channel meanwhile.

// campaigns are the journeys that tell everybody something, with the steps that
// send.
var campaigns = map[string][]string{
	"campaign": {"hello", "note"}, // by WhatsApp, then by SMS
	"bulletin": {"hello"},         // by WhatsApp
}

// campaignRules: everybody gets every message, once, and no message fails, is
// skipped, or has used up attempts, whatever its channel went through.
func (s *Stage) campaignRules(ctx context.Context) oracle.Rules {
	return oracle.Rules{
		Once: func(provsim.Accept) bool { return true },
		Passage: func(e driver.Enrollment) oracle.Passage {
			return oracle.Passage{Due: map[string][]string{"told": campaigns[e.Journey]}}
		},
		Extra: func(breach func(rule, example string)) {
			messages, err := s.Product.Client.Messages(ctx, nil)
			if err != nil {
				breach("the product can be asked", err.Error())
			}
			for _, m := range messages {
				if m.Status == "failed" || m.Status == "skipped" {
					breach("no message fails because its channel is in trouble", fmt.Sprintf("%s of %s is %s (%s): %s", m.ID, m.ContactID, m.Status, m.Reason, m.ErrorDetail))
				}
				if m.Attempts > 1 {
					breach("waiting uses up no attempt", fmt.Sprintf("%s of %s has used %d", m.ID, m.ContactID, m.Attempts))
				}
			}
		},
	}
}

// and adds a rule to those that a scenario has.
func and(rules oracle.Rules, more func(breach func(rule, example string))) oracle.Rules {
	had := rules.Extra
	rules.Extra = func(breach func(rule, example string)) {
		if had != nil {
			had(breach)
		}
		more(breach)
	}
	return rules
}

// state waits until an integration is in a state.
func (s *Stage) state(ctx context.Context, id, want string, within time.Duration) error {
	return driver.Until(ctx, within, fmt.Sprintf("integration %s is %s", id, want), func(ctx context.Context) error {
		list, err := s.Product.Client.Integrations(ctx)
		if err != nil {
			return err
		}
		for _, i := range list {
			if i.ID == id && i.State == want {
				return nil
			}
			if i.ID == id {
				err = fmt.Errorf("it is %s (%s)", i.State, i.Note)
			}
		}
		return err
	})
}

// waiting waits until every enrollment's message on a channel is queued or gone:
// nothing more will happen before the channel works again.
func (s *Stage) waiting(ctx context.Context, people int) error {
	return driver.Until(ctx, time.Minute, "everybody waits", func(ctx context.Context) error {
		messages, err := s.Product.Client.Messages(ctx, nil)
		if err != nil {
			return err
		}
		seen, sending := map[string]bool{}, 0
		for _, m := range messages {
			seen[m.EnrollmentID] = true
			if m.Status == "sending" {
				sending++
			}
		}
		if len(seen) < people || sending > 0 {
			return driver.MissingError{N: people - len(seen) + sending, What: fmt.Sprintf("of %d have no message, or one under way", people)}
		}
		return nil
	})
}

// oneNotice: administrators were told of a trouble once, however many messages
// ran into it, and it stands as settled.
func (s *Stage) oneNotice(ctx context.Context, kind string) func(breach func(rule, example string)) {
	return func(breach func(rule, example string)) {
		notices, err := s.Product.Client.Notices(ctx)
		if err != nil {
			breach("the product can be asked", err.Error())
			return
		}
		var told []string
		trouble := 0
		for _, n := range notices {
			told = append(told, n.Kind+" of "+n.IntegrationID)
			if n.Kind == "channel.enabled" { // the good news that may follow
				continue
			}
			trouble++
			if n.Kind != kind || n.ResolvedAt == nil {
				breach("administrators are told once", fmt.Sprintf("%s (settled: %v): %s", n.Kind, n.ResolvedAt != nil, n.Text))
			}
		}
		if trouble != 1 {
			breach("administrators are told once", fmt.Sprintf("there are %d notices of trouble: %s", trouble, strings.Join(told, ", ")))
		}
	}
}

// between are the messages that the world took on a channel in a stretch of the
// machine's time.
func between(accepts []provsim.Accept, channel string, from, to time.Time) (n int) {
	for _, a := range accepts {
		if (channel == "" || a.Channel == channel) && !a.RealAt.Before(from) && a.RealAt.Before(to) {
			n++
		}
	}
	return n
}
