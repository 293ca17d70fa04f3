package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"jornada/engine"
)

const keySize = 32 // AES-256

// keyRing seals with the master key and opens with it or an older one. Sealed
// text is "v1.<key id>.<base64 of nonce and ciphertext>", so that a row says
// which master key it needs.
type keyRing struct {
	current string
	keys    map[string]cipher.AEAD
}

func newKeyRing(master []byte, old [][]byte) (*keyRing, error) {
	r := &keyRing{keys: map[string]cipher.AEAD{}}
	for i, key := range append([][]byte{master}, old...) {
		if len(key) != keySize {
			return nil, engine.Errorf(engine.Invalid, "a master key must have %d bytes, this one has %d; make one with: openssl rand -hex %d", keySize, len(key), keySize)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return nil, err
		}
		id := masterKeyID(key)
		if i == 0 {
			r.current = id
		}
		r.keys[id] = aead
	}
	return r, nil
}

// masterKeyID names a master key without revealing it.
func masterKeyID(key []byte) string { return hex.EncodeToString(derive(key, "master key id"))[:12] }

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("preparing a key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("preparing a key: %w", err)
	}
	return aead, nil
}

// derive makes a key for one purpose out of another key.
func derive(key []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("jornada " + purpose))
	return mac.Sum(nil)
}

// seal encrypts; place (table, row) is bound to the text, so that a sealed value
// copied into another row or workspace does not open there.
func (r *keyRing) seal(plain []byte, place string) (string, error) {
	aead := r.keys[r.current]
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("sealing a secret: %w", err)
	}
	return "v1." + r.current + "." + base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(place))), nil
}

// open decrypts what seal made.
func (r *keyRing) open(sealed, place string) ([]byte, error) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != "v1" {
		return nil, fmt.Errorf("opening the secret of %s: it was not sealed by jornada", place)
	}
	aead, ok := r.keys[parts[1]]
	if !ok {
		return nil, &engine.Error{
			Code: engine.Unavailable, Details: map[string]any{"sealed": place},
			Message: fmt.Sprintf("the secret of %s was sealed with another master key (%s) than the one configured: start with the master key that this database was written with", place, parts[1]),
		}
	}
	raw, err := base64.RawStdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) < aead.NonceSize() {
		return nil, fmt.Errorf("opening the secret of %s: it is damaged", place)
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("opening the secret of %s: it is damaged or belongs elsewhere", place)
	}
	return plain, nil
}

// SealedOtherwise names what an error could not open because none of the configured
// master keys sealed it; "" for any other error.
func SealedOtherwise(err error) string {
	var refusal *engine.Error
	if !errors.As(err, &refusal) {
		return ""
	}
	place, _ := refusal.Details["sealed"].(string)
	return place
}

// sealedNow is a LIKE pattern of what the current master key sealed.
func (r *keyRing) sealedNow() string { return "v1." + r.current + ".%" }
