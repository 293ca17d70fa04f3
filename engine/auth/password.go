package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// MinPassword and MaxPassword bound a password, in characters. Length is what
// makes one hard to guess; rules about digits and signs are not (NIST SP 800-63B,
// 5.1.1.2).
const (
	MinPassword = 12
	MaxPassword = 200
)

// What one hash costs: 19 MiB, two passes, one thread (OWASP's Password Storage
// Cheat Sheet, second of its equal choices for argon2id).
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonSalt   = 16
	argonKey    = 32
)

// hashing lets two passwords be hashed at once: a crowd at the door waits, instead
// of taking the memory that sending needs.
var hashing = make(chan struct{}, 2)

// hashPassword is the password as it is stored: "argon2id$memory$passes$salt$key".
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("drawing a salt: %w", err)
	}
	key, err := derive(ctx, password, salt, argonTime, argonMemory)
	if err != nil {
		return "", err
	}
	text := base64.RawStdEncoding
	return fmt.Sprintf("argon2id$%d$%d$%s$%s", argonMemory, argonTime, text.EncodeToString(salt), text.EncodeToString(key)), nil
}

// passwordFits compares in constant time. A stored text that is none of ours fits
// nothing, and takes as long to say so: how long an answer takes must not tell
// whether somebody has an account.
func passwordFits(ctx context.Context, stored, password string) (bool, error) {
	var memory, passes uint32
	var encoded string
	salt, want, known := make([]byte, argonSalt), make([]byte, argonKey), false
	if _, err := fmt.Sscanf(stored, "argon2id$%d$%d$%s", &memory, &passes, &encoded); err == nil && memory <= 1<<20 && passes <= 16 && passes > 0 {
		s, k, _ := strings.Cut(encoded, "$")
		text := base64.RawStdEncoding
		readSalt, saltErr := text.DecodeString(s)
		readKey, keyErr := text.DecodeString(k)
		if saltErr == nil && keyErr == nil && len(readKey) == argonKey {
			salt, want, known = readSalt, readKey, true
		}
	}
	if !known {
		memory, passes = argonMemory, argonTime
	}
	key, err := derive(ctx, password, salt, passes, memory)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, want) == 1 && known, nil
}

func derive(ctx context.Context, password string, salt []byte, passes, memory uint32) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a turn to hash: %w", ctx.Err())
	}
	return argon2.IDKey([]byte(password), salt, passes, memory, 1, argonKey), nil
}

// checkPassword refuses what is too short, too long, or the person's own name or
// address.
func checkPassword(password string, own ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return invalid("password", fmt.Sprintf("the password has %d characters and needs at least %d: four words that do not belong together are good", n, MinPassword))
	case n > MaxPassword:
		return invalid("password", fmt.Sprintf("the password has more than %d characters", MaxPassword))
	}
	for _, text := range own {
		if text != "" && strings.EqualFold(strings.TrimSpace(text), strings.TrimSpace(password)) {
			return invalid("password", "the password is your name or e-mail: choose another")
		}
	}
	return nil
}
