package activities_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"jornada/activities"
	"jornada/activities/channel"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// full is a store whose disk is full while gone is set.
type full struct {
	activities.Store
	gone atomic.Bool
}

var errFull = &engine.Error{Code: engine.Unavailable, Message: "the database has no space left", Err: errors.New("SQLITE_FULL")}

func (f *full) FinishMessage(ctx context.Context, id engine.MessageID, token string, u engine.MessageUpdate) (bool, error) {
	if f.gone.Load() {
		return false, errFull
	}
	return f.Store.FinishMessage(ctx, id, token, u)
}

// The disk fills up while the provider takes a message: what it said is written
// down as soon as there is room, although the step has gone on; nobody is called
// again and nothing stays in doubt.
func TestAnOutcomeIsWrittenWhenThereIsRoom(t *testing.T) {
	for name, err := range map[string]error{
		"accepted": nil, "refused": &channel.SendError{Class: channel.SwitchChannel, Code: "21614"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t))
			disk := &full{Store: w.store}
			w.config.Store = disk
			w.restart()
			w.sms.send = func(context.Context, channel.Outbound) (channel.Receipt, error) {
				disk.gone.Store(true)
				return channel.Receipt{ProviderID: "SM1"}, err
			}
			in := w.input("plain")
			_, _ = w.SendMessage(w.ctx, in)
			if m := w.only(); m.Status != engine.Sending {
				t.Fatalf("with the disk full it is %s", m.Status)
			}
			disk.gone.Store(false)
			want := engine.Accepted
			if err != nil {
				want = engine.Failed
			}
			for deadline := time.Now().Add(time.Minute); w.only().Status != want; <-time.After(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("with room again it is %s", w.only().Status)
				}
			}
			if n := len(w.sms.sent()); n != 1 {
				t.Errorf("%d calls", n)
			}
		})
	}
}
