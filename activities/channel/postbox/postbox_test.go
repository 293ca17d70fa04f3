package postbox

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"jornada/activities/channel/letter"
)

// crlf makes a mail of lines as they are written here.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func read(t *testing.T, raw []byte) *Mail {
	t.Helper()
	m, err := Read(raw, false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type published struct {
	ID, Raw string
	Expect  map[string]any
}

func vectors(t testing.TB) []published {
	t.Helper()
	var file struct{ Cases []published }
	raw, err := os.ReadFile("testdata/email-bounces.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	return file.Cases
}

func TestPublishedReports(t *testing.T) {
	for _, c := range vectors(t) {
		t.Run(c.ID, func(t *testing.T) {
			m := read(t, []byte(c.Raw))
			if len(m.Reports) != 1 {
				t.Fatalf("%d reports", len(m.Reports))
			}
			r := m.Reports[0]
			got := map[string]any{
				"kind": string(m.Kind), "recipient": r.Recipient, "status": r.Status, "original_message_id": r.OriginalID, "verp": m.Token,
			}
			if r.Bounce != "" {
				got["bounce"] = string(r.Bounce)
			}
			for name, want := range c.Expect {
				if got[name] != want {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
			}
			if m.Way != letter.Bounces || r.Kind != m.Kind {
				t.Errorf("way %q, kind %q", m.Way, r.Kind)
			}
		})
	}
}

// report is a delivery report with some groups of fields.
func report(groups string) []byte {
	return crlf("From: MAILER-DAEMON@mx.example.net\nTo: bounce@volta.example.com\nSubject: x\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
		"--b\n\nprose 5.1.1\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n" + groups +
		"\n--b\nContent-Type: message/rfc822\n\nReturn-Path: <bounce+tok2@volta.example.com>\nReply-To: =?utf-8?q?Cl=C3=ADnica?=\n <r+tok2@volta.example.com>\nMessage-ID:\n <m9@send.example.com>\nSubject: Oi\n\nbody\n--b--\n")
}

func TestDeliveryReports(t *testing.T) {
	for name, c := range map[string]struct {
		groups string
		kind   Kind
		bounce letter.Bounce
		status string
		who    string
	}{
		"policy":               {"Final-Recipient: rfc822; ana@dest.example\nAction: failed\nStatus: 5.7.1\n", Bounce, letter.Block, "5.7.1", "ana@dest.example"},
		"gave up":              {"Final-Recipient: rfc822; ana@dest.example\nAction: failed\nStatus: 4.4.7\n", Bounce, letter.Soft, "4.4.7", "ana@dest.example"},
		"full":                 {"Final-Recipient: rfc822; ana@dest.example\nAction: FAILED\nStatus: 5.2.2 (full)\n", Bounce, letter.Soft, "5.2.2", "ana@dest.example"},
		"the words say it":     {"Final-Recipient: rfc822; ana@dest.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.1.1 no such\n user\n", Bounce, letter.Hard, "5.0.0", "ana@dest.example"},
		"nothing says why":     {"Final-Recipient: rfc822; ana@dest.example\nAction: failed\nStatus: 5.0.0\n", Bounce, letter.Soft, "5.0.0", "ana@dest.example"},
		"delivered":            {"Final-Recipient: rfc822; ana@dest.example\nAction: delivered\nStatus: 2.0.0\n", Delivery, "", "2.0.0", "ana@dest.example"},
		"relayed":              {"Final-Recipient: rfc822; ana@dest.example\nAction: relayed\nStatus: 2.0.0\n", Other, "", "2.0.0", "ana@dest.example"},
		"forwarded":            {"Original-Recipient: rfc822;ana@dest.example\nFinal-Recipient: rfc822; maria@else.example\nAction: failed\nStatus: 5.1.1\n", Bounce, letter.Hard, "5.1.1", "ana@dest.example"},
		"in angle brackets":    {"Final-Recipient: rfc822; <ana@dest.example>\nAction: failed\nStatus: 5.1.1\n", Bounce, letter.Hard, "5.1.1", "ana@dest.example"},
		"a line that is none":  {"what is this\nFinal-Recipient: rfc822; ana@dest.example\nAction: failed\nStatus: 5.1.1\n", Bounce, letter.Hard, "5.1.1", "ana@dest.example"},
		"no recipient at all":  {"Action: failed\nStatus: 5.1.1\n", AutoReply, "", "", ""},
		"an action of no kind": {"Final-Recipient: rfc822; ana@dest.example\nAction: pondered\nStatus: 5.1.1\n", AutoReply, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, report(c.groups))
			if m.Kind != c.kind || (len(m.Reports) == 1) != (c.who != "") {
				t.Fatalf("%s with %+v", m.Kind, m.Reports)
			}
			if c.who == "" {
				return
			}
			if r := m.Reports[0]; r.Bounce != c.bounce || r.Status != c.status || r.Recipient != c.who || r.OriginalID != "<m9@send.example.com>" || r.Token != "tok2" {
				t.Errorf("got %+v", r)
			}
		})
	}
	if m := read(t, report(strings.Repeat("Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n", 500))); len(m.Reports) != reportsMax {
		t.Errorf("%d reports are read", len(m.Reports))
	}
}

// Reports of servers that know no RFC 3464.
func TestInformalReports(t *testing.T) {
	for name, c := range map[string]struct {
		raw    string
		kind   Kind
		bounce letter.Bounce
	}{
		"a server":   {"From: MAILER-DAEMON@mx.example.net\nTo: bounce+tok2@x.example.com\n\nSorry: 550 5.1.1 unknown\n", Bounce, letter.Hard},
		"Exim":       {"From: Mail <mail@mx.example.net>\nX-Failed-Recipients: ana@dest.example\nAuto-Submitted: auto-replied\n\n550 5.7.1 no\n", Bounce, letter.Block},
		"it waits":   {"From: MAILER-DAEMON@mx.example.net\n\n451 4.7.1 later\n", AutoReply, ""},
		"no code":    {"From: MAILER-DAEMON@mx.example.net\n\nno such person\n", AutoReply, ""},
		"a vacation": {"From: ana@dest.example\nAuto-Submitted: auto-replied\n\nback on 5.1.1, see you\n", AutoReply, ""},
		"a person":   {"From: ana@dest.example\n\nwhat does 550 5.1.1 mean?\n", Answer, ""},
	} {
		m := read(t, crlf(c.raw))
		if m.Kind != c.kind || (c.bounce != "" && m.Reports[0].Bounce != c.bounce) {
			t.Errorf("%s: %s %+v", name, m.Kind, m.Reports)
		}
	}
}

// TestComplaints: RFC 5965, appendix B.2, with our addresses.
func TestComplaints(t *testing.T) {
	arf := func(fields string) []byte {
		return crlf("From: <abusedesk@example.com>\nTo: <abuse@volta.example.com>\nSubject: FW: Earn money\nMIME-Version: 1.0\n" +
			"Content-Type: multipart/report; report-type=feedback-report;\n boundary=\"part1_13d.2e68ed54_boundary\"\n\n" +
			"--part1_13d.2e68ed54_boundary\nContent-Type: text/plain; charset=\"US-ASCII\"\nContent-Transfer-Encoding: 7bit\n\nThis is an email abuse report.\n\n" +
			"--part1_13d.2e68ed54_boundary\nContent-Type: message/feedback-report\n\n" + fields +
			"\n--part1_13d.2e68ed54_boundary\nContent-Type: message/rfc822\nContent-Disposition: inline\n\n" +
			"From: <clinica@example.com>\nReceived: from mx\nTo: <Undisclosed Recipients>\nReply-To: <r+tok3@volta.example.com>\nSubject: Oferta\nMessage-ID: <8787KJKJ3K4J3K4J3K4J3.mail@example.com>\n\nSpam\n--part1_13d.2e68ed54_boundary--\n")
	}
	const abuse = "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n"
	m := read(t, arf(abuse+"Original-Mail-From: <bounce+tok2@volta.example.com>\nOriginal-Rcpt-To: <user@example.com>\n"))
	if m.Kind != Complaint || len(m.Reports) != 1 || m.Reports[0] != (Report{Kind: Complaint, Recipient: "user@example.com", OriginalID: "<8787KJKJ3K4J3K4J3K4J3.mail@example.com>", Token: "tok2"}) {
		t.Errorf("%s %+v", m.Kind, m.Reports)
	}
	if m := read(t, arf(abuse)); m.Kind != Complaint || m.Reports[0].Token != "tok3" {
		t.Errorf("a report that names nobody: %s %+v", m.Kind, m.Reports)
	}
	for _, kind := range []string{"not-spam", "auth-failure", "virus", "other", ""} {
		if m := read(t, arf("Feedback-Type: "+kind+"\nVersion: 1\n")); m.Kind != AutoReply || len(m.Reports) != 0 {
			t.Errorf("%q is %s", kind, m.Kind)
		}
	}
}

func TestMachinesDoNotAnswer(t *testing.T) {
	for header, want := range map[string]Kind{
		"":                               Answer,
		"Auto-Submitted: no":             Answer,
		"Auto-Submitted: NO; x=y":        Answer,
		"X-Autoreply: no":                Answer,
		"Precedence: first-class":        Answer,
		"Auto-Submitted: auto-replied":   AutoReply,
		"Auto-Submitted: auto-generated": AutoReply,
		"Auto-Submitted: auto-replied; owner-email=\"a@b\"": AutoReply,
		"Auto-Submitted: x-new":                             AutoReply,
		"X-Autoreply: yes":                                  AutoReply,
		"X-Autorespond: Férias":                             AutoReply,
		"Precedence: bulk":                                  AutoReply,
		"Precedence: auto_reply":                            AutoReply,
		"Return-Path: <>":                                   AutoReply,
		"List-Id: <x.example>":                              AutoReply,
		"Content-Type: multipart/report; report-type=disposition-notification; boundary=q": AutoReply,
	} {
		m := read(t, crlf("From: Ana <ANA@dest.example>\nSubject: Re: Oi\n"+header+strings.Repeat("\n", min(1, len(header)))+"\nSim\n"))
		if m.Kind != want || (want == AutoReply) != (m.Automatic != "") {
			t.Errorf("%q is %s (%s)", header, m.Kind, m.Automatic)
		}
		if m.From.Address != "ana@dest.example" || m.From.Name != "Ana" {
			t.Errorf("from %+v", m.From)
		}
	}
	if m, err := Read(crlf("From: ana@dest.example\n\nSim\n"), true); err != nil || m.Kind != AutoReply {
		t.Errorf("without a sender in the envelope it is %s, %v", m.Kind, err)
	}
}

func TestAnswers(t *testing.T) {
	latin := "From: Ana <ana@dest.example>\nSubject: =?iso-8859-1?q?Re:_Confirma=E7=E3o?=\nMessage-ID: <a1@dest.example>\nIn-Reply-To: <m2@example.com>\nReferences: <m1@example.com>\n <m2@example.com>\nTo: =?utf-8?q?Cl=C3=ADnica?= <r+TOK2@volta.example.com>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nN=E3o posso\n\nEm sex., 20 de nov. de 2026 =E0s 10:00, Cl=EDnica <clinica@example.com>\nescreveu:\n\n> Confirma?\n"
	m := read(t, crlf(latin))
	if m.Text != "Não posso" || m.Subject != "Re: Confirmação" || m.MessageID != "<a1@dest.example>" || strings.Join(m.Refs, " ") != "<m2@example.com> <m2@example.com> <m1@example.com>" || m.Way != letter.Answers || m.Token != "TOK2" {
		t.Errorf("got %+v", m)
	}
	if !strings.Contains(m.Whole, "> Confirma?") {
		t.Errorf("the whole is %q", m.Whole)
	}
	page := `<html><head><style>p{}</style></head><body><div dir="ltr">Sim,<br>às 10h&nbsp;ok</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Em sex. escreveu:<br></div><blockquote>Confirma?<div>x</div></blockquote></div></body></html>`
	html := "From: ana@dest.example\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(page)) + "\n"
	if m := read(t, crlf(html)); m.Text != "Sim,\nàs 10h ok" || !strings.Contains(m.Whole, "Confirma?") {
		t.Errorf("HTML alone: %q of %q", m.Text, m.Whole)
	}
	outlook := strings.Replace(html, base64.StdEncoding.EncodeToString([]byte(page)), base64.StdEncoding.EncodeToString([]byte(`<p>Confirmo</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">De: Clínica</div><p>Confirma?</p>`)), 1)
	if m := read(t, crlf(outlook)); m.Text != "Confirmo" {
		t.Errorf("Outlook: %q", m.Text)
	}
	both := "From: ana@dest.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; boundary=i\n\n--i\nContent-Type: text/plain; charset=utf-8\n\nSim\n--i\nContent-Type: text/html\n\n<p>Yes</p>\n--i--\n--o\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nNão\n--o--\n"
	if m := read(t, crlf(both)); m.Text != "Sim" || m.Kind != Answer {
		t.Errorf("text and HTML: %q", m.Text)
	}
}

func TestQuotes(t *testing.T) {
	for in, want := range map[string]string{
		"Sim": "Sim",
		"Sim\n\nOn Fri, Nov 20, 2026 at 10:00 AM Clínica <a@b.example> wrote:\n\n> x\n> y\n":                                  "Sim",
		"On Fri, Nov 20, 2026 at 10:00 AM Clínica <a@b.example> wrote:\n> x\n\nSim, às 10h":                                   "Sim, às 10h",
		"Sim\n\nOn Fri, Nov 20, 2026, Clínica\n<a@b.example> wrote:\nx\ny":                                                    "Sim",
		"Sim\n-----Mensagem original-----\nDe: x\nx":                                                                          "Sim",
		"Sim\n________________________________\nDe: Clínica <a@b.example>\nEnviado: sexta-feira\nPara: Ana\nAssunto: Oi\n\nx": "Sim",
		"Sim\n\nFrom: Clínica\nSent: Friday\nTo: Ana\nSubject: Oi\n\nx":                                                       "Sim",
		"Sim\n\nEnviado do meu iPhone":                                                                                        "Sim",
		"Sim\n-- \nAna":                                                                                                       "Sim",
		"> a pergunta\nminha resposta\n> outra\noutra resposta":                                                               "minha resposta\noutra resposta",
		"> só citado": "> só citado",
		"A enfermeira me escreveu:\nvenha amanhã":     "A enfermeira me escreveu:\nvenha amanhã",
		"De: casa\neu vou":                            "De: casa\neu vou",
		"El vie, 20 nov 2026, Clínica escribió:\n\nx": "El vie, 20 nov 2026, Clínica escribió:\n\nx",
		"": "",
	} {
		if got := Unquoted(strings.ReplaceAll(in, "\n", "\r\n")); got != want && got != strings.ReplaceAll(want, "\n", "\r\n") {
			t.Errorf("of\n%s\nis left\n%s\nwant\n%s", in, got, want)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if _, err := Read([]byte("no header at all\r\n\r\nx"), false); err == nil {
		t.Error("this is taken for a mail")
	}
	if m := read(t, crlf("From: Undisclosed:;\nTo: ana@dest.example\n\nSim")); m.From.Address != "" || m.Text != "Sim" {
		t.Errorf("of a group without members: %+v", m)
	}
	var deep strings.Builder
	deep.WriteString("Content-Type: multipart/mixed; boundary=b0\n\n")
	for i := range 50 {
		deep.WriteString("--b" + string(rune('0'+i)) + "\nContent-Type: multipart/mixed; boundary=b" + string(rune('1'+i)) + "\n\n")
	}
	if m := read(t, crlf("From: ana@dest.example\n"+deep.String())); m.Text != "" {
		t.Errorf("got %+v", m)
	}
}

// FuzzRead: anything may come; what is read stays within its bounds, and a report
// always says about whom or about which letter it is.
func FuzzRead(f *testing.F) {
	for _, c := range vectors(f) {
		f.Add([]byte(c.Raw), true)
	}
	f.Add(report("Final-Recipient: rfc822; ana@dest.example\nAction: failed\nStatus: 5.1.1\n"), false)
	f.Add(crlf("From: ana@dest.example\nContent-Type: text/html\n\n<p>Sim</p><blockquote>x"), false)
	f.Add(crlf("From: Undisclosed:;\n\nSim"), false)
	f.Fuzz(func(t *testing.T, raw []byte, null bool) {
		m, err := Read(raw, null)
		if err != nil {
			return
		}
		if len(m.Reports) > reportsMax || len(m.Refs) > 2*refsMax || len(m.Text) > 8*textMax {
			t.Fatalf("%d reports, %d references, %d bytes", len(m.Reports), len(m.Refs), len(m.Text))
		}
		if (m.Kind == Bounce || m.Kind == Delay || m.Kind == Complaint) && len(m.Reports) == 0 {
			t.Fatalf("a %s without a report", m.Kind)
		}
		if null && m.Kind == Answer {
			t.Fatal("a mail server's mail is taken for an answer")
		}
		for _, r := range m.Reports {
			if r.Kind == Bounce && r.Bounce == "" {
				t.Fatalf("a bounce of no kind: %+v", r)
			}
		}
	})
}
