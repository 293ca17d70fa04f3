package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// FuzzPhone: whatever people type becomes E.164 or a refusal in words; what it
// became stays what it is when read again, and everybody who may be behind it
// finds it again.
func FuzzPhone(f *testing.F) {
	for _, c := range [][2]string{
		{"(11) 98765-4321", "BR"}, {"+55 11 98765-4321", ""}, {"5511987654321", "BR"}, {"0xx11 3234-5678", "BR"}, {"+1 650 555-1234", "US"}, {"+52 1 55 1234 5678", "MX"},
		{"+54 9 11 2345-6789", "AR"}, {"190", "BR"}, {"tel:+55-11-98765-4321;ext=12", "BR"}, {"١٢٣٤٥٦٧٨٩٠", "EG"}, {"0x0x11 3n34-56", "BR"}, {"+", "BR"}, {"", ""}, {"+５５１１９８７６５４３２１", "br"},
	} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, input, region string) {
		e164, possible, err := NormalizePhone(input, region)
		if err != nil {
			if refusal, ok := errors.AsType[*Error](err); e164 != "" || !ok || refusal.Message == "" {
				t.Fatalf("%q in %q is refused as %q with %v", input, region, e164, err)
			}
			return
		}
		digits := strings.TrimPrefix(e164, "+")
		if digits == e164 || digits == "" || strings.Trim(digits, "0123456789") != "" || len(e164) > 40 {
			t.Fatalf("%q in %q became %q", input, region, e164)
		}
		again, same, err := NormalizePhone(e164, "")
		if possible && (err != nil || again != e164 || same != possible) {
			t.Fatalf("%q in %q became %q, which reads as %q, %v, %v", input, region, e164, again, same, err)
		}
		variants := PhoneVariants(e164)
		if variants[0] != e164 {
			t.Fatalf("the variants of %s begin with %s", e164, variants[0])
		}
		for _, v := range variants {
			if !slices.Contains(PhoneVariants(v), e164) {
				t.Fatalf("%s is a variant of %s, but not the other way round", v, e164)
			}
		}
		_ = PhoneZones(e164)
		_ = Mask(Address{Kind: Phone, Value: input})
	})
}
