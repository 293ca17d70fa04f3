package engine

import "strings"

// Mask makes an address fit for a log: "+55•••1234", "a•••@example.com". What
// is too short to mask without showing it is hidden whole.
func Mask(a Address) string {
	v := a.Value
	if a.Kind == EmailAddress || strings.Contains(v, "@") {
		user, domain, ok := strings.Cut(v, "@")
		if !ok || user == "" {
			return "•••"
		}
		return firstRunes(user, 1) + "•••@" + domain
	}
	digits := strings.TrimPrefix(v, "+")
	if len(digits) < 9 {
		return "•••"
	}
	head := digits[:2]
	if strings.HasPrefix(v, "+") {
		head = "+" + head
	}
	return head + "•••" + digits[len(digits)-4:]
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
