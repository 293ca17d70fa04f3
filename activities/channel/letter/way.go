package letter

import (
	"strings"

	"jornada/activities/channel"
)

// Way is what an address of ours is for: the word before the + of its first half.
type Way string

// The ways back. bounce+token@ is the envelope's sender, to which mail servers
// report (VERP: the address itself says which letter a report is about, whatever
// is left of the letter in it). r+token@ takes answers, unsubscribe+token@ the
// wish to leave. All three name one message.
const (
	Bounces Way = "bounce"
	Answers Way = "r"
	Leaving Way = "unsubscribe"
)

// way is an address that a letter comes back to, "" when it is not to come to us.
func (s Sender) way(w Way, out channel.Outbound) string {
	if s.inbound == "" || out.ReturnToken == "" {
		return ""
	}
	return string(w) + "+" + out.ReturnToken + "@" + s.inbound
}

// WayOf takes an address apart. way and token are "" where the address has no such
// form; the domain is in small letters. Whether the token is one of ours only its
// keys tell.
func WayOf(address string) (way Way, token, domain string) {
	local, domain, _ := strings.Cut(strings.Trim(strings.TrimSpace(address), "<>"), "@")
	word, token, tagged := strings.Cut(local, "+")
	domain = strings.ToLower(domain)
	switch w := Way(strings.ToLower(word)); {
	case !tagged || token == "":
		return "", "", domain
	case w == Bounces, w == Answers, w == Leaving:
		return w, token, domain
	}
	return "", "", domain
}
