package fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jornada/engine"
)

// Inbound is what a person does with the phone: exactly one of Text, Option,
// Payload, Media, Form or Reaction (a text may go with Media, as its caption).
type Inbound struct {
	IntegrationID engine.IntegrationID
	Channel       engine.Channel
	From          []engine.Address
	ContactID     engine.ContactID // when known
	ProfileName   string

	Text     string
	Option   string // id or title of a choice of a message in the outbox
	Payload  string // a button's payload verbatim; ReplyTo says of which message
	Media    *engine.MediaLink
	Form     map[string]any // the answers of a form
	Reaction string         // an emoji on ReplyTo

	ReplyTo string // provider id of the message quoted; "" with Option: the newest that offers it
}

// Inbound injects what a person does and hands the event to OnEvents. The event
// looks as a real provider would have made it: a WhatsApp tap carries the
// button's payload, while on SMS the person types the option's number and in
// e-mail its title.
func (n *Network) Inbound(in Inbound) (engine.InboundEvent, error) {
	message := &engine.IncomingMessage{
		ProviderID: engine.NewID("in"), Type: "text", Text: in.Text,
		ContextID: in.ReplyTo, OpensWindow: in.Channel.HasWindow(),
	}
	switch {
	case in.Option != "":
		entry, index, err := n.offering(in)
		if err != nil {
			return engine.InboundEvent{}, err
		}
		if index < 0 {
			message.Text = in.Option
			break
		}
		choose(message, entry, index)
		if in.IntegrationID == "" {
			in.IntegrationID = entry.IntegrationID
		}
	case in.Payload != "":
		message.Type, message.InteractiveType = "interactive", "button_reply"
		message.ReplyPayload = in.Payload
	case in.Media != nil:
		message.Type, message.Media = in.Media.Kind, in.Media
	case in.Form != nil:
		message.Type, message.InteractiveType, message.ReplyData = "interactive", "nfm_reply", in.Form
	case in.Reaction != "":
		message.Type, message.Text, message.ContextID = "reaction", "", ""
		message.ReactionEmoji, message.ReactionTo, message.OpensWindow = &in.Reaction, in.ReplyTo, false
	case strings.TrimSpace(in.Text) == "":
		return engine.InboundEvent{}, engine.Errorf(engine.Invalid, "nothing to say: give one of text, option, payload, media, form or reaction")
	}
	if !in.Channel.Medium().Quotes {
		message.ContextID = "" // an SMS quotes nothing
	}
	now := n.config.Clock.Now()
	event := engine.InboundEvent{
		Key: message.ProviderID, Kind: engine.InboundMessage,
		IntegrationID: in.IntegrationID, Channel: in.Channel,
		OccurredAt: now, ReceivedAt: now,
		From: slices.Clone(in.From), ProfileName: in.ProfileName, ContactID: in.ContactID,
		Message: message,
	}
	n.config.OnEvents([]engine.InboundEvent{event})
	return event, nil
}

// offering finds the newest message to this person that offers an option. On SMS
// and e-mail the options may stand in the text alone; then the index is -1, and
// the person types the option as it is.
func (n *Network) offering(in Inbound) (Entry, int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	offered := []string{}
	for _, e := range slices.Backward(n.outbox) {
		if e.Channel != in.Channel || !addressed(e, in.From) || (in.ReplyTo != "" && e.ProviderID != in.ReplyTo) {
			continue
		}
		for i, c := range e.Content.Choices {
			if c.ID == in.Option || strings.EqualFold(c.Title, in.Option) || (c.Payload != "" && c.Payload == in.Option) {
				return *e, i, nil
			}
			if len(offered) < 20 {
				offered = append(offered, c.ID)
			}
		}
	}
	if len(offered) == 0 && !in.Channel.Medium().Taps {
		return Entry{}, -1, nil
	}
	if len(offered) == 0 {
		return Entry{}, 0, engine.Errorf(engine.NotFound, "no message on %s to this contact offers options; there is nothing to tap", in.Channel)
	}
	return Entry{}, 0, engine.Errorf(engine.NotFound, "no message on %s to this contact offers the option %q; offered: %s", in.Channel, in.Option, strings.Join(offered, ", "))
}

// choose fills in a message as the medium carries a choice.
func choose(message *engine.IncomingMessage, e Entry, index int) {
	choice := e.Content.Choices[index]
	switch carries := e.Channel.Medium(); {
	case !carries.Quotes:
		message.Text = strconv.Itoa(index + 1)
	case !carries.Taps:
		message.Text, message.ContextID = choice.Title, e.ProviderID
	default:
		message.Text, message.ContextID, message.ReplyPayload = choice.Title, e.ProviderID, choice.Payload
		switch {
		case e.Content.Template != "":
			message.Type = "button"
		case len(e.Content.Choices) > 3:
			message.Type, message.InteractiveType = "interactive", "list_reply"
		default:
			message.Type, message.InteractiveType = "interactive", "button_reply"
		}
	}
}

// Status reports news about a message, named by its provider id or our ref, and
// hands the event to OnEvents. code is the error's code of a failed one. Like a
// real network it may report anything in any order; the outbox keeps the
// highest status.
func (n *Network) Status(message string, status engine.MessageStatus, code string) error {
	if status.Rank() < engine.Accepted.Rank() || status == engine.Skipped {
		return engine.Errorf(engine.Invalid, "a provider cannot report %q; use accepted, sent, delivered, read or failed", status)
	}
	n.mu.Lock()
	i := slices.IndexFunc(n.outbox, func(e *Entry) bool { return e.ProviderID == message || (e.Ref != "" && e.Ref == message) })
	if i < 0 {
		n.mu.Unlock()
		return engine.Errorf(engine.NotFound, "the demo network has no message %q; it keeps only what was sent since it started", message)
	}
	entry := n.outbox[i]
	if status.Rank() > entry.Status.Rank() {
		entry.Status, entry.ErrorCode = status, code
	}
	copied := *entry
	n.mu.Unlock()

	news := &engine.IncomingStatus{
		ProviderID: copied.ProviderID, Ref: copied.Ref, Status: status,
		Recipient: append([]engine.Address{copied.To}, known(copied.Channel, copied.To)...),
	}
	if code != "" {
		news.ErrorCodes = []string{code}
		news.ErrorDetail = fmt.Sprintf("scripted failure %s", code)
	}
	now := n.config.Clock.Now()
	n.config.OnEvents([]engine.InboundEvent{{
		Key: "status:" + copied.ProviderID + ":" + string(status), Kind: engine.StatusUpdate,
		IntegrationID: copied.IntegrationID, Channel: copied.Channel,
		OccurredAt: now, ReceivedAt: now, Status: news,
	}})
	return nil
}

// same compares addresses as the network does: a phone number and the WhatsApp
// id made of the same digits reach the same phone.
func same(a, b engine.Address) bool {
	if a == b {
		return true
	}
	phone := func(k engine.AddressKind) bool { return k == engine.Phone || k == engine.WAID }
	return phone(a.Kind) && phone(b.Kind) && strings.TrimPrefix(a.Value, "+") == strings.TrimPrefix(b.Value, "+")
}
