package api

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// DevPhone is the simulated phone behind /phone, which only `jornada dev` has.
// What we sent is read from the store, so the phone shows it after a restart,
// too; the phone adds what the contact wrote.
type DevPhone interface {
	// Written is what one contact wrote, oldest first.
	Written(ctx context.Context, contact engine.ContactID) ([]PhoneItem, error)
	// Inbound makes the contact write, tap or send a picture.
	Inbound(ctx context.Context, in PhoneInput) error
	// Status reports a provider's news about one of our messages.
	Status(ctx context.Context, m *engine.Message, status engine.MessageStatus, errorCode string) error
}

// PhoneItem is one bubble on the simulated phone. Content is what the customer
// reads, templates rendered.
type PhoneItem struct {
	ID           string               `json:"id"` // message id of ours; a unique id of theirs
	Direction    string               `json:"direction"`
	ContactID    engine.ContactID     `json:"contact_id"`
	Channel      engine.Channel       `json:"channel"`
	Text         string               `json:"text"`
	Content      engine.Content       `json:"content"`
	Status       engine.MessageStatus `json:"status,omitempty"`
	Reason       string               `json:"reason,omitempty"`
	ErrorCode    string               `json:"error_code,omitempty"`
	ReplyTo      string               `json:"reply_to,omitempty"`
	Journey      engine.JourneyID     `json:"journey,omitempty"`
	EnrollmentID engine.EnrollmentID  `json:"enrollment_id,omitempty"`
	StepID       string               `json:"step_id,omitempty"`
	At           time.Time            `json:"at"`
}

// The directions of a bubble: Outbound is ours, Inbound the contact's.
const (
	Outbound = "outbound"
	Inbound  = "inbound"
)

// PhoneInput is what the contact does. Exactly one of Text, Choice, Media, Location
// and Form is set.
type PhoneInput struct {
	Contact *engine.Contact
	Channel engine.Channel
	Text    string
	Choice  *engine.Choice    // the tapped button or row of message ReplyTo
	Index   int               // of the choice, from 0: on SMS people type its number
	ReplyTo *engine.Message   // nil when nothing is quoted
	Media   *engine.MediaLink // a picture, recording or file they send
	// Location is a place they send; Form what they filled in.
	Location *engine.Place
	Form     map[string]any
}

//go:embed phone/index.html phone/phone.css phone/phone.js phone/words.js phone/icon.svg
var phoneFiles embed.FS

// phoneFile serves one file of the page, under its own policy.
func phoneFile(name, contentType string) handlerOf {
	return func(s *server) handler {
		return func(ctx context.Context, q *request) (*answer, error) {
			raw, err := phoneFiles.ReadFile("phone/" + name)
			if err != nil {
				return nil, fmt.Errorf("reading the phone's page: %w", err)
			}
			return (&answer{status: http.StatusOK, raw: raw, contentType: contentType}).with("Content-Security-Policy", cspPage), nil
		}
	}
}

type outboxView struct {
	Items      []PhoneItem                   `json:"items"`
	NextCursor *string                       `json:"next_cursor"`
	Windows    map[engine.Channel]windowView `json:"windows"`
	Now        time.Time                     `json:"now"`
}

// maxBubbles is how many messages a conversation on the phone goes back.
const maxBubbles = 200

// sentTo lists what we sent to a contact, oldest first. What never left (queued,
// skipped) is not on a phone.
func (s *server) sentTo(ctx context.Context, id engine.ContactID) ([]engine.Message, error) {
	list, _, err := s.Store.Messages(ctx, engine.MessageFilter{ContactID: id, Limit: maxBubbles})
	if err != nil {
		return nil, fmt.Errorf("listing messages: %w", err)
	}
	list = slices.DeleteFunc(list, func(m engine.Message) bool {
		return m.Status == engine.Queued || m.Status == engine.Skipped || m.Status == engine.Sending
	})
	slices.SortStableFunc(list, func(a, b engine.Message) int { return sentAt(&a).Compare(sentAt(&b)) })
	return list, nil
}

func sentAt(m *engine.Message) time.Time {
	if m.AcceptedAt != nil {
		return *m.AcceptedAt
	}
	return m.CreatedAt
}

func (s *server) getPhoneOutbox(ctx context.Context, q *request) (*answer, error) {
	view := outboxView{Items: []PhoneItem{}, Windows: map[engine.Channel]windowView{}, Now: s.Clock.Now()}
	id := engine.ContactID(q.query("contact_id"))
	if id != "" {
		c, err := s.findContact(ctx, id)
		if err != nil {
			return nil, err
		}
		id = c.ID
		if view.Windows, err = s.windowsOf(ctx, id); err != nil {
			return nil, err
		}
		written, err := s.Phone.Written(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("reading what the contact wrote: %w", err)
		}
		view.Items = append(view.Items, written...)
	}
	sent, err := s.sentTo(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range sent {
		m := &sent[i]
		text := m.Content.Text
		if text == "" {
			text = m.Content.Markdown
		}
		view.Items = append(view.Items, PhoneItem{ID: string(m.ID), Direction: Outbound, ContactID: m.ContactID, Channel: m.Channel, Text: text,
			Content: m.Content, Status: m.Status, Reason: m.Reason, ErrorCode: m.ErrorCode, Journey: m.JourneyID,
			EnrollmentID: m.EnrollmentID, StepID: m.StepID, At: sentAt(m)})
	}
	slices.SortStableFunc(view.Items, func(a, b PhoneItem) int { return a.At.Compare(b.At) })
	return ok(view), nil
}

// postPhoneInbound makes the contact answer. An option is found by its id, its
// title or its payload, on the newest message that offers it.
func (s *server) postPhoneInbound(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		ContactID string            `json:"contact_id"`
		Channel   engine.Channel    `json:"channel"`
		Text      string            `json:"text"`
		Option    string            `json:"option"`
		Media     *engine.MediaLink `json:"media"`
		Location  *engine.Place     `json:"location"`
		Form      map[string]any    `json:"form"`
		MessageID string            `json:"message_id"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if !in.Channel.Known() {
		return nil, invalid("channel", badChannel())
	}
	given := 0
	for _, is := range []bool{strings.TrimSpace(in.Text) != "", in.Option != "", in.Media != nil, in.Location != nil, in.Form != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return nil, invalid("text", diag.T("give exactly one of text, option, media, location and form", "informe exatamente um entre text, option, media, location e form"))
	}
	if err := sendable(in.Channel, in.Media, in.Location, in.Form); err != nil {
		return nil, err
	}
	c, err := s.findContact(ctx, engine.ContactID(in.ContactID))
	if err != nil {
		return nil, err
	}
	input := PhoneInput{Contact: c, Channel: in.Channel, Text: in.Text, Media: in.Media, Location: in.Location, Form: in.Form}
	if in.Option != "" || in.MessageID != "" {
		if err := s.findChoice(ctx, &input, in.Option, in.MessageID); err != nil {
			return nil, err
		}
	}
	if err := s.Phone.Inbound(ctx, input); err != nil {
		return nil, wrapUnlessRefused("handing over what the contact did", err)
	}
	return accepted(takenView{true}), nil
}

// sendable checks what people may send on a channel beside words.
func sendable(ch engine.Channel, media *engine.MediaLink, place *engine.Place, form map[string]any) error {
	carries := ch.Medium()
	switch {
	case (media != nil || place != nil) && !carries.Media:
		return invalid("channel", diag.T("%s carries words only", "%s só leva palavras", string(ch)))
	case media != nil && !slices.Contains([]string{"image", "document", "video", "audio", "sticker"}, media.Kind):
		return invalid("media.kind", diag.T("media is an image, document, video, audio or sticker, not %q", "a mídia é image, document, video, audio ou sticker, e não %q", media.Kind))
	case media != nil && !strings.HasPrefix(media.URL, "https://") && !strings.HasPrefix(media.URL, "http://"):
		return invalid("media.url", diag.T("the address must begin with https:// (or http://)", "o endereço deve começar com https:// (ou http://)"))
	case place != nil && (math.Abs(place.Latitude) > 90 || math.Abs(place.Longitude) > 180):
		return invalid("location", diag.T("latitude is a number from -90 to 90, longitude from -180 to 180", "latitude é um número de -90 a 90, e longitude de -180 a 180"))
	case form != nil && carries.FormTitle == 0:
		return invalid("channel", diag.T("%s has no forms", "%s não tem formulários", string(ch)))
	}
	return nil
}

type takenView struct {
	Accepted bool `json:"accepted"`
}

func (s *server) findChoice(ctx context.Context, in *PhoneInput, option, messageID string) error {
	sent, err := s.sentTo(ctx, in.Contact.ID)
	if err != nil {
		return err
	}
	offered := []string{}
	for _, m := range slices.Backward(sent) {
		if m.Channel != in.Channel || messageID != "" && string(m.ID) != messageID {
			continue
		}
		if option == "" {
			in.ReplyTo = &m
			return nil
		}
		for i, choice := range m.Content.Choices {
			if choice.ID == option || choice.Payload == option && option != "" || strings.EqualFold(choice.Title, option) {
				in.Choice, in.Index, in.ReplyTo = &choice, i, &m
				return nil
			}
			offered = append(offered, choice.ID)
		}
	}
	if option == "" {
		return notFound(diag.T("contact %q has no message %q on %s", "o contato %q não tem a mensagem %q em %s", in.Contact.ID, messageID, in.Channel))
	}
	p := notFound(diag.T("no message on %s to contact %q offers the option %q", "nenhuma mensagem em %s para o contato %q oferece a opção %q", in.Channel, in.Contact.ID, option))
	p.Field, p.Details = "option", map[string]any{"offered": offered}
	return p
}

func (s *server) postPhoneStatus(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		MessageID string               `json:"message_id"`
		Status    engine.MessageStatus `json:"status"`
		ErrorCode string               `json:"error_code"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	reportable := []engine.MessageStatus{engine.Accepted, engine.Sent, engine.Delivered, engine.Read, engine.Failed}
	if !slices.Contains(reportable, in.Status) {
		return nil, invalid("status", diag.T("a provider reports accepted, sent, delivered, read or failed, not %q", "um provedor informa accepted, sent, delivered, read ou failed, e não %q", in.Status))
	}
	m, err := s.findMessage(ctx, in.MessageID)
	if err != nil {
		return nil, err
	}
	if err := s.Phone.Status(ctx, m, in.Status, in.ErrorCode); err != nil {
		return nil, wrapUnlessRefused("reporting a status", err)
	}
	return accepted(takenView{true}), nil
}

type clockView struct {
	Now   time.Time `json:"now"`
	Speed float64   `json:"speed"`
	// Timezone is the workspace's: the phone of a contact without one shows it.
	Timezone string `json:"timezone"`
	// Events are the workspace's, by name: what a sheet can be imported as.
	Events []string `json:"events"`
}

func (s *server) getPhoneClock(ctx context.Context, q *request) (*answer, error) {
	speed := s.Clock.Anchor().Speed
	if speed == 0 {
		speed = 1
	}
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, err
	}
	return ok(clockView{s.Clock.Now(), speed, ws.Timezone, append([]string{}, slices.Sorted(maps.Keys(ws.Events))...)}), nil
}
