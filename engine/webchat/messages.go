package webchat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"jornada/engine"
)

// item is one message as the page shows it.
type item struct {
	ID      string            `json:"id"`
	Mine    bool              `json:"mine"` // the visitor's
	Text    string            `json:"text"`
	At      time.Time         `json:"at"`
	Choices []choice          `json:"choices,omitempty"`
	Media   *engine.MediaLink `json:"media,omitempty"`
}

// choice has no payload: what a tap means is read from our own row.
type choice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// conversation is what the visitor and we said, oldest first, and a mark that
// changes when we say more.
type conversation struct {
	Items []item `json:"items"`
	Mark  string `json:"mark"`
}

// read answers with the conversation once it is another than the page has.
func (c *Chat) read(w http.ResponseWriter, r *caller) error {
	if err := c.known(r); err != nil {
		return err
	}
	have := r.URL.Query().Get("have")
	rung, stop, ok := c.Bell.Wait(r.visitor, waitingOfOne)
	if !ok {
		return &refusal{http.StatusTooManyRequests, "too_many_tabs", 10 * time.Second}
	}
	defer stop()
	select {
	case c.waiting <- struct{}{}:
		defer func() { <-c.waiting }()
	default:
		return &refusal{http.StatusServiceUnavailable, "busy", 10 * time.Second}
	}
	over := time.NewTimer(c.Patience)
	defer over.Stop()
	look := time.NewTimer(0)
	defer look.Stop()
	// The bell rings when a message leaves, a moment before its row says so: look
	// a few times then. A ring without a message was another tab that wrote.
	for soon, heard := 0, false; ; {
		select {
		case <-rung:
			soon, heard = ringLooks, true
			look.Reset(c.Look / 50)
			continue
		case <-look.C:
		case <-over.C:
			w.WriteHeader(http.StatusNoContent)
			return nil
		case <-c.closed:
			w.WriteHeader(http.StatusNoContent)
			return nil
		case <-r.Context().Done():
			return nil
		}
		list, mark, err := c.sentTo(r)
		if err != nil {
			return err
		}
		if mark != have || heard && soon == 0 {
			return c.show(w, r, list, mark)
		}
		if soon > 0 {
			soon--
			look.Reset(c.Look / 20)
		} else {
			look.Reset(c.Look)
		}
	}
}

// ringLooks is how often it looks after the bell before it waits as usual.
const ringLooks = 4

// sentTo are the messages that this browser gets, newest first, and a mark that
// changes with them. What the contact gets elsewhere is not shown here.
func (c *Chat) sentTo(r *caller) ([]engine.Message, string, error) {
	if r.contact == nil {
		contact, err := c.contact(r.Context(), r.visitor)
		if err != nil || contact == nil {
			return nil, "0", err
		}
		r.contact = contact
	}
	list, _, err := c.Store.Messages(r.Context(), engine.MessageFilter{ContactID: r.contact.ID, Channel: engine.WebChat, Limit: shown})
	if err != nil {
		return nil, "", fmt.Errorf("reading what was sent: %w", err)
	}
	to := addressOf(r.visitor)
	list = slices.DeleteFunc(list, func(m engine.Message) bool {
		return m.To != to || m.IntegrationID != r.integration.ID || !arrived(m.Status)
	})
	sum := sha256.New()
	for i := range list {
		fmt.Fprint(sum, list[i].ID, "\x00")
	}
	return list, hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// show answers with the whole conversation: what was sent, and what the visitor wrote.
func (c *Chat) show(w http.ResponseWriter, r *caller, list []engine.Message, mark string) error {
	out := conversation{Items: []item{}, Mark: mark}
	var fresh []engine.Message
	for i := range list {
		out.Items = append(out.Items, sent(&list[i]))
		if list[i].Status == engine.Accepted || list[i].Status == engine.Sent {
			fresh = append(fresh, list[i])
		}
	}
	if r.contact != nil {
		written, err := c.Store.InboundOf(r.Context(), r.contact, shown)
		if err != nil {
			return fmt.Errorf("reading what was written: %w", err)
		}
		prefix := providerID(r.visitor, "")
		for i := range written {
			ev := &written[i]
			if ev.IntegrationID != r.integration.ID || ev.Message == nil || ev.Message.Text == "" {
				continue
			}
			if id, own := strings.CutPrefix(ev.Message.ProviderID, prefix); own {
				out.Items = append(out.Items, item{ID: id, Mine: true, Text: ev.Message.Text, At: ev.OccurredAt})
			}
		}
	}
	slices.SortStableFunc(out.Items, func(a, b item) int { return a.At.Compare(b.At) })
	c.delivered(r, fresh)
	answer(w, http.StatusOK, out)
	return nil
}

// contact is who the visitor is, nil when they have not written yet.
func (c *Chat) contact(ctx context.Context, visitor string) (*engine.Contact, error) {
	contact, err := c.Store.ContactByAddress(ctx, []engine.Address{addressOf(visitor)})
	if isNotFound(err) || err == nil && (contact == nil || contact.ErasedAt != nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("finding the visitor's contact: %w", err)
	}
	return contact, nil
}

func arrived(s engine.MessageStatus) bool {
	return s == engine.Accepted || s == engine.Sent || s == engine.Delivered || s == engine.Read
}

func sent(m *engine.Message) item {
	out := item{ID: string(m.ID), Text: m.Content.Text, At: m.CreatedAt, Media: m.Content.Media}
	if m.AcceptedAt != nil {
		out.At = *m.AcceptedAt
	}
	if m.Content.Footer != "" {
		out.Text += "\n\n" + m.Content.Footer
	}
	for _, ch := range m.Content.Choices {
		out.Choices = append(out.Choices, choice{ch.ID, ch.Title})
	}
	return out
}

// delivered reports that the page takes messages. That it is written down is not
// worth a visitor's wait, and a page that asks again reports again.
func (c *Chat) delivered(r *caller, list []engine.Message) {
	if len(list) == 0 {
		return
	}
	now := c.Clock.Now()
	events := make([]engine.InboundEvent, len(list))
	for i, m := range list {
		events[i] = engine.InboundEvent{
			Key: "status:" + string(m.ID) + ":delivered", Kind: engine.StatusUpdate, IntegrationID: r.integration.ID, Channel: engine.WebChat,
			OccurredAt: now, ReceivedAt: now,
			Status: &engine.IncomingStatus{ProviderID: m.ProviderID, Ref: string(m.ID), Status: engine.Delivered, Recipient: []engine.Address{m.To}},
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), deliverIn)
	defer cancel()
	if err := c.Deliver(ctx, events); err != nil {
		c.Logger.WarnContext(ctx, "a delivery in a web chat was not written down", "integration", r.integration.ID, "error", err)
	}
}

// clientID is an id the page makes up, so that a repeated call has no second effect.
var clientID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// providerID is the id of a visitor's message.
func providerID(visitor, client string) string { return "visitor:" + visitor + ":" + client }

// write takes what the visitor says: words, or an option of a message of ours.
func (c *Chat) write(w http.ResponseWriter, r *caller) error {
	if err := c.known(r); err != nil {
		return err
	}
	var in struct {
		ID        string `json:"id"`
		Text      string `json:"text"`
		MessageID string `json:"message_id"`
		Option    string `json:"option"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	in.Text = strings.TrimSpace(in.Text)
	switch {
	case !clientID.MatchString(in.ID):
		return refuse(http.StatusUnprocessableEntity, "id")
	case (in.Text == "") == (in.Option == ""), in.Option != "" && in.MessageID == "":
		return refuse(http.StatusUnprocessableEntity, "text")
	case utf8.RuneCountInString(in.Text) > textMax:
		return refuse(http.StatusUnprocessableEntity, "too_long")
	}
	if wait := max(c.limits.writes.take(r.visitor), c.limits.strange.take(ip(r.Request))); wait > 0 {
		return &refusal{http.StatusTooManyRequests, "too_fast", wait}
	}
	m := &engine.IncomingMessage{Type: "text", Text: in.Text}
	if in.Option != "" {
		if err := c.tapped(r, m, engine.MessageID(in.MessageID), in.Option); err != nil {
			return err
		}
	}
	if err := c.deliver(r, in.ID, "", m); err != nil {
		return fmt.Errorf("storing what a visitor wrote: %w", err)
	}
	c.Bell.Ring(r.visitor) // their other tabs
	answer(w, http.StatusAccepted, map[string]any{"id": in.ID})
	return nil
}

// tapped reads from our own row what the option means.
func (c *Chat) tapped(r *caller, m *engine.IncomingMessage, id engine.MessageID, option string) error {
	list, _, err := c.sentTo(r)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].ID != id {
			continue
		}
		for _, ch := range list[i].Content.Choices {
			if ch.ID == option {
				m.Type, m.InteractiveType = "interactive", "button_reply"
				m.Text, m.ReplyPayload, m.ContextID = ch.Title, ch.Payload, list[i].ProviderID
				return nil
			}
		}
	}
	return refuse(http.StatusNotFound, "option")
}

// deliver stores a message of the visitor as any channel's.
func (c *Chat) deliver(r *caller, client string, contact engine.ContactID, m *engine.IncomingMessage) error {
	now := c.Clock.Now()
	m.ProviderID, m.Account = providerID(r.visitor, client), string(r.integration.ID)
	ctx, cancel := context.WithTimeout(r.Context(), deliverIn)
	defer cancel()
	return c.Deliver(ctx, []engine.InboundEvent{{
		Key: m.ProviderID, Kind: engine.InboundMessage, IntegrationID: r.integration.ID, Channel: engine.WebChat,
		OccurredAt: now, ReceivedAt: now, From: []engine.Address{addressOf(r.visitor)}, ContactID: contact, Message: m,
	}})
}

// decode reads a small JSON object of known fields.
func decode(r *caller, into any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "json")
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return refuse(http.StatusRequestEntityTooLarge, "too_long")
	}
	if !utf8.Valid(raw) || json.Unmarshal(raw, into) != nil {
		return refuse(http.StatusBadRequest, "json")
	}
	return nil
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the visitor may have left
}
