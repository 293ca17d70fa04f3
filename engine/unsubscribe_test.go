package engine

import (
	"bytes"
	"encoding/base64"
	"math/rand"
	"strings"
	"testing"
)

func unsubscribeKeys(t testing.TB, workspace WorkspaceID, secrets ...string) UnsubscribeKeys {
	t.Helper()
	var older [][]byte
	for _, s := range secrets[1:] {
		older = append(older, []byte(s))
	}
	k, err := NewUnsubscribeKeys(workspace, []byte(secrets[0]), older...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	linkSecret  = "a secret of thirty-two bytes ...."
	otherSecret = "another secret, for another time."
)

func TestUnsubscribeTokens(t *testing.T) {
	keys := unsubscribeKeys(t, "demo", linkSecret)
	for _, w := range []Withdrawal{
		{"ana", Email, "marketing"},
		{"ana", Email, ""},
		{"ana", SMS, "marketing"},
		{"a.b@clinic|çédille\x00\x00odd", WhatsApp, "marketing"},
		{ContactID(strings.Repeat("x", 128)), Email, "marketing"},
	} {
		token := keys.Token(w)
		got, ok := keys.Open(token)
		if !ok || got != w {
			t.Errorf("%+v comes back as %+v, %v", w, got, ok)
		}
		if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || len(token) > unsubscribeMax {
			t.Errorf("a token is no part of an address: %s", token)
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || bytes.Contains(raw, []byte(w.ContactID)) {
			t.Errorf("the token of %q shows who it belongs to", w.ContactID)
		}
		if again := keys.Token(w); again != token {
			t.Error("the same withdrawal has two tokens")
		}
	}
	if keys.Token(Withdrawal{"ana", Email, ""}) == keys.Token(Withdrawal{"ana", Email, "marketing"}) {
		t.Error("two purposes have one token")
	}
	if keys.Token(Withdrawal{}) != "" || (UnsubscribeKeys{}).Token(Withdrawal{ContactID: "ana"}) != "" {
		t.Error("a token without a contact or a key is none")
	}
	if _, ok := (UnsubscribeKeys{}).Open(keys.Token(Withdrawal{ContactID: "ana"})); ok {
		t.Error("without keys no token is ours")
	}
	if _, err := NewUnsubscribeKeys("demo", []byte("short")); err == nil {
		t.Error("a short secret is taken")
	}
}

func TestUnsubscribeKeysOfOthersAndOfOld(t *testing.T) {
	w := Withdrawal{"ana", Email, "marketing"}
	token := unsubscribeKeys(t, "demo", linkSecret).Token(w)
	if _, ok := unsubscribeKeys(t, "another", linkSecret).Open(token); ok {
		t.Error("a link of one workspace opens in another")
	}
	if _, ok := unsubscribeKeys(t, "demo", otherSecret).Open(token); ok {
		t.Error("a link opens under another secret")
	}
	rotated := unsubscribeKeys(t, "demo", otherSecret, linkSecret)
	if got, ok := rotated.Open(token); !ok || got != w {
		t.Error("a link does not survive the change of the secret")
	}
	if rotated.Token(w) == token {
		t.Error("after the change new links still use the old secret")
	}
}

// 10,000 forgeries of a true token, of every kind: none is accepted, except the
// token itself.
func TestForgedUnsubscribeTokens(t *testing.T) {
	keys := unsubscribeKeys(t, "demo", linkSecret)
	token := keys.Token(Withdrawal{"ana", Email, "marketing"})
	stranger := unsubscribeKeys(t, "demo", otherSecret).Token(Withdrawal{"bia", Email, "marketing"})
	r := rand.New(rand.NewSource(1))
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range 10_000 {
		b := []byte(token)
		switch i % 7 {
		case 0: // another character
			at := r.Intn(len(b))
			b[at] = alphabet[(strings.IndexByte(alphabet, b[at])+1+r.Intn(63))%64]
		case 1: // cut
			b = b[:r.Intn(len(b))]
		case 2: // longer
			b = append(b, alphabet[r.Intn(64)])
		case 3: // two characters exchanged
			x, y := r.Intn(len(b)), r.Intn(len(b))
			if b[x] == b[y] {
				b[x] = '.'
			}
			b[x], b[y] = b[y], b[x]
		case 4: // head of ours, tail of a stranger's
			at := 1 + r.Intn(min(len(token), len(stranger))-1)
			b = append(append([]byte{}, token[:at]...), stranger[at:]...)
			if string(b) == token {
				continue
			}
		case 5: // one bit of the bytes behind it
			raw, err := tokenText.DecodeString(token)
			if err != nil {
				t.Fatal(err)
			}
			raw[r.Intn(len(raw))] ^= 1 << r.Intn(8)
			b = []byte(tokenText.EncodeToString(raw))
		case 6: // random bytes of the right shape
			raw := make([]byte, 60)
			r.Read(raw)
			raw[0] = unsubscribeVersion
			copy(raw[1:], keys.keys[0].id[:])
			b = []byte(tokenText.EncodeToString(raw))
		}
		if string(b) == token {
			t.Fatalf("forgery %d is the token itself", i)
		}
		if w, ok := keys.Open(string(b)); ok {
			t.Fatalf("forgery %d of kind %d is accepted as %+v: %s", i, i%7, w, b)
		}
	}
}

// FuzzUnsubscribeToken: what is accepted is what Token writes, character by
// character; nothing panics.
func FuzzUnsubscribeToken(f *testing.F) {
	keys := unsubscribeKeys(f, "demo", linkSecret, otherSecret)
	old := unsubscribeKeys(f, "demo", otherSecret)
	for _, w := range []Withdrawal{{"ana", Email, "marketing"}, {"con_0198d7c6-0000-7000-8000-000000000000", SMS, ""}} {
		f.Add(keys.Token(w))
		f.Add(old.Token(w))
		f.Add(keys.Token(w) + "=")
		f.Add(" " + keys.Token(w))
	}
	f.Add("")
	f.Add("AQ")
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, token string) {
		w, ok := keys.Open(token)
		if ok && token != keys.Token(w) && token != old.Token(w) {
			t.Fatalf("%q is accepted as %+v, but nobody wrote it", token, w)
		}
	})
}
