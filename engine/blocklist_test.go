package engine

import (
	"slices"
	"testing"
)

// The digests are those of plain sha256sum, so that anybody can make a list:
// printf '+5511987654321' | sha256sum.
func TestAddressDigest(t *testing.T) {
	const withPlus = "38225ec3dccec4189659c110ddc4f3dc9c27539850cb6a9ddae31ae03a5cf441"
	phone := Address{Kind: Phone, Value: "+5511987654321"}
	if AddressDigest(phone) != withPlus || !KnownDigest(withPlus) {
		t.Errorf("digest: %s", AddressDigest(phone))
	}
	all := AddressDigests(Address{Kind: WAID, Value: "551187654321"})
	for _, form := range []string{"+5511987654321", "5511987654321", "+551187654321", "551187654321"} {
		if !slices.Contains(all, digest(form)) {
			t.Errorf("a list that names %s is not found", form)
		}
	}
	if got := AddressDigest(Address{Kind: EmailAddress, Value: "ANA@example.com"}); got != digest("ana@example.com") {
		t.Errorf("e-mail addresses are compared in lower case: %s", got)
	}
	for _, bad := range []string{"", "xyz", AddressDigest(phone)[1:], "G" + AddressDigest(phone)[1:]} {
		if KnownDigest(bad) {
			t.Errorf("%q passes for a digest", bad)
		}
	}
}
