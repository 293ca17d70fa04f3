package engine

import "time"

// Channel is a medium.
type Channel string

// The channels.
const (
	WhatsApp  Channel = "whatsapp"
	SMS       Channel = "sms"
	Email     Channel = "email"
	Telegram  Channel = "telegram"
	Messenger Channel = "messenger"
	Instagram Channel = "instagram"
	WebChat   Channel = "webchat"
)

// AddressKind is a way to reach a person. A contact has many addresses and none
// of them is the contact's key: WhatsApp users may have no phone at all.
type AddressKind string

// The kinds of address.
const (
	Phone        AddressKind = "phone"       // E.164, "+5511987654321"
	WAID         AddressKind = "wa_id"       // as the provider wrote it, never rewritten
	BSUID        AddressKind = "bsuid"       // business-scoped WhatsApp user id
	EmailAddress AddressKind = "email"       // lower case
	TelegramID   AddressKind = "telegram_id" // of the private chat with our bot
	PSID         AddressKind = "psid"        // page-scoped id of a person on Messenger
	IGSID        AddressKind = "igsid"       // Instagram-scoped id
	VisitorID    AddressKind = "visitor_id"  // of a browser that opened the web chat
)

// Address is one way to reach a contact.
type Address struct {
	Kind  AddressKind `json:"kind"`
	Value string      `json:"value"`
}

// Contact is a person. Attributes fit the workspace's contact schema.
type Contact struct {
	ID         ContactID
	Attributes map[string]any
	Addresses  []Address
	OptIn      map[Channel]bool
	// Purposes is what was said of one purpose alone, where that differs from OptIn;
	// only recording a consent changes it. See [Contact.Refuses].
	Purposes   map[Channel]map[string]bool
	Timezone   string // IANA; "" = the workspace's
	Locale     string // BCP 47; "" = the journey's
	KeyID      string // data key of this contact, see Codec; destroying it erases history
	MergedInto ContactID
	ErasedAt   *time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Address returns the contact's first address of a kind, "" when there is none.
func (c *Contact) Address(kind AddressKind) string {
	for _, a := range c.Addresses {
		if a.Kind == kind {
			return a.Value
		}
	}
	return ""
}
