package activities_test

import (
	"context"
	"errors"
	"testing"

	"jornada/activities/channel"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// From Drain on no call begins; one under way ends and is written down.
func TestDrain(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.sms.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
		w.Drain()
		return channel.Receipt{ProviderID: "SM1"}, nil
	}
	r, err := w.SendMessage(w.ctx, w.input("plain"))
	w.must(err)
	if m := w.message(r.MessageID); m.Status != engine.Accepted || m.ProviderID != "SM1" {
		t.Errorf("the call under way: %s", m.Status)
	}
	in := w.input("plain")
	in.Visit = 1
	_, err = w.SendMessage(w.ctx, in)
	var refusal *engine.Error
	if !errors.As(err, &refusal) || refusal.Code != engine.Unavailable {
		t.Errorf("a new one: %v", err)
	}
	if n := len(w.sms.sent()); n != 1 {
		t.Errorf("%d calls", n)
	}
}
