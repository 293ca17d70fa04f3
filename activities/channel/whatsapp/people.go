package whatsapp

import (
	"regexp"

	"jornada/engine"
)

// Addresses are the ways to reach a person that the provider told us, without
// empty ones. A user id that stands where the phone should is taken for what it is.
func Addresses(waID, bsuid string) []engine.Address {
	var all []engine.Address
	if IsBSUID(waID) {
		if bsuid == "" {
			bsuid = waID
		}
		waID = ""
	}
	if waID != "" {
		all = append(all, engine.Address{Kind: engine.WAID, Value: waID})
	}
	if bsuid != "" {
		all = append(all, engine.Address{Kind: engine.BSUID, Value: bsuid})
	}
	return all
}

// bsuidPattern is the form of a business-scoped user id: a country and letters or digits.
var bsuidPattern = regexp.MustCompile(`^[A-Z]{2}\.[0-9A-Za-z.]+$`)

// IsBSUID tells a business-scoped user id from a phone: some calls carry it where
// the phone should be.
func IsBSUID(s string) bool { return bsuidPattern.MatchString(s) }

// opens says which messages open the service window: what a person writes,
// sends or taps. The documents are silent on reactions, edits, deletions and
// unsupported kinds; not opening is the safe side, as a message sent in a closed
// window is refused.
var opens = map[string]bool{
	"text": true, "button": true, "interactive": true, "image": true, "video": true, "audio": true,
	"document": true, "sticker": true, "location": true, "contacts": true, "order": true,
}

// Opens reports whether a message of this type opens the service window.
func Opens(kind string) bool { return opens[kind] }
