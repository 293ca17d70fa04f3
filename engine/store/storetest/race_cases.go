package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jornada/engine"
	"jornada/engine/store"
)

// trials is how often each race is run.
const trials = 200

// races lets two stores on one database, like two processes, go for the same
// thing at the same moment: exactly one wins, every time.
func races(t *testing.T, open Open) {
	w := begin(t, open)
	rival := open(t, store.Options{Clock: w.clock})
	both := [2]*store.Store{w.Store, rival}
	for _, race := range []struct {
		name    string
		prepare func(i int)
		enter   func(s *store.Store, i, runner int) (bool, error)
	}{
		{"one message", func(i int) { w.message(fmt.Sprint("m", i), "ana") }, func(s *store.Store, i, runner int) (bool, error) {
			return s.ClaimMessage(w.ctx, engine.MessageID(fmt.Sprint("m", i)), fmt.Sprint("token", runner))
		}},
		{"one intent", func(int) {}, func(s *store.Store, i, runner int) (bool, error) {
			existing, err := s.InsertMessage(w.ctx, &engine.Message{EnrollmentID: "race", StepID: fmt.Sprint(i)})
			return existing == nil, err
		}},
		{"one event", func(i int) {
			must(w.InsertEvent(w.ctx, &engine.InboundEvent{ID: engine.EventID(fmt.Sprint("ev", i)), Key: fmt.Sprint("ev", i)}))
		}, func(s *store.Store, i, _ int) (bool, error) {
			list, err := s.ClaimEvents(w.ctx, 1, time.Hour)
			return len(list) == 1, err
		}},
		{"one finish", func(i int) {}, func(s *store.Store, i, _ int) (bool, error) {
			return s.FinishEvent(w.ctx, engine.EventID(fmt.Sprint("ev", i)), "done")
		}},
		{"one key", func(int) {}, func(s *store.Store, i, _ int) (bool, error) {
			return s.InsertEvent(w.ctx, &engine.InboundEvent{Key: fmt.Sprint("twice", i), IntegrationID: "wa"})
		}},
		{"one outbox item", func(i int) {
			ok(t, w.Enqueue(w.ctx, &engine.OutboxItem{Kind: "signal", EnrollmentID: engine.EnrollmentID(fmt.Sprint("e", i))}))
		}, func(s *store.Store, i, _ int) (bool, error) {
			list, err := s.ClaimOutbox(w.ctx, 1, time.Hour)
			return len(list) == 1, err
		}},
		{"one wait", func(i int) { ok(t, w.OpenWait(w.ctx, &engine.Wait{ID: engine.WaitID(fmt.Sprint("w", i))})) }, func(s *store.Store, i, runner int) (bool, error) {
			return s.CloseWait(w.ctx, engine.WaitID(fmt.Sprint("w", i)), []engine.WaitState{engine.WaitAnswered, engine.WaitTimedOut}[runner])
		}},
		{"one enrollment of a key", func(int) {}, func(s *store.Store, i, runner int) (bool, error) {
			err := s.InsertEnrollment(w.ctx, &engine.Enrollment{ID: engine.EnrollmentID(fmt.Sprint("en", i, "-", runner)), JourneyID: "j", Key: fmt.Sprint("race", i)})
			var refusal *engine.Error
			if errors.As(err, &refusal) && refusal.Code == engine.Conflict {
				return false, nil
			}
			return err == nil, err
		}},
		{"one ending", func(i int) { w.enrollment(fmt.Sprint("end", i), "ending", "ana") }, func(s *store.Store, i, runner int) (bool, error) {
			return s.EndEnrollment(w.ctx, engine.EnrollmentID(fmt.Sprint("end", i)), engine.Completed, fmt.Sprint(runner), "")
		}},
		{"one claim in the insert", func(i int) {}, func(s *store.Store, i, runner int) (bool, error) {
			existing, err := s.InsertMessage(w.ctx, &engine.Message{
				EnrollmentID: "claiming", StepID: fmt.Sprint("s", i), ContactID: "ana", Channel: engine.SMS,
				Status: engine.Sending, AttemptToken: fmt.Sprint(runner), Attempts: 1,
			})
			return existing == nil && err == nil, err
		}},
		{"one answer", func(int) {}, func(s *store.Store, i, _ int) (bool, error) {
			_, err := s.Idempotent(w.ctx, fmt.Sprint("key", i), "body", time.Minute)
			var refusal *engine.Error
			if errors.As(err, &refusal) && refusal.Code == engine.Conflict {
				return false, nil
			}
			return err == nil, err
		}},
		{"one firing", func(int) {}, func(s *store.Store, i, _ int) (bool, error) {
			return s.MarkFired(w.ctx, "j", fmt.Sprint("t", i), w.clock.Now())
		}},
		{"one change of state", func(i int) {
			must(w.PutIntegration(w.ctx, &engine.Integration{ID: "wa", Channel: engine.WhatsApp, State: engine.Enabled}))
		}, func(s *store.Store, i, _ int) (bool, error) {
			return s.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.NeedsReconnect, Note: "expired"})
		}},
	} {
		for i := range trials {
			race.prepare(i)
			var won atomic.Int32
			var start, done sync.WaitGroup
			start.Add(1)
			for runner, s := range both {
				done.Go(func() {
					start.Wait()
					first, err := race.enter(s, i, runner)
					if err != nil {
						t.Errorf("%s, trial %d: %v", race.name, i, err)
					}
					if first {
						won.Add(1)
					}
				})
			}
			start.Done()
			done.Wait()
			if won.Load() != 1 {
				t.Fatalf("%s, trial %d: %d won", race.name, i, won.Load())
			}
		}
	}
	auditRace(t, w, both)
}

// auditRace appends from both sides: the chain stays whole.
func auditRace(t *testing.T, w *world, both [2]*store.Store) {
	var done sync.WaitGroup
	for _, s := range both {
		done.Go(func() {
			for i := range 25 {
				if err := s.Audit(w.ctx, engine.AuditEntry{Actor: "a", Action: "b.c", Target: fmt.Sprint(i)}); err != nil {
					t.Errorf("writing the audit log: %v", err)
				}
			}
		})
	}
	done.Wait()
	ok(t, w.VerifyAudit(w.ctx))
	list, _, err := w.AuditLog(w.ctx, 100, "")
	ok(t, err)
	same(t, "audit lines", len(list), 50)
}

func transactions(t *testing.T, open Open) {
	w := begin(t, open)
	stop := errors.New("stop")
	err := w.InTx(w.ctx, func(ctx context.Context) error {
		if _, err := w.PutContact(ctx, &engine.Contact{ID: "ana"}); err != nil {
			return err
		}
		ok(t, w.LockContact(ctx, "ana"))
		if _, err := w.Contact(ctx, "ana"); err != nil { // its own writes are seen
			return err
		}
		if key, err := w.DataKey(ctx, must(w.Contact(ctx, "ana")).KeyID); err != nil || len(key) != 32 {
			return fmt.Errorf("a key made here: %w", err)
		}
		return w.InTx(ctx, func(ctx context.Context) error { // joins
			must(w.InsertEvent(ctx, &engine.InboundEvent{ID: "evt", Key: "k"}))
			return stop
		})
	})
	if !errors.Is(err, stop) {
		t.Fatalf("the error is passed on, got %v", err)
	}
	_, err = w.Contact(w.ctx, "ana")
	refused(t, err, engine.NotFound)
	_, err = w.Event(w.ctx, "evt")
	refused(t, err, engine.NotFound)

	w.enrollment("e1", "j", "ana")
	err = w.InTx(w.ctx, func(ctx context.Context) error { // a refusal does not spoil the transaction
		err := w.InsertEnrollment(ctx, &engine.Enrollment{ID: "e2", JourneyID: "j", Key: "key of e1"})
		refused(t, err, engine.Conflict)
		must(w.InsertEvent(ctx, &engine.InboundEvent{ID: "evt", Key: "k"}))
		same(t, "not new", must(w.InsertEvent(ctx, &engine.InboundEvent{Key: "k"})), false)
		return nil
	})
	ok(t, err)
	_, err = w.Event(w.ctx, "evt")
	ok(t, err)

	func() { // a panic leaves nothing behind, and the store goes on
		defer func() { _ = recover() }()
		_ = w.InTx(w.ctx, func(ctx context.Context) error {
			w.contactIn(ctx, "panic")
			panic("boom")
		})
	}()
	_, err = w.Contact(w.ctx, "panic")
	refused(t, err, engine.NotFound)

	ctx, cancel := context.WithCancel(w.ctx)
	err = w.InTx(ctx, func(ctx context.Context) error {
		w.contactIn(ctx, "canceled")
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled caller gets its own error, got %v", err)
	}
	_, err = w.Contact(w.ctx, "canceled")
	refused(t, err, engine.NotFound)
	crossing(t, w)
}

func (w *world) contactIn(ctx context.Context, id engine.ContactID) {
	_, err := w.PutContact(ctx, &engine.Contact{ID: id})
	ok(w.t, err)
}

// crossing locks two contacts in opposite order from two sides: the database
// breaks the deadlock, and InTx hides it.
func crossing(t *testing.T, w *world) {
	w.contact("left")
	w.contact("right")
	var done sync.WaitGroup
	for _, order := range [][2]engine.ContactID{{"left", "right"}, {"right", "left"}} {
		done.Go(func() {
			for range 5 {
				err := w.InTx(w.ctx, func(ctx context.Context) error {
					for _, id := range order {
						if err := w.LockContact(ctx, id); err != nil {
							return err
						}
						if _, err := w.PutContact(ctx, &engine.Contact{ID: id}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("crossing transactions: %v", err)
				}
			}
		})
	}
	done.Wait()
}

func timePrecision(t *testing.T, open Open) {
	w := begin(t, open)
	zone := time.FixedZone("UTC-3", -3*3600)
	for i, at := range []time.Time{
		time.Date(2026, 3, 2, 9, 0, 0, 123_456_789, zone), // nanoseconds are cut
		time.Date(2026, 3, 2, 12, 0, 0, 100_000_000, time.UTC),
		time.Date(1999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(2199, 1, 1, 0, 0, 0, 1000, time.UTC),
	} {
		id := engine.WaitID(fmt.Sprint("w", i))
		ok(t, w.OpenWait(w.ctx, &engine.Wait{ID: id, ContactID: "ana", OpenedAt: at, Deadline: &at}))
		got := must(w.Wait(w.ctx, id))
		want := at.UTC().Truncate(time.Microsecond)
		if got.OpenedAt != want || *got.Deadline != want { // the very value, location too
			t.Errorf("got %v and %v, want %v", got.OpenedAt, got.Deadline, want)
		}
	}
	same(t, "compared as times", must(w.OpenWaits(w.ctx, "ana", ""))[0].ID, "w3")
}

func hostileText(t *testing.T, open Open) {
	w := begin(t, open)
	for i, text := range []string{"a\x00b", "bad \xff\xfe utf-8", `'; DROP TABLE contacts; --`, "\\u0000 is text", "<script>", "emoji 👩🏽‍⚕️", strings.Repeat("x", 100_000), "?", "@name", "$1"} {
		id := engine.EventID(fmt.Sprint("evt", i))
		ev := &engine.InboundEvent{ID: id, Key: text[:min(len(text), 50)] + fmt.Sprint(i), ProfileName: text, Message: &engine.IncomingMessage{Text: text}, Data: map[string]any{text: text}, Raw: []byte(text)}
		same(t, "stored", must(w.InsertEvent(w.ctx, ev)), true)
		got := must(w.Event(w.ctx, id))
		want := strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
		same(t, "name", got.ProfileName, want)
		same(t, "data", fmt.Sprint(len(got.Data)), "1")
		same(t, "raw", string(got.Raw), text)
		if strings.Contains(got.Message.Text, "\x00") || len(got.Message.Text) < len(text) {
			t.Errorf("text %q became %q", text, got.Message.Text)
		}
		_, err := w.PutContact(w.ctx, &engine.Contact{ID: engine.ContactID(fmt.Sprint("c", i)), Attributes: map[string]any{"name": text}})
		ok(t, err)
		list, _, err := w.Contacts(w.ctx, engine.ContactFilter{Query: text})
		ok(t, err)
		if len(list) == 0 {
			t.Errorf("%.20q is not found", text)
		}
	}
	same(t, "the text of an escape stays", must(w.Event(w.ctx, "evt3")).Message.Text, `\u0000 is text`)
}
