package sms

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plainForms are the GSM spellings of what word processors write.
var plainForms = map[rune]string{
	'‘': "'", '’': "'", '‚': "'", '´': "'", '`': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`,
	'–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '…': "...", '•': "-", '·': "-", '×': "x", '\t': " ",
	'\u00a0': " ", '\u2009': " ", '\u202f': " ", '\u200b': "", '\u00ad': "",
}

// Plain is how a character is written in the GSM alphabet: itself, the letter
// without its accent, or the quote or dash that a word processor made pretty. ok is
// false for what has no such form (emoji, other scripts).
func Plain(r rune) (text string, ok bool) {
	if septets[r] > 0 {
		return string(r), true
	}
	if text, ok := plainForms[r]; ok {
		return text, true
	}
	var b strings.Builder
	for _, part := range norm.NFKD.String(string(r)) {
		switch {
		case unicode.Is(unicode.Mn, part):
		case septets[part] > 0:
			b.WriteRune(part)
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

// Cheaper is a text without what makes it dearer: accents outside the GSM alphabet,
// pretty quotes and dashes. It is the text itself when that would save no segment, or
// when an emoji would keep it UCS-2 all the same: then nothing is worth losing.
func Cheaper(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		plain, ok := Plain(r)
		if !ok {
			return text
		}
		b.WriteString(plain)
	}
	if cheaper := b.String(); Measure(cheaper).Segments < Measure(text).Segments {
		return cheaper
	}
	return text
}
