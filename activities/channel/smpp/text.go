package smpp

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"jornada/dsl/sms"
)

// Values of data_coding (§5.2.19).
const (
	codingDefault byte = 0x00
	codingASCII   byte = 0x01
	codingLatin   byte = 0x03
	codingUCS2    byte = 0x08
)

// encode writes a text that is one message or one segment. A text in the GSM
// alphabet is written one septet to a byte; the SMSC packs. Where data_coding 0 is
// Latin-1, only characters that both know are written so: what the person's phone
// gets in the end is the GSM alphabet either way.
func (o *options) encode(text string, plain bool) []byte {
	if !plain {
		units := utf16.Encode([]rune(text))
		b := make([]byte, 0, 2*len(units))
		for _, u := range units {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		return b
	}
	if o.latin {
		b := make([]byte, 0, len(text))
		for _, r := range text {
			b = append(b, byte(r))
		}
		return b
	}
	septets, _ := sms.Encode(text)
	return septets
}

// plain says whether a text can be written with data_coding 0.
func (o *options) plain(text string) bool {
	if sms.Measure(text).Encoding != sms.GSM7 {
		return false
	}
	return !o.latin || !strings.ContainsFunc(text, func(r rune) bool { return r > 0xFF })
}

// split cuts a text for writing it in one alphabet. A text of the GSM alphabet
// that Latin-1 cannot write (€, Greek) goes as UCS-2, and is cut as that.
func (o *options) split(text string) (parts []string, plain bool) {
	plain = o.plain(text)
	if plain || sms.Measure(text).Encoding == sms.UCS2 {
		return sms.Split(text), plain
	}
	// A letter that only UCS-2 has makes the cut one of UCS-2; it is taken away again.
	const mark = "\u4e00"
	parts = sms.Split(text + mark)
	last := len(parts) - 1
	if parts[last] = strings.TrimSuffix(parts[last], mark); parts[last] == "" {
		parts = parts[:last]
	}
	return parts, false
}

// decode reads a text; ok is false for data that is none.
func (o *options) decode(coding byte, data []byte) (text string, ok bool) {
	switch {
	case coding == codingUCS2, coding&0xF0 == 0x10 && coding&0x0C == 0x08, coding&0xF0 == 0xE0:
		units := make([]uint16, len(data)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(data[2*i:])
		}
		return string(utf16.Decode(units)), true
	case coding == codingLatin, coding == codingDefault && o.latin:
		runes := make([]rune, len(data))
		for i, b := range data {
			runes[i] = rune(b)
		}
		return string(runes), true
	case coding == codingASCII:
		return strings.ToValidUTF8(string(data), "\uFFFD"), true
	case coding == codingDefault, coding&0xF0 == 0x10, coding&0xF4 == 0xF0:
		return sms.Decode(data), true
	}
	return "", false
}
