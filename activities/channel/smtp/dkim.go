package smtp

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"jornada/activities/channel"
)

// rsaBitsMin is the shortest RSA key that verifiers take (RFC 8301 §3.2).
const rsaBitsMin = 1024

// signature is how letters are signed (DKIM, RFC 6376).
type signature struct {
	domain, selector string
	key              crypto.Signer
}

// signed are the headers that the signature covers. A receiver honors one-click
// leaving only when both List-Unsubscribe headers are covered (RFC 8058 §4).
var signed = []string{
	"From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
	"List-Unsubscribe", "List-Unsubscribe-Post",
}

var (
	selectorName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$`)
	// keyWords is a key whose line breaks got lost, in one line of a form.
	keyWords = regexp.MustCompile(`^(-----BEGIN [A-Z ]+-----)\s*([A-Za-z0-9+/=\s]+?)\s*(-----END [A-Z ]+-----)$`)
)

// newSignature reads the secret dkim_key and the settings dkim_selector and
// dkim_domain; nil without a key.
func newSignature(s channel.Settings, from string) (*signature, error) {
	text := s.Secret("dkim_key")
	_, fromDomain, _ := strings.Cut(from, "@")
	sig := &signature{domain: strings.ToLower(s.Value("dkim_domain", fromDomain)), selector: s.Value("dkim_selector", "")}
	if text == "" {
		if sig.selector != "" {
			return nil, s.Refuse("secrets.dkim_key", "is missing; it is the private key (PEM) whose public half stands in the DNS at "+sig.selector+"._domainkey."+sig.domain)
		}
		return nil, nil //nolint:nilnil // no key: letters are not signed here
	}
	switch {
	case sig.selector == "":
		return nil, s.Refuse("settings.dkim_selector", "is missing; it is the word before ._domainkey in the DNS record of the public key")
	case !selectorName.MatchString(sig.selector):
		return nil, s.Refuse("settings.dkim_selector", "must be the word before ._domainkey in the DNS record, such as jornada")
	case sig.domain != strings.ToLower(fromDomain) && !strings.HasSuffix(strings.ToLower(fromDomain), "."+sig.domain):
		return nil, s.Refuse("settings.dkim_domain", "must be the domain of from or one above it: a signature of another domain says nothing about the sender")
	}
	var err error
	if sig.key, err = privateKey(text); err != nil {
		return nil, s.Refuse("secrets.dkim_key", err.Error())
	}
	return sig, nil
}

// privateKey reads a key in PEM: RSA (PKCS #1 or #8) or Ed25519 (PKCS #8).
func privateKey(text string) (crypto.Signer, error) {
	const want = "must be a private key in PEM, as `openssl genrsa 2048` writes it (it begins with -----BEGIN)"
	if m := keyWords.FindStringSubmatch(text); m != nil {
		text = m[1] + "\n" + strings.Join(strings.Fields(m[2]), "\n") + "\n" + m[3] + "\n"
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New(want)
	}
	var parsed any
	var err error
	if block.Type == "RSA PRIVATE KEY" {
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil { // its text may quote the key
		return nil, fmt.Errorf("%s; this one is %q and cannot be read", want, block.Type)
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < rsaBitsMin {
			return nil, fmt.Errorf("has %d bits, and receivers take %d at least; make one of 2048", key.N.BitLen(), rsaBitsMin)
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, errors.New("must be an RSA or an Ed25519 key; DKIM knows no other")
}

// sign puts a signature in front of a finished letter. It is made over the bytes
// that travel, so nothing may touch them afterwards.
func (s *signature) sign(letter []byte) ([]byte, error) {
	var out bytes.Buffer
	err := dkim.Sign(&out, bytes.NewReader(letter), &dkim.SignOptions{
		Domain: s.domain, Selector: s.selector, Signer: s.key, HeaderKeys: signed,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return nil, fmt.Errorf("signing the e-mail: %w", err)
	}
	return out.Bytes(), nil
}
