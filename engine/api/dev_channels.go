package api

import (
	"context"
	"fmt"
	"slices"

	"jornada/dsl/medium"
	"jornada/engine"
)

// phoneChannel is one tab of the simulated phone: what people see of the channel, and
// what they can do on it.
type phoneChannel struct {
	Channel  engine.Channel `json:"channel"`
	Title    string         `json:"title"`
	Window   bool           `json:"window"`    // own text goes only after the person wrote
	Approved bool           `json:"templates"` // …or as an approved template
	Buttons  int            `json:"buttons"`
	ListRows int            `json:"list_rows"`
	Quotes   bool           `json:"quotes"`
	Letter   bool           `json:"letter"`
	Media    bool           `json:"media"`
}

// listPhoneChannels are the channels that exist for somebody: those which everybody
// can be reached on, where there is an integration, and those where people write
// first, when a journey uses them or this contact is there already.
func (s *server) listPhoneChannels(ctx context.Context, q *request) (*answer, error) {
	integrations, err := s.Store.Integrations(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the integrations: %w", err)
	}
	var contact *engine.Contact
	if id := q.query("contact_id"); id != "" {
		if contact, err = s.findContact(ctx, engine.ContactID(id)); err != nil {
			return nil, err
		}
	}
	open, err := s.Store.OpenVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the live versions: %w", err)
	}
	used := map[string]bool{}
	for _, v := range open {
		if v.Plan == nil {
			continue
		}
		for _, name := range v.Plan.Channels() {
			used[name] = true
		}
	}
	list := []phoneChannel{}
	for _, m := range medium.Table {
		ch := engine.Channel(m.Name)
		there := contact != nil && slices.ContainsFunc(contact.Addresses, ch.Reaches)
		if !slices.ContainsFunc(integrations, func(i engine.Integration) bool { return i.Channel == ch }) || m.WritesFirst && !used[m.Name] && !there {
			continue
		}
		list = append(list, phoneChannel{
			Channel: ch, Title: m.Title.In(q.lang), Window: m.Window > 0, Approved: m.Approved, Buttons: m.Buttons, ListRows: m.ListRows,
			Quotes: m.Quotes, Letter: m.Writing == medium.Letter, Media: m.Media,
		})
	}
	return ok(pageView[phoneChannel]{Items: list}), nil
}
