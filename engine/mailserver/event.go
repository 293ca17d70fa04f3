package mailserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel/letter"
	"jornada/activities/channel/postbox"
	"jornada/engine"
)

// keptMax is how much of a mail is kept beside what was understood of it.
const keptMax = 256 << 10

// refsLooked is how many of the letters that a mail names are looked for.
const refsLooked = 5

// arrival is one mail at one address of ours.
type arrival struct {
	*postbox.Mail
	recipient
	raw []byte
}

// events are what a mail means, none when it is about nothing of ours.
func (s *Server) events(ctx context.Context, a *arrival) ([]engine.InboundEvent, error) {
	var list []engine.InboundEvent
	var err error
	switch {
	case len(a.Reports) > 0:
		list, err = s.reported(ctx, a)
	case a.way == letter.Leaving:
		list, err = s.leaving(ctx, a) // also when a mail program pressed the button: it says that it is one
	case a.Kind == postbox.Answer:
		list, err = s.answered(ctx, a)
	default:
		list, err = s.unanswered(ctx, a)
	}
	for i := range list {
		list[i].Channel, list[i].Key = engine.Email, a.key()+"/"+strconv.Itoa(i)
		if list[i].IntegrationID == "" {
			list[i].IntegrationID = a.senders[0].id
		}
	}
	return list, err
}

// key is the same when a server sends its mail again, because our 250 was lost, or
// by another way: the lines that servers add on the way do not count.
func (a *arrival) key() string {
	_, body, _ := bytes.Cut(a.raw, []byte("\r\n\r\n"))
	sum := sha256.New()
	for _, part := range []string{string(a.message), a.MessageID, a.Mail.From.Address, a.Subject, a.Automatic} {
		fmt.Fprintf(sum, "%d %s\n", len(part), part)
	}
	sum.Write(body)
	return "mail:" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// kept is the mail as it came, for whoever wants to know more: JSON with Base64.
func (a *arrival) kept() []byte {
	raw := a.raw[:min(len(a.raw), keptMax)]
	kept, _ := json.Marshal(map[string]any{"kind": a.Kind, "mail": raw, "cut": len(raw) < len(a.raw), "automatic": a.Automatic})
	return kept
}

// letterOf finds the message a mail is about: the one its address names, else one
// of those it names itself, as far as they went out from this domain.
func (s *Server) letterOf(ctx context.Context, a *arrival, named engine.MessageID, ids ...string) (*engine.Message, error) {
	if named != "" {
		m, err := s.Store.Message(ctx, named)
		if err == nil && m.Channel == engine.Email {
			return m, nil
		}
		if err != nil && !isNotFound(err) {
			return nil, fmt.Errorf("finding the letter of a mail: %w", err)
		}
	}
	for _, id := range ids[:min(len(ids), refsLooked)] {
		local, _, _ := strings.Cut(strings.Trim(id, "<>"), "@")
		if engine.LooksLikeMessage(local) { // our reference, where the Message-ID was left as we wrote it
			m, err := s.Store.Message(ctx, engine.MessageID(local))
			if err == nil && m.Channel == engine.Email && slices.ContainsFunc(a.senders, func(x sender) bool { return x.id == m.IntegrationID }) {
				return m, nil
			}
			if err != nil && !isNotFound(err) {
				return nil, fmt.Errorf("finding the letter of a mail: %w", err)
			}
		}
		for _, from := range a.senders {
			for _, known := range []string{id, local} { // SES writes its own id there, of which we know the first half
				m, err := s.Store.MessageByProviderID(ctx, from.id, known)
				if err == nil {
					return m, nil
				}
				if !isNotFound(err) {
					return nil, fmt.Errorf("finding the letter of a mail: %w", err)
				}
			}
		}
	}
	return nil, nil //nolint:nilnil // it is about no letter of ours
}

// reported makes events of a mail server's report.
func (s *Server) reported(ctx context.Context, a *arrival) ([]engine.InboundEvent, error) {
	var list []engine.InboundEvent
	for _, r := range a.Reports {
		named := a.message
		if named == "" && r.Token != "" {
			keys, err := s.Store.MailKeys(ctx)
			if err != nil {
				return nil, fmt.Errorf("reading the key of e-mail addresses: %w", err)
			}
			named, _ = keys.Open(r.Token)
		}
		m, err := s.letterOf(ctx, a, named, r.OriginalID)
		switch {
		case err != nil:
			return nil, err
		case m != nil && len(a.Reports) > 1 && !strings.EqualFold(m.To.Value, r.Recipient):
			continue // a letter has one recipient; the others are somebody else's
		case m != nil:
			list = append(list, a.news(r, m))
		case named != "" && r.Kind != postbox.Complaint: // one that this database has forgotten
			list = append(list, a.news(r, &engine.Message{ID: named}))
		case r.Kind == postbox.Complaint: // redacted, as many are: kept, and nobody is known to have complained
			list = append(list, engine.InboundEvent{Kind: engine.OtherEvent, Raw: a.kept()})
		}
	}
	return list, nil
}

// news is one report about a letter, in our words. Whom it went to we know better
// than a server behind three others.
func (a *arrival) news(r postbox.Report, m *engine.Message) engine.InboundEvent {
	n := letter.News{
		ProviderID: m.ProviderID, Ref: string(m.ID), Recipient: m.To.Value, Detail: r.Diagnostic,
		Data: map[string]any{"report": string(r.Kind)},
	}
	code := r.Status
	if letter.Bounced(code) == "" && letter.Enhanced(r.Diagnostic) != "" {
		code = letter.Enhanced(r.Diagnostic)
	}
	if code != "" {
		n.Data["status"] = code
	}
	var e engine.InboundEvent
	switch r.Kind {
	case postbox.Bounce:
		e = n.Returned(r.Bounce, code)
		e.Kind = engine.Bounce // also a soft one: its status says that the letter failed
	case postbox.Delay: // the server goes on trying
		e = n.Status(engine.Accepted)
	case postbox.Delivery:
		e = n.Status(engine.Delivered)
	case postbox.Complaint:
		e = n.Complained()
	default:
		e = engine.InboundEvent{Kind: engine.OtherEvent, Raw: a.kept()}
	}
	e.IntegrationID = m.IntegrationID
	if e.Data == nil {
		e.Data = n.Data
	}
	return e
}

// who is the person an address of ours was given to.
func who(m *engine.Message) (engine.ContactID, []engine.Address) {
	if m.To.Value == "" { // erased
		return m.ContactID, nil
	}
	return m.ContactID, []engine.Address{{Kind: engine.EmailAddress, Value: strings.ToLower(m.To.Value)}}
}

// writer is the person who wrote, by From: nobody's word but their own.
func (a *arrival) writer() []engine.Address {
	if a.Mail.From.Address == "" {
		return nil
	}
	return []engine.Address{{Kind: engine.EmailAddress, Value: a.Mail.From.Address}}
}

// leaving is the mail that a mail program, or a person, sends to be left alone
// (RFC 2369). The address stands in marketing letters only, so it means those.
func (s *Server) leaving(ctx context.Context, a *arrival) ([]engine.InboundEvent, error) {
	m, err := s.letterOf(ctx, a, a.message)
	if err != nil {
		return nil, err
	}
	e := engine.InboundEvent{Kind: engine.Unsubscribe, From: a.writer(), Data: map[string]any{"purpose": "marketing", "by": "mailto"}}
	if m != nil {
		e.IntegrationID = m.IntegrationID
		e.ContactID, e.From = who(m)
		e.Data["provider_message_id"] = m.ProviderID
	}
	return []engine.InboundEvent{e}, nil
}

// answered is what a person wrote back. With a token in the address it is the
// person the letter went to, whatever address they write from. With a mere
// Message-ID, which a forwarded letter shows to others, From must be theirs, too.
func (s *Server) answered(ctx context.Context, a *arrival) ([]engine.InboundEvent, error) {
	m, err := s.letterOf(ctx, a, a.message, a.Refs...)
	if err != nil {
		return nil, err
	}
	proved := a.message != "" || m != nil && strings.EqualFold(m.To.Value, a.Mail.From.Address)
	if !proved {
		return nil, nil
	}
	e := engine.InboundEvent{
		Kind: engine.InboundMessage, From: a.writer(), ProfileName: a.Mail.From.Name, Raw: a.kept(),
		Message: &engine.IncomingMessage{ProviderID: a.MessageID, Account: a.senders[0].domain, Type: "text", Text: a.Text},
	}
	if m == nil {
		return []engine.InboundEvent{e}, nil
	}
	e.IntegrationID, e.Message.ContextID = m.IntegrationID, m.ProviderID
	e.ContactID, e.From = who(m)
	list := []engine.InboundEvent{e}
	if m.ProviderID == "" { // nobody heard whether it was taken; whoever answers has it
		list = append(list, engine.InboundEvent{
			Kind: engine.StatusUpdate, IntegrationID: m.IntegrationID, Status: &engine.IncomingStatus{Ref: string(m.ID), Status: engine.Delivered},
		})
	}
	return list, nil
}

// unanswered is what a machine wrote back. It is kept, and answers nothing.
func (s *Server) unanswered(ctx context.Context, a *arrival) ([]engine.InboundEvent, error) {
	m, err := s.letterOf(ctx, a, a.message, a.Refs...)
	if err != nil || m == nil && a.message == "" {
		return nil, err
	}
	e := engine.InboundEvent{Kind: engine.OtherEvent, From: a.writer(), Raw: a.kept()}
	if m != nil {
		e.IntegrationID = m.IntegrationID
		e.ContactID, e.From = who(m)
	}
	return []engine.InboundEvent{e}, nil
}
