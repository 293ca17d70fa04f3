package medium

// Carrier is what one company does of what WhatsApp can do: those are not the same,
// and the checker has no driver to ask. What its driver can do is compared with this
// (package channel's tests).
type Carrier struct {
	Name      string // as integrations call it: their provider
	Reactions bool   // sends an emoji on a message of the contact
	MarksRead bool   // shows people that their message was read
	Files     bool   // hands out what people send along
}

// Carriers are the companies that carry WhatsApp. What a company does not document is
// not done. Sources of reactions:
//   - meta: developers.facebook.com/documentation/business-messaging/whatsapp/messages/reaction-messages
//   - dialog360: docs.360dialog.com/docs/messaging/message-types/reaction
//   - gupshup: docs.gupshup.io/docs/outbound-reactions
//   - of the others no request is published that sends one (github.com/zenvia/zenvia-openapi-spec;
//     github.com/infobip/infobip-api-go-client, 3.2.0; docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp,
//     which lists the type as not supported; developers.sinch.com/docs/conversation; twilio.com/docs/whatsapp)
//
// Of reading, where it is not done:
//   - twilio has it only as part of an indicator that somebody is typing
//     (twilio.com/docs/whatsapp/api/typing-indicators-resource, a beta), which would be untrue
//   - sinch marks a person's conversation, not a message (read_message_event of its SDK for Node, 1.6.0)
//   - gupshup names the call (docs.gupshup.io/docs/mark-messages-as-read) and publishes its
//     address for partners only; zenvia and bird name none
//
// Of files: twilio and gupshup say where they keep them; zenvia, sinch and bird do not say
// to which hosts their addresses lead, and our key is shown to no other.
var Carriers = []Carrier{
	{Name: "meta", Reactions: true, MarksRead: true, Files: true},
	{Name: "dialog360", Reactions: true, MarksRead: true, Files: true},
	{Name: "gupshup", Reactions: true, Files: true},
	{Name: "infobip", MarksRead: true, Files: true},
	{Name: "twilio", Files: true},
	{Name: "zenvia"},
	{Name: "sinch"},
	{Name: "bird", Files: true},
	{Name: "wavy"},
}

// CarrierNamed finds a company.
func CarrierNamed(name string) (Carrier, bool) {
	for _, c := range Carriers {
		if c.Name == name {
			return c, true
		}
	}
	return Carrier{}, false
}

// CarrierNames are the companies' names.
func CarrierNames() []string {
	names := make([]string, len(Carriers))
	for i, c := range Carriers {
		names[i] = c.Name
	}
	return names
}
