// Package invite writes the tokens that tie a stranger in a chat to a contact.
//
// On Telegram, Messenger, Instagram and in a web chat a person is nobody until
// they write, and then only an id. A link that we sent them by another way
// (t.me/bot?start=TOKEN, m.me/page?ref=TOKEN) brings its token back with the first
// message, and says who is writing.
//
// A token is the contact's id, the day it expires and a signature, in 64 letters,
// digits, - and _ (Telegram allows no more). It is signed with the integration's
// own webhook secret, so nothing has to be stored and who cannot forge a webhook
// cannot forge a token. Who holds a token can speak for its contact: send it to
// them alone.
package invite

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"jornada/engine"
)

// ContactMax is the longest id of a contact that fits, in bytes: a UUID does.
const ContactMax = 36

// Days is how long a token is good.
const Days = 30

const (
	dayBytes = 2
	macBytes = 10 // cannot be tried offline: every guess is a message
	day      = 24 * time.Hour
)

// epoch is day 0 of a token.
var epoch = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// Token is a contact's token, and when it ends. The key belongs to one integration.
func Token(key []byte, contact engine.ContactID, now time.Time) (token string, until time.Time, err error) {
	if contact == "" || len(contact) > ContactMax {
		return "", time.Time{}, engine.Errorf(engine.Invalid,
			"the contact's id has %d bytes; a link of this channel carries 1 to %d: use a shorter id for contacts that are invited", len(contact), ContactMax)
	}
	last := uint16(now.Sub(epoch)/day) + Days //nolint:gosec // days since 2020 fit for a century and a half
	raw := append([]byte(contact), byte(last>>8), byte(last))
	raw = append(raw, sign(key, raw)...)
	return base64.RawURLEncoding.EncodeToString(raw), epoch.Add(time.Duration(last+1) * day), nil
}

// Contact is whose token it is; false when it is none of ours, was changed, or is
// too old.
func Contact(key []byte, token string, now time.Time) (engine.ContactID, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) <= dayBytes+macBytes || len(raw) > ContactMax+dayBytes+macBytes {
		return "", false
	}
	body, mac := raw[:len(raw)-macBytes], raw[len(raw)-macBytes:]
	if !hmac.Equal(mac, sign(key, body)) {
		return "", false
	}
	id, last := body[:len(body)-dayBytes], binary.BigEndian.Uint16(body[len(body)-dayBytes:])
	if now.Sub(epoch) >= time.Duration(last+1)*day {
		return "", false
	}
	return engine.ContactID(id), true
}

func sign(key, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	fmt.Fprint(mac, "invitation\x00")
	mac.Write(body)
	return mac.Sum(nil)[:macBytes]
}
