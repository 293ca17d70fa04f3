package mailserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"jornada/engine"
	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// office is a mail server on loopback, on a real database, and what it delivered.
type office struct {
	*testing.T
	db      *store.Store
	keys    engine.MailKeys
	address string

	mu     sync.Mutex
	events []engine.InboundEvent
	down   error // of the store
}

func open(t *testing.T, c Config) *office {
	t.Helper()
	o := &office{T: t, db: storetest.SQLite(t)(t, store.Options{})}
	for id, domain := range map[engine.IntegrationID]string{"mail": "send.example.com", "other": "else.example.com", "plain": ""} {
		_, err := o.db.PutIntegration(t.Context(), &engine.Integration{ID: id, Provider: "smtp", Channel: engine.Email, State: engine.Enabled, Settings: map[string]string{
			"inbound_domain": domain, "from": "Clínica <news@" + domain + ">", "reply_to": "Contato@" + domain}})
		require.NoError(t, err)
	}
	var err error
	o.keys, err = o.db.MailKeys(t.Context())
	require.NoError(t, err)
	c.Store, c.Deliver = o.db, o.deliver
	server, err := New(c)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-served) })
	return o
}

func (o *office) deliver(ctx context.Context, events []engine.InboundEvent) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down != nil {
		return o.down
	}
	for i := range events {
		fresh, err := o.db.InsertEvent(ctx, &events[i])
		if err != nil {
			return err
		}
		if fresh {
			o.events = append(o.events, events[i])
		}
	}
	return nil
}

// came are the events since the last look.
func (o *office) came() []engine.InboundEvent {
	o.mu.Lock()
	defer o.mu.Unlock()
	events := o.events
	o.events = nil
	return events
}

// one is the only event since the last look.
func (o *office) one() engine.InboundEvent {
	o.Helper()
	events := o.came()
	require.Len(o, events, 1)
	return events[0]
}

// letter is one that went out to somebody.
func (o *office) letter(id engine.MessageID, to, providerID string) string {
	o.Helper()
	_, err := o.db.PutContact(o.Context(), &engine.Contact{ID: "ana", Attributes: map[string]any{}, OptIn: map[engine.Channel]bool{},
		Addresses: []engine.Address{{Kind: engine.EmailAddress, Value: to}}})
	require.NoError(o, err)
	_, err = o.db.InsertMessage(o.Context(), &engine.Message{ID: id, ContactID: "ana", IntegrationID: "mail", Provider: "smtp", Channel: engine.Email,
		To: engine.Address{Kind: engine.EmailAddress, Value: to}, Status: engine.Accepted, ProviderID: providerID, Category: "marketing"})
	require.NoError(o, err)
	return o.keys.Token(id)
}

// send hands a mail over and says how the server answered: 250, or the refusal.
func (o *office) send(from, raw string, to ...string) int {
	o.Helper()
	c, err := smtp.Dial(o.address)
	require.NoError(o, err)
	defer c.Close()
	err = c.SendMail(from, to, strings.NewReader(strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\n", "\r\n")))
	var refusal *smtp.SMTPError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	require.NoError(o, err)
	return 250
}

const one = engine.MessageID("msg_11111111111111111111111111111111")

// TestPublishedReports: the vectors, by the envelope's token and by Message-ID alone.
func TestPublishedReports(t *testing.T) {
	var published struct {
		Cases []struct {
			ID, Raw string
			Expect  map[string]any
		}
	}
	raw, err := os.ReadFile("testdata/email-bounces.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &published))
	for _, c := range published.Cases {
		for _, by := range []string{"token", "message id"} {
			t.Run(c.ID+" by "+by, func(t *testing.T) {
				o := open(t, Config{})
				to, id := "bounce@send.example.com", c.Expect["original_message_id"].(string)
				if by == "token" {
					id = ""
				}
				token := o.letter(one, "ana@dest.example", id)
				if by == "token" {
					to = "bounce+" + token + "@send.example.com"
				}
				require.Equal(t, 250, o.send("", c.Raw, to))
				e := o.one()
				require.Equal(t, engine.IntegrationID("mail"), e.IntegrationID)
				require.Equal(t, engine.Email, e.Channel)
				require.Equal(t, string(one), e.Status.Ref)
				require.Equal(t, []engine.Address{{Kind: engine.EmailAddress, Value: c.Expect["recipient"].(string)}}, e.Status.Recipient)
				require.Equal(t, c.Expect["status"], e.Data["status"])
				require.Equal(t, c.Expect["kind"], e.Data["report"])
				if c.Expect["kind"] == "delay" {
					require.Equal(t, engine.StatusUpdate, e.Kind, "delayed is no bounce")
					require.Equal(t, engine.Accepted, e.Status.Status)
					return
				}
				require.Equal(t, engine.Bounce, e.Kind)
				require.Equal(t, c.Expect["bounce"], e.Data["bounce"])
				require.Equal(t, engine.Failed, e.Status.Status)
				require.Equal(t, []string{c.Expect["status"].(string)}, e.Status.ErrorCodes)
				require.Equal(t, c.Expect["bounce"] == "hard", e.Data["suppress"] == true)
				require.NotContains(t, e.Status.ErrorDetail, "@")
				// The same report again, by another way.
				require.Equal(t, 250, o.send("", "Received: from b\r\n"+c.Raw, to))
				require.Empty(t, o.came())
			})
		}
	}
}

func TestAddressesThatAreOurs(t *testing.T) {
	o := open(t, Config{})
	token := o.letter(one, "ana@dest.example", "")
	stranger, err := engine.NewMailKeys("default", []byte("some other secret of the same length"))
	require.NoError(t, err)
	c, err := smtp.Dial(o.address)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Mail("ana@dest.example", nil))
	for to, want := range map[string]int{
		"bounce+" + token + "@send.example.com":                  250,
		"BOUNCE+" + strings.ToUpper(token) + "@SEND.example.com": 250,
		"r+" + token + "@send.example.com":                       250,
		"unsubscribe+" + token + "@send.example.com":             250,
		"bounce@send.example.com":                                250,
		"abuse@send.example.com":                                 250,
		"contato@send.example.com":                               250,
		"news@send.example.com":                                  550,
		"x+" + token + "@send.example.com":                       550,
		"r+@send.example.com":                                    550,
		"r+j1.c42@send.example.com":                              550,
		"r+" + stranger.Token(one) + "@send.example.com":         550,
		"r+" + token + "@example.com":                            550,
		"r+" + token + "@evil.send.example.com":                  550,
		"contato@else.example.com":                               250, // another sender's domain, in a mail of its own
		"contato@":                                               501,
		"root@localhost":                                         550,
	} {
		err := c.Rcpt(to, nil)
		var refusal *smtp.SMTPError
		got := 250
		if errors.As(err, &refusal) {
			got = refusal.Code
		}
		require.Equal(t, want, got, "%s: %v", to, err)
	}
}

func TestAnswers(t *testing.T) {
	o := open(t, Config{})
	const providerID = "<msg_11111111111111111111111111111111@send.example.com>"
	token := o.letter(one, "Ana@dest.example", providerID)
	const words = "Subject: Re: Oi\nMessage-ID: <a1@dest.example>\nContent-Type: text/plain; charset=utf-8\n\nSim, às 10h\n\nEm 20 de nov., Clínica <x@y.example> escreveu:\n> Oi\n"
	ana := []engine.Address{{Kind: engine.EmailAddress, Value: "ana@dest.example"}}
	for name, c := range map[string]struct {
		from, header, to string
		code             int
	}{
		"by token":                          {"Ana <ana@dest.example>", "", "r+" + token + "@send.example.com", 250},
		"by token, from elsewhere":          {"Ana <ana@trabalho.example>", "", "r+" + token + "@send.example.com", 250},
		"to the envelope's address":         {"ana@dest.example", "", "bounce+" + token + "@send.example.com", 250},
		"by In-Reply-To":                    {"ANA@dest.example", "In-Reply-To: " + providerID + "\n", "contato@send.example.com", 250},
		"by References":                     {"ana@dest.example", "References: <x@y.example> " + providerID + "\n", "contato@send.example.com", 250},
		"somebody else with our Message-ID": {"eva@dest.example", "In-Reply-To: " + providerID + "\n", "contato@send.example.com", 550},
		"about nothing":                     {"ana@dest.example", "", "contato@send.example.com", 550},
		"about a letter of nobody":          {"ana@dest.example", "In-Reply-To: <msg_99999999999999999999999999999999@send.example.com>\n", "contato@send.example.com", 550},
		"to another sender's domain":        {"ana@dest.example", "In-Reply-To: " + providerID + "\n", "contato@else.example.com", 550},
	} {
		t.Run(name, func(t *testing.T) {
			raw := "From: " + c.from + "\nX-Case: " + name + "\n" + c.header + strings.Replace(words, "a1@", strings.ReplaceAll(name, " ", "")+"@", 1)
			require.Equal(t, c.code, o.send("ana@dest.example", raw, c.to))
			if c.code != 250 {
				require.Empty(t, o.came())
				return
			}
			e := o.one()
			require.Equal(t, engine.InboundMessage, e.Kind)
			require.Equal(t, engine.ContactID("ana"), e.ContactID)
			require.Equal(t, ana, e.From, "no address is learnt from a header")
			require.Equal(t, engine.IntegrationID("mail"), e.IntegrationID)
			require.Equal(t, "Sim, às 10h", e.Message.Text)
			require.Equal(t, providerID, e.Message.ContextID)
			require.True(t, e.Message.CanAnswer())
			var kept struct{ Mail []byte }
			require.NoError(t, json.Unmarshal(e.Raw, &kept))
			require.Contains(t, string(kept.Mail), "X-Case: "+name, "the mail is kept as it came")
			require.Equal(t, 250, o.send("ana@dest.example", raw, c.to))
			require.Empty(t, o.came(), "the same mail again is no news")
		})
	}
}

// A letter in doubt is proved by its answer, also where nobody heard its id.
func TestAnswerToALetterInDoubt(t *testing.T) {
	o := open(t, Config{})
	token := o.letter(one, "ana@dest.example", "")
	require.Equal(t, 250, o.send("ana@dest.example", "From: ana@dest.example\n\nSim\n", "r+"+token+"@send.example.com"))
	events := o.came()
	require.Len(t, events, 2)
	require.Equal(t, engine.InboundMessage, events[0].Kind)
	require.Equal(t, &engine.IncomingStatus{Ref: string(one), Status: engine.Delivered}, events[1].Status)
	require.NotEqual(t, events[0].Key, events[1].Key)
	// And one to a letter that the database has forgotten is heard all the same.
	lost := o.keys.Token("msg_22222222222222222222222222222222")
	require.Equal(t, 250, o.send("ana@dest.example", "From: Ana <ana@dest.example>\n\nSim\n", "r+"+lost+"@send.example.com"))
	e := o.one()
	require.Equal(t, []engine.Address{{Kind: engine.EmailAddress, Value: "ana@dest.example"}}, e.From)
	require.Empty(t, e.Message.ContextID)
}

func TestMachinesDoNotAnswer(t *testing.T) {
	o := open(t, Config{})
	token := o.letter(one, "ana@dest.example", "")
	for header, from := range map[string]string{
		"Auto-Submitted: auto-replied": "ana@dest.example", "X-Autoreply: yes": "ana@dest.example",
		"Precedence: bulk": "ana@dest.example", "X-Nothing: x": "",
	} {
		require.Equal(t, 250, o.send(from, "From: ana@dest.example\n"+header+"\nSubject: Férias\n\nSim, volto dia 10\n", "r+"+token+"@send.example.com"))
		e := o.one()
		require.Equal(t, engine.OtherEvent, e.Kind, header)
		require.Nil(t, e.Message)
		require.NotEmpty(t, e.Raw)
	}
	require.Equal(t, 550, o.send("", "From: eva@dest.example\nAuto-Submitted: auto-replied\n\nFérias\n", "contato@send.example.com"))
}

func TestLeaving(t *testing.T) {
	o := open(t, Config{})
	token := o.letter(one, "ana@dest.example", "")
	for _, header := range []string{"X-By: hand", "Auto-Submitted: auto-generated"} { // mail programs press for people
		require.Equal(t, 250, o.send("ana@dest.example", "From: ana@outra.example\nSubject: unsubscribe\n"+header+"\n\n\n", "unsubscribe+"+token+"@send.example.com"))
		e := o.one()
		require.Equal(t, engine.Unsubscribe, e.Kind)
		require.Equal(t, engine.ContactID("ana"), e.ContactID)
		require.Equal(t, "marketing", e.Data["purpose"])
	}
}

func TestComplaints(t *testing.T) {
	o := open(t, Config{})
	token := o.letter(one, "ana@dest.example", "")
	arf := func(kind, mailFrom string) string {
		return "From: fbl@isp.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nabuse\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: " + kind +
			"\nVersion: 1\nOriginal-Rcpt-To: eva@dest.example\n" + mailFrom + "\n--b\nContent-Type: message/rfc822\n\nSubject: Oi\n\nx\n--b--\n"
	}
	require.Equal(t, 250, o.send("fbl@isp.example", arf("abuse", "Original-Mail-From: bounce+"+token+"@send.example.com\n"), "abuse@send.example.com"))
	e := o.one()
	require.Equal(t, engine.Complaint, e.Kind)
	require.Equal(t, []engine.Address{{Kind: engine.EmailAddress, Value: "ana@dest.example"}}, e.From, "who the letter went to, not who the report names")
	// Nobody is suppressed by a report that proves nothing.
	require.Equal(t, 250, o.send("fbl@isp.example", arf("abuse", ""), "abuse@send.example.com"))
	require.Equal(t, engine.OtherEvent, o.one().Kind)
	require.Equal(t, 550, o.send("fbl@isp.example", arf("not-spam", ""), "abuse@send.example.com"))
}

// What is not stored was not taken.
func TestDurableBefore250(t *testing.T) {
	o := open(t, Config{})
	token := o.letter(one, "ana@dest.example", "<a@b.example>")
	o.down = errors.New("the disk is on fire")
	require.Equal(t, 451, o.send("ana@dest.example", "From: ana@dest.example\n\nSim\n", "r+"+token+"@send.example.com"))
	require.Empty(t, o.came())
	o.down = nil
	require.Equal(t, 250, o.send("ana@dest.example", "From: ana@dest.example\n\nSim\n", "r+"+token+"@send.example.com"))
	stored, err := o.db.Event(t.Context(), o.one().ID)
	require.NoError(t, err)
	require.Equal(t, "Sim", stored.Message.Text)
}

func TestBounds(t *testing.T) {
	o := open(t, Config{MessageMax: 2000, RecipientsMax: 2})
	token := o.letter(one, "ana@dest.example", "<a@b.example>")
	to := "r+" + token + "@send.example.com"
	require.Equal(t, 552, o.send("ana@dest.example", "From: ana@dest.example\n\n"+strings.Repeat("Sim\n", 1000), to))
	require.Equal(t, 554, o.send("ana@dest.example", "this is no header\n\nSim\n", to))
	require.Equal(t, 452, o.send("ana@dest.example", "From: ana@dest.example\n\nSim\n", to, to, to))
	require.Empty(t, o.came())
	require.Equal(t, 250, o.send("ana@dest.example", "From: ana@dest.example\n\nSim\n", to, "contato@send.example.com"))
	require.Len(t, o.came(), 1)
}

func TestConnectionsAreCounted(t *testing.T) {
	o := open(t, Config{ConnectionsMax: 2, IdleTimeout: 300 * time.Millisecond})
	dial := func() net.Conn {
		c, err := net.Dial("tcp", o.address)
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	idle, also := dial(), dial()
	for _, c := range []net.Conn{idle, also} {
		line := make([]byte, 3)
		_, err := io.ReadFull(c, line)
		require.NoError(t, err)
		require.Equal(t, "220", string(line))
	}
	said, err := io.ReadAll(dial())
	require.NoError(t, err)
	require.Contains(t, string(said), "421 4.3.2")
	// Whoever says nothing is sent away.
	said, err = io.ReadAll(idle)
	require.NoError(t, err)
	require.Contains(t, string(said), "421 4.4.2")
}

func TestALifeOfItsOwn(t *testing.T) {
	o := open(t, Config{SessionTimeout: 50 * time.Millisecond})
	c, err := net.Dial("tcp", o.address)
	require.NoError(t, err)
	defer c.Close()
	said, _ := io.ReadAll(c) // returns when the server closes
	require.True(t, strings.HasPrefix(string(said), "220 "))
}

func TestConfig(t *testing.T) {
	_, err := New(Config{})
	require.EqualError(t, err, "the mail server needs Config.Store and Config.Deliver")
}
