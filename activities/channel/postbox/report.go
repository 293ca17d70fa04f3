package postbox

import (
	"strings"

	"github.com/emersion/go-message"

	"jornada/activities/channel/letter"
)

// block is one group of header fields, by name in small letters. Of a name that is
// there twice the first counts.
type block map[string]string

// fields reads groups of header fields with empty lines between, as reports have
// them (RFC 3464 §2.1). It reads what it can: servers forget the empty line at the
// end, and write lines that are no fields.
func fields(raw []byte) []block {
	var list []block
	var current block
	last := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n") {
		switch name, value, ok := strings.Cut(line, ":"); {
		case strings.TrimSpace(line) == "":
			current, last = nil, ""
		case line[0] == ' ' || line[0] == '\t':
			if last != "" && len(current[last]) < headerMax {
				current[last] += " " + strings.TrimSpace(line)
			}
		case !ok || strings.ContainsAny(name, " \t"):
			last = ""
		default:
			if current == nil {
				if len(list) > reportsMax {
					return list
				}
				current = block{}
				list = append(list, current)
			}
			if last = strings.ToLower(name); current[last] != "" {
				last = ""
				continue
			}
			current[last] = strings.ToValidUTF8(strings.TrimSpace(value), "")
		}
	}
	return list
}

// typed is a value behind its type: "rfc822; ana@dest.example".
func typed(value string) string {
	if _, rest, ok := strings.Cut(value, ";"); ok {
		value = rest
	}
	return strings.Trim(strings.TrimSpace(value), "<>")
}

// status is the code of a field such as "5.1.1 (unknown)".
func status(value string) string { return letter.Enhanced(value) }

// actions are a report's words for what became of a letter (RFC 3464 §2.3.3).
// Relayed and expanded mean that it went on to where nobody reports from.
var actions = map[string]Kind{
	"failed": Bounce, "delayed": Delay, "delivered": Delivery, "relayed": Other, "expanded": Other,
}

// deliveryReports reads a message/delivery-status: a group about the server, then
// one for each recipient.
func deliveryReports(p *parts) []Report {
	var list []Report
	for _, b := range fields(p.status) {
		recipient := typed(b["original-recipient"])
		if recipient == "" {
			recipient = typed(b["final-recipient"])
		}
		kind, known := actions[strings.ToLower(b["action"])]
		if recipient == "" || !known || len(list) == reportsMax {
			continue
		}
		r := p.report(kind)
		r.Recipient, r.Diagnostic, r.Status = recipient, typed(b["diagnostic-code"]), status(b["status"])
		if kind == Bounce {
			r.Bounce = bounced(r.Status, r.Diagnostic)
		}
		list = append(list, r)
	}
	return list
}

// bounced sorts a failed delivery. A status without a reason (5.0.0) yields to the
// one in the server's own words; when neither has one, the letter came back and
// nothing is known against the address.
func bounced(code, diagnostic string) letter.Bounce {
	for _, c := range []string{code, letter.Enhanced(diagnostic)} {
		if why := letter.Bounced(c); why != "" {
			return why
		}
	}
	return letter.Soft
}

// report begins a report with what is shown of the letter.
func (p *parts) report(kind Kind) Report {
	r := Report{Kind: kind, OriginalID: firstID(p.original["message-id"])}
	for _, name := range []string{"return-path", "reply-to"} {
		value := p.original[name]
		if _, in, ok := strings.Cut(value, "<"); ok { // Clínica <r+token@example.com>
			value, _, _ = strings.Cut(in, ">")
		}
		if way, token, _ := letter.WayOf(value); way != "" && r.Token == "" {
			r.Token = token
		}
	}
	return r
}

// complained are the kinds of feedback that mean "not wanted" (RFC 5965 §7.3, and
// opt-out, which it had before). not-spam says the contrary; auth-failure and
// virus are about somebody else.
var complained = map[string]bool{"abuse": true, "fraud": true, "opt-out": true, "opt-out-list": true}

// complaints reads a message/feedback-report.
func complaints(p *parts) []Report {
	for _, b := range fields(p.feedback) {
		if !complained[strings.ToLower(b["feedback-type"])] {
			continue
		}
		r := p.report(Complaint)
		r.Recipient = typed(b["original-rcpt-to"])
		if way, token, _ := letter.WayOf(b["original-mail-from"]); way != "" {
			r.Token = token
		}
		return []Report{r}
	}
	return nil
}

// informal reads the report of a mail server that knows no reports: an enhanced
// code of a permanent failure in its prose. Without one it may as well be a
// vacation notice.
func informal(m *Mail, p *parts, h message.Header) []Report {
	failed := strings.Trim(strings.TrimSpace(h.Get("X-Failed-Recipients")), "<>")
	code := letter.Enhanced(m.Whole)
	if (m.Automatic != "a mail server" && failed == "") || !strings.HasPrefix(code, "5.") {
		return nil
	}
	r := p.report(Bounce)
	r.Recipient, r.Status, r.Bounce = failed, code, bounced(code, "")
	if r.OriginalID == "" && len(m.Refs) > 0 {
		r.OriginalID = m.Refs[0]
	}
	return []Report{r}
}
