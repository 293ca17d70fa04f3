package infobip_test

import (
	"errors"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/infobip"
	"jornada/engine"
)

func TestMarkAsRead(t *testing.T) {
	channeltest.MarksRead(t, infobip.New, served.On(engine.WhatsApp).Fresh(), channeltest.ReadCase{
		ProviderID: "abc/1",
		Want: channeltest.Request{Method: "POST", Path: "/whatsapp/1/senders/" + sender + "/message/abc/1/read",
			Header: map[string]string{"Authorization": "App k-1"}},
		Answer: channeltest.Answer{Status: 204},
		Refuse: channeltest.Answer{Status: 404, Body: `{"error":"Not Found"}`},
	})
}

// An SMS has no ticks.
func TestNoTicksOnSMS(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{})
	marker := server.Open(t, infobip.New, served.On(engine.SMS).Fresh(), nil).(channel.ReadMarker)
	if err := marker.MarkRead(t.Context(), "abc"); err != nil || len(server.Requests()) != 0 {
		t.Errorf("%d calls: %v", len(server.Requests()), err)
	}
}

func TestMedia(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{Header: map[string]string{"Content-Type": "image/jpeg"}, Body: "jpeg"})
	source := server.Open(t, infobip.New, served.On(engine.WhatsApp).Fresh(), nil).(channel.MediaSource)
	sent := func(address string) *engine.IncomingMessage {
		return &engine.IncomingMessage{Type: "image", Media: &engine.MediaLink{Kind: "image", URL: address}}
	}
	file, err := source.Media(t.Context(), sent(server.URL+"/whatsapp/1/senders/1/media/2"))
	if err != nil || file.Type != "image/jpeg" || string(file.Body) != "jpeg" || server.Requests()[0].Header.Get("Authorization") != "App k-1" {
		t.Errorf("got %+v, %v", file, err)
	}
	var refusal *engine.Error
	elsewhere := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	if _, err := source.Media(t.Context(), sent(elsewhere+"/x")); !errors.As(err, &refusal) || refusal.Code != engine.Unavailable {
		t.Errorf("our key went to another host: %v", err)
	}
	if _, err := source.Media(t.Context(), &engine.IncomingMessage{Type: "text"}); !errors.As(err, &refusal) || refusal.Code != engine.NotFound {
		t.Errorf("got %v", err)
	}
	if n := len(server.Requests()); n != 1 {
		t.Errorf("%d calls", n)
	}
}
