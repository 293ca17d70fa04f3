package smtp_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"jornada/activities/channel"
	"jornada/activities/channel/smtp"
)

// keyPEM is a private key as a person has it, and its DNS record.
func keyPEM(t *testing.T, key crypto.Signer, kind string) (text, record string) {
	t.Helper()
	var der []byte
	var err error
	if rsaKey, ok := key.(*rsa.PrivateKey); ok && kind == "RSA PRIVATE KEY" {
		der = x509.MarshalPKCS1PrivateKey(rsaKey)
	} else if der, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		t.Fatal(err)
	}
	text = string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	if public, ok := key.Public().(ed25519.PublicKey); ok {
		return text, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return text, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestSignatures: what arrives verifies against the record, with the headers that
// matter covered, and nothing of it can be changed.
func TestSignatures(t *testing.T) {
	key := rsaKey(t, 2048)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1, record := keyPEM(t, key, "RSA PRIVATE KEY")
	pkcs8, _ := keyPEM(t, key, "PRIVATE KEY")
	ed, edRecord := keyPEM(t, edKey, "PRIVATE KEY")
	for name, c := range map[string]struct{ key, record string }{
		"PKCS #1": {pkcs1, record}, "PKCS #8": {pkcs8, record}, "Ed25519": {ed, edRecord},
		"pasted into one line": {strings.ReplaceAll(pkcs1, "\n", " "), record},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, &mailServer{})
			provider := open(t, server.address, map[string]string{"dkim_selector": "jornada", "inbound_domain": "volta.example.com"}, map[string]string{"dkim_key": c.key})
			out := letter()
			out.Content.Category, out.UnsubscribeURL, out.ReturnToken = "marketing", "https://example.com/u/"+strings.Repeat("t0ken", 40), "tok2"
			// Lines that begin with a dot, and long ones, must not be changed on the way.
			out.Content.Markdown += "\n\n.\n\n..\n\n.x " + strings.Repeat("é", 900)
			if _, err := provider.Send(context.Background(), out); err != nil {
				t.Fatal(err)
			}
			raw := server.received()[0]
			lookup := &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
				if domain != "jornada._domainkey.example.com" {
					t.Errorf("asked for %s", domain)
				}
				return []string{c.record}, nil
			}}
			found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), lookup)
			if err != nil || len(found) != 1 || found[0].Err != nil || found[0].Domain != "example.com" {
				t.Fatalf("got %+v, %v\n%s", found, err, raw)
			}
			covered := strings.ToLower(strings.Join(found[0].HeaderKeys, " ") + " ")
			for _, h := range []string{"From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"} {
				if !strings.Contains(covered, strings.ToLower(h)+" ") {
					t.Errorf("%s is not covered: %s", h, covered)
				}
			}
			for line := range strings.SplitSeq(string(raw), "\r\n") {
				if len(line) > 998 {
					t.Errorf("a line has %d bytes", len(line))
				}
			}
			for _, change := range [][2]string{{"List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Clicks"}, {"/u/t0ken", "/u/t1ken"}, {"ana@dest.example", "bia@dest.example"}, {"Sun, 22 Nov", "Mon, 23 Nov"}, {"Content-Type: multipart/alternative", "Subject: another\r\nContent-Type: multipart/alternative"}} {
				changed := bytes.Replace(raw, []byte(change[0]), []byte(change[1]), 1)
				if bytes.Equal(changed, raw) {
					t.Fatalf("%q is not in\n%s", change[0], raw)
				}
				if found, err := dkim.VerifyWithOptions(bytes.NewReader(changed), lookup); err == nil && found[0].Err == nil {
					t.Errorf("with %q the signature still holds", change[1])
				}
			}
		})
	}
}

func TestUnsigned(t *testing.T) {
	server := start(t, &mailServer{})
	if _, err := open(t, server.address, nil, nil).Send(context.Background(), letter()); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(server.received()[0], []byte("DKIM-Signature")) {
		t.Error("a letter is signed without a key")
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	good, _ := keyPEM(t, rsaKey(t, 2048), "PRIVATE KEY")
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := keyPEM(t, curve, "PRIVATE KEY")
	for want, c := range map[string]struct {
		selector, domain, key string
	}{
		"settings.dkim_selector is missing; it is the word before ._domainkey":                                                     {"", "", good},
		"settings.dkim_selector must be the word before ._domainkey":                                                               {"a b", "", good},
		"secrets.dkim_key is missing; it is the private key (PEM) whose public half stands in the DNS at s._domainkey.example.com": {"s", "", ""},
		"secrets.dkim_key must be a private key in PEM":                                                                            {"s", "", "MIIEvQ"},
		"cannot be read": {"s", "", "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----"},
		"secrets.dkim_key must be an RSA or an Ed25519 key":               {"s", "", other},
		"settings.dkim_domain must be the domain of from or one above it": {"s", "elsewhere.example", good},
	} {
		_, err := smtp.New(channel.Settings{IntegrationID: "mail-demo", Values: map[string]string{
			"host": "localhost", "from": "a@example.com", "dkim_selector": c.selector, "dkim_domain": c.domain,
		}, Secrets: map[string]string{"dkim_key": c.key}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
		if err != nil && c.key != "" && strings.Contains(err.Error(), c.key) {
			t.Error("the error tells the key")
		}
	}
}
