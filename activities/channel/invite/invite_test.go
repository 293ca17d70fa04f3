package invite_test

import (
	"strings"
	"testing"
	"time"

	"jornada/activities/channel/invite"
	"jornada/engine"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestATokenNamesItsContact(t *testing.T) {
	for _, id := range []engine.ContactID{"a", "con_01KB0000000000000000000000", "8c7b5a34-6c55-4d7c-8c39-4bb5b5b63a11"} {
		token, until, err := invite.Token([]byte("key"), id, now)
		if err != nil || len(token) > 64 || strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			t.Fatalf("%q %v", token, err)
		}
		if got, ok := invite.Contact([]byte("key"), token, until.Add(-time.Second)); !ok || got != id {
			t.Errorf("got %q %v", got, ok)
		}
		if _, ok := invite.Contact([]byte("key"), token, until); ok {
			t.Error("good for ever")
		}
		if _, ok := invite.Contact([]byte("other"), token, now); ok {
			t.Error("good with another key")
		}
		for i := range token {
			changed := []byte(token)
			changed[i] ^= 1
			if _, ok := invite.Contact([]byte("key"), string(changed), now); ok {
				t.Errorf("good with character %d changed", i)
			}
		}
	}
	if _, _, err := invite.Token([]byte("key"), engine.ContactID(strings.Repeat("x", 37)), now); err == nil || !strings.Contains(err.Error(), "shorter id") {
		t.Error(err)
	}
}

func FuzzContact(f *testing.F) {
	token, _, _ := invite.Token([]byte("key"), "ana", now)
	f.Add(token)
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := invite.Contact([]byte("key"), s, now); ok && id != "ana" {
			t.Errorf("%q gives %q", s, id)
		}
	})
}
