package engine

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// NormalizePhone turns what people type into E.164. defaultRegion ("BR") is read
// into numbers without a country code. possible is libphonenumber's opinion on
// the length only: an old WhatsApp id may be neither possible nor valid and yet
// exist, so callers warn, and refuse only when err says that it is no number.
func NormalizePhone(input, defaultRegion string) (e164 string, possible bool, err error) {
	if defaultRegion == "" {
		defaultRegion = "ZZ"
	}
	n, err := phonenumbers.Parse(strings.TrimSpace(input), strings.ToUpper(defaultRegion))
	if err != nil {
		return "", false, &Error{Code: Invalid, Field: "phone", Err: err,
			Message: "the phone number is not a number; write it with its country code, for example +55 11 98765-4321"}
	}
	e164 = phonenumbers.Format(n, phonenumbers.E164)
	// What is left may itself begin like a prefix to dial (Brazil's 90, for a call
	// the other side pays), and would be cut again by whoever reads it next: then
	// one person would have two numbers. Each round is shorter than the last.
	for {
		n, err = phonenumbers.Parse(e164, "ZZ")
		if err != nil {
			return e164, false, nil //nolint:nilerr // it was read once: a number, if not a likely one
		}
		again := phonenumbers.Format(n, phonenumbers.E164)
		if len(again) >= len(e164) {
			return e164, phonenumbers.IsPossibleNumber(n), nil
		}
		e164 = again
	}
}

// PhoneVariants lists the numbers that may be the same person, the given one
// first, all with "+". WhatsApp ids made before Brazil's ninth digit lack it
// (mobiles only: eight digits starting 6 to 9), Mexican ids may keep an old 1
// after the country code, Argentine ones a 9. Which form an id has follows from
// no rule without exceptions, so people are looked up by all of them.
func PhoneVariants(e164 string) []string {
	digits := Digits(e164)
	if digits == "" {
		return nil
	}
	variants := []string{"+" + digits}
	add := func(d string) { variants = append(variants, "+"+d) }
	switch {
	case strings.HasPrefix(digits, "55") && len(digits) == 13 && digits[4] == '9' && digits[5] >= '6':
		add(digits[:4] + digits[5:])
	case strings.HasPrefix(digits, "55") && len(digits) == 12 && digits[4] >= '6':
		add(digits[:4] + "9" + digits[4:])
	case strings.HasPrefix(digits, "521") && len(digits) == 13:
		add("52" + digits[3:])
	case strings.HasPrefix(digits, "52") && len(digits) == 12:
		add("521" + digits[2:])
	case strings.HasPrefix(digits, "549") && len(digits) == 13:
		add("54" + digits[3:])
	case strings.HasPrefix(digits, "54") && len(digits) == 12:
		add("549" + digits[2:])
	}
	return variants
}

// PhoneZones lists the IANA zones a phone number may be in, by its area code;
// none when nothing is known.
func PhoneZones(e164 string) []string {
	n, err := phonenumbers.Parse("+"+Digits(e164), "ZZ")
	if err != nil {
		return nil
	}
	zones, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil || (len(zones) == 1 && zones[0] == phonenumbers.UNKNOWN_TIMEZONE) {
		return nil
	}
	return zones
}

// Digits are the digits of a number, however people separate or introduce them.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
