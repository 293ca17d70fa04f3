//go:build e2e

package telegram_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// patience is how long the other side may take.
const patience = 10 * time.Second

// TestAgainstNPM: somebody else's Bot API, of the npm package telegram-test-api, with
// a person who writes, reads what the bot sends and taps. It needs node and npm's
// registry. It knows no secret_token, so the test adds the header.
func TestAgainstNPM(t *testing.T) {
	address, err := channeltest.NPM(t, "server.js").ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	api := strings.TrimSpace(address)
	provider := stage.With(func(s *channel.Settings) { s.Values["base_url"] = api }).Open(t)
	events := make(chan engine.InboundEvent, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		heard, response, err := provider.Receive(post(string(body)))
		if err != nil {
			t.Errorf("%v: %s", err, body)
		}
		for _, e := range heard {
			events <- e
		}
		w.Header().Set("Content-Type", response.ContentType)
		_, _ = io.WriteString(w, response.Body)
	}))
	t.Cleanup(hook.Close)
	call := func(path string, body any, into any) {
		t.Helper()
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		answer, failure := channel.Call(t.Context(), channeltest.Client(), http.MethodPost, api+path, http.Header{"Content-Type": {"application/json"}}, encoded)
		if failure != nil || !answer.Succeeded() {
			t.Fatalf("%s: %v %+v", path, failure, answer)
		}
		if into != nil {
			if err := json.NewDecoder(bytes.NewReader(answer.Body)).Decode(into); err != nil {
				t.Fatal(err)
			}
		}
	}
	heard := func() engine.InboundEvent {
		t.Helper()
		select {
		case e := <-events:
			return e
		case <-time.After(patience):
			t.Fatal("no update came")
			return engine.InboundEvent{}
		}
	}
	call("/bot"+token+"/setWebhook", object{"url": hook.URL, "secret_token": secret}, nil)

	person := object{"id": 987654321, "first_name": "Ana", "is_bot": false}
	chat := object{"id": 987654321, "type": "private", "first_name": "Ana"}
	call("/sendMessage", object{"botToken": token, "from": person, "chat": chat, "date": 1764160000, "text": "oi, tudo bem? ✅"}, nil)
	if e := heard(); e.Kind != engine.InboundMessage || e.Message.Text != "oi, tudo bem? ✅" || len(e.From) != 1 || e.From[0] != ana || e.ProfileName != "Ana" {
		t.Errorf("the message became %+v %+v", e, e.Message)
	}

	receipt, err := provider.Send(t.Context(), channel.Outbound{To: ana, Content: engine.Content{Text: "Podemos *confirmar*?", Footer: "Clínica",
		Choices: []engine.Choice{choice("y", "Sim", "jr1|e|s|0|y"), choice("n", "Não", "jr1|e|s|0|n")}}})
	if chat, id, _ := strings.Cut(receipt.ProviderID, ":"); err != nil || chat != ana.Value || id == "" {
		t.Fatalf("got %+v, %v", receipt, err)
	}
	var got struct {
		Result []struct {
			Message map[string]any `json:"message"`
		} `json:"result"`
	}
	call("/getUpdates", object{"token": token, "chatId": "987654321"}, &got)
	if len(got.Result) != 1 {
		t.Fatalf("the person got %+v", got)
	}
	said, err := json.Marshal(got.Result[0].Message)
	if err != nil {
		t.Fatal(err)
	}
	channeltest.EqualJSON(t, said, []byte(`{"chat_id":"987654321","text":"Podemos *confirmar*?\n\nClínica",
		"reply_markup":{"inline_keyboard":[[{"text":"Sim","callback_data":"jr1|e|s|0|y"}],[{"text":"Não","callback_data":"jr1|e|s|0|n"}]]}}`))

	_, id, _ := strings.Cut(receipt.ProviderID, ":")
	call("/sendCallback", object{"botToken": token, "from": person, "date": 1764160000, "data": "jr1|e|s|0|y",
		"message": object{"message_id": json.Number(id), "from": object{"id": 123456, "is_bot": true}, "chat": chat, "text": "Podemos *confirmar*?"}}, nil)
	if e := heard(); e.Kind != engine.InboundMessage || e.Message.ReplyPayload != "jr1|e|s|0|y" || e.Message.ContextID != receipt.ProviderID {
		t.Errorf("the tap became %+v %+v", e, e.Message)
	}
}

type object = map[string]any
