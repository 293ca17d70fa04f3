package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// MailKeys writes and reads the tokens in the addresses that e-mail comes back
// to: the envelope sender of a letter (VERP), its Reply-To, its mailto for
// leaving. A token is a message's id and an HMAC over workspace and id, so an
// address that nobody was given is refused before anything is looked up.
//
// It proves less than it seems to: everybody who handled the letter has seen it.
// What comes back to it is about that one message and its one recipient, and
// nothing more.
//
// It is written in small letters and digits (RFC 4648 base32): some mail servers
// fold the case of addresses, and the part before the @ holds 64 bytes at most
// (RFC 5321 §4.5.3.1.1).
type MailKeys struct {
	workspace WorkspaceID
	secrets   [][]byte
}

// The forms a message's id has: MessageIDFor's, and that of one written by a person.
const (
	mailTokenHex  = 1
	mailTokenUUID = 2
	mailTokenMAC  = 10 // bytes: guessing costs a conversation over SMTP each time
)

var mailTokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewMailKeys makes the keys from a secret of the workspace; older ones are only
// read, so that letters already sent can still come back after a rotation.
func NewMailKeys(workspace WorkspaceID, secret []byte, older ...[]byte) (MailKeys, error) {
	k := MailKeys{workspace: workspace}
	for _, s := range append([][]byte{secret}, older...) {
		if len(s) < 16 {
			return MailKeys{}, Errorf(Invalid, "the secret of e-mail addresses has %d bytes and needs 16 at least", len(s))
		}
		k.secrets = append(k.secrets, s)
	}
	return k, nil
}

// Token names a message; it is "" without a key, or for an id that is no message's.
func (k MailKeys) Token(id MessageID) string {
	if len(k.secrets) == 0 || !LooksLikeMessage(string(id)) {
		return ""
	}
	text := strings.TrimPrefix(string(id), messagePrefix)
	plain := []byte{mailTokenHex}
	if strings.Contains(text, "-") {
		plain[0] = mailTokenUUID
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil {
		return ""
	}
	plain = append(plain, raw...)
	return mailTokenText.EncodeToString(append(plain, k.prove(k.secrets[0], plain)...))
}

// Open reads a token, in letters of either case. ok is false for everything that
// Token of one of the keys did not write.
func (k MailKeys) Open(token string) (id MessageID, ok bool) {
	raw, err := mailTokenText.DecodeString(strings.ToLower(token))
	const size = 1 + 16
	if err != nil || len(raw) != size+mailTokenMAC || strings.ContainsAny(token, "\r\n") { // which the decoder skips
		return "", false
	}
	// The last character holds spare bits: a token has one spelling.
	if !strings.EqualFold(mailTokenText.EncodeToString(raw), token) {
		return "", false
	}
	plain, proof := raw[:size], raw[size:]
	for _, secret := range k.secrets {
		if !hmac.Equal(proof, k.prove(secret, plain)) {
			continue
		}
		switch plain[0] {
		case mailTokenHex:
			return MessageID(messagePrefix + hex.EncodeToString(plain[1:])), true
		case mailTokenUUID:
			return MessageID(messagePrefix + uuid.UUID(plain[1:]).String()), true
		}
	}
	return "", false
}

// prove is the HMAC, cut; lengths keep the parts apart.
func (k MailKeys) prove(secret, plain []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("jornada e-mail address"))
	mac.Write([]byte{byte(len(k.workspace) >> 8), byte(len(k.workspace))})
	mac.Write([]byte(k.workspace))
	mac.Write(plain)
	return mac.Sum(nil)[:mailTokenMAC]
}
