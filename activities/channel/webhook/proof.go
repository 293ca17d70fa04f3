package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"

	"jornada/activities/channel"
)

// Secret proves the calls of companies that sign nothing: a secret of our own
// comes with every call, in a header that the company lets us add, in the query of
// the address (?secret=…), or as the password of HTTP Basic authentication,
// whichever the company can be told to send.
//
// It is a weaker proof than a signature, since it does not cover the body: who
// reads one call can forge others. The header is better than the query, which
// proxies like to write into their logs.
//
// Its setting is webhook_header, the header's name (default X-Jornada-Secret; with
// Authorization, the word Bearer before the secret is allowed). Its secret is
// webhook_secret: at least 16 characters, made up by whoever connects the channel;
// several, separated by commas, while it is being changed.
type Secret struct {
	header  string
	secrets []string
}

// Query is the parameter of the webhook's address that may carry the secret.
const Query = "secret"

const (
	secretName    = "webhook_secret"
	defaultHeader = "X-Jornada-Secret"
	authorization = "Authorization"
	bearer        = "Bearer "
	basic         = "Basic "
)

// secretMin is the shortest secret that nobody guesses by trying.
const secretMin = 16

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// NewSecret reads the setting and the secret. where says in which console the
// secret is entered.
func NewSecret(settings channel.Settings, where string) (Secret, error) {
	header := settings.Value("webhook_header", defaultHeader)
	if !headerName.MatchString(header) {
		return Secret{}, settings.Refuse("settings.webhook_header", "must be the name of a header, such as "+defaultHeader)
	}
	header = textproto.CanonicalMIMEHeaderKey(header)
	secrets, err := Chosen(settings, where+", as the header "+header+" or at the end of the webhook's address as ?"+Query+"=…")
	return Secret{header: header, secrets: secrets}, err
}

// Chosen are the values of the secret webhook_secret where we choose it, also
// where the company signs with it; into says where it is entered.
func Chosen(settings channel.Settings, into string) ([]string, error) {
	all := Several(settings.Secret(secretName))
	if len(all) == 0 {
		return nil, settings.Refuse("secrets."+secretName, "is missing; make one (openssl rand -hex 32) and enter it in "+into)
	}
	for _, secret := range all {
		if len(secret) < secretMin {
			return nil, settings.Refuse("secrets."+secretName, "has fewer than 16 characters, which can be guessed; make one with: openssl rand -hex 32")
		}
	}
	return all, nil
}

// Several are the values of a secret that may be changed while calls come in:
// separated by commas, all of them good.
func Several(value string) []string {
	var all []string
	for secret := range strings.SplitSeq(value, ",") {
		if secret = strings.TrimSpace(secret); secret != "" {
			all = append(all, secret)
		}
	}
	return all
}

// OneOf says whether a word is one of the secrets; none, and nothing, is no. Sums
// are compared and not the words, so that the time taken tells neither their
// letters nor their length.
func OneOf(secrets []string, word string) bool {
	sum := sha256.Sum256([]byte(word))
	found := 0
	for _, secret := range secrets {
		want := sha256.Sum256([]byte(secret))
		found |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return found == 1 && word != ""
}

// Proves reports whether a call brings the secret.
func (s Secret) Proves(r channel.Request) bool {
	proved := false
	for _, word := range s.given(r) {
		proved = OneOf(s.secrets, word) || proved
	}
	return proved
}

// given is what a call brings, wherever it may stand.
func (s Secret) given(r channel.Request) []string {
	words := append([]string{}, r.Header.Values(s.header)...)
	if s.header == authorization {
		for i, word := range words {
			words[i] = strings.TrimPrefix(word, bearer)
		}
	}
	for _, value := range r.Header.Values(authorization) {
		words = append(words, password(value))
	}
	if r.URL != nil {
		words = append(words, r.URL.Query()[Query]...)
	}
	return words
}

// password is that of Basic authentication; the user does not matter.
func password(value string) string {
	encoded, isBasic := strings.CutPrefix(value, basic)
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if !isBasic || err != nil {
		return ""
	}
	_, secret, _ := strings.Cut(string(decoded), ":")
	return secret
}

// Into puts the secret into the query of an address that is given to the company
// with every message; the first one, while it is being changed.
func (s Secret) Into(address *url.URL) {
	if len(s.secrets) == 0 {
		return
	}
	query := address.Query()
	query.Set(Query, s.secrets[0])
	address.RawQuery = query.Encode()
}
