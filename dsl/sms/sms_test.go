package sms

import (
	"strings"
	"testing"
	"unicode/utf16"
)

func TestMeasure(t *testing.T) {
	again := strings.Repeat
	for _, c := range []struct {
		name, text      string
		encoding        Encoding
		units, segments int
		outside         string
	}{
		{"nothing", "", GSM7, 0, 1, ""},
		{"a full message", again("x", 160), GSM7, 160, 1, ""},
		{"one more is two segments", again("x", 161), GSM7, 161, 2, ""},
		{"two full segments", again("x", 306), GSM7, 306, 2, ""},
		{"one more is three", again("x", 307), GSM7, 307, 3, ""},
		{"ten segments", again("x", 1530), GSM7, 1530, 10, ""},
		{"an extended character costs two", "€", GSM7, 2, 1, ""},
		{"all of them", "^{}\\[~]|€\f", GSM7, 20, 1, ""},
		{"eighty fill a message", again("€", 80), GSM7, 160, 1, ""},
		{"and 81 do not", again("€", 81), GSM7, 162, 2, ""},
		{"only 76 fit into a segment, for none is cut in two", again("€", 153), GSM7, 306, 3, ""},
		{"one at the seam moves to the next segment", again("x", 152) + "€" + again("x", 151), GSM7, 305, 2, ""},
		{"and makes a third when the next was full", again("x", 152) + "€" + again("x", 152), GSM7, 306, 3, ""},
		{"a seam that fits", again("x", 151) + "€" + again("x", 153), GSM7, 306, 2, ""},
		{"accents that are in the alphabet", "à é è ì ò ù É Ç Ñ ñ Ä ä Ö ö Ü ü Å å Æ æ Ø ø ß", GSM7, 45, 1, ""},
		{"signs that are", "@ £ $ ¥ § ¤ ¡ ¿ Δ Φ Γ Λ Ω Π Ψ Σ Θ Ξ _", GSM7, 37, 1, ""},
		{"line breaks", "a\r\nb\nc", GSM7, 6, 1, ""},
		{"accents that are not", "Não há hora amanhã às três", UCS2, 26, 1, "ãáê"},
		{"a small cedilla is not", "ç", UCS2, 1, 1, "ç"},
		{"typography", "“a” – ‘b’ …", UCS2, 11, 1, "“”–‘’…"},
		{"a tab, a backtick, a hard blank", "\t`\u00a0", UCS2, 3, 1, "\t`\u00a0"},
		{"a full message of accents", again("ã", 70), UCS2, 70, 1, "ã"},
		{"one more is two segments of 67", again("ã", 71), UCS2, 71, 2, "ã"},
		{"two full segments", again("ã", 134), UCS2, 134, 2, "ã"},
		{"one more is three", again("ã", 135), UCS2, 135, 3, "ã"},
		{"one accent among many letters", again("x", 159) + "ã", UCS2, 160, 3, "ã"},
		{"an extended character costs one there", "ã€", UCS2, 2, 1, "ã"},
		{"an emoji costs two", "😀", UCS2, 2, 1, "😀"},
		{"thirty-five fill a message", again("😀", 35), UCS2, 70, 1, "😀"},
		{"only 33 fit into a segment", again("😀", 36), UCS2, 72, 2, "😀"},
		{"and 67 need three", again("😀", 67), UCS2, 134, 3, "😀"},
		{"a combining accent counts for itself", "a\u0301", UCS2, 2, 1, "\u0301"},
		{"broken bytes", "a\xff\xfe", UCS2, 3, 1, "\ufffd"},
	} {
		got := Measure(c.text)
		if got.Encoding != c.encoding || got.Units != c.units || got.Segments != c.segments || string(got.Outside) != c.outside {
			t.Errorf("%s: %s, %d units, %d segments, outside %q; want %s, %d, %d, %q",
				c.name, got.Encoding, got.Units, got.Segments, string(got.Outside), c.encoding, c.units, c.segments, c.outside)
		}
	}
	if n := len([]rune(basic)) + len([]rune(extended)); n != 127+10 {
		t.Errorf("the alphabet has %d characters; the default one has 127 and an escape, the extension 10", n)
	}
}

// FuzzMeasure cuts any text by hand, segment by segment, and must come to the
// same.
func FuzzMeasure(f *testing.F) {
	for _, s := range []string{
		"", "Ola, Ana! Sua consulta e amanha as 14:30.", "Olá, Ana! Sua consulta é amanhã às 14h30 👍🏽", strings.Repeat("x", 152) + "€€", strings.Repeat("ã", 66) + "😀😀",
		"{{ contact.first_name }}, responda 1 [sim] ou 2 [não]", "a\u0301\u200d\xff", "R$ 199,90 | até 20% ~ só hoje",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Measure(text)
		var units []int // of each character
		outside := false
		for _, r := range text {
			outside = outside || (!strings.ContainsRune(basic, r) && !strings.ContainsRune(extended, r))
		}
		single, part := 160, 153
		if outside {
			single, part = 70, 67
		}
		for _, r := range text {
			switch {
			case outside:
				units = append(units, len(utf16.Encode([]rune{r})))
			case strings.ContainsRune(extended, r):
				units = append(units, 2)
			default:
				units = append(units, 1)
			}
		}
		total := 0
		for _, n := range units {
			total += n
		}
		segments := 1
		if total > single {
			segments = 0
			for len(units) > 0 {
				full := 0
				for len(units) > 0 && full+units[0] <= part {
					full += units[0]
					units = units[1:]
				}
				segments++
			}
		}
		if (got.Encoding == UCS2) != outside || (len(got.Outside) > 0) != outside || got.Units != total || got.Segments != segments {
			t.Fatalf("%q: %+v, by hand %d units in %d segments, outside %v", text, got, total, segments, outside)
		}
	})
}
