package oracle

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func number(n int) string { return strconv.Itoa(n) }

// words lists what was possible.
func words(due map[string][]string) string {
	return strings.Join(slices.Sorted(maps.Keys(due)), " or ")
}

// wordOf is a rank's status.
func wordOf(r int) string {
	for _, s := range []string{"read", "delivered", "failed", "sent", "accepted"} {
		if rank(s) == r {
			return s
		}
	}
	return "nothing"
}

// samePerson compares two ways to write one phone number or mailbox: with and
// without the plus, and a Brazilian mobile number with and without its ninth digit.
func samePerson(a, b string) bool { return canonical(a) == canonical(b) }

func canonical(address string) string {
	if strings.Contains(address, "@") {
		return strings.ToLower(address)
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, address)
	if len(digits) == 13 && strings.HasPrefix(digits, "55") && digits[4] == '9' {
		digits = digits[:4] + digits[5:]
	}
	return digits
}
