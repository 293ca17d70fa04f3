package engine

import (
	"strings"
	"testing"
)

func mailKeys(t testing.TB, workspace WorkspaceID, secrets ...string) MailKeys {
	t.Helper()
	var older [][]byte
	for _, s := range secrets[1:] {
		older = append(older, []byte(s))
	}
	k, err := NewMailKeys(workspace, []byte(secrets[0]), older...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestMailTokens(t *testing.T) {
	keys := mailKeys(t, "demo", linkSecret)
	for _, id := range []MessageID{MessageIDFor("enr_1", "ask", 0, 0, 0), MessageID(NewID("msg")), "msg_ffffffffffffffffffffffffffffffff", "msg_00000000-0000-0000-0000-000000000000"} {
		token := keys.Token(id)
		if len("unsubscribe+"+token) > 64 || strings.Trim(token, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("the token of %s is no part of an address: %q", id, token)
		}
		for _, spelled := range []string{token, strings.ToUpper(token)} {
			if got, ok := keys.Open(spelled); !ok || got != id {
				t.Errorf("%s comes back as %s, %v", id, got, ok)
			}
		}
		if _, ok := mailKeys(t, "another", linkSecret).Open(token); ok {
			t.Error("a token of one workspace opens in another")
		}
		if got, ok := mailKeys(t, "demo", otherSecret, linkSecret).Open(token); !ok || got != id {
			t.Error("a token does not survive the change of the secret")
		}
		for i := range token { // every character proves something
			b := []byte(token)
			b[i] = "abcdefghijklmnopqrstuvwxyz234567"[(strings.IndexByte("abcdefghijklmnopqrstuvwxyz234567", b[i])+1)%32]
			if got, ok := keys.Open(string(b)); ok {
				t.Errorf("%s is taken for %s", b, got)
			}
		}
		for _, bad := range []string{token[1:], token + "a", token[:20] + "\n" + token[20:], token + "=", ""} {
			if _, ok := keys.Open(bad); ok {
				t.Errorf("%q is taken", bad)
			}
		}
	}
	for _, id := range []MessageID{"", "enr_1", "msg_short", "msg_FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"} {
		if token := keys.Token(id); token != "" {
			t.Errorf("%q has the token %q", id, token)
		}
	}
	if (MailKeys{}).Token("msg_ffffffffffffffffffffffffffffffff") != "" {
		t.Error("there is a token without a key")
	}
	if _, err := NewMailKeys("demo", []byte("short")); err == nil {
		t.Error("a short secret is taken")
	}
}

func FuzzMailToken(f *testing.F) {
	keys := mailKeys(f, "demo", linkSecret, otherSecret)
	f.Add(keys.Token("msg_ffffffffffffffffffffffffffffffff"))
	f.Add(mailKeys(f, "demo", otherSecret).Token("msg_00000000-0000-0000-0000-000000000000"))
	f.Add("j1.c42")
	f.Fuzz(func(t *testing.T, token string) {
		id, ok := keys.Open(token)
		if ok && !strings.EqualFold(token, keys.Token(id)) && !strings.EqualFold(token, mailKeys(t, "demo", otherSecret).Token(id)) {
			t.Fatalf("%q is accepted as %s, but nobody wrote it", token, id)
		}
	})
}
