package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"jornada/engine"
)

// postOffice is the business's own mail server: it takes letters, and hands over
// what people and other servers send back.
type postOffice struct {
	address string

	mu      sync.Mutex
	letters []postedLetter
}

type postedLetter struct {
	from, to string
	*netmail.Message
}

type postSession struct {
	office   *postOffice
	from, to string
}

func (s *postSession) Reset()                                        {}
func (s *postSession) Logout() error                                 { return nil }
func (s *postSession) Mail(from string, _ *gosmtp.MailOptions) error { s.from = from; return nil }
func (s *postSession) Rcpt(to string, _ *gosmtp.RcptOptions) error   { s.to = to; return nil }
func (s *postSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := netmail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.letters = append(s.office.letters, postedLetter{s.from, s.to, m})
	return nil
}

func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	o := &postOffice{}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &postSession{office: o}, nil }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.address = l.Addr().String()
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return o
}

func (o *postOffice) to(person string) *postedLetter {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.letters {
		if o.letters[i].to == person {
			return &o.letters[i]
		}
	}
	return nil
}

var mailing = map[string]string{
	"workspace.yaml": `workspace: mailing
timezone: America/Sao_Paulo
contact: {first_name: string}
channels: {email: {from: oi@clinica.example}}
`,
	"templates.lock.yaml": `lock: 1
synced_at: "2026-11-20T12:00:00Z"
templates:
  - {name: question, channel: email, category: marketing, params: [], file: templates/question.md}
`,
	"templates/question.md": "---\nsubject: Você vem?\n---\n\nVocê vem amanhã?\n",
	"invite.journey.yaml": `dsl: 1
journey: invite
category: marketing
timezone: America/Sao_Paulo
triggers: [{api: true}]
delivery: {frequency_cap: {max: 2, per: 7d}}
steps:
  - id: coming
    ask:
      email: {template: question}
      options: [{id: yes_please, title: Confirmar, match: [sim]}, {id: not_now, title: Não posso}]
      timeout: 2d
    branches:
      yes_please: [{id: end_yes, exit: comes}]
      not_now: [{id: end_no, exit: stays_away}]
      timeout: [{id: end_silent, exit: no_answer}]
      otherwise: [{id: end_otherwise, exit: unreachable}]
`,
}

// TestMailComesBack: letters go out over SMTP, and what is sent back to the
// addresses that they carry (an answer, a vacation notice, a bounce, the wish to
// leave) comes in through the listener and does what it means.
func TestMailComesBack(t *testing.T) {
	office := newPostOffice(t)
	r := newRig(t, onSQLite, rigOptions{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	idle, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serveAll(ctx, &Config{}, r.process, idle, r.api, l, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-served) })

	r.publishFiles(mailing)
	r.ok("POST", "/api/v1/integrations", fmt.Sprintf(`{"id":"mail","provider":"smtp","channel":"email","default":true,"settings":{"base_url":"smtp://%s","from":"Clínica <oi@clinica.example>","inbound_domain":"volta.clinica.example"}}`, office.address))
	people := []string{"answers", "absent", "gone", "leaves"}
	for _, p := range people {
		r.ok("PUT", "/api/v1/contacts/"+p, fmt.Sprintf(`{"attributes":{"first_name":"Demo"},"addresses":{"email":"%s@dest.example"},"opt_in":{"email":true}}`, p))
		r.ok("POST", "/api/v1/journeys/invite/enrollments", fmt.Sprintf(`{"contact_id":%q}`, p))
	}
	letters := map[string]*postedLetter{}
	r.eventually("everybody has their letter", func() bool {
		for _, p := range people {
			letters[p] = office.to(p + "@dest.example")
		}
		return letters["answers"] != nil && letters["absent"] != nil && letters["gone"] != nil && letters["leaves"] != nil
	})
	send := func(from, to, raw string) {
		t.Helper()
		c, err := gosmtp.Dial(l.Addr().String())
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.SendMail(from, []string{to}, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n"))))
	}
	replyTo := func(p string) string { return strings.Trim(letters[p].Header.Get("Reply-To"), "<>") }
	enrollment := func(p string) (status, exit string) {
		var page struct {
			Items []struct{ Status, Outcome, Reason string }
		}
		require.NoError(t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/enrollments?contact_id="+p, "")), &page))
		require.Len(t, page.Items, 1)
		return page.Items[0].Status, page.Items[0].Outcome + page.Items[0].Reason
	}
	message := func(p string) (status, code string) {
		var page struct {
			Items []struct {
				Status    string
				ErrorCode string `json:"error_code"`
			}
		}
		require.NoError(t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/messages?contact_id="+p, "")), &page))
		require.Len(t, page.Items, 1)
		return page.Items[0].Status, page.Items[0].ErrorCode
	}

	send("absent@dest.example", replyTo("absent"), "From: absent@dest.example\nAuto-Submitted: auto-replied\nSubject: Re: Você vem?\n\nSim\n")
	send("answers@dest.example", replyTo("answers"), "From: Demo <answers@trabalho.example>\nSubject: Re: Você vem?\nMessage-ID: <x@trabalho.example>\n\nSim\n\nEm 20/11/2026, Clínica <oi@clinica.example> escreveu:\n> Não posso?\n")
	send("", letters["gone"].from, "From: MAILER-DAEMON@dest.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nno\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; dest\n\nFinal-Recipient: rfc822; gone@dest.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <gone@dest.example> unknown\n--b--\n")
	mailto := letters["leaves"].Header.Get("List-Unsubscribe")
	_, mailto, _ = strings.Cut(mailto, "mailto:")
	mailto, _, _ = strings.Cut(mailto, "?")
	send("leaves@dest.example", mailto, "From: leaves@dest.example\nSubject: unsubscribe\n\n\n")

	r.eventually("the answer counts", func() bool {
		status, exit := enrollment("answers")
		return status != "active" && strings.Contains(exit, "comes")
	})
	r.eventually("the bounce counts", func() bool { status, code := message("gone"); return status == "failed" && code == "5.1.1" })
	r.eventually("the wish to leave counts", func() bool {
		list, err := r.store.Suppressions(t.Context(), engine.Email, []engine.Address{{Kind: engine.EmailAddress, Value: "leaves@dest.example"}})
		require.NoError(t, err)
		return len(list) == 1 && list[0].Purpose == "marketing"
	})
	r.eventually("all was worked off", func() bool { return strings.Contains(r.ok("GET", "/metrics", ""), "jornada_events_pending 0") })
	status, _ := enrollment("absent")
	require.Equal(t, "active", status, "a vacation notice is no answer")
}

func TestMailSettings(t *testing.T) {
	for want, c := range map[string]Config{
		"":                          {},
		`mail-addr: "2525" is not`:  {MailAddr: "2525"},
		"mail-cert: belongs to":     {MailCert: "a.pem", MailKey: "b.pem"},
		"mail-cert: and --mail-key": {MailAddr: "127.0.0.1:0", MailCert: "a.pem"},
		"mail-cert: and --mail-key are no certificate": {MailAddr: "127.0.0.1:0", MailCert: "a.pem", MailKey: "b.pem"},
	} {
		got := ""
		c.mailProblems(func(string) bool { return true }, func(flag, format string, args ...any) {
			got += fmt.Errorf(flag+": "+format, args...).Error()
		})
		if !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
