package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
)

// listReason begins the reason of a suppression that comes from a block list.
const listReason = "list:"

// BlockEntry is one address of a block list, known only by its digest.
type BlockEntry struct {
	Channel Channel
	Digest  string // AddressDigest
	Purpose string // "" = all
	List    string // as in `delivery: suppress`
	At      time.Time
}

// Reason is that of the suppression.
func (e BlockEntry) Reason() string { return listReason + e.List }

// ListOf is the block list that a suppression comes from, "" when it comes from
// none.
func (s Suppression) ListOf() string {
	list, from := strings.CutPrefix(s.Reason, listReason)
	if !from {
		return ""
	}
	return list
}

// SuppressionFilter narrows a list of suppressions; what is empty does not.
type SuppressionFilter struct {
	List    string
	Channel Channel
	Limit   int
	Cursor  string
}

// AddressDigest is how block lists name an address without telling it: SHA-256, in
// hexadecimal, of the address as it is written for comparison. That is a phone
// number in E.164 with its plus ("+5511987654321"), an e-mail address in lower
// case, anything else as it is.
//
// Everybody can compute it, and try all numbers of a country against it within
// minutes: it is a format to exchange, never one to store.
func AddressDigest(a Address) string {
	value := a.Value
	switch a.Kind {
	case Phone, WAID:
		value = "+" + strings.TrimPrefix(value, "+")
	case EmailAddress:
		value = strings.ToLower(value)
	}
	return digest(value)
}

// AddressDigests are the digests under which a list may name the address: a phone
// number with its plus or without, and in every way it may be written.
func AddressDigests(a Address) []string {
	if a.Kind != Phone && a.Kind != WAID {
		return []string{AddressDigest(a)}
	}
	var all []string
	for _, form := range PhoneVariants(a.Value) {
		all = append(all, digest(form), digest(strings.TrimPrefix(form, "+")))
	}
	return all
}

func digest(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:])
}

var digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// KnownDigest reports whether a text, in lower case, can be a digest.
func KnownDigest(text string) bool { return digestPattern.MatchString(text) }
