package meta_test

import (
	"testing"

	"jornada/activities/channel/channeltest"
)

// TestKindsOfMessages are what people do and the published calls of testdata do not show,
// each in Meta's shape (developers.facebook.com/documentation/business-messaging/whatsapp/
// webhooks/reference/messages and …/business-scoped-user-ids).
func TestKindsOfMessages(t *testing.T) {
	type fields = map[string]any
	file := func(kind, id, mime string) fields {
		return fields{"kind": kind, "id": id, "mime_type": mime}
	}
	said := func(rest string) string {
		return `"contacts":[{"profile":{"name":"Ana Demo"},"wa_id":"551187654321","user_id":"BR.1"}],"messages":[{"from":"551187654321","from_user_id":"BR.1","id":"m1","timestamp":"1749416383",` + rest + `}]`
	}
	// Of somebody with a username, whose number is not told.
	hidden := func(rest string) string {
		return `"contacts":[{"profile":{"name":"Ana Demo","username":"ana.demo"},"user_id":"BR.1"}],"messages":[{"from_user_id":"BR.1","id":"m1","timestamp":"1749416383",` + rest + `}]`
	}
	system := func(rest string) string {
		return `"messages":[{"id":"m1","timestamp":"1749416383","type":"system",` + rest + `}]`
	}
	var cases []channeltest.IncomingCase
	for name, c := range map[string]struct {
		call string
		want fields
	}{
		"a template's button without the message it stands on": {said(`"type":"button","button":{"payload":"jr1|e|s|0|yes","text":"Confirmar"}`),
			fields{"text": "Confirmar", "reply_payload": "jr1|e|s|0|yes", "context_message_id": nil, "opens_customer_service_window": true}},
		"a button on a message that was forwarded": {said(`"context":{"forwarded":true,"frequently_forwarded":true},"type":"text","text":{"body":"olha"}`),
			fields{"text": "olha", "context_message_id": nil}},
		"a row with a description": {said(`"context":{"from":"15550783881","id":"wamid.1"},"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Manhã","description":"8h às 12h"}}`),
			fields{"interactive_type": "list_reply", "text": "Manhã", "reply_payload": "r1", "context_message_id": "wamid.1"}},
		"a form's answers as an object": {said(`"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"response_json":{"day":"2026-12-01"}}}`),
			fields{"reply_data": fields{"day": "2026-12-01"}, "text": nil}},
		"a form without a token": {said(`"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"body":"Sent","response_json":"{}"}}`),
			fields{"reply_data": fields{}, "reply_payload": nil}},
		"a choice of a kind nobody knows": {said(`"type":"interactive","interactive":{"type":"hologram_reply","hologram_reply":{"id":"x"}}`),
			fields{"interactive_type": "hologram_reply", "reply_payload": nil, "opens_customer_service_window": true}},
		"a video": {said(`"type":"video","video":{"id":"7","mime_type":"video/mp4","caption":"o exame","sha256":"x"}`),
			fields{"media": file("video", "7", "video/mp4"), "text": "o exame", "opens_customer_service_window": true}},
		"a document": {said(`"type":"document","document":{"id":"7","mime_type":"application/pdf","filename":"exame.pdf","caption":"segue"}`),
			fields{"media": file("document", "7", "application/pdf"), "text": "segue"}},
		"a sticker": {said(`"type":"sticker","sticker":{"id":"7","mime_type":"image/webp","animated":true}`),
			fields{"media": file("sticker", "7", "image/webp"), "opens_customer_service_window": true}},
		"a place": {said(`"type":"location","location":{"latitude":-23.5,"longitude":-46.6}`),
			fields{"location": fields{"latitude": -23.5, "longitude": -46.6}, "text": nil}},
		"from an advertisement": {said(`"type":"text","text":{"body":"oi"},"referral":{"source_type":"ad","source_id":"1","source_url":"https://fb.me/x","ctwa_clid":"c"}`),
			fields{"referral": fields{"source_type": "ad", "ctwa_clid": "c"}}},
		"what WhatsApp does not pass on": {said(`"type":"unsupported","errors":[{"code":131060,"title":"This message is currently unavailable"}]`),
			fields{"type": "unsupported", "error_codes": []any{131060}}},
		"the first look at the chat": {said(`"type":"request_welcome"`),
			fields{"type": "request_welcome", "opens_customer_service_window": false}},
		"in a group": {said(`"group_id":"g1","type":"text","text":{"body":"oi"}`), fields{"group_id": "g1", "from_phone": "551187654321"}},

		"somebody's card": {hidden(`"type":"contacts","origin":"other","contacts":[{"name":{"formatted_name":"Dra. Bia"},"phones":[{"phone":"+55 11 98765-4321","wa_id":"5511987654321"}]}]`),
			fields{"text": "Dra. Bia", "from_phone": nil, "from_bsuid": "BR.1"}},
		"the own number, asked for": {hidden(`"type":"contacts","origin":"contact_request","contacts":[{"vcard":"BEGIN:VCARD","phones":[{"phone":"+55 11 98765-4321"}]}]`),
			fields{"text": "+55 11 98765-4321", "from_phone": "+5511987654321", "from_bsuid": "BR.1"}},
		"the own number, with what WhatsApp calls it": {hidden(`"type":"contacts","contacts":[{"origin":"contact_request","phones":[{"phone":"+55 11 98765-4321","wa_id":"551187654321"}]}]`),
			fields{"from_phone": "551187654321", "from_bsuid": "BR.1"}},
		"the own number, known already": {said(`"type":"contacts","origin":"contact_request","contacts":[{"phones":[{"phone":"+55 11 98765-4321"}]}]`),
			fields{"from_phone": "551187654321"}},
		"two cards at once": {hidden(`"type":"contacts","origin":"contact_request","contacts":[{"phones":[{"phone":"+5511987654321"}]},{"phones":[{"phone":"+5511987654322"}]}]`),
			fields{"text": "+5511987654321, +5511987654322", "from_phone": nil}},

		"a new number and user id, with the former": {system(`"from":"551187654321","from_user_id":"BR.1","system":{"type":"user_changed_number","wa_id":"5521999998888","user_id":"BR.2","previous_user_id":"BR.1"}`),
			fields{"kind": "number_changed", "from_phone": "551187654321", "from_bsuid": "BR.1", "old_phone": "551187654321", "new_phone": "5521999998888", "old_bsuid": "BR.1", "new_bsuid": "BR.2"}},
		"a new user id, and nobody sent it": {system(`"system":{"type":"user_changed_user_id","user_id":"BR.2","previous_user_id":"BR.1","body":"User Ana changed from BR.1 to BR.2"}`),
			fields{"kind": "number_changed", "from_bsuid": "BR.1", "old_bsuid": "BR.1", "new_bsuid": "BR.2", "new_phone": nil}},
		"a new user id that stands for the sender too": {system(`"from_user_id":"BR.2","system":{"type":"user_changed_user_id","user_id":"BR.2","previous_user_id":"BR.1"}`),
			fields{"kind": "number_changed", "from_bsuid": "BR.1", "old_bsuid": "BR.1", "new_bsuid": "BR.2"}},
		"a new user id of nobody": {system(`"from_user_id":"BR.2","system":{"type":"user_changed_user_id","user_id":"BR.2","body":"User x changed from BR.9 to BR.2"}`),
			fields{"kind": "number_changed", "from_bsuid": nil, "old_bsuid": nil, "new_bsuid": "BR.2"}},
		"a notice nobody knows": {system(`"from":"551187654321","system":{"type":"user_moved_to_mars","body":"x"}`),
			fields{"kind": "other", "type": "user_moved_to_mars"}},
		"a notice without words": {system(`"from":"551187654321"`), fields{"kind": "other"}},
	} {
		if _, other := c.want["kind"]; !other {
			c.want["kind"], c.want["provider_message_id"] = "message", "m1"
		}
		cases = append(cases, channeltest.IncomingCase{Name: name, Request: post(messages(c.call)), Want: []map[string]any{c.want}})
	}
	channeltest.Incoming(t, open(t, nil), cases)
}

// TestKindsOfStatuses: prices, ids and failures as statuses carry them; a failure means the
// same whether the request or a status tells it.
func TestKindsOfStatuses(t *testing.T) {
	type fields = map[string]any
	var cases []channeltest.IncomingCase
	for name, c := range map[string]struct {
		status string
		want   fields
	}{
		"a free answer to an advertisement": {`{"id":"w","status":"sent","timestamp":"1750030073","recipient_id":"551187654321","conversation":{"id":"c1","origin":{"type":"referral_conversion"}},"pricing":{"billable":false,"pricing_model":"PMP","type":"free_entry_point","category":"referral_conversion"}}`,
			fields{"status": "sent", "conversation_id": "c1", "pricing": fields{"type": "free_entry_point"}}},
		"without a price": {`{"id":"w","status":"delivered","timestamp":"1750030073","recipient_user_id":"BR.1"}`,
			fields{"status": "delivered", "recipient_phone": nil, "recipient_bsuid": "BR.1", "conversation_id": nil}},
		"a user id where the phone should be": {`{"id":"w","status":"read","recipient_id":"BR.1"}`,
			fields{"status": "read", "recipient_phone": nil, "recipient_bsuid": "BR.1"}},
		"a voice message that was heard": {`{"id":"w","status":"played","timestamp":"1750030073"}`, fields{"status": "played"}},
		"two reasons": {`{"id":"w","status":"failed","errors":[{"code":131026,"title":"Message undeliverable"},{"code":"131049","title":"x","error_data":{"details":"y"}}]}`,
			fields{"status": "failed", "error_codes": []any{131026, 131049}}},
		"no reason": {`{"id":"w","status":"failed"}`, fields{"status": "failed", "error_codes": []any{}}},
	} {
		c.want["kind"], c.want["provider_message_id"] = "status", "w"
		cases = append(cases, channeltest.IncomingCase{Name: name, Request: post(messages(`"statuses":[` + c.status + `]`)), Want: []map[string]any{c.want}})
	}
	channeltest.Incoming(t, open(t, nil), cases)
}
