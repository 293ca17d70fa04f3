package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/engine"
)

// eventInput is something that happened in another system.
type eventInput struct {
	Event      string         `json:"event"`
	ID         string         `json:"id"`
	ContactID  string         `json:"contact_id"`
	Contact    *contactInput  `json:"contact"`
	OccurredAt *time.Time     `json:"occurred_at"`
	Data       map[string]any `json:"data"`
}

// eventView says that an event is taken: it is stored, and will be acted on
// whatever happens to us next.
type eventView struct {
	ID        string           `json:"id"`
	Event     string           `json:"event"`
	ContactID engine.ContactID `json:"contact_id"`
	Repeated  bool             `json:"repeated"`
	Ignored   []string         `json:"ignored_fields,omitempty"`
}

// postEvent takes one event.
func (s *server) postEvent(ctx context.Context, q *request) (*answer, error) {
	var in eventInput
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	view, _, err := s.emit(ctx, q, in)
	if err != nil {
		return nil, err
	}
	return accepted(view), nil
}

// schemaOf is the declared type of an event.
func schemaOf(ws *dsl.Workspace, name string) (expression.Fields, error) {
	if name == "" {
		return nil, invalid("event", diag.T("event is missing: name what happened, like appointment.scheduled", "falta event: diga o que aconteceu, como appointment.scheduled"))
	}
	schema, found := ws.Events[name]
	if found {
		return schema, nil
	}
	known := slices.Sorted(maps.Keys(ws.Events))
	hint := diag.Suggest(name, known)
	p := invalid("event", hinted(diag.T("the workspace declares no event %q: add it under events in workspace.yaml",
		"o workspace não declara o evento %q: acrescente em events, no workspace.yaml", name), hint))
	p.Details = map[string]any{"known": append([]string{}, known...)}
	return nil, p
}

// emit types an event, finds or makes its contact, and hands it over.
func (s *server) emit(ctx context.Context, q *request, in eventInput) (*eventView, bool, error) {
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, false, err
	}
	schema, err := schemaOf(ws, in.Event)
	if err != nil {
		return nil, false, err
	}
	if len(in.ID) > 255 {
		return nil, false, invalid("id", diag.T("the event's id has more than 255 characters", "o id do evento tem mais de 255 caracteres"))
	}
	if in.Data == nil {
		in.Data = map[string]any{}
	}
	data, faults, unknown := fit("data.", schema, in.Data, zoneOf(ws.Timezone))
	if len(faults) > 0 {
		return nil, false, faultsProblem(faults, q.lang)
	}
	ev := engine.InboundEvent{
		ID: engine.EventID(engine.NewID("evt")), Kind: engine.BusinessEvent, Name: in.Event, Data: data,
		OccurredAt: s.Clock.Now(), ReceivedAt: s.Clock.Now(),
	}
	if in.OccurredAt != nil {
		ev.OccurredAt = in.OccurredAt.UTC()
	}
	if in.ID == "" {
		in.ID = string(ev.ID)
	}
	// Apart from the keys of events that journeys emit themselves.
	ev.Key = "api/" + in.ID
	if ev.ContactID, err = s.contactOfEvent(ctx, q, in); err != nil {
		return nil, false, err
	}
	inserted, err := s.Runtime.Emit(ctx, ev)
	if err != nil {
		var refused *engine.Error
		if errors.As(err, &refused) {
			return nil, false, err
		}
		return nil, false, fmt.Errorf("taking an event: %w", err)
	}
	return &eventView{ID: in.ID, Event: in.Event, ContactID: ev.ContactID, Repeated: !inserted, Ignored: unknown}, inserted, nil
}

// contactOfEvent is whom the event is about: a known id, or a contact that is
// made or completed on the way. "" when it is about nobody.
func (s *server) contactOfEvent(ctx context.Context, q *request, in eventInput) (engine.ContactID, error) {
	switch {
	case in.Contact == nil && in.ContactID == "":
		return "", nil
	case in.Contact == nil:
		c, err := s.findContact(ctx, engine.ContactID(in.ContactID))
		if err != nil {
			return "", err
		}
		return c.ID, nil
	}
	contact := *in.Contact
	if contact.ID != "" && in.ContactID != "" && contact.ID != in.ContactID {
		return "", invalid("contact.id", diag.T("contact_id says %q and contact.id says %q: give one of them", "contact_id diz %q e contact.id diz %q: informe só um", in.ContactID, contact.ID))
	}
	if contact.ID == "" {
		contact.ID = in.ContactID
	}
	c, _, err := s.upsert(ctx, q, contact, "api", true)
	if err != nil {
		var p *problem
		if errors.As(err, &p) && p.Field != "" {
			named := *p
			named.Field = "contact." + p.Field
			return "", &named
		}
		return "", err
	}
	return c.ID, nil
}

// importEvents takes a CSV of events of one kind: how a clinic imports its
// appointments. Columns are the event's fields (`unit.name` for a field inside
// another), `contact.…` for the person, and optionally `id` and `occurred_at`.
// Without an id, the row's own content is its id, so that the same file twice
// has no second effect. JSON takes a list of events instead.
func (s *server) importEvents(ctx context.Context, q *request) (*answer, error) {
	if q.isJSON() {
		return s.importEventList(ctx, q)
	}
	name := q.query("event")
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, err
	}
	schema, err := schemaOf(ws, name)
	if err != nil {
		return nil, err
	}
	file, err := openSheet(q.stream)
	if err != nil {
		return nil, err
	}
	rows := eventRows{event: name, schema: schema, zone: zoneOf(ws.Timezone),
		contact: contactColumns{prefix: "contact.", ws: ws, zone: zoneOf(ws.Timezone)}}
	report := newReport()
	for _, column := range file.columns {
		if column != "" && !rows.knows(column) {
			report.Ignored = append(report.Ignored, column)
		}
	}
	for {
		cells, line, bad, err := file.next(q.lang)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		report.Rows++
		if bad != nil {
			report.fail(*bad)
			continue
		}
		in, err := rows.read(cells)
		if err := s.importEvent(ctx, q, in, err, line, report); err != nil {
			return nil, err
		}
	}
	return ok(report), nil
}

func (s *server) importEventList(ctx context.Context, q *request) (*answer, error) {
	body, err := io.ReadAll(q.stream)
	if err != nil {
		return nil, sheetProblem(err)
	}
	var list []eventInput
	if err := decodeStrict(body, &list); err != nil {
		return nil, err
	}
	report := newReport()
	for i, in := range list {
		report.Rows++
		if in.Event == "" {
			in.Event = q.query("event")
		}
		if err := s.importEvent(ctx, q, in, nil, i+1, report); err != nil {
			return nil, err
		}
	}
	return ok(report), nil
}

// importEvent takes one row, or reports why not. An error ends the import.
func (s *server) importEvent(ctx context.Context, q *request, in eventInput, err error, line int, report *importReport) error {
	inserted := false
	if err == nil {
		_, inserted, err = s.emit(ctx, q, in)
	}
	if err != nil {
		column := strings.TrimPrefix(problemOf(err).Field, "data.")
		column = strings.NewReplacer("contact.attributes.", "contact.", "contact.addresses.", "contact.").Replace(column)
		bad, err := refusal(err, line, column, q.lang)
		if err != nil {
			return err
		}
		report.fail(*bad)
		return nil
	}
	report.Imported++
	if inserted {
		report.Created++
	} else {
		report.Repeated++
	}
	return nil
}

// eventRows maps the rows of a file to events.
type eventRows struct {
	event   string
	schema  expression.Fields
	zone    *time.Location
	contact contactColumns
}

func (m eventRows) knows(column string) bool {
	if slices.Contains([]string{"id", "occurred_at", "contact_id"}, column) || m.contact.knows(column) {
		return true
	}
	_, found := typeAt(m.schema, column)
	return found
}

func (m eventRows) read(cells map[string]string) (eventInput, error) {
	in := eventInput{Event: m.event, Data: map[string]any{}}
	person := false
	for _, column := range slices.Sorted(maps.Keys(cells)) {
		cell := cells[column]
		t, isField := typeAt(m.schema, column)
		switch {
		case isField:
			putAt(in.Data, column, cellValue(cell, t, m.zone))
		case column == "id":
			in.ID = cell
		case column == "contact_id":
			in.ContactID = cell
		case column == "occurred_at":
			at, isText := cellValue(cell, expression.Type{Kind: expression.Time}, m.zone).(string)
			moment, err := time.Parse(time.RFC3339, at)
			if !isText || err != nil {
				return in, invalid(column, diag.T("%q is no date and time: write it like 2026-11-25 14:30 or 25/11/2026 14:30",
					"%q não é data e hora: escreva como 25/11/2026 14:30 ou 2026-11-25 14:30", cell))
			}
			in.OccurredAt = &moment
		case m.contact.knows(column):
			person = true
		}
	}
	for name, t := range m.schema { // so that what is missing is named whole: unit.name
		if _, given := in.Data[name]; !given && t.Kind == expression.Object && !t.Optional {
			in.Data[name] = map[string]any{}
		}
	}
	if person {
		contact, err := m.contact.read(cells)
		if err != nil {
			return in, err
		}
		if contact.ID == "" {
			contact.ID = in.ContactID
		}
		in.Contact = &contact
	}
	if in.ID == "" {
		content, err := json.Marshal([]any{m.event, cells}) // map keys are sorted
		if err != nil {
			return in, fmt.Errorf("naming a row: %w", err)
		}
		sum := sha256.Sum256(content)
		in.ID = "row-" + hex.EncodeToString(sum[:16])
	}
	return in, nil
}

// isJSON reports whether the body is JSON, on the one call that takes both.
func (q *request) isJSON() bool {
	return strings.HasPrefix(strings.TrimSpace(q.Header.Get("Content-Type")), "application/json")
}
