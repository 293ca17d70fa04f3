package sms

import (
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, text := range []string{
		"", "Olá", strings.Repeat("x", 160), strings.Repeat("x", 161), strings.Repeat("x", 152) + "€" + strings.Repeat("x", 152),
		strings.Repeat("ã", 71), strings.Repeat("😀", 67),
	} {
		parts := Split(text)
		if n := Measure(text).Segments; len(parts) != n || strings.Join(parts, "") != text {
			t.Errorf("%.20q becomes %d segments, want %d with nothing lost", text, len(parts), n)
		}
		for _, p := range parts {
			if m := Measure(p); m.Units > 160 && m.Encoding == GSM7 || m.Units > 70 && m.Encoding == UCS2 {
				t.Errorf("%.20q: a segment has %d units", text, m.Units)
			}
		}
	}
}

func TestEncode(t *testing.T) {
	for text, want := range map[string]string{
		"@£ΞÆÉ à": "\x00\x01\x1a\x1c\x1f\x20\x7f", "Az": "\x41\x7a", "€[]": "\x1b\x65\x1b\x3c\x1b\x3e", "\f|~": "\x1b\x0a\x1b\x40\x1b\x3d",
	} {
		got, ok := Encode(text)
		if string(got) != want || !ok {
			t.Errorf("%q is written %x, want %x", text, got, want)
		}
	}
	if got, ok := Encode(basic + extended); !ok || Decode(got) != basic+extended || len(got) != 127+20 {
		t.Errorf("the alphabet does not come back: %q", Decode(got))
	}
	if _, ok := Encode("não"); ok {
		t.Error("ã is outside the alphabet")
	}
	if got := Decode([]byte{0x1b, 'A', 0x80, 'b', 0x1b}); got != "A\uFFFDb " {
		t.Errorf("what is no text is read %q", got)
	}
}
