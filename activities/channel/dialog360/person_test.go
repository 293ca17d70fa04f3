package dialog360_test

import (
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/dialog360"
	"jornada/engine"
)

func TestMarkAsRead(t *testing.T) {
	channeltest.MarksRead(t, dialog360.New, stage.Fresh(), channeltest.ReadCase{
		ProviderID: "wamid.B",
		Want: channeltest.Request{Method: "POST", Path: "/messages", Header: map[string]string{"D360-API-KEY": "demo-key"},
			JSON: `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.B"}`},
		Answer: channeltest.Answer{Body: `{"success":true}`},
		Refuse: channeltest.Answer{Status: 400, Body: `{"error":{"code":131009}}`},
	})
}

// A file's record names Meta's host, which our key does not open: 360dialog's does.
func TestMedia(t *testing.T) {
	server := channeltest.NewServer(t,
		channeltest.Answer{Body: `{"url":"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&hash=a%2Fb","mime_type":"image/png","file_size":3}`},
		channeltest.Answer{Header: map[string]string{"Content-Type": "image/png"}, Body: "png"})
	source := server.Open(t, dialog360.New, stage.Fresh(), nil).(channel.MediaSource)
	file, err := source.Media(t.Context(), &engine.IncomingMessage{Type: "image", MediaID: "987"})
	if err != nil || file.Type != "image/png" || string(file.Body) != "png" {
		t.Fatalf("got %+v, %v", file, err)
	}
	calls := server.Requests()
	if len(calls) != 2 || calls[0].URL.Path != "/987" || calls[1].URL.RequestURI() != "/whatsapp_business/attachments/?mid=1&hash=a%2Fb" || calls[1].Header.Get("D360-Api-Key") != "demo-key" {
		t.Errorf("calls %+v", calls)
	}
}
