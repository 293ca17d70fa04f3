package api

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// heardView is something that came in and that an enrollment heard: what the
// person wrote or tapped, or a business event.
type heardView struct {
	ID         engine.EventID    `json:"id"`
	Kind       engine.EventKind  `json:"kind"` // message | event
	Event      string            `json:"event,omitempty"`
	Data       map[string]any    `json:"data,omitempty"`
	Channel    engine.Channel    `json:"channel,omitempty"`
	Text       string            `json:"text,omitempty"`
	Option     string            `json:"option,omitempty"` // what was tapped
	Media      *engine.MediaLink `json:"media,omitempty"`
	File       string            `json:"file,omitempty"` // where what they sent is handed out
	Place      map[string]any    `json:"location,omitempty"`
	Form       map[string]any    `json:"form,omitempty"` // the answers of a form
	OccurredAt time.Time         `json:"occurred_at"`
	ReceivedAt time.Time         `json:"received_at"`
}

func heardOf(ev *engine.InboundEvent) heardView {
	v := heardView{ID: ev.ID, Kind: ev.Kind, Event: ev.Name, Data: ev.Data, Channel: ev.Channel, OccurredAt: ev.OccurredAt, ReceivedAt: ev.ReceivedAt}
	if v.OccurredAt.IsZero() {
		v.OccurredAt = ev.ReceivedAt
	}
	if m := ev.Message; m != nil {
		v.Text, v.Media, v.File, v.Place, v.Form = m.Text, m.Media, fileOf(ev), m.Location, m.ReplyData
		if ref, ok := engine.ParsePayload(m.ReplyPayload); ok {
			v.Option = ref.Option
		}
	}
	return v
}

// listHeard lists what an enrollment heard, in the order of its timeline, which
// names these events but never says what is in them.
func (s *server) listHeard(ctx context.Context, q *request) (*answer, error) {
	limit, cursor, err := q.page()
	if err != nil {
		return nil, err
	}
	from := 0
	if cursor != "" {
		if from, err = strconv.Atoi(cursor); err != nil || from < 1 {
			return nil, invalid("cursor", diag.T("cursor is not one that a page before has named", "cursor não é um que uma página anterior tenha dado"))
		}
	}
	e, err := s.findEnrollment(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	trail, err := s.Store.Trail(ctx, e.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the timeline of enrollment %q: %w", e.ID, err)
	}
	if running(e.Status) {
		if live, err := s.Runtime.Explain(ctx, e.ID); err == nil && live != nil { // else what was stored last must do
			trail = mergeTrail(trail, live.Trail)
		}
	}
	var ids []engine.EventID
	seen := map[engine.EventID]bool{"": true}
	for _, entry := range trail {
		if !seen[entry.EventID] {
			seen[entry.EventID] = true
			ids = append(ids, entry.EventID)
		}
	}
	items, next := []heardView{}, ""
	for i, id := range ids {
		if i < from {
			continue
		}
		if i == from+limit {
			next = strconv.Itoa(i)
			break
		}
		ev, err := s.Store.Event(ctx, id)
		if isCode(err, engine.NotFound) {
			continue // erased since, or not an event of ours
		}
		if err != nil {
			return nil, fmt.Errorf("reading event %q: %w", id, err)
		}
		items = append(items, heardOf(ev))
	}
	return ok(pageOf(items, next)), nil
}
