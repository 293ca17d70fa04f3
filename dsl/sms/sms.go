// Package sms says what a text costs as SMS: which alphabet it needs and how many
// segments it becomes (3GPP TS 23.038).
//
// A text whose characters are all in the GSM alphabet is written in 7 bits each,
// 160 to a message; anything else makes the whole text UCS-2, 70 to a message.
// Longer texts are cut into segments, each a little shorter because it carries
// its place in the whole. Most Portuguese accents (á ã ç ê í ó õ ú) are outside
// the GSM alphabet, some (à é Ç É) are not: one letter may double the price.
//
// It is a leaf, so that the checker, the drivers and the pages count alike.
package sms

import "maps"

// Encoding is the alphabet a text needs.
type Encoding string

// The alphabets.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// The units of one message, and of each segment when there are several.
const (
	gsmSingle, gsmPart = 160, 153
	ucsSingle, ucsPart = 70, 67
)

// basic is the GSM default alphabet, extended what it writes with an escape
// before it, which costs a second unit.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€"
)

// Rules are what Measure counts by, for pages that count while somebody types.
type Rules struct {
	Basic, Extended      string // the GSM alphabet; an extended character costs two units
	Single, Part         int    // units of one message alone, and of each of several
	WideSingle, WidePart int    // the same in UCS-2, where a unit is one of UTF-16

	// Plain is how Cheaper writes quotes, dashes and blanks; what is neither here nor in
	// the alphabet is decomposed (NFKD), its marks dropped, and has a plain form when all
	// that is left is in the alphabet.
	Plain map[rune]string
}

// Counting are the rules of SMS.
func Counting() Rules {
	return Rules{Basic: basic, Extended: extended, Single: gsmSingle, Part: gsmPart, WideSingle: ucsSingle, WidePart: ucsPart, Plain: maps.Clone(plainForms)}
}

// Size is what a text costs.
type Size struct {
	Encoding Encoding
	Units    int    // septets of GSM-7, UTF-16 units of UCS-2
	Segments int    // messages that are paid for; 1 for an empty text
	Outside  []rune // the characters that are not in the GSM alphabet, each once, in order
}

// Measure counts a text. What costs two units (an extended character, an emoji)
// is never cut in two: a segment may end one unit early.
func Measure(text string) Size {
	s := Size{Encoding: GSM7, Segments: 1}
	seen := map[rune]bool{}
	for _, r := range text {
		if septets[r] == 0 && !seen[r] {
			seen[r] = true
			s.Outside = append(s.Outside, r)
			s.Encoding = UCS2
		}
	}
	single, part, width := s.Encoding.measures()
	parts, left := 1, part
	for _, r := range text {
		n := width(r)
		s.Units += n
		if n > left {
			parts, left = parts+1, part
		}
		left -= n
	}
	if s.Units > single {
		s.Segments = parts
	}
	return s
}

// measures are what fits into a message alone, into a segment, and what a
// character takes of it.
func (e Encoding) measures() (single, part int, width func(rune) int) {
	if e == UCS2 {
		return ucsSingle, ucsPart, utf16Units
	}
	return gsmSingle, gsmPart, func(r rune) int { return septets[r] }
}

// septets is how many a character takes in GSM-7; none for those outside.
var septets = func() map[rune]int {
	m := map[rune]int{}
	for _, r := range basic {
		m[r] = 1
	}
	for _, r := range extended {
		m[r] = 2
	}
	return m
}()

// utf16Units is how many units a character takes in UCS-2. What is no character
// (a broken byte) is sent as one that says so.
func utf16Units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}
