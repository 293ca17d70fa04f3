// Package medium is the table of channels: what each medium can carry, whatever
// company carries it. The checker, the JSON Schema, the simulator, the send gate,
// the API and the drivers' limits all read it, so a channel is one row here.
//
//	m, ok := medium.Named("whatsapp")
//	m.Buttons    // 3
//	m.Addresses  // wa_id, phone, bsuid: how a person is reached, best first
//
// A row says what the medium is, not what a journey may do with it: prices and
// templates are data of the workspace. What is not limited is 0.
//
// It is a leaf, and holds no address and no credentials of anybody.
package medium

import (
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
)

// Writing is how an author writes an own text for a medium.
type Writing int

// Plain is `text`; Letter is `subject` and `markdown`.
const (
	Plain Writing = iota
	Letter
)

// Price is what a price of the medium depends on.
type Price int

// The ways to count. Free costs nothing, and then no price can be set.
const (
	Free        Price = iota
	PerMessage        // every message costs the same
	PerSegment        // a long text is several messages
	PerCategory       // marketing, utility, …; own text in a service window is its own category
)

// Medium is a channel as its own rules make it.
type Medium struct {
	Name  string
	Title diag.Text // as people write it: WhatsApp, e-mail
	Noun  diag.Text // what is sent there, plural: "text messages"

	Writing   Writing
	Templates bool // messages can be templates of templates.lock.yaml
	Approved  bool // …which the platform approves, with buttons, and sends by name
	Segments  bool // a text is counted in SMS segments, not in characters
	Media     bool // pictures, documents, videos

	Buttons     int // of an own text; 0 with ListRows 0: choices become numbered lines
	ButtonTitle int // characters
	ListRows    int
	ListTitle   int
	// SectionTitle: characters of what stands above a section of a list; 0 = a list
	// has no sections. There cannot be more of them than rows.
	SectionTitle int
	Text         int // characters of an own text
	Interactive  int // of one with buttons or a list
	Footer       int // 0 = there is no footer
	Caption      int // characters of a text under media; 0 = as Text
	LinkTitle    int // characters of a button that opens a page; 0 = there is none
	FormTitle    int // characters of a button that opens a form of the platform's own; 0 = there are none
	// Bare kinds of media carry no text, and stand above no buttons.
	Bare     []string
	Location bool // a place on the map is a message
	Reaction bool // an emoji on the contact's last message is a message
	// Uploads: media may be named by the id the platform gave an upload.
	Uploads bool

	// Window is how long people may be written own text after they wrote; 0 = always.
	Window time.Duration
	// WritesFirst: nobody can be written to before they wrote: their address here
	// is known from nowhere else.
	WritesFirst bool
	// Quotes: an answer can name the message it answers, and a tap brings the
	// button's payload back.
	Quotes, Taps bool
	Statuses     bool // delivered and read are reported

	Addresses []string // kinds of address, best first
	Settings  []string // keys of `channels:` in workspace.yaml
	Price     Price
}

// Table are the channels, in the order in which they are listed to people.
var Table = []Medium{
	// developers.facebook.com/documentation/business-messaging/whatsapp/
	// (messages/text-messages, reaction-messages, interactive-reply-buttons-messages,
	// interactive-list-messages, interactive-cta-url-messages, flows, location-messages,
	// image-messages and its neighbors, send-messages#customer-service-windows).
	{
		Name: "whatsapp", Title: same("WhatsApp"), Noun: diag.Text{En: "WhatsApp messages", Pt: "WhatsApps"},
		Templates: true, Approved: true, Media: true,
		Buttons: 3, ButtonTitle: 20, ListRows: 10, ListTitle: 24, SectionTitle: 24, Text: 4096, Interactive: 1024, Footer: 60,
		Caption: 1024, LinkTitle: 20, FormTitle: 30, Bare: []string{"audio"}, Location: true, Reaction: true, Uploads: true,
		Window: 24 * time.Hour, Quotes: true, Taps: true, Statuses: true,
		Addresses: []string{"wa_id", "phone", "bsuid"}, Settings: []string{"number", "provider", "free_form", "direct_send", "must_contain"},
		Price: PerCategory,
	},
	// twilio.com/docs/messaging/api/message-resource: a body of up to 1,600 characters.
	{
		Name: "sms", Title: same("SMS"), Noun: diag.Text{En: "text messages", Pt: "SMS"},
		Segments: true, Text: 1600, Statuses: true,
		Addresses: []string{"phone"}, Settings: []string{"number", "unicode", "smart_encoding", "must_contain"}, Price: PerSegment,
	},
	{
		Name: "email", Title: same("e-mail"), Noun: same("e-mails"),
		Writing: Letter, Templates: true, Quotes: true,
		Addresses: []string{"email"}, Settings: []string{"from", "must_contain"}, Price: PerMessage,
	},
	// core.telegram.org/bots/api: sendMessage (4,096 characters, 1,024 under media), inline keyboards. A
	// button has no limit but the width of a phone.
	{
		Name: "telegram", Title: same("Telegram"), Noun: diag.Text{En: "Telegram messages", Pt: "mensagens do Telegram"},
		Media: true, Buttons: 10, ButtonTitle: 40, Text: 4096, Interactive: 4096, Caption: 1024,
		WritesFirst: true, Quotes: true, Taps: true,
		Addresses: []string{"telegram_id"}, Settings: []string{"must_contain"},
	},
	// developers.facebook.com/documentation/business-messaging/messenger-platform/
	// (send-messages, send-messages/quick-replies, policy): 13 quick replies of 20
	// characters, 2,000 characters, 24 hours after the person wrote.
	{
		Name: "messenger", Title: same("Messenger"), Noun: diag.Text{En: "Messenger messages", Pt: "mensagens do Messenger"},
		Media: true, Buttons: 13, ButtonTitle: 20, Text: 2000, Interactive: 2000,
		Window: 24 * time.Hour, WritesFirst: true, Quotes: true, Taps: true, Statuses: true,
		Addresses: []string{"psid"}, Settings: []string{"must_contain"},
	},
	// The same platform, …/instagram-messaging/: 1,000 bytes, and no news of delivery.
	{
		Name: "instagram", Title: same("Instagram"), Noun: diag.Text{En: "Instagram messages", Pt: "mensagens do Instagram"},
		Media: true, Buttons: 13, ButtonTitle: 20, Text: 1000, Interactive: 1000,
		Window: 24 * time.Hour, WritesFirst: true, Quotes: true, Taps: true,
		Addresses: []string{"igsid"}, Settings: []string{"must_contain"},
	},
	// Our own: package engine/webchat. Delivered means that the visitor's page took it.
	{
		Name: "webchat", Title: diag.Text{En: "web chat", Pt: "chat do site"}, Noun: diag.Text{En: "web chat messages", Pt: "mensagens do chat do site"},
		Media: true, Buttons: 10, ButtonTitle: 60, Text: 4000, Interactive: 4000,
		WritesFirst: true, Quotes: true, Taps: true, Statuses: true,
		Addresses: []string{"visitor_id"}, Settings: []string{"must_contain"},
	},
}

// Kind is a kind of address.
type Kind struct {
	Name string
	// Learned kinds are told by the platform itself; no other system knows them,
	// so whoever replaces a contact's addresses does not mean these.
	Learned bool
	// Sureness: how surely the address is one person's, the lower the surer.
	Sureness int
}

// Kinds are the kinds of address, in the order in which a contact shows them.
var Kinds = []Kind{
	{Name: "phone", Sureness: 2},
	{Name: "wa_id", Learned: true, Sureness: 1},
	{Name: "bsuid", Learned: true},
	{Name: "email", Sureness: 3},
	{Name: "telegram_id", Learned: true}, // of the private chat with our bot
	{Name: "psid", Learned: true},        // page-scoped id of a person on Messenger
	{Name: "igsid", Learned: true},       // Instagram-scoped id
	{Name: "visitor_id", Learned: true},  // of a browser that opened the web chat
}

func same(word string) diag.Text { return diag.Text{En: word, Pt: word} }

// Named finds a channel.
func Named(name string) (Medium, bool) {
	i := slices.IndexFunc(Table, func(m Medium) bool { return m.Name == name })
	if i < 0 {
		return Medium{Name: name, Title: same(name)}, false
	}
	return Table[i], true
}

// Of is the channel of a name; one that is not in the table has no limits and no
// addresses.
func Of(name string) Medium {
	m, _ := Named(name)
	return m
}

// Names are the channels' names.
func Names() []string {
	names := make([]string, len(Table))
	for i, m := range Table {
		names[i] = m.Name
	}
	return names
}

// Windowed are the names of the channels with a service window.
func Windowed() []string {
	var names []string
	for _, m := range Table {
		if m.Window > 0 {
			names = append(names, m.Name)
		}
	}
	return names
}

// KindNamed finds a kind of address.
func KindNamed(name string) (Kind, bool) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{Name: name}, false
	}
	return Kinds[i], true
}

// KindNames are the kinds of address, those that people know first.
func KindNames() []string {
	var known, learned []string
	for _, k := range Kinds {
		if k.Learned {
			learned = append(learned, k.Name)
		} else {
			known = append(known, k.Name)
		}
	}
	return append(known, learned...)
}

// OneOf writes names as a choice: "whatsapp, sms or email".
func OneOf(names []string) diag.Text {
	if len(names) < 2 {
		return same(strings.Join(names, ""))
	}
	list, last := strings.Join(names[:len(names)-1], ", "), names[len(names)-1]
	return diag.Text{En: list + " or " + last, Pt: list + " ou " + last}
}
