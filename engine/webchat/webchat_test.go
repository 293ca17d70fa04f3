package webchat_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jornada/activities/channel"
	driver "jornada/activities/channel/webchat"
	"jornada/engine"
	"jornada/engine/webchat"
)

const site = "https://clinica.example"

// world is a store in memory, and a runtime that makes a contact of who writes.
type world struct {
	mu       sync.Mutex
	chats    map[engine.IntegrationID]*engine.Integration
	contacts map[engine.Address]*engine.Contact
	messages []engine.Message
	events   []engine.InboundEvent
	keys     map[string]bool
	down     bool
}

func (w *world) Integration(_ context.Context, id engine.IntegrationID) (*engine.Integration, error) {
	if i := w.chats[id]; i != nil {
		return i, nil
	}
	return nil, engine.Errorf(engine.NotFound, "no integration")
}

func (w *world) ContactByAddress(_ context.Context, addrs []engine.Address) (*engine.Contact, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.contacts[addrs[0]]; c != nil {
		return c, nil
	}
	return nil, engine.Errorf(engine.NotFound, "no contact")
}

func (w *world) Messages(_ context.Context, f engine.MessageFilter) ([]engine.Message, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []engine.Message
	for _, m := range slices.Backward(w.messages) {
		if m.ContactID == f.ContactID && m.Channel == f.Channel {
			out = append(out, m)
		}
	}
	return out, "", nil
}

func (w *world) InboundOf(_ context.Context, c *engine.Contact, _ int) ([]engine.InboundEvent, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []engine.InboundEvent
	for _, ev := range w.events {
		if ev.Kind == engine.InboundMessage && w.contacts[ev.From[0]] == c {
			out = append(out, ev)
		}
	}
	return out, nil
}

func (w *world) deliver(_ context.Context, events []engine.InboundEvent) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return engine.Errorf(engine.Unavailable, "down")
	}
	for _, ev := range events {
		if w.keys[ev.Key] {
			continue
		}
		w.keys[ev.Key] = true
		w.events = append(w.events, ev)
		if ev.Kind == engine.InboundMessage && w.contacts[ev.From[0]] == nil {
			id := ev.ContactID
			if id == "" {
				id = engine.ContactID("con_" + ev.From[0].Value)
			}
			w.contacts[ev.From[0]] = &engine.Contact{ID: id, Addresses: ev.From}
		}
	}
	return nil
}

// send is a message of ours to whoever wrote last.
func (w *world) send(to engine.Address, id string, choices ...engine.Choice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := time.Date(2026, 11, 26, 12, 0, len(w.messages)+1, 0, time.UTC)
	w.messages = append(w.messages, engine.Message{
		ID: engine.MessageID(id), ContactID: w.contacts[to].ID, IntegrationID: "chat", Channel: engine.WebChat, To: to, ProviderID: id,
		Content: engine.Content{Text: "Podemos confirmar?", Choices: choices}, Status: engine.Accepted, AcceptedAt: &at,
	})
}

type bench struct {
	*world
	chat *webchat.Chat
	bell *driver.Bell
	t    *testing.T
}

func open(t *testing.T) *bench {
	w := &world{contacts: map[engine.Address]*engine.Contact{}, keys: map[string]bool{}, chats: map[engine.IntegrationID]*engine.Integration{}}
	for _, id := range []engine.IntegrationID{"chat", "other", "off"} {
		w.chats[id] = &engine.Integration{
			ID: id, Provider: driver.Name, Channel: engine.WebChat, State: engine.Enabled,
			Settings: map[string]string{"origins": site, "page_url": site + "/contato?x=1"}, Secrets: map[string]string{"session_key": strings.Repeat("k", 32)},
		}
	}
	w.chats["off"].State = engine.Disabled
	w.chats["wa"] = &engine.Integration{ID: "wa", Provider: "meta", Channel: engine.WhatsApp}
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	bell := driver.NewBell()
	chat := webchat.New(webchat.Config{
		Store: w, Deliver: w.deliver, Bell: bell, Logger: slog.New(slog.DiscardHandler),
		Clock:    engine.NewClock(engine.Anchor{}, func() time.Time { return now }),
		Patience: 200 * time.Millisecond, Look: 100 * time.Millisecond,
	})
	t.Cleanup(chat.Close)
	return &bench{w, chat, bell, t}
}

func (b *bench) call(method, path, token, body string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Origin", site)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.chat.ServeHTTP(w, r)
	return w
}

func (b *bench) session(body string) string {
	b.t.Helper()
	w := b.call("POST", "/webchat/chat/session", "", body)
	var out struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code != 200 || err != nil || out.Token == "" {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return out.Token
}

func (b *bench) items(token, have string) (items []map[string]any, mark string) {
	b.t.Helper()
	w := b.call("GET", "/webchat/chat/messages?have="+have, token, "")
	if w.Code == http.StatusNoContent {
		return nil, have
	}
	var out struct {
		Items []map[string]any
		Mark  string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code != 200 || err != nil {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return out.Items, out.Mark
}

func visitor(token string) engine.Address {
	id, _, _ := strings.Cut(token, ".")
	return engine.Address{Kind: engine.VisitorID, Value: id}
}

func TestAConversation(t *testing.T) {
	b := open(t)
	token := b.session(`{}`)
	if items, mark := b.items(token, ""); len(items) != 0 || mark != "0" {
		t.Fatalf("a new visitor sees %v", items)
	}
	for range 2 { // repeated, as after a lost answer
		if w := b.call("POST", "/webchat/chat/messages", token, `{"id":"client-0001","text":" quero marcar "}`); w.Code != 202 {
			t.Fatal(w.Code, w.Body)
		}
	}
	if len(b.events) != 1 || b.events[0].Message.Text != "quero marcar" || b.events[0].From[0] != visitor(token) || b.events[0].IntegrationID != "chat" || b.events[0].Message.OpensWindow {
		t.Fatalf("%+v", b.events)
	}
	b.send(visitor(token), "msg_1", engine.Choice{ID: "yes", Title: "Sim", Payload: "jr1|e|s|0|yes"})
	items, mark := b.items(token, "0")
	if len(items) != 2 || items[0]["id"] != "client-0001" || items[0]["mine"] != true || items[1]["id"] != "msg_1" || items[1]["text"] != "Podemos confirmar?" {
		t.Fatalf("%v", items)
	}
	if raw, _ := json.Marshal(items); strings.Contains(string(raw), "jr1|") {
		t.Error("a payload left the house")
	}
	if last := b.events[len(b.events)-1]; last.Kind != engine.StatusUpdate || last.Status.Status != engine.Delivered || last.Status.Ref != "msg_1" {
		t.Errorf("not reported as delivered: %+v", last)
	}
	if w := b.call("POST", "/webchat/chat/messages", token, `{"id":"client-0002","message_id":"msg_1","option":"yes"}`); w.Code != 202 {
		t.Fatal(w.Code, w.Body)
	}
	if m := b.events[len(b.events)-1].Message; m.ReplyPayload != "jr1|e|s|0|yes" || m.Text != "Sim" || m.ContextID != "msg_1" {
		t.Errorf("%+v", m)
	}
	if items, again := b.items(token, mark); items != nil || again != mark {
		t.Errorf("nothing new, and yet %v", items)
	}
}

// TestTheBellWakesAPage: a message is seen at once, not at the next look.
func TestTheBellWakesAPage(t *testing.T) {
	b := open(t)
	token := b.session(`{}`)
	b.call("POST", "/webchat/chat/messages", token, `{"id":"client-0001","text":"oi"}`)
	_, mark := b.items(token, "")
	provider, err := b.bell.Open(channel.Settings{IntegrationID: "chat", Channel: engine.WebChat, Values: b.chats["chat"].Settings, Secrets: b.chats["chat"].Secrets})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan []map[string]any)
	go func() { items, _ := b.items(token, mark); seen <- items }()
	receipt, err := provider.Send(t.Context(), channel.Outbound{Ref: "msg_1", To: visitor(token), Content: engine.Content{Text: "Olá"}})
	if err != nil || receipt.ProviderID != "msg_1" {
		t.Fatal(receipt, err)
	}
	b.send(visitor(token), "msg_1")
	if items := <-seen; len(items) != 2 {
		t.Errorf("%v", items)
	}
}

// TestNobodyElsesConversation: a token opens its own, at its own chat.
func TestNobodyElsesConversation(t *testing.T) {
	b := open(t)
	ana, bia := b.session(`{}`), b.session(`{}`)
	b.call("POST", "/webchat/chat/messages", ana, `{"id":"client-0001","text":"segredo"}`)
	b.call("POST", "/webchat/chat/messages", bia, `{"id":"client-0001","text":"oi"}`)
	b.send(visitor(ana), "msg_1", engine.Choice{ID: "yes", Title: "Sim"})
	if items, _ := b.items(bia, ""); len(items) != 1 || items[0]["text"] != "oi" {
		t.Errorf("%v", items)
	}
	if w := b.call("POST", "/webchat/chat/messages", bia, `{"id":"client-0009","message_id":"msg_1","option":"yes"}`); w.Code != 404 {
		t.Errorf("tapped somebody else's button: %d", w.Code)
	}
	if w := b.call("GET", "/webchat/other/messages", ana, ""); w.Code != 401 {
		t.Errorf("a token of one chat opens another: %d", w.Code)
	}
	for name, token := range map[string]string{"none": "", "nonsense": "x", "another visitor": strings.Replace(ana, visitor(ana).Value, visitor(bia).Value, 1), "changed": ana[:len(ana)-2] + "AA", "longer": strings.Repeat(ana, 20)} {
		if w := b.call("GET", "/webchat/chat/messages", token, ""); w.Code != 401 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestALinkBringsItsContact(t *testing.T) {
	b := open(t)
	provider, err := b.bell.Open(channel.Settings{IntegrationID: "chat", Channel: engine.WebChat, Values: b.chats["chat"].Settings, Secrets: b.chats["chat"].Secrets,
		Clock: engine.NewClock(engine.Anchor{}, func() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) })})
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := provider.(channel.Inviter).Invite("ana")
	if err != nil || !strings.HasPrefix(link, site+"/contato?jornada=") || !strings.HasSuffix(link, "&x=1") {
		t.Fatal(link, err)
	}
	word, _, _ := strings.Cut(strings.TrimPrefix(link, site+"/contato?jornada="), "&")
	token := b.session(`{"invitation":"` + word + `"}`)
	if len(b.events) != 1 || b.events[0].ContactID != "ana" || b.events[0].Message.Type != "request_welcome" || b.events[0].From[0] != visitor(token) {
		t.Errorf("%+v", b.events)
	}
	b.session(`{"invitation":"nonsense"}`)
	if len(b.events) != 1 {
		t.Error("nonsense invites somebody")
	}
}

func TestWhoIsLetIn(t *testing.T) {
	b := open(t)
	token := b.session(`{}`)
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
	}{
		{"another site", "POST", "/webchat/chat/session", `{}`, []string{"Origin", "https://evil.example"}, 403},
		{"a lookalike", "POST", "/webchat/chat/session", `{}`, []string{"Origin", site + ".evil.example"}, 403},
		{"a site in the sandbox", "POST", "/webchat/chat/session", `{}`, []string{"Origin", "null"}, 403},
		{"no site writes", "POST", "/webchat/chat/messages", `{"id":"client-0001","text":"x"}`, []string{"Origin", ""}, 403},
		{"no site reads with a token", "GET", "/webchat/chat/messages", "", []string{"Origin", ""}, 200},
		{"preflight", "OPTIONS", "/webchat/chat/messages", "", nil, 204},
		{"preflight of another site", "OPTIONS", "/webchat/chat/messages", "", []string{"Origin", "https://evil.example"}, 403},
		{"unknown chat", "POST", "/webchat/nobody/session", `{}`, nil, 404},
		{"another channel", "POST", "/webchat/wa/session", `{}`, nil, 404},
		{"switched off", "POST", "/webchat/off/session", `{}`, nil, 404},
		{"a wrong method", "DELETE", "/webchat/chat/messages", "", nil, 405},
		{"not JSON", "POST", "/webchat/chat/messages", `text`, nil, 400},
		{"a form", "POST", "/webchat/chat/messages", `{}`, []string{"Content-Type", "text/plain"}, 415},
		{"far too much", "POST", "/webchat/chat/messages", `{"text":"` + strings.Repeat("x", 20_000) + `"}`, nil, 413},
		{"a long text", "POST", "/webchat/chat/messages", `{"id":"client-0001","text":"` + strings.Repeat("é", 4001) + `"}`, nil, 422},
		{"no id", "POST", "/webchat/chat/messages", `{"text":"x"}`, nil, 422},
		{"nothing said", "POST", "/webchat/chat/messages", `{"id":"client-0001","text":" "}`, nil, 422},
		{"both said", "POST", "/webchat/chat/messages", `{"id":"client-0001","text":"x","option":"y","message_id":"m"}`, nil, 422},
		{"no such option", "POST", "/webchat/chat/messages", `{"id":"client-0001","option":"y","message_id":"m"}`, nil, 404},
	} {
		w := b.call(c.method, c.path, token, c.body, c.header...)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d (%s)", c.name, w.Code, c.status, w.Body)
		}
		if allowed := w.Header().Get("Access-Control-Allow-Origin"); allowed != "" && allowed != site {
			t.Errorf("%s: %q may read it", c.name, allowed)
		}
	}
	if len(b.events) != 0 {
		t.Errorf("%+v", b.events)
	}
	b.down = true
	if w := b.call("POST", "/webchat/chat/messages", token, `{"id":"client-0001","text":"x"}`); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d without a database", w.Code)
	}
}

func TestTooFast(t *testing.T) {
	b := open(t)
	token := b.session(`{}`)
	refused := 0
	for range 15 {
		if w := b.call("POST", "/webchat/chat/messages", token, `{"id":"client-0001","text":"x"}`); w.Code == 429 && w.Header().Get("Retry-After") != "" {
			refused++
		}
	}
	if refused < 4 {
		t.Errorf("15 messages at once, and only %d refused", refused)
	}
	refused = 0
	for range 30 {
		if w := b.call("POST", "/webchat/chat/session", "", `{}`); w.Code == 429 {
			refused++
		}
	}
	if refused < 8 {
		t.Errorf("30 visitors at once from one address, and only %d refused", refused)
	}
}

// TestTabs: a visitor may have a few, and one too many hears so.
func TestTabs(t *testing.T) {
	b := open(t)
	token := b.session(`{}`)
	for range 4 {
		_, stop, ok := b.bell.Wait(visitor(token).Value, 4)
		if !ok {
			t.Fatal("refused")
		}
		defer stop()
	}
	if w := b.call("GET", "/webchat/chat/messages?have=0", token, ""); w.Code != 429 {
		t.Error(w.Code)
	}
}

func TestAServerThatStopsKeepsNobody(t *testing.T) {
	b := open(t)
	token := b.session(`{}`)
	b.chat.Close()
	if w := b.call("GET", "/webchat/chat/messages?have=0", token, ""); w.Code != 204 {
		t.Error(w.Code)
	}
}

func TestTheScript(t *testing.T) {
	b := open(t)
	w := b.call("GET", "/webchat/widget.js", "", "")
	body, _ := io.ReadAll(w.Body)
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") || w.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for _, never := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "eval("} {
		if strings.Contains(string(body), never) {
			t.Errorf("the script uses %s: texts must stay texts", never)
		}
	}
	for _, must := range []string{`"aria-live": "polite"`, `role: "log"`, `"aria-expanded"`, `"Escape"`, "noopener noreferrer"} {
		if !strings.Contains(string(body), must) {
			t.Errorf("the script lost %s", must)
		}
	}
}

func TestTheDemoPage(t *testing.T) {
	for address, want := range map[string]string{"/": `lang="pt-BR"`, "/?lang=en": `lang="en"`} {
		w := httptest.NewRecorder()
		webchat.Demo("demo_chat").ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", address, nil))
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `data-integration="demo_chat"`) {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}
}

// FuzzWrite throws anything at a visitor's call: it never ends in a 5xx, and never
// delivers something without a key.
func FuzzWrite(f *testing.F) {
	f.Add(`{"id":"client-0001","text":"oi"}`, "Bearer x")
	f.Add(`{"invitation":"x"}`, "")
	f.Fuzz(func(t *testing.T, body, token string) {
		b := open(t)
		good := b.session(`{}`)
		for _, path := range []string{"session", "messages"} {
			for _, who := range []string{good, token} {
				if strings.ContainsAny(who, "\r\n") {
					continue
				}
				if w := b.call("POST", "/webchat/chat/"+path, who, body); w.Code >= 500 {
					t.Fatalf("%s: %d", path, w.Code)
				}
			}
		}
		for _, ev := range b.events {
			if ev.Key == "" || ev.Message == nil || len(ev.Message.Text) > 4*4000 {
				t.Fatalf("%+v", ev)
			}
		}
	})
}
