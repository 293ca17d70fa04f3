package telegram_test

import (
	"net/http"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// updates are laid out as core.telegram.org/bots/api#update and its samples.
const (
	person = `"from":{"id":987654321,"is_bot":false,"first_name":"Ana","last_name":"Souza","language_code":"pt-br"},"chat":{"id":987654321,"first_name":"Ana","type":"private"},"date":1764160000`
	tapped = `{"update_id":10003,"callback_query":{"id":"4382bfdwdsb323b2d9","from":{"id":987654321,"is_bot":false,"first_name":"Ana"},"chat_instance":"1","data":"2",` +
		`"message":{"message_id":77,"from":{"id":123456,"is_bot":true,"first_name":"Bot"},"chat":{"id":987654321,"type":"private"},"date":1764160000,"text":"Podemos confirmar?",` +
		`"reply_markup":{"inline_keyboard":[[{"text":"Sim","callback_data":"jr1|e|s|0|y"}],[{"text":"Não posso","callback_data":"2"}]]}}}}`
)

func message(rest string) string {
	return `{"update_id":10000,"message":{"message_id":1365,` + person + `,` + rest + `}}`
}

func membership(was, is string) string {
	return `{"update_id":10009,"my_chat_member":{"chat":{"id":987654321,"type":"private"},"from":{"id":987654321,"is_bot":false,"first_name":"Ana"},"date":1764160000,` +
		`"old_chat_member":{"status":"` + was + `","user":{"id":123456,"is_bot":true}},"new_chat_member":{"status":"` + is + `","user":{"id":123456,"is_bot":true},"until_date":0}}}`
}

var samples = []channeltest.IncomingCase{
	{Name: "text", Request: post(message(`"text":"sim"`)), Want: []map[string]any{{"kind": "message", "type": "text", "text": "sim", "provider_message_id": "987654321:1365",
		"profile_name": "Ana Souza", "timestamp": 1764160000, "opens_customer_service_window": false, "reply_payload": nil}}},
	{Name: "an answer to a message", Request: post(message(`"text":"sim","reply_to_message":{"message_id":77}`)), Want: []map[string]any{{"kind": "message", "context_message_id": "987654321:77"}}},
	{Name: "a photo", Request: post(message(`"caption":"a receita","photo":[{"file_id":"small","width":90},{"file_id":"large","width":800}]`)),
		Want: []map[string]any{{"kind": "message", "type": "image", "text": "a receita", "media": map[string]any{"id": "large", "kind": "image"}}}},
	{Name: "a document", Request: post(message(`"document":{"file_id":"doc","mime_type":"application/pdf"}`)),
		Want: []map[string]any{{"kind": "message", "type": "document", "media": map[string]any{"id": "doc", "mime_type": "application/pdf"}}}},
	{Name: "a voice message", Request: post(message(`"voice":{"file_id":"v","mime_type":"audio/ogg"}`)), Want: []map[string]any{{"kind": "message", "type": "audio"}}},
	{Name: "a place", Request: post(message(`"location":{"latitude":-23.5,"longitude":-46.6}`)), Want: []map[string]any{{"kind": "message", "type": "location", "location": map[string]any{"latitude": -23.5}}}},
	{Name: "their own number", Request: post(message(`"contact":{"phone_number":"5511987654321","user_id":987654321,"first_name":"Ana"}`)),
		Want: []map[string]any{{"kind": "message", "type": "contacts", "from_phone": "+5511987654321"}}},
	{Name: "somebody else's number", Request: post(message(`"contact":{"phone_number":"5511900001111","user_id":1,"first_name":"Bia"}`)),
		Want: []map[string]any{{"kind": "message", "type": "contacts", "from_phone": nil}}},
	{Name: "a die", Request: post(message(`"dice":{"value":3}`)), Want: []map[string]any{{"kind": "message", "type": "unsupported"}}},
	{Name: "a link without a good token", Request: post(message(`"text":"/start bm9uc2Vuc2U"`)), Want: []map[string]any{{"kind": "message", "text": "/start"}}},
	{Name: "a group", Request: post(`{"update_id":1,"message":{"message_id":5,"from":{"id":2,"is_bot":false},"chat":{"id":-100,"type":"supergroup"},"text":"oi"}}`),
		Want: []map[string]any{{"kind": "message", "group_id": "-100"}}},
	{Name: "a bot", Request: post(`{"update_id":1,"message":{"message_id":5,"from":{"id":2,"is_bot":true},"chat":{"id":2,"type":"private"},"text":"oi"}}`),
		Want: []map[string]any{{"kind": "other"}}},
	{Name: "a tap, known by its message and title", Request: post(tapped), Want: []map[string]any{{"kind": "message", "type": "interactive", "interactive_type": "button_reply",
		"text": "Não posso", "context_message_id": "987654321:77", "reply_payload": nil}}},
	{Name: "a tap with our payload", Request: post(strings.Replace(tapped, `"data":"2","message`, `"data":"jr1|e|s|0|y","message`, 1)),
		Want: []map[string]any{{"kind": "message", "text": "Sim", "reply_payload": "jr1|e|s|0|y"}}},
	{Name: "a tap on an old message", Request: post(`{"update_id":1,"callback_query":{"id":"c","from":{"id":987654321,"is_bot":false},"data":"2","message":{"message_id":77,"date":0,"chat":{"id":987654321,"type":"private"}}}}`),
		Want: []map[string]any{{"kind": "message", "text": "2", "context_message_id": "987654321:77"}}},
	{Name: "blocked", Request: post(membership("member", "kicked")), Want: []map[string]any{{"kind": "unsubscribe", "value": "blocked"}}},
	{Name: "unblocked", Request: post(membership("kicked", "member")), Want: []map[string]any{{"kind": "marketing_preference", "value": "resume"}}},
	{Name: "joined", Request: post(membership("left", "member")), Want: []map[string]any{{"kind": "other"}}},
	{Name: "an edit", Request: post(`{"update_id":2,"edited_message":{"message_id":5,"text":"oi"}}`), Want: []map[string]any{{"kind": "other"}}},
	{Name: "of another form", Request: post(`{"update_id":2,"message":[1]}`), Want: []map[string]any{{"kind": "other"}}},
	{Name: "nothing in it", Request: post(`{}`), Want: []map[string]any{{"kind": "other"}}},
	{Name: "not JSON", Request: post(`{"update_id":`), Status: 400, Err: engine.Invalid, Want: []map[string]any{}},
	{Name: "a tower of brackets", Request: post(strings.Repeat("[", 100_000)), Status: 400, Err: engine.Invalid, Want: []map[string]any{}},
	{Name: "GET", Request: channel.Request{Method: "GET", URL: webhook}, Status: 405, Err: engine.Invalid, Want: []map[string]any{}},
	{Name: "no secret", Request: channel.Request{Method: "POST", URL: webhook, Body: []byte(`{}`)}, Status: 401, Err: engine.Forbidden, Want: []map[string]any{}},
	{Name: "a wrong secret", Request: channel.Request{Method: "POST", URL: webhook, Body: []byte(`{}`), Header: http.Header{"X-Telegram-Bot-Api-Secret-Token": {secret + "x"}}}, Status: 401, Err: engine.Forbidden, Want: []map[string]any{}},
}

func TestWebhooks(t *testing.T) { channeltest.Incoming(t, stage.Open(t), samples) }

func TestWhoWroteAndWhen(t *testing.T) {
	events, _, err := stage.Open(t).Receive(post(message(`"text":"oi"`)))
	if err != nil || len(events) != 1 || events[0].Key != "update:10000" || len(events[0].From) != 1 || events[0].From[0] != ana {
		t.Errorf("%+v %v", events, err)
	}
}

// TestATapIsAnswered: the webhook's own answer calls answerCallbackQuery, so that
// nothing has to be sent for it.
func TestATapIsAnswered(t *testing.T) {
	_, response, err := stage.Open(t).Receive(post(tapped))
	if err != nil || response.ContentType != "application/json" {
		t.Fatal(response, err)
	}
	channeltest.EqualJSON(t, []byte(response.Body), []byte(`{"method":"answerCallbackQuery","callback_query_id":"4382bfdwdsb323b2d9"}`))
}

// TestALinkBringsItsContact: who follows it is known from the first message on.
func TestALinkBringsItsContact(t *testing.T) {
	provider := stage.Open(t)
	link, until, err := provider.(channel.Inviter).Invite("ana")
	if err != nil || !strings.HasPrefix(link, "https://t.me/clinica_bot?start=") || until.IsZero() {
		t.Fatal(link, until, err)
	}
	_, token, _ := strings.Cut(link, "=")
	events, _, err := provider.Receive(post(message(`"text":"/start ` + token + `"`)))
	if err != nil || len(events) != 1 || events[0].ContactID != "ana" || events[0].Message.Text != "/start" {
		t.Errorf("%+v %v", events, err)
	}
}

// FuzzReceive throws properly proved nonsense at the driver.
func FuzzReceive(f *testing.F) {
	for _, c := range samples {
		f.Add(string(c.Request.Body))
	}
	provider := stage.Open(f)
	f.Fuzz(func(t *testing.T, body string) {
		events, response, err := provider.Receive(post(body))
		if (err == nil) != (response.Status == 200) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
	})
}
