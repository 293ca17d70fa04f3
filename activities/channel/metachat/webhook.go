package metachat

import (
	"encoding/json"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Receive implements channel.Receiver.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, done, err := d.hook.Door(r)
	if done {
		return nil, response, err
	}
	batch := webhook.NewBatch(d.settings, d.settings.Channel)
	d.envelope(batch, r.Body)
	return batch.Events(), response, nil
}

// envelope takes a call apart. Items are read one by one, so that an odd one does
// not spoil its neighbors; what belongs to another account is set aside.
func (d *Driver) envelope(batch *webhook.Batch, body []byte) {
	var call struct {
		Object webhook.Text      `json:"object"`
		Entry  []json.RawMessage `json:"entry"`
	}
	if json.Unmarshal(body, &call) != nil || string(call.Object) != d.app.object {
		batch.Other(body)
		return
	}
	for _, raw := range call.Entry {
		var entry struct {
			ID        webhook.Text      `json:"id"`
			Messaging []json.RawMessage `json:"messaging"`
		}
		if json.Unmarshal(raw, &entry) != nil || string(entry.ID) != d.account || len(entry.Messaging) == 0 {
			batch.Other(raw) // comments, feeds, standby: other parties' news
			continue
		}
		for _, raw := range entry.Messaging {
			d.item(batch, raw)
		}
	}
}

// item is one thing that happened in a conversation.
type item struct {
	Sender struct {
		ID webhook.Text `json:"id"`
	} `json:"sender"`
	Recipient struct {
		ID webhook.Text `json:"id"`
	} `json:"recipient"`
	Timestamp webhook.Text `json:"timestamp"`
	Message   *message     `json:"message"`
	Postback  *postback    `json:"postback"`
	Referral  *referral    `json:"referral"`
	Reaction  *reaction    `json:"reaction"`
	Delivery  *struct {
		IDs       []webhook.Text `json:"mids"`
		Watermark webhook.Text   `json:"watermark"`
	} `json:"delivery"`
	Read *struct {
		ID        webhook.Text `json:"mid"`
		Watermark webhook.Text `json:"watermark"`
	} `json:"read"`
}

type message struct {
	ID          webhook.Text      `json:"mid"`
	Text        webhook.Text      `json:"text"`
	IsEcho      bool              `json:"is_echo"`
	IsDeleted   bool              `json:"is_deleted"`
	Unsupported bool              `json:"is_unsupported"`
	QuickReply  *quickReply       `json:"quick_reply"`
	Attachments []json.RawMessage `json:"attachments"`
	Referral    *referral         `json:"referral"`
	ReplyTo     *struct {
		ID webhook.Text `json:"mid"`
	} `json:"reply_to"`
}

type quickReply struct {
	Payload webhook.Text `json:"payload"`
}

type postback struct {
	ID       webhook.Text `json:"mid"`
	Title    webhook.Text `json:"title"`
	Payload  webhook.Text `json:"payload"`
	Referral *referral    `json:"referral"`
}

type referral struct {
	Ref    webhook.Text `json:"ref"`
	Source webhook.Text `json:"source"`
	Type   webhook.Text `json:"type"`
	AdID   webhook.Text `json:"ad_id"`
}

type reaction struct {
	ID     webhook.Text `json:"mid"`
	Action webhook.Text `json:"action"`
	Emoji  webhook.Text `json:"emoji"`
}

func (d *Driver) item(batch *webhook.Batch, raw []byte) {
	var i item
	if json.Unmarshal(raw, &i) != nil || i.Sender.ID == "" {
		batch.Other(raw)
		return
	}
	event := engine.InboundEvent{Kind: engine.InboundMessage, OccurredAt: webhook.Moment(i.Timestamp), From: d.person(i.Sender.ID)}
	switch {
	case i.Message != nil && (i.Message.IsEcho || string(i.Sender.ID) == d.account):
		// What the account itself said: we know it, or somebody typed it elsewhere.
	case i.Message != nil && i.Message.ID != "":
		event.Key, event.Message = string(i.Message.ID), d.spoken(i.Message)
		d.refer(&event, i.Message.Referral)
		batch.Add(event)
	case i.Postback != nil:
		d.postback(batch, event, i.Postback, raw)
	case i.Reaction != nil && i.Reaction.ID != "":
		event.Key = webhook.HashKey(raw)
		event.Message = &engine.IncomingMessage{ProviderID: event.Key, Account: d.account, Type: "reaction", ReactionTo: string(i.Reaction.ID)}
		if emoji := string(i.Reaction.Emoji); i.Reaction.Action == "react" {
			event.Message.ReactionEmoji = &emoji
		}
		batch.Add(event)
	case i.Referral != nil:
		event.Key = webhook.HashKey(raw)
		event.Message = &engine.IncomingMessage{ProviderID: event.Key, Account: d.account, Type: "request_welcome"}
		d.refer(&event, i.Referral)
		batch.Add(event)
	case i.Delivery != nil && len(i.Delivery.IDs) > 0:
		for _, id := range i.Delivery.IDs {
			d.status(batch, event, id, engine.Delivered)
		}
	case i.Read != nil && i.Read.ID != "":
		d.status(batch, event, i.Read.ID, engine.Read)
	case i.Delivery != nil && d.upTo(batch, event, i.Delivery.Watermark, engine.Delivered):
	case i.Read != nil && d.upTo(batch, event, i.Read.Watermark, engine.Read):
	default:
		batch.Other(raw)
	}
}

// person is the id of whoever writes to this account; another account knows the
// same person by another id.
func (d *Driver) person(id webhook.Text) []engine.Address {
	return []engine.Address{{Kind: d.app.kind, Value: string(id)}}
}

// spoken is what a person wrote, tapped or sent.
func (d *Driver) spoken(m *message) *engine.IncomingMessage {
	in := &engine.IncomingMessage{ProviderID: string(m.ID), Account: d.account, Type: "text", Text: string(m.Text), OpensWindow: true}
	if m.ReplyTo != nil {
		in.ContextID = string(m.ReplyTo.ID)
	}
	switch {
	case m.IsDeleted:
		in.Type, in.OriginalID, in.OpensWindow = "unsupported", string(m.ID), false
		in.ProviderID += ":deleted"
	case m.QuickReply != nil:
		in.Type, in.InteractiveType, in.ReplyPayload = "interactive", "button_reply", string(m.QuickReply.Payload)
	case len(m.Attachments) > 0:
		in.Type = "unsupported"
		attached(in, m.Attachments[0])
	case m.Unsupported || m.Text == "":
		in.Type = "unsupported"
	}
	return in
}

// kinds are the platform's attachments in our words.
var kinds = map[string]string{"image": "image", "video": "video", "audio": "audio", "file": "document"}

func attached(in *engine.IncomingMessage, raw []byte) {
	var a struct {
		Type    webhook.Text `json:"type"`
		Payload struct {
			URL     webhook.Text `json:"url"`
			Sticker webhook.Text `json:"sticker_id"`
		} `json:"payload"`
	}
	if json.Unmarshal(raw, &a) != nil {
		return
	}
	kind, known := kinds[string(a.Type)]
	switch {
	case !known || a.Payload.URL == "":
		return // a shared post, a story, a place: shown to nobody yet
	case a.Payload.Sticker != "":
		kind = "sticker"
	}
	in.Type, in.Media = kind, &engine.MediaLink{Kind: kind, URL: string(a.Payload.URL)}
}

// postback is a button that stays: "Get started", the menu, a template's.
func (d *Driver) postback(batch *webhook.Batch, event engine.InboundEvent, p *postback, raw []byte) {
	event.Key = webhook.First(p.ID, webhook.Text(webhook.HashKey(raw)))
	event.Message = &engine.IncomingMessage{
		ProviderID: event.Key, Account: d.account, Type: "button", Text: webhook.First(p.Title, p.Payload),
		ReplyPayload: string(p.Payload), OpensWindow: true,
	}
	d.refer(&event, p.Referral)
	batch.Add(event)
}

// refer says where the conversation comes from; the word of a link of ours says
// who it is, and is nobody else's to read.
func (d *Driver) refer(event *engine.InboundEvent, r *referral) {
	if r == nil {
		return
	}
	from := map[string]any{}
	for name, value := range map[string]webhook.Text{"ref": r.Ref, "source": r.Source, "type": r.Type, "ad_id": r.AdID} {
		if value != "" {
			from[name] = string(value)
		}
	}
	if contact := d.invited(string(r.Ref)); contact != "" {
		event.ContactID = contact
		delete(from, "ref")
	}
	event.Message.Referral = from
}

// upTo takes a watermark: all that was sent to somebody until then has reached them, or
// was read (developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reads).
func (d *Driver) upTo(batch *webhook.Batch, event engine.InboundEvent, watermark webhook.Text, status engine.MessageStatus) bool {
	until := webhook.Moment(watermark)
	if until.IsZero() {
		return false
	}
	batch.Add(engine.InboundEvent{
		Key: "status:" + event.From[0].Value + ":" + string(watermark) + ":" + string(status), Kind: engine.StatusUpdate, OccurredAt: until,
		Status: &engine.IncomingStatus{UpToThen: true, Status: status, Recipient: event.From},
	})
	return true
}

func (d *Driver) status(batch *webhook.Batch, event engine.InboundEvent, id webhook.Text, status engine.MessageStatus) {
	if id == "" {
		return
	}
	batch.Add(engine.InboundEvent{
		Key: "status:" + string(id) + ":" + string(status), Kind: engine.StatusUpdate, OccurredAt: event.OccurredAt,
		Status: &engine.IncomingStatus{ProviderID: string(id), Status: status, Recipient: event.From},
	})
}
