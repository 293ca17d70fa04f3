package smtp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"jornada/activities/channel"
	"jornada/activities/channel/smtp"
)

// TestWaysBack: with a domain of ours, the envelope, the answers and the wish to
// leave are addresses that name the message; without one, nothing is.
func TestWaysBack(t *testing.T) {
	for name, c := range map[string]struct {
		values        map[string]string
		token         string
		from, replyTo string
		leave         string
	}{
		"ours":              {map[string]string{"inbound_domain": "Volta.example.com"}, "t0k", "bounce+t0k@volta.example.com", "<r+t0k@volta.example.com>", "<https://example.com/u/1>, <mailto:unsubscribe+t0k@volta.example.com?subject=unsubscribe>"},
		"not the envelope":  {map[string]string{"inbound_domain": "volta.example.com", "verp": "off"}, "t0k", "clinica@example.com", "<r+t0k@volta.example.com>", "<https://example.com/u/1>, <mailto:unsubscribe+t0k@volta.example.com?subject=unsubscribe>"},
		"no token":          {map[string]string{"inbound_domain": "volta.example.com"}, "", "clinica@example.com", "<contato@example.com>", "<https://example.com/u/1>"},
		"no domain of ours": {nil, "t0k", "clinica@example.com", "<contato@example.com>", "<https://example.com/u/1>"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, &mailServer{})
			out := letter()
			out.ReturnToken, out.Content.Category, out.UnsubscribeURL = c.token, "marketing", "https://example.com/u/1"
			receipt, err := open(t, server.address, c.values, nil).Send(context.Background(), out)
			if err != nil || receipt.ProviderID != "<msg_0191e180-aaaa@example.com>" {
				t.Fatalf("%+v, %v", receipt, err)
			}
			header, _, bodies := parse(t, server.received()[0])
			if from, _ := server.envelope(); from != c.from || header.Get("Reply-To") != c.replyTo || header.Get("List-Unsubscribe") != c.leave {
				t.Errorf("from %q, reply to %q, leave %q", from, header.Get("Reply-To"), header.Get("List-Unsubscribe"))
			}
			if header.Get("From") != `=?utf-8?q?Cl=C3=ADnica_Demo?= <clinica@example.com>` {
				t.Errorf("people see %q as the sender", header.Get("From"))
			}
			// A tapped answer is an e-mail to the same address.
			if !strings.Contains(bodies[1], "mailto:"+strings.Trim(c.replyTo, "<>")+"?") {
				t.Errorf("answers lead elsewhere:\n%s", bodies[1])
			}
		})
	}
	for field, values := range map[string]map[string]string{
		"settings.inbound_domain must be a domain": {"inbound_domain": "contato@example.com"},
		"settings.verp must be on or off":          {"verp": "maybe"},
	} {
		values["host"], values["from"] = "localhost", "a@example.com"
		if _, err := smtp.New(channel.Settings{Values: values}); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("got %v, want %s", err, field)
		}
	}
}

// TestTheAnswerAfterTheContent: the server's word on the final dot is the one that
// counts, however long it thinks; and however the conversation ends, a look at the
// server afterwards finds one copy, with the Message-ID that every copy would have.
func TestTheAnswerAfterTheContent(t *testing.T) {
	reply := func(code int, e gosmtp.EnhancedCode) error {
		return &gosmtp.SMTPError{Code: code, EnhancedCode: e, Message: "after the content"}
	}
	for name, c := range map[string]struct {
		data  error
		drop  string
		class channel.Class
		doubt channel.Doubt
		code  string
	}{
		"taken":              {nil, "", "", channel.Certain, ""},
		"later":              {reply(451, gosmtp.EnhancedCode{4, 7, 1}), "", channel.Throttle, channel.Certain, "451 4.7.1"},
		"no room":            {reply(452, gosmtp.EnhancedCode{4, 3, 1}), "", channel.Throttle, channel.Certain, "452 4.3.1"},
		"no such mailbox":    {reply(550, gosmtp.EnhancedCode{5, 1, 1}), "", channel.Suppress, channel.Certain, "550 5.1.1"},
		"not authenticated":  {reply(550, gosmtp.EnhancedCode{5, 7, 26}), "", channel.StopSender, channel.Certain, "550 5.7.26"},
		"refused as content": {reply(554, gosmtp.EnhancedCode{5, 6, 0}), "", channel.FixRequest, channel.Certain, "554 5.6.0"},
		"gone":               {nil, "data", channel.RetryLater, channel.Unclear, ""},
	} {
		t.Run(name, func(t *testing.T) {
			thinking, decided := make(chan struct{}), make(chan struct{})
			server := start(t, &mailServer{data: c.data, drop: c.drop, think: func() { close(thinking); <-decided }})
			sent := make(chan error, 1)
			go func() {
				_, err := open(t, server.address, nil, nil).Send(context.Background(), letter())
				sent <- err
			}()
			<-thinking
			select {
			case err := <-sent:
				t.Fatalf("it did not wait for the answer: %v", err)
			default:
			}
			close(decided)
			err := <-sent
			var failure *channel.SendError
			if errors.As(err, &failure) != (c.class != "") {
				t.Fatalf("got %v", err)
			}
			if failure != nil && (failure.Class != c.class || failure.Doubt != c.doubt || failure.Code != c.code) {
				t.Errorf("got %+v", failure)
			}
			if got := server.received(); len(got) != 1 || !strings.Contains(string(got[0]), "Message-ID: <msg_0191e180-aaaa@example.com>") {
				t.Errorf("a later look finds %d copies", len(got))
			}
		})
	}
}
