package meta

import (
	"encoding/json"
	"slices"
	"strings"

	"jornada/activities/channel/webhook"
	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// message is one thing a person did. Objects whose shape depends on the type
// are kept raw.
type message struct {
	From       text `json:"from"`
	FromUserID text `json:"from_user_id"`
	ID         text `json:"id"`
	Timestamp  text `json:"timestamp"`
	Type       text `json:"type"`
	GroupID    text `json:"group_id"`
	Context    *struct {
		ID text `json:"id"`
	} `json:"context"`
	Referral map[string]any `json:"referral"`
	Errors   []apiFault     `json:"errors"`

	Text        *struct{ Body text }          `json:"text"`
	Button      *struct{ Payload, Text text } `json:"button"`
	Interactive *interactiveReply             `json:"interactive"`
	Image       *mediaItem                    `json:"image"`
	Video       *mediaItem                    `json:"video"`
	Audio       *mediaItem                    `json:"audio"`
	Document    *mediaItem                    `json:"document"`
	Sticker     *mediaItem                    `json:"sticker"`
	Location    map[string]any                `json:"location"`
	Contacts    []card                        `json:"contacts"`
	Origin      text                          `json:"origin"` // of the cards
	Order       *struct{ Text text }          `json:"order"`
	Reaction    *struct {
		MessageID text  `json:"message_id"`
		Emoji     *text `json:"emoji"`
	} `json:"reaction"`
	System *system `json:"system"`
	Edit   *struct {
		OriginalID text            `json:"original_message_id"`
		Message    json.RawMessage `json:"message"`
	} `json:"edit"`
	Revoke *struct {
		OriginalID text `json:"original_message_id"`
	} `json:"revoke"`
}

type mediaItem struct {
	ID       text `json:"id"`
	MIMEType text `json:"mime_type"`
	Caption  text `json:"caption"`
	Filename text `json:"filename"`
	URL      text `json:"url"`
}

// card is the card of somebody in an address book, or the sender's own.
type card struct {
	Name struct {
		Formatted text `json:"formatted_name"`
	} `json:"name"`
	Phones []struct {
		Phone text `json:"phone"`
		WaID  text `json:"wa_id"`
	} `json:"phones"`
	Origin text `json:"origin"`
}

// reads is what a human reads of a card: a name, or else a number.
func (c card) reads() string {
	if c.Name.Formatted == "" && len(c.Phones) > 0 {
		return string(c.Phones[0].Phone)
	}
	return string(c.Name.Formatted)
}

// requested marks the card that WhatsApp itself sends for a person who was asked for
// their number by a button REQUEST_CONTACT_INFO and agreed
// (…/whatsapp/business-scoped-user-ids); people cannot set it on a card they pass on.
const requested = "contact_request"

type interactiveReply struct {
	Type   text    `json:"type"`
	Button *choice `json:"button_reply"`
	List   *choice `json:"list_reply"`
	Form   *struct {
		Body     text            `json:"body"`
		Response json.RawMessage `json:"response_json"`
	} `json:"nfm_reply"`
}

type choice struct {
	ID    text `json:"id"`
	Title text `json:"title"`
}

type system struct {
	Type      text `json:"type"`
	Body      text `json:"body"`
	WaID      text `json:"wa_id"`
	NewWaID   text `json:"new_wa_id"` // the name before v12
	UserID    text `json:"user_id"`
	NewUserID text `json:"new_user_id"`
	// The user id until now, since August 2026
	// (…/whatsapp/webhooks/reference/messages/system).
	PreviousUserID text `json:"previous_user_id"`
}

func (b *batch) message(v value, raw json.RawMessage) {
	var m message
	if json.Unmarshal(raw, &m) != nil || m.ID == "" {
		b.Other(raw)
		return
	}
	from, name := sender(m, v.Contacts)
	event := engine.InboundEvent{
		Key: string(m.ID), Kind: engine.InboundMessage,
		OccurredAt: webhook.Moment(m.Timestamp), From: from, ProfileName: name,
	}
	if m.Type == "system" {
		b.system(event, m, raw)
		return
	}
	if find(from, engine.WAID) == "" {
		event.From = append(event.From, ownNumber(m)...)
	}
	incoming := &engine.IncomingMessage{
		ProviderID: string(m.ID), Account: b.wire.phoneNumberID,
		Type: string(m.Type), GroupID: string(m.GroupID), Referral: m.Referral, Location: m.Location,
		OpensWindow: whatsapp.Opens(string(m.Type)),
	}
	if m.Context != nil {
		incoming.ContextID = string(m.Context.ID)
	}
	for _, e := range m.Errors {
		incoming.ErrorCodes = append(incoming.ErrorCodes, string(e.Code))
	}
	fill(incoming, m)
	event.Message = incoming
	b.Add(event)
}

// calls are people who called: that opens the service window as a message does, and
// answers no question (…/whatsapp/messages/send-messages#customer-service-windows,
// …/whatsapp/calling/reference). How a call went on, and calls of ours, are kept.
func (b *batch) calls(c change) {
	var v value
	if json.Unmarshal(c.Value, &v) != nil || string(v.Metadata.PhoneNumberID) != b.wire.phoneNumberID || len(v.Calls) == 0 {
		b.otherChange(c)
		return
	}
	for _, raw := range v.Calls {
		var call struct {
			message

			Event     text `json:"event"`
			Direction text `json:"direction"`
		}
		if json.Unmarshal(raw, &call) != nil || call.ID == "" || call.Event != "connect" || call.Direction != "USER_INITIATED" {
			b.Other(raw)
			continue
		}
		from, name := sender(call.message, v.Contacts)
		b.Add(engine.InboundEvent{
			Key: "call:" + string(call.ID), Kind: engine.InboundMessage, OccurredAt: webhook.Moment(call.Timestamp), From: from, ProfileName: name,
			Message: &engine.IncomingMessage{ProviderID: string(call.ID), Account: b.wire.phoneNumberID, Type: "call", OpensWindow: true},
		})
	}
}

// sender is who wrote: the wa_id exactly as it came, and the BSUID. Either may
// be missing; the contacts of the call help out when there is only one.
func sender(m message, contacts []contact) ([]engine.Address, string) {
	waID, bsuid := string(m.From), string(m.FromUserID)
	if whatsapp.IsBSUID(waID) {
		if bsuid == "" {
			bsuid = waID
		}
		waID = ""
	}
	name := ""
	for _, c := range contacts {
		only := len(contacts) == 1 && m.GroupID == ""
		if only || (waID != "" && string(c.WaID) == waID) || (bsuid != "" && string(c.UserID) == bsuid) {
			if waID == "" && !whatsapp.IsBSUID(string(c.WaID)) {
				waID = string(c.WaID)
			}
			if bsuid == "" {
				bsuid = string(c.UserID)
			}
			if name = string(c.Profile.Name); name == "" {
				name = string(c.Profile.Username)
			}
			break
		}
	}
	return whatsapp.Addresses(waID, bsuid), name
}

// ownNumber is the number of a sender who gave it when asked; none of cards that people
// pass on, which are somebody else's.
func ownNumber(m message) []engine.Address {
	if len(m.Contacts) != 1 || m.GroupID != "" || len(m.Contacts[0].Phones) == 0 {
		return nil
	}
	own := m.Contacts[0]
	if m.Origin != requested && own.Origin != requested {
		return nil
	}
	var all []engine.Address
	number := string(own.Phones[0].Phone)
	if e164, _, err := engine.NormalizePhone("+"+strings.TrimPrefix(number, "+"), ""); err == nil {
		all = append(all, engine.Address{Kind: engine.Phone, Value: e164})
	}
	if waID := own.Phones[0].WaID; waID != "" {
		all = append(all, engine.Address{Kind: engine.WAID, Value: string(waID)})
	}
	return all
}

// fill puts what the person said into the message.
func fill(to *engine.IncomingMessage, m message) {
	switch {
	case m.Text != nil:
		to.Text = string(m.Text.Body)
	case m.Button != nil:
		to.Text, to.ReplyPayload = string(m.Button.Text), string(m.Button.Payload)
	case m.Interactive != nil:
		interactiveAnswer(to, m.Interactive)
	case m.Reaction != nil:
		to.ReactionTo = string(m.Reaction.MessageID)
		// "" and a missing emoji both mean that the reaction was taken back.
		if e := m.Reaction.Emoji; e != nil && *e != "" {
			emoji := string(*e)
			to.ReactionEmoji = &emoji
		}
	case m.Edit != nil:
		to.OriginalID = string(m.Edit.OriginalID)
		var edited message
		if json.Unmarshal(m.Edit.Message, &edited) == nil {
			fill(to, message{Text: edited.Text, Image: edited.Image, Video: edited.Video, Document: edited.Document})
		}
	case m.Revoke != nil:
		to.OriginalID = string(m.Revoke.OriginalID)
	case m.Order != nil:
		to.Text = string(m.Order.Text)
	case len(m.Contacts) > 0:
		names := []string{}
		for _, c := range m.Contacts {
			names = append(names, c.reads())
		}
		to.Text = strings.Join(names, ", ")
	default:
		attachment(to, m)
	}
}

// attachment fills in a picture, recording or file. Its address needs our token
// and lives five minutes; MediaID stays good for seven days.
func attachment(to *engine.IncomingMessage, m message) {
	for _, kind := range []struct {
		name string
		item *mediaItem
	}{{"image", m.Image}, {"video", m.Video}, {"audio", m.Audio}, {"document", m.Document}, {"sticker", m.Sticker}} {
		if kind.item == nil {
			continue
		}
		to.Media = &engine.MediaLink{Kind: kind.name, URL: string(kind.item.URL)}
		to.MediaID, to.MediaType = string(kind.item.ID), string(kind.item.MIMEType)
		to.Text = string(kind.item.Caption)
		return
	}
}

func interactiveAnswer(to *engine.IncomingMessage, reply *interactiveReply) {
	to.InteractiveType = string(reply.Type)
	for _, picked := range []*choice{reply.Button, reply.List} {
		if picked != nil {
			to.Text, to.ReplyPayload = string(picked.Title), string(picked.ID)
		}
	}
	if reply.Form != nil {
		to.Text = string(reply.Form.Body)
		// A text that holds JSON, most often an object, now and then the object itself.
		to.ReplyData = webhook.Object(reply.Form.Response)
		// A form that we sent brings our token back, most often.
		token, _ := to.ReplyData["flow_token"].(string)
		if _, ours := engine.ParsePayload(token); ours {
			to.ReplyPayload = token
		}
	}
}

// system is a notice about the person: a new number, a new identity.
func (b *batch) system(event engine.InboundEvent, m message, raw json.RawMessage) {
	event.Raw = raw
	event.Kind = engine.OtherEvent
	data := map[string]any{"account": b.wire.phoneNumberID, "provider_message_id": string(m.ID)}
	event.Data = data
	if s := m.System; s != nil {
		data["type"] = string(s.Type)
		newPhone, newBSUID := webhook.First(s.WaID, s.NewWaID), webhook.First(s.UserID, s.NewUserID)
		event.From = before(event.From, string(s.PreviousUserID), newBSUID)
		switch {
		case strings.Contains(string(s.Type), "identity"):
			event.Kind = engine.IdentityChanged
		case newPhone != "" || newBSUID != "":
			event.Kind = engine.NumberChanged
			for name, id := range map[string]string{
				"old_phone": find(event.From, engine.WAID), "new_phone": newPhone,
				"old_bsuid": find(event.From, engine.BSUID), "new_bsuid": newBSUID,
			} {
				if id != "" {
					data[name] = id
				}
			}
		}
	}
	b.Add(event)
}

// before is who a notice speaks of: the sender under the user id until now, which the
// notice may carry beside the new one or instead of it. The body has both ids, too, but
// between words that people choose, their names.
func before(from []engine.Address, previous, now string) []engine.Address {
	old := slices.DeleteFunc(slices.Clone(from), func(a engine.Address) bool {
		return a.Kind == engine.BSUID && (previous != "" || a.Value == now)
	})
	if previous != "" {
		old = append(old, engine.Address{Kind: engine.BSUID, Value: previous})
	}
	return old
}

func find(addresses []engine.Address, kind engine.AddressKind) string {
	for _, a := range addresses {
		if a.Kind == kind {
			return a.Value
		}
	}
	return ""
}
