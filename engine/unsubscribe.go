package engine

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Withdrawal is what an unsubscribe link does: one contact takes back the
// permission for one purpose on one channel.
type Withdrawal struct {
	ContactID ContactID
	Channel   Channel
	Purpose   string // marketing; "" = everything
}

// unsubscribeVersion begins every token; another layout gets another number.
// unsubscribeMax bounds what Open looks at: contact ids have at most 128 bytes.
const (
	unsubscribeVersion = 1
	unsubscribeIDSize  = 4
	unsubscribeMACSize = sha256.Size
	unsubscribeMax     = 600
)

// tokenText is strict: a token has one spelling.
var tokenText = base64.RawURLEncoding.Strict()

// UnsubscribeKeys writes and reads the tokens of unsubscribe links. A token is
// all a link needs: it is proved by an HMAC over workspace, contact, channel,
// purpose and the key's id, so nothing is stored for it and it works for as long
// as its key is among the keys, whatever happened to the message.
//
// The contact's id is hidden in it: the HMAC serves as the nonce of the
// encryption (the construction called SIV), so the same withdrawal always has
// the same token, and who sees the link (a proxy, a mail scanner) learns nothing.
type UnsubscribeKeys struct {
	workspace WorkspaceID
	keys      []unsubscribeKey
}

type unsubscribeKey struct {
	id     [unsubscribeIDSize]byte
	sign   []byte
	cipher cipher.Block
}

// NewUnsubscribeKeys makes the keys from a secret of the workspace; older ones
// are only read, so that links already sent go on working after a rotation.
func NewUnsubscribeKeys(workspace WorkspaceID, secret []byte, older ...[]byte) (UnsubscribeKeys, error) {
	k := UnsubscribeKeys{workspace: workspace}
	for _, s := range append([][]byte{secret}, older...) {
		if len(s) < 16 {
			return UnsubscribeKeys{}, Errorf(Invalid, "the secret of unsubscribe links has %d bytes and needs 16 at least", len(s))
		}
		block, err := aes.NewCipher(deriveLink(s, "encrypt"))
		if err != nil {
			return UnsubscribeKeys{}, Errorf(Invalid, "preparing the key of unsubscribe links: %v", err)
		}
		key := unsubscribeKey{sign: deriveLink(s, "sign"), cipher: block}
		copy(key.id[:], deriveLink(s, "id"))
		k.keys = append(k.keys, key)
	}
	return k, nil
}

func deriveLink(secret []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("jornada unsubscribe " + purpose))
	return mac.Sum(nil)
}

// Token writes a withdrawal; it is "" without a key.
func (k UnsubscribeKeys) Token(w Withdrawal) string {
	if len(k.keys) == 0 || w.ContactID == "" {
		return ""
	}
	key := k.keys[0]
	plain := []byte(strings.Join([]string{string(w.Channel), w.Purpose, string(w.ContactID)}, "\x00"))
	proof := key.prove(k.workspace, plain)
	token := append([]byte{unsubscribeVersion}, key.id[:]...)
	token = append(token, proof...)
	return tokenText.EncodeToString(append(token, key.mask(proof, plain)...))
}

// Open reads a token. ok is false for everything that Token of one of the keys
// did not write; how long it takes says nothing about how close a forgery came.
func (k UnsubscribeKeys) Open(token string) (w Withdrawal, ok bool) {
	if len(token) > unsubscribeMax {
		return Withdrawal{}, false
	}
	raw, err := tokenText.DecodeString(token)
	const head = 1 + unsubscribeIDSize + unsubscribeMACSize
	if err != nil || len(raw) <= head || raw[0] != unsubscribeVersion || strings.ContainsAny(token, "\r\n") { // which the decoder skips
		return Withdrawal{}, false
	}
	id, proof, hidden := raw[1:1+unsubscribeIDSize], raw[1+unsubscribeIDSize:head], raw[head:]
	for _, key := range k.keys {
		if !bytes.Equal(key.id[:], id) { // no secret: it stands in the token
			continue
		}
		plain := key.mask(proof, hidden)
		if !hmac.Equal(proof, key.prove(k.workspace, plain)) {
			return Withdrawal{}, false
		}
		part := strings.SplitN(string(plain), "\x00", 3)
		if len(part) != 3 || part[2] == "" {
			return Withdrawal{}, false
		}
		return Withdrawal{Channel: Channel(part[0]), Purpose: part[1], ContactID: ContactID(part[2])}, true
	}
	return Withdrawal{}, false
}

// prove is the HMAC; lengths keep the parts apart.
func (u unsubscribeKey) prove(workspace WorkspaceID, plain []byte) []byte {
	mac := hmac.New(sha256.New, u.sign)
	mac.Write([]byte{unsubscribeVersion, byte(len(workspace) >> 8), byte(len(workspace))})
	mac.Write([]byte(workspace))
	mac.Write(u.id[:])
	mac.Write(plain)
	return mac.Sum(nil)
}

// mask hides and reveals: a stream cipher that begins at the proof.
func (u unsubscribeKey) mask(proof, text []byte) []byte {
	out := make([]byte, len(text))
	cipher.NewCTR(u.cipher, proof[:aes.BlockSize]).XORKeyStream(out, text)
	return out
}
