// Package sms is what an SMS is, whatever company carries it: text alone, to a
// phone number.
//
// Text turns everything that a message says into such a text; Digits and Phone
// translate between the numbers of companies, most of which leave the plus out,
// and ours, which are E.164. What a text costs is counted elsewhere (dsl/sms).
package sms

import (
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/engine"
)

// Text is everything a message says in text alone: a picture becomes its address,
// choices become numbered lines, unless the author's text lists them.
func Text(c engine.Content, limit int) (string, error) {
	text := channel.SMSText(c)
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "", refusal.Wrong("the message has no text")
	case n > limit:
		return "", refusal.Wrong("the text has %d characters, and an SMS here may have %d; shorten it", n, limit)
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
