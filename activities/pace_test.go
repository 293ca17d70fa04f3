package activities_test

import (
	"container/heap"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/engine"
)

// strict is a provider that refuses more than most messages in any second.
type strict struct {
	w    *world
	most int

	mu      sync.Mutex
	took    []time.Time
	refused int
}

func (s *strict) send(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.w.clock.Now()
	lately := 0
	for i := len(s.took) - 1; i >= 0 && now.Sub(s.took[i]) < time.Second; i-- {
		lately++
	}
	if lately >= s.most {
		s.refused++
		return channel.Receipt{}, &channel.SendError{Class: channel.Throttle, Code: "130429", Message: "too many messages have been sent from this number"}
	}
	s.took = append(s.took, now)
	return channel.Receipt{ProviderID: out.Ref}, nil
}

// person is one message of a campaign and when it is looked at next.
type person struct {
	at time.Time
	n  int
	in activities.SendInput
}

type agenda []*person

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].n < a[j].n
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(*person)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

// people makes contacts, each in an enrollment of its own.
func (w *world) people(n int) []activities.SendInput {
	w.t.Helper()
	list := make([]activities.SendInput, n)
	w.must(w.store.InTx(w.ctx, func(ctx context.Context) error {
		for i := range n {
			id := engine.ContactID(fmt.Sprint("person-", i))
			c := w.contact()
			c.ID, c.Addresses = id, []engine.Address{{Kind: engine.Phone, Value: fmt.Sprintf("+55119%08d", i)}}
			if _, err := w.store.PutContact(ctx, c); err != nil {
				return err
			}
			in := w.input("promo")
			in.EnrollmentID, in.ContactID = engine.EnrollmentID(fmt.Sprint("enr-", i)), id
			if err := w.store.InsertEnrollment(ctx, &engine.Enrollment{
				ID: in.EnrollmentID, JourneyID: in.JourneyID, VersionHash: version, ContactID: id, Key: string(id), Status: engine.Active, StartedAt: w.clock.Now(),
			}); err != nil {
				return err
			}
			list[i] = in
		}
		return nil
	}))
	return list
}

// campaign plays until every message went, as the workflow would: it comes back
// when it was told to, after a second at the earliest. It returns how long that
// took and how often a message looked.
func (w *world) campaign(workers []*activities.Activities, people []activities.SendInput) (took time.Duration, looks int) {
	w.t.Helper()
	began := w.clock.Now()
	var todo agenda
	for i := range people {
		todo = append(todo, &person{at: began, n: i, in: people[i]})
	}
	heap.Init(&todo)
	for todo.Len() > 0 {
		next := heap.Pop(&todo).(*person)
		if wait := next.at.Sub(w.clock.Now()); wait > 0 {
			w.clock.Advance(wait)
		}
		looks++
		if looks > 20*len(people) {
			w.t.Fatalf("%d messages looked %d times, and %d still wait", len(people), looks, todo.Len())
		}
		result, err := workers[looks%len(workers)].SendMessage(w.ctx, next.in)
		w.must(err)
		switch result.Status {
		case activities.SendAccepted:
			took = w.clock.Now().Sub(began)
		case activities.SendRetry:
			next.at = result.RetryAt
			if soonest := w.clock.Now().Add(time.Second); next.at.Before(soonest) {
				next.at = soonest
			}
			heap.Push(&todo, next)
		default:
			w.t.Fatalf("message %d: %s %s", next.n, result.Status, result.Reason)
		}
	}
	return took, looks
}

// Two hundred people over a number of 80 a second take the seconds they must, and
// the provider refuses none; two workers share the rate as one does.
func TestACampaignKeepsTheRate(t *testing.T) {
	for _, workers := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d workers", workers), func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				number := &strict{w: w, most: 80}
				w.wa.send = number.send
				var list []*activities.Activities
				for range workers {
					w.restart()
					list = append(list, w.Activities)
				}
				took, looks := w.campaign(list, w.people(200))
				if number.refused > 0 || len(number.took) != 200 {
					t.Errorf("%d went and %d were refused", len(number.took), number.refused)
				}
				if took < 2*time.Second || took > 3500*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				if looks > 3*200 {
					t.Errorf("the messages looked %d times", looks)
				}
				if i := w.state(); i.LearntRate != 0 {
					t.Errorf("a rate was learnt: %v", i.LearntRate)
				}
			})
		})
	}
}

// While it waits, a message says why and until when; when it went, it says nothing
// of that any more.
func TestAMessageSaysThatItWaitsForItsTurn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i := w.state()
		i.Settings = map[string]string{"messages_per_second": "1"}
		w.must2(w.store.PutIntegration(w.ctx, i))
		var paced []string
		w.config.Paced = func(what string) { paced = append(paced, what) }
		w.restart()
		people := w.people(3)
		w.expect(people[0], activities.SendAccepted, "")
		held := w.expect(people[1], activities.SendRetry, activities.ReasonExpired)
		if wait := held.RetryAt.Sub(w.clock.Now()); wait != time.Second || held.Park {
			t.Errorf("held for %v: %+v", wait, held)
		}
		m := w.message(held.MessageID)
		if m.Status != engine.Queued || m.Reason != engine.HeldByNumber || m.HoldUntil == nil || !strings.Contains(m.ErrorDetail, `"wa" sends 1 messages a second`) {
			t.Errorf("the row says %s %q %q until %v", m.Status, m.Reason, m.ErrorDetail, m.HoldUntil)
		}
		behind := w.expect(people[2], activities.SendRetry, activities.ReasonExpired)
		if wait := behind.RetryAt.Sub(w.clock.Now()); wait != 2*time.Second {
			t.Errorf("the next one is held for %v", wait)
		}
		// An answer to somebody who waits does not stand in that line.
		w.clock.Advance(time.Second)
		answer := w.visit(0)
		answer.AnswersTo = w.clock.Now()
		w.expect(answer, activities.SendAccepted, "")
		again := w.expect(people[1], activities.SendRetry, activities.ReasonExpired)
		w.clock.Advance(again.RetryAt.Sub(w.clock.Now()))
		w.expect(people[1], activities.SendAccepted, "")
		if m = w.message(held.MessageID); m.Reason != "" || m.ErrorDetail != "" || m.HoldUntil != nil || m.Attempts != 1 {
			t.Errorf("what went still says %q %q until %v, %d attempts", m.Reason, m.ErrorDetail, m.HoldUntil, m.Attempts)
		}
		if got := fmt.Sprint(paced); got != "[number_rate number_rate number_rate]" {
			t.Errorf("monitoring heard %s", got)
		}
	})
}

// A number that its platform made faster sends as fast as the platform says, unless the
// settings say otherwise, and a refusal halves that rate and no other.
func TestACampaignKeepsTheRateThatThePlatformTells(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must2(w.store.SetThroughput(w.ctx, w.state().ID, 200))
		number := &strict{w: w, most: 200}
		w.wa.send = number.send
		took, _ := w.campaign([]*activities.Activities{w.Activities}, w.people(400))
		if number.refused > 0 || len(number.took) != 400 || took < time.Second || took > 2500*time.Millisecond {
			t.Errorf("%d went in %v, and %d were refused", len(number.took), took, number.refused)
		}
		w.must2(w.store.LearnPace(w.ctx, w.state().ID, 200, w.clock.Real()))
		if i := w.state(); i.LearntRate != 100 || i.Throughput != 200 {
			t.Errorf("it learnt %v of %v", i.LearntRate, i.Throughput)
		}
	})
	each(t, func(t *testing.T, w *world) {
		i := w.state()
		i.Settings = map[string]string{"messages_per_second": "0.01"}
		w.must2(w.store.PutIntegration(w.ctx, i))
		w.must2(w.store.SetThroughput(w.ctx, i.ID, 200))
		people := w.people(2)
		w.expect(people[0], activities.SendAccepted, "")
		if next := w.send(people[1]); next.Status != activities.SendRetry {
			t.Errorf("the second of 0.01 a second is %s", next.Status)
		}
	})
}

// What cannot go before it makes no sense any more is not sent late.
func TestNoTurnBeforeItIsTooLate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		i := w.state()
		i.Settings = map[string]string{"messages_per_second": "0.01"} // one in 100 s
		w.must2(w.store.PutIntegration(w.ctx, i))
		people := w.people(2)
		deadline := w.clock.Now().Add(30 * time.Second)
		people[1].Deadline = &deadline
		w.expect(people[0], activities.SendAccepted, "")
		held := w.expect(people[1], activities.SendRetry, activities.ReasonExpired)
		if !held.RetryAt.Equal(deadline) {
			t.Errorf("held until %v, want %v", held.RetryAt, deadline)
		}
		w.clock.Advance(30 * time.Second)
		w.expect(people[1], activities.SendUndelivered, activities.ReasonExpired)
	})
}

// A provider that refuses what should be allowed teaches a lower rate, once per
// storm; everything goes, and the rate comes back.
func TestARefusalLowersTheRateForAWhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := &strict{w: w, most: 30}
		w.wa.send = number.send
		_, _ = w.campaign([]*activities.Activities{w.Activities}, w.people(150))
		i := w.state()
		if len(number.took) != 150 || i.LearntRate <= 0 || i.LearntRate > 40 {
			t.Errorf("%d went, learnt %v", len(number.took), i.LearntRate)
		}
		if number.refused == 0 || number.refused > 120 {
			t.Errorf("%d refusals", number.refused)
		}
		if i.State != engine.Enabled {
			t.Errorf("the channel is %s", i.State)
		}
		if rate := engine.PaceNow(80, i.LearntRate, i.LearntAt, w.clock.Real().Add(90*time.Second)); rate != 80 {
			t.Errorf("90 s later it sends %v a second", rate)
		}
	})
}

// A refusal here and there says nothing of the rate: that message goes again, and
// the others go on.
func TestARefusalHereAndThereTeachesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var calls, refused atomic.Int32
		w.wa.send = func(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
			if calls.Add(1)%50 == 0 {
				refused.Add(1)
				return channel.Receipt{}, &channel.SendError{Class: channel.Throttle, Code: "130429", Message: "a hiccup"}
			}
			return channel.Receipt{ProviderID: out.Ref}, nil
		}
		_, _ = w.campaign([]*activities.Activities{w.Activities}, w.people(220))
		if took := calls.Load() - refused.Load(); took != 220 || refused.Load() != 4 {
			t.Errorf("%d went, %d were refused", took, refused.Load())
		}
		if i := w.state(); i.LearntRate != 0 || i.ThrottledSince != nil {
			t.Errorf("it learnt %v, and rests since %v", i.LearntRate, i.ThrottledSince)
		}
	})
}

// One number writes to one person no faster than the platform allows.
func TestThePairRate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		began := w.clock.Now()
		for n := range 45 {
			w.expect(w.visit(n), activities.SendAccepted, "")
			w.clock.Advance(100 * time.Millisecond)
		}
		held := w.expect(w.visit(45), activities.SendRetry, activities.ReasonExpired)
		if wait := held.RetryAt.Sub(began); wait != 270*time.Second {
			t.Errorf("the 46th goes %v after the first", wait)
		}
		if m := w.message(held.MessageID); m.Reason != engine.HeldByPair || m.ErrorDetail == "" {
			t.Errorf("it says %q %q", m.Reason, m.ErrorDetail)
		}
		// To others the number writes on.
		w.expect(w.people(1)[0], activities.SendAccepted, "")
		w.clock.Advance(held.RetryAt.Sub(w.clock.Now()))
		w.expect(w.visit(45), activities.SendAccepted, "")
		if m := w.message(held.MessageID); m.Reason != "" {
			t.Errorf("what went still says %q", m.Reason)
		}
	})
}

// A portfolio reaches so many people in 24 hours with templates; further ones
// wait, who wrote to us or was reached already does not, and administrators are
// told once.
func TestTheTierOfAPortfolio(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.plan.Delivery.HoldMax = dsl.Duration(72 * time.Hour)
		i := w.state()
		i.Settings = map[string]string{"tier": "3", "portfolio": "clinic"}
		w.must2(w.store.PutIntegration(w.ctx, i))
		people := w.people(6)
		for _, in := range people[:3] {
			w.expect(in, activities.SendAccepted, "")
		}
		var held activities.SendResult
		for _, in := range people[3:] {
			held = w.expect(in, activities.SendRetry, activities.ReasonExpired)
			if wait := held.RetryAt.Sub(w.clock.Now()); !held.Park || wait < 24*time.Hour || wait > 24*time.Hour+10*time.Minute {
				t.Errorf("held for %v: %+v", wait, held)
			}
		}
		if m := w.message(held.MessageID); m.Reason != engine.HeldByTier || m.ParkedAt != nil || m.HoldUntil == nil || !strings.Contains(m.ErrorDetail, "3 people in 24 hours") {
			t.Errorf("the row says %q %q until %v, parked %v", m.Reason, m.ErrorDetail, m.HoldUntil, m.ParkedAt)
		}
		if got := fmt.Sprint(w.notices()); got != "[channel.tier_reached]" {
			t.Errorf("notices %s", got)
		}
		again := people[0]
		again.Visit = 1
		w.expect(again, activities.SendAccepted, "")
		w.must(w.store.TouchWindow(w.ctx, people[4].ContactID, "wa", engine.WhatsApp, w.clock.Now()))
		w.expect(people[4], activities.SendAccepted, "")

		// The platform allows one more: one of those who wait goes, at once.
		i = w.state()
		i.Settings["tier"] = "4"
		w.must2(w.store.PutIntegration(w.ctx, i))
		if m := w.message(held.MessageID); m.ParkedAt == nil {
			t.Error("nobody lets the messages go that wait for a higher tier")
		}
		w.expect(people[3], activities.SendAccepted, "")
		held = w.expect(people[5], activities.SendRetry, activities.ReasonExpired)
		w.clock.Advance(held.RetryAt.Sub(w.clock.Now()))
		w.expect(people[5], activities.SendAccepted, "")
	})
}
