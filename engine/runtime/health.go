package runtime

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"jornada/engine"
)

// Check is one part's health, in words for an operator.
type Check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
}

// lagLimit is the age, in real time, from which waiting work is a sign of
// trouble and not of load.
const lagLimit = time.Minute

// Health looks at Temporal, at the worker and at how old the work in the tables
// is. It answers within a few seconds whatever is away. Anybody may read it, so
// the causes, which name hosts and users, go to the log.
func (r *Runtime) Health(ctx context.Context) []Check {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	checks := []Check{r.temporalHealth(ctx)}
	if r.Worker {
		c := Check{Name: "worker", OK: r.worker.running(), Message: "runs journeys"}
		if !c.OK {
			c.Message = "has not reached Temporal yet; it keeps trying"
		}
		checks = append(checks, c)
	}
	if c, bad := r.journeysHealth(); bad {
		checks = append(checks, c)
	}
	if c, bad := r.haltHealth(ctx); bad {
		checks = append(checks, c)
	}
	counts, err := r.Store.Counts(ctx)
	if err != nil {
		r.Logger.WarnContext(ctx, "counting what waits", "error", err)
		return append(checks, Check{Name: "dispatcher", Message: "cannot see what waits, because the database does not answer"})
	}
	return append(checks,
		r.lag("events", counts.PendingEvents, r.age(counts.OldestEvent), "nothing is lost: they are worked off as soon as their cause is gone; see the log for it"),
		r.lag("outbox", counts.PendingOutbox, realAge(r.Clock, counts.OldestOutbox), "nothing is lost: it is delivered as soon as Temporal takes it"),
	)
}

func (r *Runtime) temporalHealth(ctx context.Context) Check {
	if _, err := r.Client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		r.Logger.WarnContext(ctx, "asking Temporal whether it is well", "error", err)
		return Check{Name: "temporal", Message: "Temporal does not answer; webhooks and the API keep accepting, and journeys go on when it is back (check --temporal and the server; the log says what it answered)"}
	}
	return Check{Name: "temporal", OK: true, Message: "answers"}
}

// age is how long ago a moment of the calendar was, in real time.
func (r *Runtime) age(at *time.Time) *time.Duration {
	if at == nil {
		return nil
	}
	age := r.Clock.Anchor().Wait(r.Clock.Now().Sub(*at))
	return &age
}

func realAge(c engine.Clock, at *time.Time) *time.Duration {
	if at == nil {
		return nil
	}
	age := c.Real().Sub(*at)
	return &age
}

func (r *Runtime) lag(name string, pending int64, oldest *time.Duration, comfort string) Check {
	c := Check{Name: name, OK: true, Message: fmt.Sprintf("%d waiting", pending)}
	if oldest == nil {
		return c
	}
	age := oldest.Round(time.Second)
	c.Message = fmt.Sprintf("%d waiting, the oldest for %s", pending, age)
	if age > lagLimit {
		c.OK = false
		c.Message += "; " + comfort
	}
	return c
}
