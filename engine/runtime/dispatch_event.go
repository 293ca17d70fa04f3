package runtime

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"jornada/dsl"
	"jornada/engine"
	"jornada/workflows"
)

// handleBusinessEvent tells the running enrollments first and starts new ones
// after: an event that ends one journey and begins another does so in that
// order, and overlap rules see what is still running.
func (r *Runtime) handleBusinessEvent(ctx context.Context, ev *engine.InboundEvent) (string, error) {
	var contact *engine.Contact
	if ev.ContactID != "" {
		if err := r.Store.LockContact(ctx, ev.ContactID); err != nil && !isCode(err, engine.NotFound) {
			return "", fmt.Errorf("locking contact %q: %w", ev.ContactID, err)
		}
		c, err := r.Store.Contact(ctx, ev.ContactID)
		if isCode(err, engine.NotFound) || err == nil && c.ErasedAt != nil {
			return resultUnknown + " " + string(ev.ContactID), nil
		}
		if err != nil {
			return "", fmt.Errorf("reading contact %q: %w", ev.ContactID, err)
		}
		contact = c
	}
	told, err := r.tellListening(ctx, ev, contact)
	if err != nil {
		return "", err
	}
	journeys, err := r.live(ctx)
	if err != nil {
		return "", err
	}
	var said []string
	started := false
	for _, j := range journeys {
		for i := range j.plan.Triggers {
			t := &j.plan.Triggers[i]
			if t.Event != ev.Name {
				continue
			}
			res, err := r.startByTrigger(ctx, j, t, contact, engine.TriggerRecord{
				Kind: "event", Event: ev.Name, EventID: ev.ID, Data: ev.Data,
			}, ev.Data)
			if err != nil {
				return "", err
			}
			started = started || res.EnrollmentID != ""
			said = append(said, res.sentence(j.ID))
			if res.EnrollmentID != "" {
				break // one event starts a journey once, however many of its triggers fit
			}
		}
	}
	result := resultIgnored
	switch {
	case started:
		result = resultStarted
	case told > 0:
		result = resultSignaled
	}
	if told > 0 {
		said = append([]string{fmt.Sprintf("told %d", told)}, said...)
	}
	return strings.TrimSpace(result + " " + strings.Join(said, "; ")), nil
}

// tellListening signals the enrollments whose goals, exits or waits name this
// event; each decides by its own `where`.
func (r *Runtime) tellListening(ctx context.Context, ev *engine.InboundEvent, contact *engine.Contact) (int, error) {
	var id engine.ContactID
	keyID := WorkspaceKey
	if contact != nil {
		id, keyID = contact.ID, contact.KeyID
	}
	running, err := r.Store.ActiveListening(ctx, id, ev.Name)
	if err != nil {
		return 0, fmt.Errorf("listing the enrollments that listen to %q: %w", ev.Name, err)
	}
	for i := range running {
		err := r.tell(ctx, keyID, running[i].ID, id, workflows.Signal{
			ID: string(ev.ID), Kind: workflows.SignalEvent, At: ev.OccurredAt, EventID: ev.ID, Event: ev.Name, Data: ev.Data,
		})
		if err != nil {
			return 0, err
		}
	}
	return len(running), nil
}

// outcome of a trigger: an enrollment, or in words why there is none.
type triggered struct {
	EnrollResult
	refused string
}

// sentence is what the event's row says for people.
func (t triggered) sentence(j engine.JourneyID) string {
	switch {
	case t.EnrollmentID != "":
		return fmt.Sprintf("%s: %s", j, t.EnrollmentID)
	case t.Skipped != "":
		return fmt.Sprintf("%s: skipped (%s)", j, t.Skipped)
	}
	return fmt.Sprintf("%s: refused (%s)", j, t.refused)
}

// startByTrigger evaluates a trigger and enrolls. What an author or a caller
// could have done better (data that does not fit, a condition that cannot be
// evaluated) refuses this start in words and leaves the rest of the event
// alone; only trouble with the tables is an error, and is tried again.
func (r *Runtime) startByTrigger(ctx context.Context, j live, t *dsl.Trigger, contact *engine.Contact, rec engine.TriggerRecord, data map[string]any) (triggered, error) {
	res, err := r.evaluateTrigger(ctx, j, t, contact, rec, data)
	if err != nil {
		return triggered{}, err
	}
	switch {
	case res.refused != "":
		r.Metrics.enrollments.WithLabelValues(rec.Kind, "refused").Inc()
		r.Logger.WarnContext(ctx, "a trigger could not start its journey", "journey", j.ID, "trigger", rec.Kind, "event", rec.EventID, "reason", res.refused)
	case res.Skipped != "":
		r.Metrics.enrollments.WithLabelValues(rec.Kind, "skipped").Inc()
	default:
		r.Metrics.enrollments.WithLabelValues(rec.Kind, "started").Inc()
	}
	return res, nil
}

func (r *Runtime) evaluateTrigger(ctx context.Context, j live, t *dsl.Trigger, contact *engine.Contact, rec engine.TriggerRecord, data map[string]any) (triggered, error) {
	if contact == nil && j.plan.NeedsContact() {
		return triggered{refused: "the event names no contact, and this journey needs one"}, nil
	}
	zone := engine.ZoneOr(j.plan.Timezone)
	event := map[string]any{}
	if fields := j.plan.Events[t.Event]; t.Event != "" && fields != nil {
		typed, errs := fields.Coerce(data, zone)
		for _, e := range errs {
			if !e.Unknown {
				return triggered{refused: fmt.Sprintf("event.%s: %s", e.Path, e.Text.En)}, nil
			}
		}
		event = typed
	} else {
		maps.Copy(event, data)
	}
	f := facts{contact: contact, trigger: triggerRoot(rec), event: event}
	s := r.scope(j.plan, f)
	ok, err := test(t.Where, s)
	if err != nil {
		return triggered{refused: err.Error()}, nil //nolint:nilerr // the event tells it
	}
	if !ok {
		return triggered{EnrollResult: EnrollResult{Skipped: SkippedWhere}}, nil
	}
	inputs, err := inputsOf(j.plan, t, event, s)
	if err != nil {
		return triggered{refused: err.Error()}, nil //nolint:nilerr // the event tells it
	}
	res, err := r.enroll(ctx, j, contact, EnrollRequest{JourneyID: j.ID, Inputs: inputs, Trigger: rec})
	if refusal(err) {
		return triggered{refused: err.Error()}, nil
	}
	return triggered{EnrollResult: res}, err
}

// inputsOf fills a journey's inputs from an event: those of `with` by their
// text, the others from the fields of the same name.
func inputsOf(plan *dsl.Plan, t *dsl.Trigger, event map[string]any, s *scopeOf) (map[string]any, error) {
	inputs := map[string]any{}
	for name := range plan.Inputs {
		if v, ok := event[name]; ok && v != nil {
			inputs[name] = v
		}
	}
	for name, text := range t.With {
		v, err := render(text, s)
		if err != nil {
			return nil, fmt.Errorf("filling input %q: %w", name, err)
		}
		delete(inputs, name)
		if v != nil {
			inputs[name] = v
		}
	}
	return inputs, nil
}
