package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"jornada/engine"
	"jornada/engine/api"
	"jornada/engine/runtime"
	"jornada/engine/store"
)

// phone is the person at the other end of `jornada dev`: what they do becomes
// the inbound events a real provider would have sent. It keeps nothing itself,
// so the conversation is there after a restart.
type phone struct {
	runtime *runtime.Runtime
	store   *store.Store
	clock   engine.Clock
}

// maxWritten is how far back the phone shows what the contact wrote.
const maxWritten = 200

// Written implements api.DevPhone.
func (p *phone) Written(ctx context.Context, id engine.ContactID) ([]api.PhoneItem, error) {
	c, err := p.store.Contact(ctx, id)
	if err != nil {
		return nil, err
	}
	events, err := p.store.InboundOf(ctx, c, maxWritten)
	if err != nil {
		return nil, err
	}
	items := make([]api.PhoneItem, 0, len(events))
	for _, ev := range events {
		at := ev.OccurredAt
		if at.IsZero() {
			at = ev.ReceivedAt
		}
		items = append(items, api.PhoneItem{
			ID: string(ev.ID), Direction: api.Inbound, ContactID: id, Channel: ev.Channel, Text: ev.Message.Text,
			Content: engine.Content{Text: ev.Message.Text, Media: ev.Message.Media, Location: placeOf(ev.Message.Location)}, At: at,
		})
	}
	return items, nil
}

// Inbound implements api.DevPhone. A choice travels as its medium carries it: a
// WhatsApp tap brings the button's payload back, on SMS people type the
// option's number, in e-mail its title.
func (p *phone) Inbound(ctx context.Context, in api.PhoneInput) error {
	m := &engine.IncomingMessage{ProviderID: engine.NewID("in"), Type: "text", Text: in.Text, OpensWindow: in.Channel.HasWindow()}
	carries := in.Channel.Medium()
	var integration engine.IntegrationID
	if in.ReplyTo != nil {
		integration = in.ReplyTo.IntegrationID
		if carries.Quotes { // an SMS quotes nothing
			m.ContextID = in.ReplyTo.ProviderID
		}
	}
	switch {
	case in.Choice != nil && !carries.Quotes:
		m.Text = strconv.Itoa(in.Index + 1)
	case in.Choice != nil && carries.Taps:
		m.Text, m.ReplyPayload, m.Type = in.Choice.Title, in.Choice.Payload, "interactive"
		if in.ReplyTo.Content.Template != "" {
			m.Type = "button"
		}
	case in.Choice != nil:
		m.Text = in.Choice.Title
	case in.Media != nil:
		m.Type, m.Media = in.Media.Kind, in.Media
	case in.Location != nil:
		m.Type, m.Location = "location", map[string]any{"latitude": in.Location.Latitude, "longitude": in.Location.Longitude, "name": in.Location.Name, "address": in.Location.Address}
	case in.Form != nil:
		m.Type, m.InteractiveType, m.ReplyData, m.Text = "interactive", "nfm_reply", in.Form, "Sent"
	}
	if integration == "" {
		i, err := p.store.DefaultIntegration(ctx, in.Channel)
		if err != nil {
			return err
		}
		integration = i.ID
	}
	now := p.clock.Now()
	return p.runtime.Deliver(ctx, []engine.InboundEvent{{
		Key: m.ProviderID, Kind: engine.InboundMessage, IntegrationID: integration, Channel: in.Channel,
		OccurredAt: now, ReceivedAt: now, From: reachable(in.Contact, in.Channel), ContactID: in.Contact.ID, Message: m,
	}})
}

// reachable are the addresses a provider of the channel would name. Where people write
// first, who has none yet gets one: that of a demo.
func reachable(c *engine.Contact, ch engine.Channel) []engine.Address {
	var list []engine.Address
	for _, a := range c.Addresses {
		if ch.Reaches(a) {
			list = append(list, a)
		}
	}
	if kinds := ch.AddressKinds(); len(list) == 0 && ch.Medium().WritesFirst && len(kinds) > 0 {
		list = append(list, engine.Address{Kind: kinds[0], Value: "demo-" + string(c.ID)})
	}
	return list
}

// placeOf is a place that somebody sent; nil when there is none.
func placeOf(said map[string]any) *engine.Place {
	latitude, north := said["latitude"].(float64)
	longitude, east := said["longitude"].(float64)
	if !north || !east {
		return nil
	}
	name, _ := said["name"].(string)
	address, _ := said["address"].(string)
	return &engine.Place{Latitude: latitude, Longitude: longitude, Name: name, Address: address}
}

// Status implements api.DevPhone.
func (p *phone) Status(ctx context.Context, m *engine.Message, status engine.MessageStatus, code string) error {
	news := &engine.IncomingStatus{ProviderID: m.ProviderID, Ref: string(m.ID), Status: status, Recipient: []engine.Address{m.To}}
	if code != "" {
		news.ErrorCodes = []string{code}
		news.ErrorDetail = fmt.Sprintf("chosen on the simulated phone: %s", code)
	}
	now := p.clock.Now()
	return p.runtime.Deliver(ctx, []engine.InboundEvent{{
		Key: "status:" + string(m.ID) + ":" + string(status) + ":" + now.Format(time.RFC3339Nano), Kind: engine.StatusUpdate,
		IntegrationID: m.IntegrationID, Channel: m.Channel, OccurredAt: now, ReceivedAt: now, Status: news,
	}})
}
