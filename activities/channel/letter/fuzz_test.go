package letter

import (
	"bytes"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

var (
	handler = regexp.MustCompile(`(?i)<[a-z][^>]*\son[a-z]+\s*=`)
	target  = regexp.MustCompile(`(?i)(?:href|src)="\s*([a-z][a-z0-9+.-]*):`)
)

// FuzzLetter: any text makes a letter to one person whose headers are ours alone
// and whose HTML runs nothing, or is refused before anything is sent.
func FuzzLetter(f *testing.F) {
	for _, s := range [][5]string{
		{"Ana Demo", "Sua consulta é amanhã", "# Olá, Ana\n\nAté **lá**, [mapa](https://example.com/mapa).", "Confirmar", "pt-BR"},
		{"Ana\r\nBcc: eve@example.com", "Oi", "texto", "Sim", "en-US"},
		{`Ana" <eve@example.com>, "x`, "Oi", "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>", "<b>", ""},
		{"Ana", strings.Repeat("x", 999), "[x](javascript:alert(1)) <javascript:alert(1)>", "javascript:alert(1)", "es"},
		{"", "=?utf-8?q?x=0D=0ABcc:_e@x.example?=", "![x](data:text/html;base64,PHNjcmlwdD4=)", "\"onclick=\"x", "x\"><script>"},
	} {
		f.Add(s[0], s[1], s[2], s[3], s[4])
	}
	clock := engine.NewClock(engine.Anchor{}, func() time.Time { return time.Unix(1764072000, 0) })
	sender, err := SenderOf(channel.Settings{Channel: engine.Email, Values: map[string]string{"from": "Clínica Demo <clinica@example.com>"}, Clock: clock}, "anyone")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, subject, text, choice, locale string) {
		l, err := sender.Write(channel.Outbound{
			Ref: "msg_fuzz-0001", To: engine.Address{Kind: engine.EmailAddress, Value: "ana@example.com"}, ContactName: name, Locale: locale,
			UnsubscribeURL: "https://jornada.example/u/token",
			Content:        engine.Content{Subject: subject, Markdown: text, Category: "marketing", Footer: name, Choices: []engine.Choice{{ID: "a", Title: choice, Payload: choice}}},
		})
		if err != nil {
			return
		}
		raw, err := l.Bytes()
		if err != nil {
			return // refused by the library, and nothing was sent
		}
		letter, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("the letter cannot be read: %v\n%q", err, raw)
		}
		for key := range letter.Header {
			switch key {
			case "From", "To", "Reply-To", "Subject", "Message-Id", "Date", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post", "Mime-Version", "Content-Type":
			default:
				t.Fatalf("the letter has the header %q", key)
			}
		}
		if list, err := letter.Header.AddressList("To"); err == nil && (len(list) != 1 || list[0].Address != "ana@example.com") {
			t.Fatalf("the letter goes to %v", list)
		}
		head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
		for line := range strings.SplitSeq(head, "\r\n") {
			if len(line) > headerMax {
				t.Fatalf("a header line has %d bytes", len(line))
			}
		}
		_, page, err := render(page{Content: engine.Content{Subject: subject, Markdown: text, Footer: name, Choices: []engine.Choice{{Title: choice, Payload: choice}}}, Locale: locale, ReplyTo: "contato@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(page), "<script") || handler.MatchString(page) {
			t.Fatalf("the letter runs something: %s", page)
		}
		for _, link := range target.FindAllStringSubmatch(page, -1) {
			switch scheme := strings.ToLower(link[1]); scheme {
			case "javascript", "vbscript", "file":
				t.Fatalf("the letter leads to %s: %s", scheme, page)
			}
		}
	})
}
