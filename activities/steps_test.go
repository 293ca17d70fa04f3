package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/activities"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

func (w *world) stepInput(step string) activities.StepInput {
	return activities.StepInput{Base: w.base, StepID: step}
}

func TestEvaluate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wrote()
		r, err := w.Evaluate(w.ctx, activities.EvaluateInput{Base: w.base, Items: []activities.Item{
			{Source: `contact.first_name == "Ana"`},
			{Source: `"Oi {{ contact.first_name }}"`, Text: false},
			{Source: `Oi {{ contact.first_name }}`, Text: true},
			{Source: `{{ contact.visits }}`, Text: true},
			{Source: `window.whatsapp.open`},
			{Source: `contact.opt_in.sms and not contact.opt_in.email`},
			{Source: `"vip" in contact.tags`},
			{Source: `inputs.starts_at - hours(4) > now`},
			{Source: `steps.confirm.outcome`},
			{Source: `contact.city ?? "nowhere"`},
			{Source: `in_schedule(now, "business_hours")`},
			{Source: `vars.attempts`},
			{Source: `contact.visits > "many"`},
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := []any{true, "Oi {{ contact.first_name }}", "Oi Ana", 2, true, false, true, true, "other", "nowhere", true, 0}
		for i, v := range want {
			if i == 1 {
				continue // braces inside a string are the language's business, not ours
			}
			if fmt.Sprint(r.Values[i].Value) != fmt.Sprint(v) || r.Values[i].Error != "" {
				t.Errorf("%d: %+v, want %v", i, r.Values[i], v)
			}
		}
		if last := r.Values[len(r.Values)-1]; last.Error == "" || last.Value != nil {
			t.Errorf("nonsense gives %+v", last)
		}
		if trail, _ := w.store.Trail(w.ctx, "enr_1"); len(trail) != 1 {
			t.Error("the trail was not stored")
		}
		// An enrollment without a contact still evaluates what does not need one.
		none := w.base
		none.ContactID, none.Trail = "", nil
		r, err = w.Evaluate(w.ctx, activities.EvaluateInput{Base: none, Items: []activities.Item{{Source: "inputs.doctor"}}})
		if err != nil || r.Values[0].Value != "Dra. Lima" {
			t.Errorf("without a contact: %+v, %v", r, err)
		}
	})
}

func TestUpdateContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		told := 0
		w.config.ContactChanged = func(context.Context, engine.ContactID) error { told++; return errors.New("away") }
		w.restart()
		r, err := w.UpdateContact(w.ctx, w.stepInput("update"))
		if err != nil || r.Outcome != "ok" {
			t.Fatalf("%+v, %v", r, err)
		}
		c, _ := w.store.Contact(w.ctx, "ana")
		if c.Attributes["city"] != "Campinas" || fmt.Sprint(c.Attributes["visits"]) != "3" || !reflect.DeepEqual(c.Attributes["tags"], []any{"vip", "new"}) || c.Attributes["first_name"] != "Ana" {
			t.Errorf("attributes %v", c.Attributes)
		}
		if c.OptIn[engine.SMS] || !c.OptIn[engine.WhatsApp] || told != 1 {
			t.Errorf("opt-in %v, told %d", c.OptIn, told)
		}
		consents, _ := w.store.Consents(w.ctx, "ana")
		if len(consents) != 1 || consents[0].Granted || !strings.Contains(consents[0].Evidence, "enr_1") {
			t.Errorf("consents %+v", consents)
		}
		w.expect(w.input("plain"), activities.SendUndelivered, activities.ReasonOptedOut)
		if _, err := w.UpdateContact(w.ctx, w.stepInput("update")); err != nil {
			t.Error(err)
		}
		if consents, _ := w.store.Consents(w.ctx, "ana"); len(consents) != 1 {
			t.Error("a second run withdrew the consent again")
		}
		r, err = w.UpdateContact(w.ctx, w.stepInput("misfit"))
		if err != nil || r.Outcome != "failed" || !strings.Contains(r.Reason, `"visits"`) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestEmitEvent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		woken := 0
		w.config.Wake = func() { woken++ }
		w.restart()
		for range 2 {
			if r, err := w.EmitEvent(w.ctx, w.stepInput("emit")); err != nil || r.Outcome != "ok" {
				t.Fatalf("%+v, %v", r, err)
			}
		}
		events, err := w.store.ClaimEvents(w.ctx, 10, time.Minute)
		if err != nil || len(events) != 1 || woken != 2 {
			t.Fatalf("%d events, %v, woken %d", len(events), err, woken)
		}
		if e := events[0]; e.Name != "slot.freed" || e.ContactID != "ana" || e.Kind != engine.BusinessEvent || e.Data["doctor"] != "Dra. Lima" {
			t.Errorf("event %s", pretty(e))
		}
	})
}

type queues struct {
	open bool
	err  error
}

func (q queues) QueueOpen(context.Context, string, time.Time) (bool, error) { return q.open, q.err }

func TestHandoff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, closed := range []queues{{}, {err: engine.Errorf(engine.NotFound, "no such queue")}} {
			w.config.Queues = closed
			w.restart()
			if r, err := w.OpenHandoff(w.ctx, w.stepInput("handoff")); err != nil || r.Outcome != "unavailable" || r.HandoffID != "" {
				t.Errorf("closed: %+v, %v", r, err)
			}
		}
		w.config.Queues = queues{open: true}
		w.restart()
		r, err := w.OpenHandoff(w.ctx, w.stepInput("handoff"))
		if err != nil || r.Outcome != "" || r.HandoffID == "" {
			t.Fatalf("%+v, %v", r, err)
		}
		if again, _ := w.OpenHandoff(w.ctx, w.stepInput("handoff")); again != r {
			t.Errorf("a second run: %+v", again)
		}
		h, _ := w.store.Handoff(w.ctx, r.HandoffID)
		if h.Note != "Ana: other" || h.Queue != "reception" || h.State != "open" {
			t.Errorf("hand-off %s", pretty(h))
		}
		w.expect(w.input("plain"), activities.SendAccepted, "") // its own journey goes on
		if err := w.CancelHandoff(w.ctx, activities.CancelHandoffInput{Base: w.base, HandoffID: r.HandoffID, State: "timed_out"}); err != nil {
			t.Error(err)
		}
		if h, _ = w.store.Handoff(w.ctx, r.HandoffID); h.State != "timed_out" {
			t.Errorf("state %s", h.State)
		}
		if err := w.CancelHandoff(w.ctx, activities.CancelHandoffInput{Base: w.base, HandoffID: "nobody", State: "canceled"}); err != nil {
			t.Error(err)
		}
	})
}

type enroller struct {
	requests []activities.ChildRequest
	result   activities.ChildResult
	err      error
}

func (e *enroller) EnrollChild(_ context.Context, r activities.ChildRequest) (activities.ChildResult, error) {
	e.requests = append(e.requests, r)
	if e.err == nil && e.result == (activities.ChildResult{}) {
		return activities.ChildResult{EnrollmentID: r.EnrollmentID}, nil
	}
	return e.result, e.err
}

func TestEnrollChild(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		e := &enroller{}
		if _, err := w.EnrollChild(w.ctx, w.stepInput("child")); err == nil {
			t.Error("a worker without an enroller enrolled")
		}
		w.config.Enroller = e
		w.restart()
		r, err := w.EnrollChild(w.ctx, w.stepInput("child"))
		if err != nil || r.EnrollmentID == "" || r.Outcome != "" {
			t.Fatalf("%+v, %v", r, err)
		}
		if again, _ := w.EnrollChild(w.ctx, w.stepInput("child")); again != r || e.requests[0].EnrollmentID != e.requests[1].EnrollmentID {
			t.Error("a second run asked for another enrollment")
		}
		if q := e.requests[0]; q.Inputs["doctor"] != "Dra. Lima" || q.ParentID != "enr_1" || q.ParentStep != "child" || q.ContactID != "ana" || q.Journey != "waitlist" {
			t.Errorf("request %s", pretty(q))
		}
		e.result = activities.ChildResult{Skipped: "overlap"}
		if r, _ := w.EnrollChild(w.ctx, w.stepInput("child")); r.Outcome != "failed" || r.Reason != "overlap" {
			t.Errorf("skipped: %+v", r)
		}
		e.result, e.err = activities.ChildResult{}, engine.Errorf(engine.NotFound, "there is no journey waitlist")
		if r, err := w.EnrollChild(w.ctx, w.stepInput("child")); err != nil || r.Outcome != "failed" {
			t.Errorf("refused: %+v, %v", r, err)
		}
		e.err = engine.Errorf(engine.Unavailable, "the engine is away")
		if _, err := w.EnrollChild(w.ctx, w.stepInput("child")); err == nil {
			t.Error("an outage is not an outcome")
		}
	})
}

func TestAssignVariant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r, err := w.AssignVariant(w.ctx, w.stepInput("split"))
		if err != nil || r.Outcome != engine.SplitVariant("s", "ana", w.plan.Nodes["split"].Split.Variants) {
			t.Fatalf("%+v, %v", r, err)
		}
		other := map[string]string{"a": "b", "b": "a"}[r.Outcome]
		for i := range w.plan.Nodes["split"].Split.Variants {
			v := &w.plan.Nodes["split"].Split.Variants[i]
			v.Share = map[bool]int{true: 100, false: 0}[v.ID == other]
		}
		if again, _ := w.AssignVariant(w.ctx, w.stepInput("split")); again != r {
			t.Errorf("changed shares moved the contact from %s to %s", r.Outcome, again.Outcome)
		}
	})
}

func TestWaits(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		deadline := w.clock.Now().Add(time.Hour)
		open := activities.OpenWaitInput{Base: w.base, StepID: "visit", Channels: []engine.Channel{engine.WhatsApp}, Deadline: &deadline}
		for range 2 {
			w.must(w.OpenWait(w.ctx, open))
		}
		waits, err := w.store.OpenWaits(w.ctx, "ana", engine.WhatsApp)
		if err != nil || len(waits) != 1 || !waits[0].Deadline.Equal(deadline) {
			t.Fatalf("waits %v, %v", waits, err)
		}
		closing := activities.CloseWaitInput{Base: w.base, StepID: "visit", State: engine.WaitTimedOut}
		w.must2(w.store.CloseWait(w.ctx, waits[0].ID, engine.WaitAnswered)) // the reply was first
		if r, err := w.CloseWait(w.ctx, closing); err != nil || r.Closed {
			t.Errorf("the timeout won as well: %+v, %v", r, err)
		}
		open.Visit, closing.Visit = 1, 1
		w.must(w.OpenWait(w.ctx, open))
		if r, err := w.CloseWait(w.ctx, closing); err != nil || !r.Closed {
			t.Errorf("closing: %+v, %v", r, err)
		}
		if r, err := w.CloseWait(w.ctx, closing); err != nil || !r.Closed {
			t.Errorf("our own second run: %+v, %v", r, err)
		}
		// What the person wrote is stored, and nobody has worked it off yet.
		open.Visit, closing.Visit = 2, 2
		w.must(w.OpenWait(w.ctx, open))
		reply := &engine.InboundEvent{
			ID: "evt_reply", Key: "k", Kind: engine.InboundMessage, IntegrationID: "wa", Channel: engine.WhatsApp, OccurredAt: w.clock.Now(),
			From: []engine.Address{{Kind: engine.WAID, Value: "5511987654321"}}, Message: &engine.IncomingMessage{ProviderID: "k", Type: "text", Text: "sim"},
		}
		w.must2(w.store.InsertEvent(w.ctx, reply))
		if _, err := w.CloseWait(w.ctx, closing); err == nil {
			t.Error("the timeout overtook a stored reply")
		}
		closing.State = engine.WaitCancelled
		if r, err := w.CloseWait(w.ctx, closing); err != nil || !r.Closed {
			t.Errorf("canceling waits for nobody: %+v, %v", r, err)
		}
		open.Visit, closing.Visit, closing.State = 3, 3, engine.WaitTimedOut
		w.must(w.OpenWait(w.ctx, open))
		w.must2(w.store.FinishEvent(w.ctx, reply.ID, "unclaimed"))
		if r, err := w.CloseWait(w.ctx, closing); err != nil || !r.Closed {
			t.Errorf("closing once it is heard: %+v, %v", r, err)
		}
		closing.Visit = 7
		if r, err := w.CloseWait(w.ctx, closing); err != nil || !r.Closed {
			t.Errorf("closing what was never opened: %+v, %v", r, err)
		}
	})
}

func TestRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		wake := w.clock.Now().Add(time.Hour)
		w.base.Cursor = activities.Cursor{StepID: "eve", WakeAt: &wake}
		w.base.Trail = append(w.base.Trail, engine.TimelineEntry{Seq: 2, At: w.clock.Now(), Kind: "wait", StepID: "eve"})
		w.must(w.Record(w.ctx, w.base))
		w.must(w.Record(w.ctx, w.base))
		e, _ := w.store.Enrollment(w.ctx, "enr_1")
		trail, _ := w.store.Trail(w.ctx, "enr_1")
		if e.CurrentStep != "eve" || e.WakeAt == nil || !e.WakeAt.Equal(wake) || len(trail) != 2 {
			t.Errorf("at %q until %v, %d entries", e.CurrentStep, e.WakeAt, len(trail))
		}
	})
}

func TestEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.store.InsertEnrollment(w.ctx, &engine.Enrollment{ID: "enr_child", JourneyID: "confirm_appointment", VersionHash: version, ContactID: "ana",
			Key: "child", Status: engine.Active, ParentID: "enr_1", ParentStep: "child", StartedAt: w.clock.Now()}))
		w.base.EnrollmentID = "enr_child"
		w.must2(w.store.SetIntegrationState(w.ctx, "sms", engine.IntegrationChange{State: engine.Disabled, By: "maria"}))
		parked := w.expect(w.input("plain"), activities.SendRetry, activities.ReasonExpired)
		w.must2(w.OpenHandoff(w.ctx, w.stepInput("handoff")))
		w.must(w.OpenWait(w.ctx, activities.OpenWaitInput{Base: w.base, StepID: "visit", Channels: []engine.Channel{engine.WhatsApp}}))
		in := activities.EndInput{Base: w.base, Status: engine.Exited, Outcome: "declined", ParentID: "enr_1", ParentStep: "child"}
		w.must(w.End(w.ctx, in))
		w.must(w.End(w.ctx, in))
		e, _ := w.store.Enrollment(w.ctx, "enr_child")
		waits, _ := w.store.OpenWaits(w.ctx, "ana", engine.WhatsApp)
		handoffs, _, _ := w.store.Handoffs(w.ctx, engine.HandoffFilter{ContactID: "ana", State: "open"})
		if e.Status != engine.Exited || e.Outcome != "declined" || len(waits) != 0 || len(handoffs) != 0 {
			t.Errorf("%s %q, %d waits, %d hand-offs", e.Status, e.Outcome, len(waits), len(handoffs))
		}
		if m := w.message(parked.MessageID); m.Status != engine.Skipped || m.Reason != activities.ReasonCanceled {
			t.Errorf("the parked message is %s %q", m.Status, m.Reason)
		}
		w.must2(w.store.SetIntegrationState(w.ctx, "sms", engine.IntegrationChange{State: engine.Enabled, By: "maria"}))
		w.expect(w.input("plain"), activities.SendInactive, "")
		items, err := w.store.ClaimOutbox(w.ctx, 10, time.Minute)
		if err != nil || len(items) != 1 || items[0].Kind != "signal" || items[0].EnrollmentID != "enr_1" || items[0].ContactID != "ana" {
			t.Fatalf("outbox %+v, %v", items, err)
		}
		var signal map[string]any
		w.must(json.Unmarshal(items[0].Payload, &signal))
		for k, v := range map[string]any{"id": "child/enr_child", "kind": "child", "step_id": "child", "child": "enr_child", "status": "exited", "outcome": "declined"} {
			if signal[k] != v {
				t.Errorf("signal %s = %v, want %v", k, signal[k], v)
			}
		}
	})
}

// Whose opt-out ends a journey has its queued messages kept back by that.
func TestAnOptOutThatEndsAJourneyIsWhyNothingLeaves(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.must2(w.store.SetIntegrationState(w.ctx, "sms", engine.IntegrationChange{State: engine.Disabled, By: "maria"}))
	queued := w.expect(w.input("plain"), activities.SendRetry, activities.ReasonExpired)
	w.must(w.End(w.ctx, activities.EndInput{Base: w.base, Status: engine.Exited, Outcome: "opted_out"}))
	if m := w.message(queued.MessageID); m.Status != engine.Skipped || m.Reason != activities.ReasonOptedOut {
		t.Errorf("the queued message is %s %q", m.Status, m.Reason)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name   string
			remove func(*activities.Config)
		}{
			{"Store", func(c *activities.Config) { c.Store = nil }}, {"Plans", func(c *activities.Config) { c.Plans = nil }},
			{"Channels", func(c *activities.Config) { c.Channels = nil }}, {"Clock", func(c *activities.Config) { c.Clock = nil }},
		} {
			config := w.config
			c.remove(&config)
			if _, err := activities.New(config); err == nil || !strings.Contains(err.Error(), c.name) {
				t.Errorf("without %s: %v", c.name, err)
			}
		}
	})
}
