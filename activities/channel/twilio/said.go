package twilio

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel/whatsapp"
	"jornada/engine"
)

// What WhatsApp adds to Twilio's form of a message
// (twilio.com/docs/messaging/guides/webhook-request#whatsapp-specific-parameters).

// people are the addresses of who wrote: the wa_id, and the user id. A person who
// hides the number has only the latter, also where the number should be.
func people(form url.Values) []engine.Address {
	from := strings.TrimPrefix(form.Get("From"), whatsAppPrefix)
	waID, bsuid := form.Get("WaId"), strings.TrimPrefix(form.Get("ExternalUserId"), whatsAppPrefix)
	if !digits.MatchString(waID) {
		waID = strings.TrimPrefix(from, "+")
	}
	if !digits.MatchString(waID) {
		waID = ""
	}
	if !whatsapp.IsBSUID(bsuid) {
		bsuid = from
	}
	if !whatsapp.IsBSUID(bsuid) {
		bsuid = ""
	}
	return whatsapp.Addresses(waID, bsuid)
}

// recipients are the addresses of whom a status is about. The number is the one we
// wrote to, which need not be the wa_id.
func (d *Driver) recipients(form url.Values) []engine.Address {
	to := strings.TrimPrefix(form.Get("To"), whatsAppPrefix)
	bsuid := strings.TrimPrefix(form.Get("ExternalUserId"), whatsAppPrefix)
	var all []engine.Address
	switch {
	case to == "":
	case d.channel == engine.WhatsApp && whatsapp.IsBSUID(to):
		bsuid = to
	default:
		all = append(all, engine.Address{Kind: engine.Phone, Value: to})
	}
	if d.channel == engine.WhatsApp && whatsapp.IsBSUID(bsuid) {
		all = append(all, engine.Address{Kind: engine.BSUID, Value: bsuid})
	}
	return all
}

// describe says what kind of message it is. Twilio names the kind in MessageType,
// which older accounts' calls lack; what else there is tells as much.
func describe(m *engine.IncomingMessage, form url.Values) {
	kind := strings.ToLower(form.Get("MessageType"))
	switch {
	case form.Get("ListId") != "":
		m.Type, m.InteractiveType, m.ReplyPayload = "interactive", "list_reply", form.Get("ListId")
		m.Text = first(form.Get("ListTitle"), m.Text)
	case form.Get("ButtonPayload") != "" || form.Get("ButtonText") != "":
		m.Type, m.ReplyPayload = "button", form.Get("ButtonPayload")
		if kind == "interactive" { // of a free message, not of a template
			m.Type, m.InteractiveType = "interactive", "button_reply"
		}
		m.Text = first(form.Get("ButtonText"), m.Text)
	case form.Get("Latitude") != "":
		m.Type, m.Location = "location", place(form)
	case m.Media != nil:
		if strings.HasPrefix(m.MediaType, "text/vcard") {
			kind = "contacts"
		}
		if slices.Contains([]string{"image", "video", "audio", "document", "sticker", "contacts"}, kind) {
			m.Type, m.Media.Kind = kind, kind
		}
	case kind != "":
		m.Type = kind
	}
	m.OpensWindow = whatsapp.Opens(m.Type)
	m.ContextID = form.Get("OriginalRepliedMessageSid")
	m.Referral = named(form, map[string]string{
		"ReferralBody": "body", "ReferralHeadline": "headline", "ReferralSourceId": "source_id", "ReferralSourceType": "source_type",
		"ReferralSourceUrl": "source_url", "ReferralCtwaClid": "ctwa_clid", "ReferralMediaUrl": "media_url", "ReferralMediaContentType": "media_type",
	})
}

// place is a location in Meta's words.
func place(form url.Values) map[string]any {
	where := named(form, map[string]string{"Address": "address", "Label": "name"})
	if where == nil {
		where = map[string]any{}
	}
	for field, name := range map[string]string{"Latitude": "latitude", "Longitude": "longitude"} {
		if n, err := strconv.ParseFloat(form.Get(field), 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
			where[name] = n
		}
	}
	return where
}

// named are the parameters that are there, under other names; nil when none is.
func named(form url.Values, names map[string]string) map[string]any {
	var all map[string]any
	for field, name := range names {
		if value := form.Get(field); value != "" {
			if all == nil {
				all = map[string]any{}
			}
			all[name] = value
		}
	}
	return all
}
