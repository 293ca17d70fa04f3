package activities_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/activities/channel/meta"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// The real WhatsApp driver against a server that breaks the connection at every
// point: before the request is read, after it was taken, by never answering, by
// refusing. Whatever happens, a message is one POST, or one more only after a
// refusal that proves nothing was taken.
func TestSendOverTheWire(t *testing.T) {
	cut := func(rw http.ResponseWriter) {
		if conn, _, err := rw.(http.Hijacker).Hijack(); err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	ok := `{"messaging_product":"whatsapp","contacts":[{"input":"+5511987654321","wa_id":"5511987654321"}],"messages":[{"id":"wamid.1"}]}`
	cases := []struct {
		name  string
		first func(rw http.ResponseWriter, r *http.Request)
		posts int32 // in the end
		end   activities.SendStatus
	}{
		{"reset before the body was read", func(rw http.ResponseWriter, _ *http.Request) { cut(rw) }, 1, activities.SendUnconfirmed},
		{"reset after it was accepted", func(rw http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body); cut(rw) }, 1, activities.SendUnconfirmed},
		{"accepted, then silence", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}, 1, activities.SendUnconfirmed},
		{"500 without a word", func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }, 1, activities.SendUnconfirmed},
		{"throttled, then accepted", func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(rw, `{"error":{"code":130429,"message":"Rate limit hit"}}`)
		}, 2, activities.SendAccepted},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			var posts atomic.Int32
			warm := true
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if !warm && posts.Add(1) == 1 {
					c.first(rw, r)
					return
				}
				_, _ = io.ReadAll(r.Body)
				_, _ = io.WriteString(rw, ok)
			}))
			defer server.Close()
			driver, err := meta.New(channel.Settings{
				IntegrationID: "wa", Channel: engine.WhatsApp, Clock: w.clock,
				Values:  map[string]string{"base_url": server.URL, "phone_number_id": "1234567890"},
				Secrets: map[string]string{"token": "t", "app_secret": "s", "verify_token": "v"},
			})
			if err != nil {
				t.Fatal(err)
			}
			w.wa.channel, w.wa.send = driver.Capabilities(), driver.Send
			w.restart()
			w.expect(w.input("confirm"), activities.SendAccepted, "") // the connection is warm now
			warm = false
			if c.end == activities.SendUnconfirmed {
				w.config.SendTimeout = 200 * time.Millisecond // what is accepted may take a busy machine's time
				w.restart()
			}
			in := w.input("confirm")
			in.Visit = 1
			var last activities.SendResult
			for range 5 {
				if last = w.send(in); last.Status != activities.SendRetry {
					break
				}
				w.clock.Advance(last.RetryAt.Sub(w.clock.Now()))
			}
			again := w.send(in)
			if last.Status != c.end || again.Status != c.end && again.Status != activities.SendRetry || posts.Load() != c.posts {
				t.Errorf("%s, then %s, after %d POSTs; want %s after %d", last.Status, again.Status, posts.Load(), c.end, c.posts)
			}
		})
	}
}

func TestResend(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wa.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
			return channel.Receipt{}, &channel.SendError{Doubt: channel.Unclear}
		}
		r := w.expect(w.input("confirm"), activities.SendUnconfirmed, "")
		w.clock.Advance(time.Hour)
		if n, err := w.Sweep(w.ctx); n != 1 || err != nil {
			t.Fatalf("swept %d, %v", n, err)
		}
		w.wa.send = nil
		w.must2(w.store.EndEnrollment(w.ctx, "enr_1", engine.Completed, "completed", ""))
		m := w.message(r.MessageID)
		w.must(w.Resend(w.ctx, m))
		calls := w.wa.sent()
		if len(calls) != 2 || calls[0].Ref == calls[1].Ref || pretty(calls[0].Content) != pretty(calls[1].Content) {
			t.Errorf("calls %s", pretty(calls))
		}
		var refusal *engine.Error
		// Whoever opted out meanwhile is not reached by a button either.
		w.change(func(c *engine.Contact) { c.OptIn[engine.WhatsApp] = false })
		m.Visit = 1
		if err := w.Resend(w.ctx, m); !errors.As(err, &refusal) || refusal.Code != engine.Conflict || !strings.Contains(err.Error(), "opted_out") {
			t.Errorf("after the opt-out: %v", err)
		}
		w.change(func(c *engine.Contact) { c.OptIn[engine.WhatsApp] = true })
		w.must2(w.store.SetIntegrationState(w.ctx, "wa", engine.IntegrationChange{State: engine.Disabled, By: "maria"}))
		m.Visit = 2
		if err := w.Resend(w.ctx, m); !errors.As(err, &refusal) || refusal.Code != engine.Unavailable {
			t.Errorf("on a disabled channel: %v", err)
		}
		list, _, _ := w.store.Messages(w.ctx, engine.MessageFilter{EnrollmentID: "enr_1", Status: engine.Queued})
		if len(list) != 0 || len(w.wa.sent()) != 2 {
			t.Errorf("%d queued, %d calls", len(list), len(w.wa.sent()))
		}
	})
}

// Every e-mail carries a name by which it is found again when it comes back, and
// nothing but e-mail does.
func TestMailFindsItsWayBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.config.MailKeys = w.store.MailKeys
		w.restart()
		w.expect(w.input("mail"), activities.SendAccepted, "")
		w.expect(w.input("promo"), activities.SendAccepted, "")
		mail, chat := w.email.sent()[0], w.wa.sent()[0]
		keys, err := w.store.MailKeys(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := keys.Open(mail.ReturnToken); !ok || string(id) != mail.Ref {
			t.Errorf("the e-mail %s is called %q, which is %s", mail.Ref, mail.ReturnToken, id)
		}
		if chat.ReturnToken != "" {
			t.Error("a WhatsApp message comes back by e-mail")
		}
	})
}

// Marketing e-mail carries a link that takes the permission back, and the
// language of the few words its driver adds; nothing else carries one.
func TestMarketingMailCanBeStopped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.config.PublicURL, w.config.UnsubscribeKeys = "https://jornada.example/", w.store.UnsubscribeKeys
		w.restart()
		visit := 0
		link := func(step string) (url, locale string) {
			visit++
			in := w.input(step)
			in.Visit = visit
			w.expect(in, activities.SendAccepted, "")
			sent := append(w.email.sent(), w.wa.sent()...)
			return sent[len(sent)-1].UnsubscribeURL, sent[len(sent)-1].Locale
		}
		if url, locale := link("mail"); url != "" || locale != "pt-BR" {
			t.Errorf("a utility e-mail carries the link %q, language %q", url, locale)
		}
		w.plan.Category = "marketing"
		w.change(func(c *engine.Contact) { c.Locale = "en-US" })
		url, locale := link("mail")
		if locale != "en-US" {
			t.Errorf("the driver's words are in %q, want the contact's language", locale)
		}
		token, ours := strings.CutPrefix(url, "https://jornada.example/u/")
		keys, err := w.store.UnsubscribeKeys(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := keys.Open(token); !ours || !ok || got != (engine.Withdrawal{ContactID: "ana", Channel: engine.Email, Purpose: "marketing"}) {
			t.Errorf("marketing e-mail carries the link %q, which takes back %+v (%v)", url, got, ok)
		}
		if url, _ := link("promo"); url != "" {
			t.Errorf("a WhatsApp message carries the link %q", url)
		}
		if strings.Contains(w.logs.String(), token) {
			t.Error("the log holds the link")
		}
	})
}
