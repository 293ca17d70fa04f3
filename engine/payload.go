package engine

import (
	"strconv"
	"strings"
)

// payloadPrefix marks a button payload as ours and versions its layout.
// payloadMax is WhatsApp's limit for a reply button's id (256 characters).
const (
	payloadPrefix = "jr1"
	payloadMax    = 256
)

// PayloadRef is what a button of ours carries: exactly which question of which
// enrollment it answers, and how.
type PayloadRef struct {
	EnrollmentID EnrollmentID
	StepID       string
	Visit        int
	Option       string
}

// Payload writes a button's machine id, "jr1|enrollment|step|visit|option", at
// most 256 characters. Step and option ids are short words of [a-z0-9_] by the
// language, so nothing needs escaping; one that does not fit is empty, and the
// answer is then matched by its title.
func Payload(e EnrollmentID, step string, visit int, option string) string {
	p := strings.Join([]string{payloadPrefix, string(e), step, strconv.Itoa(visit), option}, "|")
	if len(p) > payloadMax || strings.Count(p, "|") != 4 {
		return ""
	}
	return p
}

// ParsePayload reads what Payload wrote. Foreign payloads are not ok.
func ParsePayload(p string) (PayloadRef, bool) {
	if len(p) > payloadMax {
		return PayloadRef{}, false
	}
	part := strings.Split(p, "|")
	if len(part) != 5 || part[0] != payloadPrefix || part[1] == "" || part[2] == "" || part[4] == "" {
		return PayloadRef{}, false
	}
	visit, err := strconv.Atoi(part[3])
	if err != nil || visit < 0 || strconv.Itoa(visit) != part[3] {
		return PayloadRef{}, false
	}
	return PayloadRef{EnrollmentID(part[1]), part[2], visit, part[4]}, true
}

// WaitIDFor is the id of a step's open question: the same for every attempt.
func WaitIDFor(e EnrollmentID, step string, visit int) WaitID {
	return WaitID(string(e) + "/" + step + "/" + strconv.Itoa(visit))
}
