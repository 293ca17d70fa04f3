package smtp_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"math/big"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-message"
	gosasl "github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"jornada/activities/channel"
	"jornada/activities/channel/smtp"
	"jornada/engine"
)

// mailServer is a real SMTP server in this process, with faults.
type mailServer struct {
	address  string
	mailFrom error
	rcpt     error
	data     error
	drop     string // "data": break the connection once the content is there; "mail": at MAIL FROM
	password string
	tls      *tls.Config
	hung     func() // called when the content is there; no answer follows
	think    func() // called when the content is there, before the answer
	done     chan struct{}

	mu   sync.Mutex
	mail [][]byte
	from string
	to   []string
}

func start(t *testing.T, s *mailServer) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		return &mailSession{s, c}, nil
	}))
	server.Domain, server.AllowInsecureAuth = "mail.test", true
	server.ErrorLog, server.TLSConfig = quiet{}, s.tls
	s.done = make(chan struct{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		close(s.done)
		_ = server.Close()
	})
	s.address = listener.Addr().String()
	return s
}

// received are the messages whose content arrived.
func (s *mailServer) received() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mail)
}

// envelope is the last sender and all recipients.
func (s *mailServer) envelope() (string, []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from, slices.Clone(s.to)
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type mailSession struct {
	*mailServer
	conn *gosmtp.Conn
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }
func (s *mailSession) Mail(from string, _ *gosmtp.MailOptions) error {
	if s.drop == "mail" {
		_ = s.conn.Conn().Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = from
	return s.mailFrom
}
func (s *mailSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = append(s.to, to)
	return s.rcpt
}
func (s *mailSession) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.mail = append(s.mail, content)
	s.mu.Unlock()
	if s.think != nil {
		s.think()
	}
	if s.hung != nil {
		s.hung()
		<-s.done
	}
	if s.drop == "data" {
		_ = s.conn.Conn().Close()
	}
	return s.data
}
func (s *mailSession) AuthMechanisms() []string {
	if s.password == "" {
		return nil
	}
	return []string{gosasl.Plain}
}
func (s *mailSession) Auth(string) (gosasl.Server, error) {
	return gosasl.NewPlainServer(func(_, _, password string) error {
		if password != s.password {
			return gosmtp.ErrAuthFailed
		}
		return nil
	}), nil
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, address string, values, secrets map[string]string) channel.Provider {
	t.Helper()
	all := map[string]string{"base_url": "smtp://" + address, "from": "Clínica Demo <clinica@example.com>", "reply_to": "contato@example.com"}
	maps.Copy(all, values)
	provider, err := smtp.New(channel.Settings{IntegrationID: "mail-demo", Channel: engine.Email, Values: all, Secrets: secrets,
		Clock: engine.NewClock(engine.Anchor{}, func() time.Time { return noon })})
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func letter() channel.Outbound {
	return channel.Outbound{
		Ref: "msg_0191e180-aaaa", To: engine.Address{Kind: engine.EmailAddress, Value: "ana@dest.example"}, ContactName: "Ana Demo",
		Content: engine.Content{
			Subject:  "Sua consulta é amanhã",
			Markdown: "# Olá, Ana\n\nSua consulta é **amanhã**, às 10h. <script>alert(1)</script>\n\n- traga o *exame*\n- veja [como chegar](https://example.com/mapa)\n\nAté lá, [x](javascript:alert(1))!",
			Choices:  []engine.Choice{{ID: "yes", Title: "Confirmar", Payload: "jr1|e|s|0|yes"}, {ID: "web", Title: "Remarcar", Payload: "https://example.com/r?a=1&b=2"}},
			Footer:   "Clínica Demo, Rua Exemplo 1",
		},
	}
}

// parse reads a message's header and its parts, text first.
func parse(t *testing.T, raw []byte) (mail.Header, []string, []string) {
	t.Helper()
	entity, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if kind, _, _ := entity.Header.ContentType(); kind != "multipart/alternative" {
		t.Fatalf("content type %s", kind)
	}
	var kinds, bodies []string
	parts := entity.MultipartReader()
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return plain.Header, kinds, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := part.Header.ContentType()
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatal(err)
		}
		kinds, bodies = append(kinds, kind), append(bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
}

func TestLetter(t *testing.T) {
	server := start(t, &mailServer{})
	out := letter()
	out.ReplyTo = "msg_1@example.com"
	receipt, err := open(t, server.address, nil, nil).Send(context.Background(), out)
	if err != nil {
		t.Fatal(err)
	}
	from, to := server.envelope()
	if len(server.received()) != 1 || from != "clinica@example.com" || strings.Join(to, " ") != "ana@dest.example" {
		t.Fatalf("%d messages from %s to %v", len(server.received()), from, to)
	}
	header, kinds, bodies := parse(t, server.received()[0])
	for name, want := range map[string]string{
		"Message-Id": "<msg_0191e180-aaaa@example.com>", "Date": "Sun, 22 Nov 2026 12:00:00 +0000",
		"In-Reply-To": "<msg_1@example.com>", "References": "<msg_1@example.com>", "Auto-Submitted": "auto-generated",
		"Reply-To": "<contato@example.com>", "To": `"Ana Demo" <ana@dest.example>`, "List-Unsubscribe": "", "X-Mailer": "",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Trim(receipt.ProviderID, "<>") != "msg_0191e180-aaaa@example.com" {
		t.Errorf("receipt %+v", receipt)
	}
	if strings.Join(kinds, " ") != "text/plain text/html" {
		t.Errorf("parts %v", kinds)
	}
	const text = `Olá, Ana

Sua consulta é amanhã, às 10h. alert(1)

- traga o exame
- veja como chegar (https://example.com/mapa)

Até lá, x!

Escolha uma resposta:
- Confirmar
- Remarcar: https://example.com/r?a=1&b=2


Clínica Demo, Rua Exemplo 1
`
	if bodies[0] != text {
		t.Errorf("text\n%s\nwant\n%s", bodies[0], text)
	}
	for _, want := range []string{
		`<html lang="pt-BR">`, `<strong>amanhã</strong>`, `<a href="https://example.com/mapa">como chegar</a>`, `>Confirmar</a>`,
		`href="mailto:contato@example.com?subject=Re%3A%20Sua%20consulta%20%C3%A9%20amanh%C3%A3&amp;body=Confirmar"`,
		`href="https://example.com/r?a=1&amp;b=2"`, `Rua Exemplo 1`,
	} {
		if !strings.Contains(bodies[1], want) {
			t.Errorf("the HTML lacks %s:\n%s", want, bodies[1])
		}
	}
	for _, never := range []string{"<script", "javascript:"} {
		if strings.Contains(bodies[1], never) {
			t.Errorf("the HTML contains %s", never)
		}
	}
}

// TestSameReferenceSameMessageID: a second copy of a message in doubt is
// recognizable, whatever the reference looks like.
func TestSameReferenceSameMessageID(t *testing.T) {
	server := start(t, &mailServer{})
	provider := open(t, server.address, map[string]string{"message_id_domain": "id.example.com"}, nil)
	ids := map[string]int{}
	for _, ref := range []string{"msg_0191e180-aaaa", "msg_0191e180-aaaa", "a/b c@d", "a/b c@d", ""} {
		out := letter()
		out.Ref = ref
		receipt, err := provider.Send(context.Background(), out)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(strings.Trim(receipt.ProviderID, "<>"), "@id.example.com") {
			t.Errorf("%q gives %s", ref, receipt.ProviderID)
		}
		ids[receipt.ProviderID]++
	}
	if len(ids) != 3 {
		t.Errorf("ids %v", ids)
	}
}

func TestMarketingCanBeStopped(t *testing.T) {
	server := start(t, &mailServer{})
	out := letter()
	out.Content.Category, out.UnsubscribeURL, out.Locale = "marketing", "https://example.com/u/t0ken", "en-US"
	if _, err := open(t, server.address, nil, nil).Send(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	header, _, bodies := parse(t, server.received()[0])
	if got := header.Get("List-Unsubscribe"); got != "<https://example.com/u/t0ken>" {
		t.Errorf("List-Unsubscribe %q", got)
	}
	if got := header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe-Post %q", got)
	}
	if !strings.Contains(bodies[0], "Unsubscribe: https://example.com/u/t0ken") || !strings.Contains(bodies[1], `href="https://example.com/u/t0ken"`) {
		t.Errorf("no way to unsubscribe in\n%s\n%s", bodies[0], bodies[1])
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	server := start(t, &mailServer{})
	provider := open(t, server.address, nil, nil)
	for name, change := range map[string]func(*channel.Outbound, string){
		"subject":   func(o *channel.Outbound, evil string) { o.Content.Subject += evil },
		"name":      func(o *channel.Outbound, evil string) { o.ContactName += evil },
		"address":   func(o *channel.Outbound, evil string) { o.To.Value += evil },
		"reference": func(o *channel.Outbound, evil string) { o.Ref += evil },
		"reply":     func(o *channel.Outbound, evil string) { o.ReplyTo = "x" + evil },
		"unsubscribe": func(o *channel.Outbound, evil string) {
			o.Content.Category, o.UnsubscribeURL = "marketing", "https://example.com/"+evil
		},
	} {
		for _, evil := range []string{"\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\rX: y", "\x00", strings.Repeat("x", 999)} {
			out := letter()
			change(&out, evil)
			_, err := provider.Send(context.Background(), out)
			var failure *channel.SendError
			if !errors.As(err, &failure) || failure.Class != channel.FixRequest || failure.Doubt != channel.Certain {
				t.Errorf("%s with %q: %v", name, evil, err)
			}
		}
	}
	if len(server.received()) != 0 {
		t.Errorf("%d messages went out", len(server.received()))
	}
}

// One message has one recipient, whatever stands in the address or the name.
func TestOneRecipient(t *testing.T) {
	server := start(t, &mailServer{})
	provider := open(t, server.address, nil, nil)
	for _, to := range []string{
		"ana@example.com, eve@example.com", "ana@example.com eve@example.com", "ana@example.com;eve@example.com",
		"friends: ana@example.com, eve@example.com;", "<ana@example.com>, <eve@example.com>", "ana@example.com\tBcc: eve@example.com", "",
	} {
		out := letter()
		out.To.Value = to
		var failure *channel.SendError
		if _, err := provider.Send(context.Background(), out); !errors.As(err, &failure) || failure.Doubt != channel.Certain {
			t.Errorf("the address %q: %v", to, err)
		}
	}
	if len(server.received()) != 0 {
		t.Fatalf("%d messages went out", len(server.received()))
	}
	for _, name := range []string{`Ana" <eve@example.com>, "x`, "Ana, eve@example.com", "Ana <eve@example.com>", "Ana; Bcc: eve@example.com", "=?utf-8?q?Ana=0D=0ABcc:_eve@example.com?="} {
		before := len(server.received())
		out := letter()
		out.ContactName = name
		if _, err := provider.Send(context.Background(), out); err != nil {
			t.Errorf("the name %q: %v", name, err)
			continue
		}
		_, to := server.envelope()
		if got := to[before:]; len(got) != 1 || got[0] != out.To.Value {
			t.Errorf("with the name %q the message goes to %v", name, got)
		}
		header, _, _ := parse(t, server.received()[before])
		if header.Get("Bcc") != "" || header.Get("Cc") != "" {
			t.Errorf("the name %q made headers", name)
		}
		list, err := mail.ParseAddressList(header.Get("To"))
		if err != nil || len(list) != 1 || list[0].Address != out.To.Value {
			t.Errorf("with the name %q the header To is %q", name, header.Get("To"))
		}
	}
}

func TestReplies(t *testing.T) {
	reply := func(code int, e gosmtp.EnhancedCode, text string) error {
		return &gosmtp.SMTPError{Code: code, EnhancedCode: e, Message: text}
	}
	none := gosmtp.NoEnhancedCode
	for name, c := range map[string]struct {
		server *mailServer
		class  channel.Class
		doubt  channel.Doubt
		code   string
		after  time.Duration
	}{
		"greylisted":             {&mailServer{rcpt: reply(451, gosmtp.EnhancedCode{4, 7, 1}, "try again")}, channel.Throttle, channel.Certain, "451 4.7.1", 5 * time.Minute},
		"too many":               {&mailServer{mailFrom: reply(421, gosmtp.EnhancedCode{4, 7, 0}, "too many")}, channel.Throttle, channel.Certain, "421 4.7.0", time.Minute},
		"their trouble":          {&mailServer{data: reply(454, gosmtp.EnhancedCode{4, 3, 0}, "trouble")}, channel.RetryLater, channel.Certain, "454 4.3.0", 15 * time.Minute},
		"no such mailbox":        {&mailServer{rcpt: reply(550, gosmtp.EnhancedCode{5, 1, 1}, "unknown")}, channel.Suppress, channel.Certain, "550 5.1.1", 0},
		"closed mailbox":         {&mailServer{rcpt: reply(550, gosmtp.EnhancedCode{5, 2, 1}, "disabled")}, channel.Suppress, channel.Certain, "550 5.2.1", 0},
		"full mailbox":           {&mailServer{rcpt: reply(552, gosmtp.EnhancedCode{5, 2, 2}, "full")}, channel.SwitchChannel, channel.Certain, "552 5.2.2", 0},
		"policy":                 {&mailServer{data: reply(550, gosmtp.EnhancedCode{5, 7, 1}, "blocked")}, channel.SwitchChannel, channel.Certain, "550 5.7.1", 0},
		"DMARC":                  {&mailServer{data: reply(550, gosmtp.EnhancedCode{5, 7, 26}, "unauthenticated")}, channel.StopSender, channel.Certain, "550 5.7.26", 0},
		"sender refused":         {&mailServer{mailFrom: reply(550, none, "not you")}, channel.StopSender, channel.Certain, "550", 0},
		"recipient, unexplained": {&mailServer{rcpt: reply(550, none, "no")}, channel.SwitchChannel, channel.Certain, "550", 0},
		"content refused":        {&mailServer{data: reply(554, gosmtp.EnhancedCode{5, 6, 0}, "bad content")}, channel.FixRequest, channel.Certain, "554 5.6.0", 0},
		"lost before the text":   {&mailServer{drop: "mail"}, channel.RetryLater, channel.Certain, "", 0},
		"lost after the text":    {&mailServer{drop: "data"}, channel.RetryLater, channel.Unclear, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, c.server)
			_, err := open(t, server.address, nil, nil).Send(context.Background(), letter())
			var failure *channel.SendError
			if !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			if failure.Class != c.class || failure.Doubt != c.doubt || failure.Code != c.code || failure.RetryAfter != c.after || failure.Message == "" {
				t.Errorf("got %+v", failure)
			}
			if strings.Contains(failure.Message+failure.Detail, "ana@") {
				t.Errorf("the error tells the address: %+v", failure)
			}
			if n := len(server.received()); n > 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

func TestConnecting(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	server := start(t, &mailServer{password: "right"})
	user := map[string]string{"username": "clinica"}
	for name, c := range map[string]struct {
		address         string
		values, secrets map[string]string
		class           channel.Class
		say             string
	}{
		"works":         {server.address, user, map[string]string{"password": "right"}, "", ""},
		"password":      {server.address, user, map[string]string{"password": "wrong"}, channel.Reauth, "127.0.0.1 did not accept the username or password"},
		"refused":       {address, nil, nil, channel.RetryLater, "could not be reached"},
		"no encryption": {server.address, map[string]string{"tls": "mandatory"}, nil, channel.StopSender, "offers no encryption (STARTTLS)"},
	} {
		t.Run(name, func(t *testing.T) {
			provider := open(t, c.address, c.values, c.secrets)
			err := provider.(channel.Tester).Test(context.Background())
			if (err == nil) != (c.say == "") || (err != nil && !strings.Contains(err.Error(), c.say)) {
				t.Errorf("Test says %v, want %q", err, c.say)
			}
			_, err = provider.Send(context.Background(), letter())
			var failure *channel.SendError
			if errors.As(err, &failure) != (c.class != "") || (failure != nil && (failure.Class != c.class || failure.Doubt != channel.Certain)) {
				t.Errorf("Send says %#v", err)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := open(t, server.address, nil, nil).Send(ctx, letter())
		var failure *channel.SendError
		if !errors.As(err, &failure) || failure.Doubt != channel.Certain {
			t.Errorf("got %v", err)
		}
	})
}

// TestNoAnswer: the caller gives up while the server thinks about the message.
func TestNoAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server := start(t, &mailServer{hung: cancel})
	_, err := open(t, server.address, nil, nil).Send(ctx, letter())
	var failure *channel.SendError
	if !errors.As(err, &failure) || failure.Doubt != channel.Unclear {
		t.Errorf("got %#v", err)
	}
}

// TestUntrustedCertificate: encryption with somebody unknown is no encryption,
// so nothing is said.
func TestUntrustedCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	self := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, self, self, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	server := start(t, &mailServer{tls: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}})
	for _, mode := range []string{"mandatory", "opportunistic", "implicit"} {
		_, err = open(t, server.address, map[string]string{"tls": mode}, nil).Send(context.Background(), letter())
		var failure *channel.SendError
		if !errors.As(err, &failure) || failure.Doubt != channel.Certain {
			t.Errorf("%s: got %#v", mode, err)
		}
		if mode != "implicit" && (failure.Class != channel.StopSender || !strings.Contains(failure.Message, "is not trusted")) {
			t.Errorf("%s: says %v", mode, failure)
		}
	}
	if len(server.received()) != 0 {
		t.Error("the message went out")
	}
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	for want, values := range map[string]map[string]string{
		"mail-demo: settings.host is missing; it is your e-mail provider's outgoing (SMTP) server":                                                {"from": "a@example.com"},
		"mail-demo: settings.from is missing; set it to the address people see as the sender, one the server allows you to use":                   {"host": "localhost"},
		"mail-demo: settings.from must be one address such as clinica@example.com or Clínica <clinica@example.com>":                               {"host": "localhost", "from": "a@example.com\r\nBcc: b@example.com"},
		"mail-demo: settings.base_url must look like smtp://mail.example.com:587 or smtps://mail.example.com":                                     {"base_url": "http://x", "from": "a@example.com"},
		"mail-demo: settings.port must be a number from 1 to 65535; usual are 587 and 465":                                                        {"host": "x", "port": "many"},
		"mail-demo: settings.tls must be mandatory, opportunistic, implicit or none":                                                              {"host": "x", "tls": "maybe"},
		"mail-demo: secrets.password is missing; you find it in the e-mail provider's account page; many want an app password here, not your own": {"host": "x", "username": "u"},
		"mail-demo: settings.auth must be auto, plain, login, cram-md5, scram-sha-256, xoauth2 or none":                                           {"host": "x", "auth": "magic"},
	} {
		_, err := smtp.New(channel.Settings{IntegrationID: "mail-demo", Values: values})
		var refusal *engine.Error
		if !errors.As(err, &refusal) || refusal.Code != engine.Invalid || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestNoWebhook(t *testing.T) {
	_, response, err := open(t, "127.0.0.1:1", nil, nil).Receive(channel.Request{Method: "POST"})
	var refusal *engine.Error
	if !errors.As(err, &refusal) || refusal.Code != engine.NotFound || response.Status != 404 {
		t.Errorf("got %+v, %v", response, err)
	}
}
