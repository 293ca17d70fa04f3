// Package postbox reads the e-mail that comes back: what mail servers report
// about a letter (RFC 3464 in RFC 6522), complaints (ARF, RFC 5965), the answers
// that machines give (RFC 3834) and those of people.
//
// It only reads. Whose letter it is about, and whether it may be believed, is for
// whoever knows the messages: package engine/mailserver, which takes the mail in.
// What it reads was written by anybody, so everything is bounded: the depth and
// the number of MIME parts, the text kept, the reports of one mail. What it cannot
// make sense of is of the kind Other, never an error.
//
// What it does not do: attachments of answers are left out, and the text quoted in
// an answer is found by how common mail programs mark it, which is a guess.
package postbox

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	netmail "net/mail"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // so that letters in ISO-8859-1 and its kin are read

	"jornada/activities/channel/letter"
)

// Kind is what a mail is.
type Kind string

// Answer is a person's. AutoReply was written by a machine: a vacation, a receipt,
// a list; it is never taken for an answer. Bounce, Delay and Delivery are reports of
// mail servers, Complaint one of a mailbox provider whose user called a letter spam.
const (
	Answer    Kind = "answer"
	AutoReply Kind = "auto_reply"
	Bounce    Kind = "bounce"
	Delay     Kind = "delay"
	Delivery  Kind = "delivery"
	Complaint Kind = "complaint"
	Other     Kind = "other"
)

// Bounds of one mail.
const (
	headerMax  = 256 << 10
	textMax    = 256 << 10 // of each kind of text
	depthMax   = 8
	partsMax   = 60
	reportsMax = 10
	refsMax    = 30
)

// Mail is one e-mail that came.
type Mail struct {
	Kind      Kind
	MessageID string // with its angle brackets
	From      netmail.Address
	Subject   string
	Refs      []string // ids of the letters it answers, the surest first
	Text      string   // what was written, without what it quotes
	Whole     string   // with it
	Automatic string   // why no person wrote it
	Reports   []Report
	// Way and Token are those of the first address of ours in its header; the
	// envelope says it better.
	Way   letter.Way
	Token string
}

// Report is what a mail server says about one recipient of one letter.
type Report struct {
	Kind       Kind
	Bounce     letter.Bounce // of a Bounce
	Recipient  string        // as the server knows it; a forwarded letter has another than ours
	Status     string        // enhanced status code (RFC 3463)
	Diagnostic string
	OriginalID string // Message-ID of the letter, with its angle brackets
	Token      string // of an address of ours in what the report shows of the letter
}

// Read reads one mail. null says that its envelope had no sender, which is how
// mail servers mark what must not be answered (RFC 5321 §4.5.5). The error is
// about a header that is none.
func Read(raw []byte, null bool) (*Mail, error) {
	entity, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: headerMax})
	if entity == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return nil, fmt.Errorf("reading the e-mail's header: %w", err)
	}
	m := &Mail{Kind: Answer, MessageID: firstID(entity.Header.Get("Message-Id")), Subject: text(entity.Header, "Subject")}
	if list, err := netmail.ParseAddressList(text(entity.Header, "From")); err == nil && len(list) > 0 { // a group may have no members ("Undisclosed:;")
		m.From = netmail.Address{Name: list[0].Name, Address: strings.ToLower(list[0].Address)}
	}
	m.Refs = references(entity.Header)
	m.Way, m.Token = ours(entity.Header)
	found := &parts{}
	found.walk(entity, 0)
	m.Whole = found.text()
	m.Text = Unquoted(m.Whole)
	if found.plain == "" && found.html != "" {
		m.Text = Unquoted(htmlText(found.html, true))
		if m.Text == "" {
			m.Text = strings.TrimSpace(m.Whole)
		}
	}
	m.Automatic = automatic(entity.Header, null)
	m.judge(found, entity.Header)
	return m, nil
}

// judge decides what the mail is.
func (m *Mail) judge(found *parts, header message.Header) {
	switch {
	case found.status != nil:
		m.Kind, m.Reports = AutoReply, deliveryReports(found)
	case found.feedback != nil:
		m.Kind, m.Reports = AutoReply, complaints(found)
	case m.Automatic == "":
		return
	default:
		m.Kind, m.Reports = AutoReply, informal(m, found, header)
	}
	if len(m.Reports) > 0 {
		m.Kind = m.Reports[0].Kind
	}
}

// parts are what of a mail is looked at.
type parts struct {
	plain, html string
	status      []byte // message/delivery-status
	feedback    []byte // message/feedback-report
	original    block  // the letter's header, as a report shows it
	seen        int
}

func (p *parts) text() string {
	if p.plain != "" || p.html == "" {
		return strings.TrimSpace(p.plain)
	}
	return strings.TrimSpace(htmlText(p.html, false))
}

// walk looks at a part and those in it. A part that cannot be decoded is left out.
func (p *parts) walk(e *message.Entity, depth int) {
	if p.seen++; p.seen > partsMax || depth > depthMax {
		return
	}
	kind, _, err := e.Header.ContentType()
	if err != nil || kind == "" {
		kind = "text/plain" // RFC 2045 §5.2
	}
	if inner := e.MultipartReader(); inner != nil {
		for {
			part, err := inner.NextPart()
			if part == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
				return
			}
			p.walk(part, depth+1)
		}
	}
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		if p.status == nil {
			p.status = content(e)
		}
	case "message/feedback-report":
		if p.feedback == nil {
			p.feedback = content(e)
		}
	case "message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global", "message/global-headers":
		if blocks := fields(content(e)); p.original == nil && len(blocks) > 0 {
			p.original = blocks[0]
		}
	case "text/plain", "text/html":
		if disposition, _, _ := mime.ParseMediaType(e.Header.Get("Content-Disposition")); disposition == "attachment" {
			return
		}
		body := strings.ToValidUTF8(string(content(e)), "\uFFFD")
		switch {
		case kind == "text/plain" && p.plain == "":
			p.plain = body
		case kind == "text/html" && p.html == "":
			p.html = body
		}
	}
}

// content is a part's bytes, as many as are looked at; never nil.
func content(e *message.Entity) []byte {
	raw, err := io.ReadAll(io.LimitReader(e.Body, textMax))
	if err != nil && len(raw) == 0 {
		return []byte{}
	}
	return raw
}

// text is a header in plain words; one that cannot be decoded is as it came.
func text(h message.Header, name string) string {
	s, err := h.Text(name)
	if err != nil {
		s = h.Get(name)
	}
	return strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD")
}

// references are the letters a mail says it answers: In-Reply-To, then References,
// whose last is the nearest (RFC 5322 §3.6.4).
func references(h message.Header) []string {
	refs := ids(h.Get("In-Reply-To"))
	chain := ids(h.Get("References"))
	for i := len(chain) - 1; i >= 0 && len(refs) < refsMax; i-- {
		refs = append(refs, chain[i])
	}
	return refs
}

// ids finds what stands between angle brackets, and has an @ and no blanks.
func ids(s string) []string {
	var list []string
	for len(list) < refsMax {
		start := strings.IndexByte(s, '<')
		if start < 0 {
			break
		}
		end := strings.IndexByte(s[start:], '>')
		if end < 0 {
			break
		}
		id := s[start : start+end+1]
		s = s[start+end+1:]
		if strings.Contains(id, "@") && !strings.ContainsAny(id[1:], " \t\r\n<") && len(id) < 1000 {
			list = append(list, id)
		}
	}
	return list
}

func firstID(s string) string {
	if list := ids(s); len(list) > 0 {
		return list[0]
	}
	return ""
}

// ours finds an address of ours in a mail's header.
func ours(h message.Header) (letter.Way, string) {
	for _, name := range []string{"Delivered-To", "X-Original-To", "To", "Cc"} {
		list, err := netmail.ParseAddressList(h.Get(name))
		if err != nil {
			continue
		}
		for _, a := range list {
			if way, token, _ := letter.WayOf(a.Address); way != "" {
				return way, token
			}
		}
	}
	return "", ""
}

// automatic says why a mail was not written by a person, "" when nothing says so
// (RFC 3834 §5, and what was usual before it).
func automatic(h message.Header, null bool) string {
	first := func(name string) string {
		word, _, _ := strings.Cut(strings.ToLower(h.Get(name)), ";")
		return strings.TrimSpace(word)
	}
	if v := first("Auto-Submitted"); v != "" && v != "no" {
		return "Auto-Submitted: " + v
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder"} {
		if v := first(name); v != "" && v != "no" {
			return name
		}
	}
	switch v := first("Precedence"); v {
	case "bulk", "auto_reply", "junk", "list":
		return "Precedence: " + v
	}
	if kind, _, err := h.ContentType(); err == nil && kind == "multipart/report" {
		return "a report"
	}
	if h.Get("List-Id") != "" {
		return "a mailing list"
	}
	local, _, _ := strings.Cut(strings.ToLower(h.Get("From")), "@")
	if strings.HasSuffix(local, "mailer-daemon") || strings.HasSuffix(local, "postmaster") {
		return "a mail server"
	}
	if null || strings.TrimSpace(h.Get("Return-Path")) == "<>" {
		return "no sender in its envelope"
	}
	return ""
}
