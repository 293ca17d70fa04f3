package runtime

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"jornada/engine"
)

// WorkspaceKey is the id of the workspace's own data key: it seals what belongs
// to no contact.
const WorkspaceKey = "workspace"

// KeySource finds a data key of 32 bytes by its opaque id. A key that was
// destroyed with its contact is an engine.NotFound error.
type KeySource interface {
	DataKey(ctx context.Context, keyID string) ([]byte, error)
}

// ErrErased means that data was sealed for a contact who has been erased since:
// it can never be read again, which is what erasing is for.
var ErrErased = errors.New("the contact was erased, and with them the key of this data; it cannot be read any more")

// sealFormat is the first byte of sealed bytes: version, length of the key id,
// key id, nonce (12 bytes), ciphertext with tag.
const sealFormat = 1

// seal encrypts with AES-256-GCM. The key id stands in front, in the clear and
// authenticated; it is random and says nothing about the contact.
func seal(ctx context.Context, keys KeySource, keyID string, plain []byte) ([]byte, error) {
	if keyID == "" {
		keyID = WorkspaceKey
	}
	if len(keyID) > 255 {
		return nil, fmt.Errorf("sealing with key %q: a key id has at most 255 bytes", keyID)
	}
	aead, err := cipherOf(ctx, keys, keyID)
	if err != nil {
		return nil, err
	}
	head := append([]byte{sealFormat, byte(len(keyID))}, keyID...)
	out := make([]byte, len(head)+aead.NonceSize(), len(head)+aead.NonceSize()+len(plain)+aead.Overhead())
	copy(out, head)
	nonce := out[len(head):]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	return aead.Seal(out, nonce, plain, head), nil
}

// open reverses seal. The key id is in the bytes, so nothing else is needed.
func open(ctx context.Context, keys KeySource, sealed []byte) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != sealFormat || len(sealed) < 2+int(sealed[1])+12 {
		return nil, errors.New("opening sealed data: it was not written by this version of Jornada, or it is cut off")
	}
	head := sealed[:2+int(sealed[1])]
	aead, err := cipherOf(ctx, keys, string(head[2:]))
	if err != nil {
		return nil, err
	}
	rest := sealed[len(head):]
	plain, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], head)
	if err != nil {
		return nil, fmt.Errorf("opening data sealed with key %q: it was changed, or the master key is not the one it was written with: %w", head[2:], err)
	}
	return plain, nil
}

func cipherOf(ctx context.Context, keys KeySource, keyID string) (cipher.AEAD, error) {
	key, err := keys.DataKey(ctx, keyID)
	if isCode(err, engine.NotFound) {
		return nil, fmt.Errorf("reading data key %q: %w", keyID, ErrErased)
	}
	if err != nil {
		return nil, fmt.Errorf("reading data key %q: %w", keyID, err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("using data key %q: %w", keyID, err)
	}
	return cipher.NewGCM(block)
}

// sealedWith is the key id in front of sealed bytes.
func sealedWith(sealed []byte) string {
	if len(sealed) < 2 || len(sealed) < 2+int(sealed[1]) {
		return ""
	}
	return string(sealed[2 : 2+int(sealed[1])])
}
