//go:build e2e

package smpp

import (
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// TestAgainstNPM: a third implementation, the SMSC of the npm package smpp. It
// needs node and npm's registry.
func TestAgainstNPM(t *testing.T) {
	port, err := channeltest.NPM(t, "smsc.js").ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}

	w := newWorld(t, nil)
	settings := w.smsc.settings(map[string]string{"port": strings.TrimSpace(port), "message_ids": idsHexDecimal})
	w.mu.Lock()
	w.integration.Settings = settings.Values
	w.mu.Unlock()
	if w.driver, err = New(w.Exchange)(settings); err != nil {
		t.Fatal(err)
	}
	w.follow(t.Context())
	for _, text := range []string{"Ola, Ana!", "não às 10h", strings.Repeat("x", 200)} {
		answer := send(t.Context(), w.driver, textTo(text))
		var got sent
		select {
		case got = <-answer:
		case <-time.After(patience):
			t.Fatal("no answer")
		}
		if got.err != nil || got.receipt.ProviderID == "" {
			t.Fatalf("%q: %+v", text, got)
		}
		if e := w.event(t); e.Kind != engine.StatusUpdate || e.Status.Status != engine.Delivered || e.Status.ProviderID != got.receipt.ProviderID || e.Status.Ref != "msg_1" {
			t.Errorf("%q: the receipt became %+v %+v", text, e, e.Status)
		}
		last := text[max(0, len(text)-47):]
		if e := w.event(t); e.Kind != engine.InboundMessage || !strings.HasSuffix(e.Message.Text, last) || !strings.HasPrefix(e.Message.Text, "recebi: ") {
			t.Errorf("%q: the answer became %+v %+v", text, e, e.Message)
		}
	}
	if err := w.driver.(channel.Tester).Test(t.Context()); err != nil {
		t.Error(err)
	}
}
