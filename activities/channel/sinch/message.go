package sinch

import (
	"encoding/json"
	"net/url"
	"path"
	"strings"

	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// message is what a person sent.
type message struct {
	ID         webhook.Text   `json:"id"`
	Direction  webhook.Text   `json:"direction"`
	AcceptTime webhook.Text   `json:"accept_time"`
	SenderID   webhook.Text   `json:"sender_id"` // of ours: what the person wrote to
	Injected   bool           `json:"injected"`  // put there through the API, by no person
	Identity   identity       `json:"channel_identity"`
	Said       contactMessage `json:"contact_message"`
}

// contactMessage holds one of these fields, and the message it answers.
type contactMessage struct {
	Text *struct {
		Text webhook.Text `json:"text"`
	} `json:"text_message"`
	Media *struct {
		URL webhook.Text `json:"url"`
	} `json:"media_message"`
	MediaCard *struct {
		URL     webhook.Text `json:"url"`
		Caption webhook.Text `json:"caption"`
	} `json:"media_card_message"`
	Location map[string]any `json:"location_message"`
	Choice   *struct {
		MessageID webhook.Text `json:"message_id"`
		Postback  webhook.Text `json:"postback_data"`
	} `json:"choice_response_message"`
	Product  json.RawMessage `json:"product_response_message"`
	Specific *struct {
		Type    webhook.Text `json:"message_type"`
		Message struct {
			Form struct {
				Body     webhook.Text `json:"body"`
				Response webhook.Text `json:"response_json"`
			} `json:"nfm_reply"`
		} `json:"message"`
	} `json:"channel_specific_message"`
	ReplyTo struct {
		MessageID webhook.Text `json:"message_id"`
	} `json:"reply_to"`
}

// inbound reads a message. Everything a person writes, sends or taps opens
// WhatsApp's service window; what Sinch could not read (fallback_message) is not
// known to.
func (d *Driver) inbound(m *message) (engine.InboundEvent, bool) {
	if m.ID == "" || m.Identity.Identity == "" || m.Injected || m.Direction == "TO_CONTACT" || !d.ours(m.Identity.Channel) {
		return engine.InboundEvent{}, false
	}
	said := &engine.IncomingMessage{ProviderID: string(m.ID), Account: string(m.SenderID), ContextID: string(m.Said.ReplyTo.MessageID)}
	fill(said, m.Said)
	said.OpensWindow = d.settings.Channel == engine.WhatsApp && said.Type != "unsupported"
	return engine.InboundEvent{
		Key: said.ProviderID, Kind: engine.InboundMessage, From: d.address(m.Identity.Identity),
		OccurredAt: webhook.Moment(m.AcceptTime), Message: said,
	}, true
}

// fill puts what the person said into the message. A tap carries no title, only
// what we sent along with the button.
func fill(to *engine.IncomingMessage, said contactMessage) {
	switch {
	case said.Text != nil:
		to.Type, to.Text = "text", string(said.Text.Text)
	case said.Choice != nil:
		to.Type, to.InteractiveType, to.ReplyPayload = "interactive", "button_reply", string(said.Choice.Postback)
		if said.Choice.MessageID != "" {
			to.ContextID = string(said.Choice.MessageID)
		}
	case said.MediaCard != nil:
		to.Type, to.Text = kind(string(said.MediaCard.URL)), string(said.MediaCard.Caption)
		to.Media = &engine.MediaLink{Kind: to.Type, URL: string(said.MediaCard.URL)}
	case said.Media != nil:
		to.Type = kind(string(said.Media.URL))
		to.Media = &engine.MediaLink{Kind: to.Type, URL: string(said.Media.URL)}
	case said.Location != nil:
		to.Type, to.Location = "location", place(said.Location)
	case said.Product != nil:
		to.Type = "order"
	case said.Specific != nil && said.Specific.Type == "nfm_reply":
		form := said.Specific.Message.Form
		to.Type, to.InteractiveType, to.Text = "interactive", "nfm_reply", string(form.Body)
		if webhook.Readable([]byte(form.Response)) {
			_ = json.Unmarshal([]byte(form.Response), &to.ReplyData) // nil when it is no object
		}
	default:
		to.Type = "unsupported"
	}
}

// kinds of the files that WhatsApp carries, by the ending of their address: Sinch
// says nothing else of them.
var kinds = map[string]string{
	".jpg": "image", ".jpeg": "image", ".png": "image", ".webp": "image", ".mp4": "video", ".3gp": "video", ".3gpp": "video",
	".ogg": "audio", ".opus": "audio", ".mp3": "audio", ".m4a": "audio", ".aac": "audio", ".amr": "audio",
}

func kind(address string) string {
	if u, err := url.Parse(address); err == nil && kinds[strings.ToLower(path.Ext(u.Path))] != "" {
		return kinds[strings.ToLower(path.Ext(u.Path))]
	}
	return "document"
}

// place writes a location as the engine's other providers do.
func place(said map[string]any) map[string]any {
	all := map[string]any{}
	if at, ok := said["coordinates"].(map[string]any); ok {
		all["latitude"], all["longitude"] = at["latitude"], at["longitude"]
	}
	for from, to := range map[string]string{"title": "name", "label": "address"} {
		if text, ok := said[from].(string); ok && text != "" {
			all[to] = text
		}
	}
	return all
}

// contactEvent is what a person did without writing; of these only a reaction
// means something here.
type contactEvent struct {
	ID         webhook.Text `json:"id"`
	AcceptTime webhook.Text `json:"accept_time"`
	Identity   identity     `json:"channel_identity"`
	About      struct {
		Reaction *struct {
			Emoji     webhook.Text `json:"emoji"`
			Action    webhook.Text `json:"action"`
			MessageID webhook.Text `json:"message_id"`
		} `json:"reaction_event"`
	} `json:"contact_message_event"`
}

func (d *Driver) reaction(c *contactEvent) (engine.InboundEvent, bool) {
	about := c.About.Reaction
	if c.ID == "" || c.Identity.Identity == "" || about == nil || about.MessageID == "" || !d.ours(c.Identity.Channel) {
		return engine.InboundEvent{}, false
	}
	said := &engine.IncomingMessage{ProviderID: string(c.ID), Type: "reaction", ReactionTo: string(about.MessageID)}
	if about.Emoji != "" && about.Action != "REACTION_ACTION_UNREACT" {
		emoji := string(about.Emoji)
		said.ReactionEmoji = &emoji
	}
	return engine.InboundEvent{
		Key: said.ProviderID, Kind: engine.InboundMessage, From: d.address(c.Identity.Identity),
		OccurredAt: webhook.Moment(c.AcceptTime), Message: said,
	}, true
}
