package sms

import "strings"

// Split cuts a text into the segments that Measure counts.
func Split(text string) []string {
	size := Measure(text)
	if size.Segments == 1 {
		return []string{text}
	}
	_, part, width := size.Encoding.measures()
	var segments []string
	var b strings.Builder
	left := part
	for _, r := range text {
		n := width(r)
		if n > left {
			segments = append(segments, b.String())
			b.Reset()
			left = part
		}
		left -= n
		b.WriteRune(r)
	}
	return append(segments, b.String())
}

// escape stands before the second half of an extended character.
const escape = 0x1B

// codes is how a character of the GSM alphabet is written, one septet to a byte;
// basics and extensions are the way back (3GPP TS 23.038 §6.2.1).
var (
	codes      = map[rune][]byte{}
	basics     [128]rune
	extensions = map[byte]rune{}
)

func init() {
	at := byte(0)
	for _, r := range basic {
		if at == escape {
			at++
		}
		codes[r], basics[at] = []byte{at}, r
		at++
	}
	basics[escape] = ' '
	seconds := []byte{0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65} // in the order of extended
	for i, r := range []rune(extended) {
		codes[r], extensions[seconds[i]] = []byte{escape, seconds[i]}, r
	}
}

// Encode writes a text in the GSM alphabet, one septet to a byte, as protocols
// between computers do. ok is false when a character is outside it.
func Encode(text string) (septets []byte, ok bool) {
	for _, r := range text {
		code := codes[r]
		if code == nil {
			return nil, false
		}
		septets = append(septets, code...)
	}
	return septets, true
}

// Decode reads what Encode writes. An unknown extension is read as the character
// without the escape, as the standard wants; a byte above 127 is no septet.
func Decode(septets []byte) string {
	var b strings.Builder
	for i := 0; i < len(septets); i++ {
		c := septets[i]
		if c == escape && i+1 < len(septets) {
			i++
			c = septets[i]
			if r, known := extensions[c]; known {
				b.WriteRune(r)
				continue
			}
		}
		if c > 127 {
			b.WriteRune('\uFFFD')
			continue
		}
		b.WriteRune(basics[c])
	}
	return b.String()
}
