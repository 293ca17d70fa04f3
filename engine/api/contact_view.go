package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
	"jornada/engine"
)

// oneOrAll is an address field: one text, a list of them, or null for none.
type oneOrAll []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrAll) UnmarshalJSON(b []byte) error {
	var one string
	if err := json.Unmarshal(b, &one); err == nil {
		*o = nil
		if one != "" {
			*o = oneOrAll{one}
		}
		return nil
	}
	var all []string
	if err := json.Unmarshal(b, &all); err != nil {
		return invalid("addresses", diag.T("an address must be text, a list of texts, or null", "um endereço deve ser texto, lista de textos ou null"))
	}
	if len(all) > 20 {
		return invalid("addresses", diag.T("a contact has at most 20 addresses of a kind", "um contato tem no máximo 20 endereços de cada tipo"))
	}
	*o = all
	return nil
}

// MarshalJSON implements json.Marshaler: one address is plain text.
func (o oneOrAll) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]string(o))
}

type contactView struct {
	ID         engine.ContactID                `json:"id"`
	Attributes map[string]any                  `json:"attributes"`
	Addresses  map[engine.AddressKind]oneOrAll `json:"addresses"`
	OptIn      map[engine.Channel]bool         `json:"opt_in"`
	// Purposes says what they said of single purposes, where that differs from OptIn.
	Purposes  map[engine.Channel]map[string]bool `json:"opt_in_purposes,omitempty"`
	Timezone  string                             `json:"timezone"`
	Locale    string                             `json:"locale"`
	CreatedAt time.Time                          `json:"created_at"`
	UpdatedAt time.Time                          `json:"updated_at"`
	// Missing lists attributes the schema promises and this contact lacks.
	Missing []string                      `json:"missing_attributes,omitempty"`
	Windows map[engine.Channel]windowView `json:"windows,omitempty"`
}

type windowView struct {
	Open     bool       `json:"open"`
	ClosesAt *time.Time `json:"closes_at"`
}

func contactOf(c *engine.Contact) contactView {
	v := contactView{
		ID: c.ID, Attributes: c.Attributes, OptIn: c.OptIn, Purposes: c.Purposes, Timezone: c.Timezone, Locale: c.Locale,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Addresses: map[engine.AddressKind]oneOrAll{},
	}
	if v.Attributes == nil {
		v.Attributes = map[string]any{}
	}
	if v.OptIn == nil {
		v.OptIn = map[engine.Channel]bool{}
	}
	for _, a := range c.Addresses {
		v.Addresses[a.Kind] = append(v.Addresses[a.Kind], a.Value)
	}
	return v
}

// viewContact is one contact with what only a single view shows.
func (s *server) viewContact(ctx context.Context, c *engine.Contact) (contactView, error) {
	v := contactOf(c)
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return v, err
	}
	for _, name := range slices.Sorted(maps.Keys(ws.Contact)) {
		_, have := c.Attributes[name]
		addressed := (name == string(engine.Phone) || name == string(engine.EmailAddress)) && c.Address(engine.AddressKind(name)) != ""
		if !have && !addressed && !ws.Contact[name].Optional && !slices.Contains(builtinFields, name) {
			v.Missing = append(v.Missing, name)
		}
	}
	v.Windows, err = s.windowsOf(ctx, c.ID)
	return v, err
}

// windowsOf says which service windows of a contact are open, of the channels
// that have one and on which they can be reached.
func (s *server) windowsOf(ctx context.Context, id engine.ContactID) (map[engine.Channel]windowView, error) {
	states, err := s.Store.Windows(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("reading the service windows: %w", err)
	}
	views := map[engine.Channel]windowView{}
	for _, name := range medium.Windowed() {
		ch := engine.Channel(name)
		w := engine.ServiceWindow{LastInboundAt: states[ch].LastInboundAt}
		view := windowView{}
		closes := w.ClosesAt()
		if closes.IsZero() && ch.Medium().WritesFirst {
			continue // nobody there yet
		}
		if !closes.IsZero() {
			view = windowView{Open: w.OpenAt(s.Clock.Now()), ClosesAt: &closes}
		}
		views[ch] = view
	}
	return views, nil
}

// contactExport is everything we hold about a person (LGPD art. 18, GDPR art. 15 and 20).
type contactExport struct {
	Contact     contactView      `json:"contact"`
	Consents    []consentView    `json:"consents"`
	Enrollments []enrollmentView `json:"enrollments"`
	Messages    []messageView    `json:"messages"`
	ExportedAt  time.Time        `json:"exported_at"`
}

func (s *server) exportContact(ctx context.Context, q *request) (*answer, error) {
	c, err := s.findContact(ctx, engine.ContactID(q.params["id"]))
	if err != nil {
		return nil, err
	}
	view, err := s.viewContact(ctx, c)
	if err != nil {
		return nil, err
	}
	out := contactExport{Contact: view, Consents: []consentView{}, Enrollments: []enrollmentView{}, Messages: []messageView{}, ExportedAt: s.Clock.Now()}
	consents, err := s.Store.Consents(ctx, c.ID)
	if err != nil {
		return nil, fmt.Errorf("reading consent: %w", err)
	}
	out.Consents = each(consents, consentOf)
	for cursor := ""; ; {
		list, next, err := s.Store.Enrollments(ctx, engine.EnrollmentFilter{ContactID: c.ID, Limit: 500, Cursor: cursor})
		if err != nil {
			return nil, fmt.Errorf("reading enrollments: %w", err)
		}
		out.Enrollments = append(out.Enrollments, each(list, enrollmentOf)...)
		if cursor = next; next == "" {
			break
		}
	}
	for cursor := ""; ; {
		list, next, err := s.Store.Messages(ctx, engine.MessageFilter{ContactID: c.ID, Limit: 500, Cursor: cursor})
		if err != nil {
			return nil, fmt.Errorf("reading messages: %w", err)
		}
		out.Messages = append(out.Messages, each(list, messageOf)...)
		if cursor = next; next == "" {
			break
		}
	}
	if err := s.audit(ctx, q, "contact.exported", string(c.ID), nil); err != nil {
		return nil, err
	}
	return ok(out).with("Content-Disposition", `attachment; filename="contact.json"`), nil
}
