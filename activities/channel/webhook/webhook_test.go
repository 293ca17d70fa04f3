package webhook_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// TestDoor: what is not proved is not even read.
func TestDoor(t *testing.T) {
	yes, no := func(channel.Request) bool { return true }, func(channel.Request) bool { return false }
	call := func(method, kind, body string) channel.Request {
		return channel.Request{Method: method, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}
	}
	for name, c := range map[string]struct {
		request channel.Request
		proved  func(channel.Request) bool
		want    int
	}{
		"let in":         {call("POST", "application/json; charset=utf-8", `{}`), yes, 200},
		"a GET":          {call("GET", "", ""), yes, 405},
		"a form":         {call("POST", "application/x-www-form-urlencoded", "a=1"), yes, 415},
		"not proved":     {call("POST", "", `{`), no, 401},
		"a forged form":  {call("POST", "application/x-www-form-urlencoded", "a=1"), no, 401},
		"not readable":   {call("POST", "", `{`), yes, 400},
		"nested too far": {call("POST", "", strings.Repeat("[", 1000)+strings.Repeat("]", 1000)), yes, 400},
	} {
		response, err := webhook.Door(c.request, "Acme", c.proved)
		if response.Status != c.want || (err == nil) != (c.want == 200) || errors.Is(err, channel.ErrSignature) != (c.want == 401) {
			t.Errorf("%s: %d, %v", name, response.Status, err)
		}
	}
	if !webhook.Readable([]byte(`{"a": "[[[\"{{"}`)) {
		t.Error("brackets inside a text do not nest")
	}
}

func TestText(t *testing.T) {
	var got []webhook.Text
	if err := json.Unmarshal([]byte(`["a",17,1.50,true,null,{"a":1},[1],"\u00e9",12345678901234567890]`), &got); err != nil {
		t.Fatal(err)
	}
	if want := []webhook.Text{"a", "17", "1.50", "true", "", "", "", "é", "12345678901234567890"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if got := webhook.First(got[4], got[1], got[0]); got != "17" {
		t.Errorf("first %q", got)
	}
}

func TestMoment(t *testing.T) {
	seconds, whole := time.Date(2025, 6, 8, 21, 0, 0, 0, time.UTC), time.Date(2019, 4, 9, 19, 1, 56, 494_000_000, time.UTC)
	for given, want := range map[string]time.Time{
		"1749416400": seconds, "1749416400123": seconds.Add(123 * time.Millisecond),
		"2019-04-09T16:01:56.494-0300": whole, "2019-04-09T19:01:56.494Z": whole, "2019-04-09T16:01:56.494-03:00": whole,
		"": {}, "-1": {}, "17": {}, "yesterday": {}, "20260302130445": {}, "99999999999999999": {}, "0001-01-01T00:00:00Z": {},
	} {
		if got := webhook.Moment(given); !got.Equal(want) || !got.IsZero() && got.Location() != time.UTC {
			t.Errorf("%q is %v", given, got)
		}
	}
}

func TestBatch(t *testing.T) {
	b := webhook.NewBatch(channel.Settings{IntegrationID: "wa"}, engine.WhatsApp)
	b.Other([]byte(`{"a":1}`))
	b.Other([]byte(`{"a":1}`))
	b.Add(engine.InboundEvent{Key: "k", Kind: engine.InboundMessage})
	events := b.Events()
	if len(events) != 2 || events[0].IntegrationID != "wa" || events[1].Channel != engine.WhatsApp || events[0].Kind != engine.OtherEvent {
		t.Errorf("got %+v", events)
	}
	if webhook.HashKey([]byte("ab"), []byte("c")) == webhook.HashKey([]byte("a"), []byte("bc")) {
		t.Error("two things have one key")
	}
}
