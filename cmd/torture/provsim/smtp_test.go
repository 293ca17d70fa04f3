package provsim

import (
	"net"
	"net/textproto"
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"
)

// mailTo sends one e-mail with go-mail, as a product would.
func mailTo(t *testing.T, w *World, to, id string, options ...gomail.Option) error {
	t.Helper()
	m := gomail.NewMsg()
	require.NoError(t, m.From("demo@example.com"))
	require.NoError(t, m.To(to))
	m.Subject("Olá, até amanhã")
	m.SetMessageIDWithValue(id + "@example.com")
	m.SetBodyString(gomail.TypeTextPlain, "Até amanhã às 9.")
	m.AddAlternativeString(gomail.TypeTextHTML, "<p>Até amanhã às 9.</p>")
	host, port := split(t, w.SMTPAddr())
	client, err := gomail.NewClient(host, append([]gomail.Option{
		gomail.WithPort(port), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithTimeout(500 * time.Millisecond), gomail.WithoutNoop(),
	}, options...)...)
	require.NoError(t, err)
	return client.DialAndSendWithContext(t.Context(), m)
}

func TestSMTPTakesMail(t *testing.T) {
	w := start(t, Config{})
	secrets := w.Secrets()
	require.NoError(t, mailTo(t, w, "ana@example.com", "ref-1"))
	require.NoError(t, mailTo(t, w, "bia@example.com", "ref-2", gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc), gomail.WithUsername(secrets.SMTPUser), gomail.WithPassword(secrets.SMTPPassword)))
	require.NoError(t, mailTo(t, w, "bia@example.com", "ref-3", gomail.WithSMTPAuth(gomail.SMTPAuthLoginNoEnc), gomail.WithUsername(secrets.SMTPUser), gomail.WithPassword(secrets.SMTPPassword)))
	require.Error(t, mailTo(t, w, "bia@example.com", "ref-4", gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc), gomail.WithUsername(secrets.SMTPUser), gomail.WithPassword("wrong")))
	accepts := w.Accepts()
	require.Len(t, accepts, 3)
	a := accepts[0]
	require.Equal(t, []string{"email", "smtp", "ana@example.com", "ref-1", "Olá, até amanhã", "Até amanhã às 9."},
		[]string{a.Channel, a.Provider, a.To, a.Ref, a.Subject, a.Text})
	require.True(t, a.Answered)
}

func TestSMTPRefuses(t *testing.T) {
	w := start(t, Config{})
	for name, c := range map[string]struct {
		plan     Plan
		code     int
		enhanced string
	}{
		"no such user": {Plan{ErrorFor: map[string]int{"ana@example.com": 550}}, 550, "5.1.1"},
		"mailbox full": {Plan{ErrorFor: map[string]int{"ana@example.com": 552}}, 552, "5.2.2"},
		"policy":       {Plan{ErrorFor: map[string]int{"ana@example.com": 554}}, 554, "5.7.1"},
		"busy":         {Plan{ErrorFor: map[string]int{"ana@example.com": 450}}, 450, "4.2.0"},
		"pace":         {Plan{Rate429: 1}, 421, "4.7.0"},
		"broken":       {Plan{Rate5xx: 1}, 451, "4.3.0"},
		"limited":      {Plan{Limited: true}, 421, "4.7.0"},
		"expired":      {Plan{TokenExpired: true}, 530, "5.7.0"},
	} {
		t.Run(name, func(t *testing.T) {
			w.SetPlan(c.plan)
			err := mailTo(t, w, "ana@example.com", "ref-"+name[:2])
			var sent *gomail.SendError
			require.ErrorAs(t, err, &sent)
			require.Equal(t, c.code, sent.ErrorCode())
			require.Equal(t, c.enhanced, sent.EnhancedStatusCode())
		})
	}
	require.Empty(t, w.Accepts())
}

// After the message's last dot: taken, but the client hears nothing.
func TestSMTPLeavesDoubt(t *testing.T) {
	w := start(t, Config{Plan: Plan{ResetAfterAccept: 1}})
	err := mailTo(t, w, "ana@example.com", "ref-1")
	require.Error(t, err)
	var reply *textproto.Error
	require.NotErrorAs(t, err, &reply, "no reply, but a broken connection")
	require.Len(t, w.Accepts(), 1)
	require.False(t, w.Accepts()[0].Answered)

	w.SetPlan(Plan{ResetBeforeAccept: 1})
	require.Error(t, mailTo(t, w, "ana@example.com", "ref-1"))
	require.Len(t, w.Accepts(), 1)

	w.SetPlan(Plan{HangAfterAccept: 1})
	begun := time.Now()
	require.Error(t, mailTo(t, w, "ana@example.com", "ref-1"))
	require.GreaterOrEqual(t, time.Since(begun), 500*time.Millisecond)
	require.Len(t, w.Accepts(), 2)
	require.Equal(t, 3, w.Accepts()[1].Attempt)
}

// Other clients are understood as well.
func TestSMTPSpeaksToOtherClients(t *testing.T) {
	w := start(t, Config{})
	c, err := smtp.Dial(w.SMTPAddr())
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	require.NoError(t, c.Auth(sasl.NewPlainClient("", w.Secrets().SMTPUser, w.Secrets().SMTPPassword)))
	require.NoError(t, c.Mail("demo@example.com", nil))
	require.NoError(t, c.Rcpt("ana@example.com", nil))
	data, err := c.Data()
	require.NoError(t, err)
	_, err = data.Write([]byte("Subject: x\r\nMessage-ID: <r@example.com>\r\nContent-Transfer-Encoding: base64\r\n\r\nT2k=\r\n"))
	require.NoError(t, err)
	require.NoError(t, data.Close())
	require.NoError(t, c.Quit())
	require.Equal(t, "Oi", w.Accepts()[0].Text)
}

func split(t *testing.T, address string) (string, int) {
	t.Helper()
	host, text, err := net.SplitHostPort(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return host, port
}
