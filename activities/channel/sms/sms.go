// Package sms is what an SMS is, whatever company carries it: text alone, to a
// phone number.
//
// Writer turns everything that a message says into such a text; Digits and Phone
// translate between the numbers of companies, most of which leave the plus out,
// and ours, which are E.164. What a text costs is counted elsewhere (dsl/sms).
package sms

import (
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/dsl/sms"
	"jornada/engine"
)

// SmartEncoding is the setting of every SMS provider that lets Writer leave accents
// out.
const SmartEncoding = "smart_encoding"

// Writer writes the texts of one SMS sender.
type Writer struct {
	Max   int  // characters
	Smart bool // leave accents out, and pretty quotes and dashes, where that saves a segment
}

// WriterOf reads the setting smart_encoding of a sender whose company takes so many
// characters.
func WriterOf(settings channel.Settings, most int) (Writer, error) {
	w := Writer{Max: most}
	switch settings.Value(SmartEncoding, "false") {
	case "true":
		w.Smart = true
	case "false":
	default:
		return w, settings.Refuse("settings."+SmartEncoding, `must be "true" (accents are left out where that saves a segment) or "false"`)
	}
	return w, nil
}

// Text is everything a message says in text alone: a picture becomes its address,
// choices become numbered lines, unless the author's text lists them.
func (w Writer) Text(c engine.Content) (string, error) {
	text := channel.SMSText(c)
	if w.Smart {
		text = sms.Cheaper(text)
	}
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "", refusal.Wrong("the message has no text")
	case n > w.Max:
		return "", refusal.Wrong("the text has %d characters, and an SMS here may have %d; shorten it", n, w.Max)
	}
	return text, nil
}

// Digits is a phone number, or a WhatsApp id, without its plus. A sender's name
// stays.
func Digits(value string) string { return strings.TrimPrefix(strings.TrimSpace(value), "+") }

// numberMin is the shortest number with a country code, in digits (ITU E.164
// leaves short codes to each country).
const numberMin = 7

// Phone is the address of a number that a company writes with its country code
// and without a plus. A short code or a name stays as it is.
func Phone(value string) engine.Address {
	digits := Digits(value)
	if len(digits) < numberMin || strings.Trim(digits, "0123456789") != "" {
		return engine.Address{Kind: engine.Phone, Value: value}
	}
	return engine.Address{Kind: engine.Phone, Value: "+" + digits}
}
