package gupshup_test

import (
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
)

// TestVersionThree: Meta's envelope, in which Gupshup's ids are the ones we know.
func TestVersionThree(t *testing.T) {
	provider := stage.Open(t)
	settings := stage.Fresh()
	call := func(app, number, rest string) channel.Request {
		return post(`{"gs_app_id":"` + app + `","object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{
			"messaging_product":"whatsapp","metadata":{"display_phone_number":"` + number + `","phone_number_id":"106540352242922"},` + rest + `}}]}]}`)
	}
	app, source := settings.Values["app_id"], strings.TrimPrefix(settings.Values["source"], "+")
	said := `"contacts":[{"profile":{"name":"Ana"},"wa_id":"5511987654321"}],"messages":[{"from":"5511987654321","id":"wamid.in","timestamp":"1749416383",`
	status := func(word, more string) string {
		return `"statuses":[{"gs_id":"ee4a68a0-1203-4c85-8dc3-49d0b3226a35","id":"wamid.out","recipient_id":"5511987654321","status":"` + word + `","timestamp":"1749416384"` + more + `}]`
	}
	known := func(word string, more ...any) map[string]any {
		e := map[string]any{"kind": "status", "status": word, "provider_message_id": "ee4a68a0-1203-4c85-8dc3-49d0b3226a35", "timestamp": 1749416384}
		for i := 0; i+1 < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return e
	}
	other := map[string]any{"kind": "other"}
	var cases []channeltest.IncomingCase
	for name, c := range map[string]struct {
		call channel.Request
		want map[string]any
	}{
		"a text": {call(app, source, said+`"type":"text","text":{"body":"Oi"}}]`), map[string]any{
			"kind": "message", "type": "text", "text": "Oi", "from_phone": "5511987654321", "account": source, "provider_message_id": "wamid.in", "opens_customer_service_window": true}},
		"a tapped button knows its message by Gupshup's id": {call(app, source, said+`"context":{"from":"1","id":"wamid.out","gs_id":"ee4a68a0-1203-4c85-8dc3-49d0b3226a35","meta_msg_id":"wamid.out"},"type":"button","button":{"payload":"jr1|e|s|0|yes","text":"Sim"}}]`),
			map[string]any{"kind": "message", "reply_payload": "jr1|e|s|0|yes", "context_message_id": "ee4a68a0-1203-4c85-8dc3-49d0b3226a35"}},
		"enqueued":               {call(app, source, status("enqueued", "")), known("accepted")},
		"sent":                   {call(app, source, status("sent", `,"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}`)), known("sent", "pricing", map[string]any{"category": "utility", "type": "regular"})},
		"read":                   {call(app, source, status("read", "")), known("read")},
		"failed":                 {call(app, source, status("failed", `,"errors":[{"code":131049,"title":"x"}]`)), known("failed", "error_codes", []any{131049})},
		"an old message":         {call(app, source, strings.Replace(status("delivered", ""), `"gs_id":"ee4a68a0-1203-4c85-8dc3-49d0b3226a35",`, "", 1)), map[string]any{"kind": "status", "provider_message_id": "wamid.out"}},
		"another app":            {call("00000000-0000-0000-0000-000000000000", source, status("sent", "")), other},
		"no app, by number":      {call("", source, status("sent", "")), known("sent")},
		"no app, another number": {call("", "15550000000", status("sent", "")), other},
	} {
		cases = append(cases, channeltest.IncomingCase{Name: name, Request: c.call, Want: []map[string]any{c.want}})
	}
	channeltest.Incoming(t, provider, cases)
}
