package meta_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/meta"
	"jornada/engine"
)

var webhook = &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/wa-demo"}

func post(body string) channel.Request {
	mac := hmac.New(sha256.New, []byte("app-secret-1"))
	mac.Write([]byte(body))
	return channel.Request{Method: "POST", URL: webhook, Body: []byte(body),
		Header: http.Header{"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}}
}

// messages is a call with one change of the field "messages".
func messages(rest string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"WABA","time":1,"changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"` + number + `"},` + rest + `}}]}]}`
}

// TestPublishedWebhooks plays the vendor's own published calls.
func TestPublishedWebhooks(t *testing.T) {
	files, err := filepath.Glob("testdata/whatsapp-webhooks/*.json")
	if err != nil || len(files) != 16 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		var c struct {
			ID      string
			Payload json.RawMessage
			Expect  struct {
				Events []map[string]any
			}
		}
		channeltest.Load(t, strings.TrimPrefix(file, "testdata/"), &c)
		channeltest.Incoming(t, open(t, nil), []channeltest.IncomingCase{{Name: c.ID, Request: post(string(c.Payload)), Want: c.Expect.Events}})
	}
}

func TestSignatures(t *testing.T) {
	var table struct {
		Cases []struct {
			ID     string
			Secret string
			Body   string `json:"body_base64"`
			Header *string
			Valid  bool
		}
	}
	channeltest.Load(t, "meta-signature.json", &table)
	for _, c := range table.Cases {
		t.Run(c.ID, func(t *testing.T) {
			body, err := base64.StdEncoding.DecodeString(c.Body)
			if err != nil {
				t.Fatal(err)
			}
			r := channel.Request{Method: "POST", URL: webhook, Body: body, Header: http.Header{}}
			if c.Header != nil {
				r.Header.Set("X-Hub-Signature-256", *c.Header)
			}
			provider := open(t, func(s *channel.Settings) { s.Secrets["app_secret"] = "rotated-away," + c.Secret })
			_, response, err := provider.Receive(r)
			if (err == nil) != c.Valid || (err != nil && !errors.Is(err, channel.ErrSignature)) {
				t.Errorf("error %v, want valid %v", err, c.Valid)
			}
			if want := map[bool]int{true: 200, false: 401}[c.Valid]; response.Status != want {
				t.Errorf("answered %d, want %d", response.Status, want)
			}
		})
	}
	t.Run("no secret, no entry", func(t *testing.T) {
		provider := open(t, func(s *channel.Settings) { s.Secrets["app_secret"] = " , " })
		mac := hmac.New(sha256.New, nil)
		mac.Write([]byte("{}"))
		r := channel.Request{Method: "POST", URL: webhook, Body: []byte("{}"), Header: http.Header{"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}}
		if _, _, err := provider.Receive(r); !errors.Is(err, channel.ErrSignature) {
			t.Errorf("a signature with an empty secret was taken: %v", err)
		}
	})
	t.Run("one changed byte", func(t *testing.T) {
		r := post(`{"entry":[]}`)
		r.Body[3] = 'E'
		if _, _, err := open(t, nil).Receive(r); !errors.Is(err, channel.ErrSignature) {
			t.Errorf("got %v", err)
		}
	})
}

func TestChallenge(t *testing.T) {
	get := func(query string) channel.Request {
		u := *webhook
		u.RawQuery = query
		return channel.Request{Method: "GET", URL: &u}
	}
	provider := open(t, nil)
	_, response, err := provider.Receive(get("hub.mode=subscribe&hub.verify_token=abracadabra&hub.challenge=1158201444"))
	if err != nil || response.Status != 200 || response.Body != "1158201444" || !strings.HasPrefix(response.ContentType, "text/plain") {
		t.Errorf("got %+v, %v", response, err)
	}
	silent := open(t, func(s *channel.Settings) { delete(s.Secrets, "verify_token") })
	for query, p := range map[string]channel.Provider{
		"hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1":         provider,
		"hub.mode=unsubscribe&hub.verify_token=abracadabra&hub.challenge=1": provider,
		"": provider,
		"hub.mode=subscribe&hub.verify_token=&hub.challenge=1": silent,
	} {
		if _, response, err := p.Receive(get(query)); !errors.Is(err, channel.ErrSignature) || response.Status != 403 || response.Body != "" {
			t.Errorf("%s: got %+v, %v", query, response, err)
		}
	}
	channeltest.Incoming(t, provider, []channeltest.IncomingCase{{Name: "PUT", Request: channel.Request{Method: "PUT", URL: webhook}, Status: 405, Err: engine.Invalid}})
}

func TestOddities(t *testing.T) {
	event := func(kind string, more ...any) map[string]any {
		e := map[string]any{"kind": kind}
		for i := 0; i+1 < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return e
	}
	text := func(id, rest string) string {
		return `{"id":"` + id + `","type":"text","text":{"body":"oi"},` + rest + `}`
	}
	ana := `"contacts":[{"profile":{"name":"Ana Demo"},"wa_id":"551187654321","user_id":"BR.123"}],`
	cases := []channeltest.IncomingCase{
		{Name: "the same message twice in one call", Request: post(messages(ana + `"messages":[` + text("m1", `"from":"551187654321","timestamp":"1749416383"`) + `,` + text("m1", `"from":"551187654321","timestamp":"1749416383"`) + `]`)),
			Want: []map[string]any{event("message", "provider_message_id", "m1")}},
		{Name: "milliseconds", Request: post(messages(`"messages":[` + text("m1", `"from":"5511","timestamp":1749416383123`) + `]`)),
			Want: []map[string]any{event("message", "timestamp", 1749416383)}},
		{Name: "no timestamp to speak of", Request: post(messages(`"messages":[` + text("m1", `"from":"5511","timestamp":"yesterday"`) + `]`)),
			Want: []map[string]any{event("message", "timestamp", nil)}},
		{Name: "without from: the only contact wrote", Request: post(messages(ana + `"messages":[` + text("m1", `"timestamp":"1"`) + `]`)),
			Want: []map[string]any{event("message", "from_phone", "551187654321", "from_bsuid", "BR.123", "profile_name", "Ana Demo")}},
		{Name: "a person with a username has no phone", Request: post(messages(`"contacts":[{"profile":{"username":"ana.demo"},"user_id":"BR.ENT.9"}],"messages":[` + text("m1", `"from_user_id":"BR.ENT.9"`) + `]`)),
			Want: []map[string]any{event("message", "from_phone", nil, "from_bsuid", "BR.ENT.9", "profile_name", "ana.demo")}},
		{Name: "a BSUID inside from", Request: post(messages(`"messages":[` + text("m1", `"from":"BR.13491208655302741918"`) + `]`)),
			Want: []map[string]any{event("message", "from_phone", nil, "from_bsuid", "BR.13491208655302741918")}},
		{Name: "two contacts, the right one is found", Request: post(messages(`"contacts":[{"wa_id":"1","profile":{"name":"Um"}},{"wa_id":"2","user_id":"BR.2","profile":{"name":"Dois"}}],"messages":[` + text("m1", `"from":"2"`) + `]`)),
			Want: []map[string]any{event("message", "from_phone", "2", "from_bsuid", "BR.2", "profile_name", "Dois")}},
		{Name: "a form's answers", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"flow_token\":\"t\",\"day\":\"2026-12-01\"}"}}}]`)),
			Want: []map[string]any{event("message", "interactive_type", "nfm_reply", "text", "Sent", "reply_data", map[string]any{"day": "2026-12-01"}, "opens_customer_service_window", true)}},
		{Name: "a form of ours brings its question back", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"body":"Sent","response_json":"{\"flow_token\":\"jr1|e|s|0|form\",\"day\":\"2026-12-01\"}"}}}]`)),
			Want: []map[string]any{event("message", "reply_payload", "jr1|e|s|0|form", "reply_data", map[string]any{"day": "2026-12-01"})}},
		{Name: "a form's answer that is no object", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"body":"Sent","response_json":"[1]"}}}]`)),
			Want: []map[string]any{event("message", "reply_data", nil)}},
		{Name: "a reaction taken back, by an empty emoji and by none", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"reaction","reaction":{"message_id":"w","emoji":""}},{"id":"m2","from":"1","type":"reaction","reaction":{"message_id":"w"}}]`)),
			Want: []map[string]any{event("message", "reaction", map[string]any{"message_id": "w", "emoji": nil}), event("message", "reaction", map[string]any{"emoji": nil})}},
		{Name: "an edit and a deletion", Request: post(messages(`"messages":[{"id":"m2","from":"1","type":"edit","edit":{"original_message_id":"m1","message":{"type":"text","text":{"body":"às 15h"}}}},{"id":"m3","from":"1","type":"revoke","revoke":{"original_message_id":"m1"}}]`)),
			Want: []map[string]any{event("message", "type", "edit", "original_id", "m1", "text", "às 15h"), event("message", "type", "revoke", "original_id", "m1", "text", nil)}},
		{Name: "a voice message", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"audio","audio":{"id":"987","mime_type":"audio/ogg; codecs=opus","voice":true,"url":"https://lookaside.example/x"}}]`)),
			Want: []map[string]any{event("message", "media", map[string]any{"kind": "audio", "id": "987", "url": "https://lookaside.example/x"}, "text", nil)}},
		{Name: "contact cards and an order", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"contacts","contacts":[{"name":{"formatted_name":"A"}},{"name":{"formatted_name":"B"}}]},{"id":"m2","from":"1","type":"order","order":{"catalog_id":"c","text":"sem cebola"}}]`)),
			Want: []map[string]any{event("message", "text", "A, B"), event("message", "text", "sem cebola")}},
		{Name: "a type nobody knows yet", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"hologram","hologram":{"x":1}}]`)),
			Want: []map[string]any{event("message", "type", "hologram", "opens_customer_service_window", false)}},
		{Name: "an odd message does not spoil its neighbors", Request: post(messages(`"messages":[17,{"type":"text"},` + text("m1", `"from":"1"`) + `]`)),
			Want: []map[string]any{event("other"), event("other"), event("message", "provider_message_id", "m1")}},
		{Name: "another number of the same app", Request: post(strings.Replace(messages(`"messages":[`+text("m1", `"from":"1"`)+`]`), number, "999", 1)), Want: []map[string]any{event("other")}},
		{Name: "a new identity", Request: post(messages(`"messages":[{"id":"m1","from":"1","type":"system","system":{"type":"user_identity_changed","identity":"x"}}]`)),
			Want: []map[string]any{event("identity_changed", "from_phone", "1")}},
		{Name: "a new BSUID", Request: post(messages(`"messages":[{"id":"m1","from":"1","from_user_id":"BR.1","type":"system","system":{"type":"user_changed_user_id","user_id":"BR.2"}}]`)),
			Want: []map[string]any{event("number_changed", "old_bsuid", "BR.1", "new_bsuid", "BR.2", "new_phone", nil)}},
		{Name: "statuses out of order, repeated with another time", Request: post(messages(`"statuses":[{"id":"w","status":"read","timestamp":"1772456705","recipient_user_id":"BR.1"},{"id":"w","status":"sent","timestamp":"1772456703","biz_opaque_callback_data":"msg_1","recipient_id":"5511"},{"id":"w","status":"sent","timestamp":"4"},{"id":"w","status":"played","timestamp":"6"}]`)),
			Want: []map[string]any{event("status", "status", "read", "recipient_bsuid", "BR.1"), event("status", "status", "sent", "opaque", "msg_1", "recipient_phone", "5511", "timestamp", 1772456703), event("status", "status", "played")}},
		{Name: "a status nobody knows yet", Request: post(messages(`"statuses":[{"id":"w","status":"teleported"}]`)), Want: []map[string]any{event("other")}},
		{Name: "the account's errors", Request: post(messages(`"errors":[{"code":130429,"title":"Rate limit hit","error_data":{"details":"slow down"}}]`)),
			Want: []map[string]any{event("channel_error", "error_code", "130429", "detail", "slow down")}},
		{Name: "not the shape we know", Request: post(`{"entry":"x"}`), Want: []map[string]any{event("other")}},
		{Name: "nothing in it", Request: post(`{"object":"whatsapp_business_account","entry":[]}`), Want: []map[string]any{}},
		{Name: "not JSON", Request: post(`{"entry":[`), Status: 400, Err: engine.Invalid},
		{Name: "a tower of brackets", Request: post(strings.Repeat("[", 100_000)), Status: 400, Err: engine.Invalid},
	}
	for field, want := range map[string]map[string]any{
		`"field":"message_template_status_update","value":{"event":"PAUSED","message_template_id":1689556908129832123,"message_template_name":"t","message_template_language":"pt_BR","reason":"NONE","other_info":{"title":"FIRST_PAUSE"}}`:  event("template_status", "event", "PAUSED", "title", "FIRST_PAUSE", "template_id", "1689556908129832123"),
		`"field":"message_template_quality_update","value":{"message_template_name":"t","previous_quality_score":"GREEN","new_quality_score":"RED"}`:                                                                                          event("template_quality", "previous", "GREEN", "current", "RED"),
		`"field":"template_category_update","value":{"message_template_name":"t","new_category":"UTILITY","correct_category":"MARKETING","category_update_timestamp":1746169200}`:                                                             event("template_category", "phase", "impending", "current", "UTILITY", "future", "MARKETING", "effective", "1746169200"),
		`"field":"business_capability_update","value":{"max_daily_conversations_per_business":2000}`:                                                                                                                                          event("capability", "max_daily_conversations_per_business", "2000"),
		`"field":"phone_number_quality_update","value":{"event":"FLAGGED","current_limit":"TIER_10K"}`:                                                                                                                                        event("capability", "event", "FLAGGED", "current_limit", "TIER_10K"),
		`"field":"account_update","value":{"event":"ACCOUNT_RESTRICTION","restriction_info":[]}`:                                                                                                                                              event("channel_error", "event", "ACCOUNT_RESTRICTION"),
		`"field":"account_update","value":{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":"1641848400"},{"restriction_type":"RESTRICTED_ADD_PHONE_NUMBER_ACTION"}]}`: event("channel_error", "restrictions", "RESTRICTED_BIZ_INITIATED_MESSAGING, RESTRICTED_ADD_PHONE_NUMBER_ACTION"),
		`"field":"account_update","value":{"event":"ACCOUNT_VIOLATION","violation_info":{"violation_type":"ADULT"},"ban_info":7}`:                                                                                                             event("channel_error", "violation", "ADULT"),
		`"field":"account_update","value":{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"SCHEDULE_FOR_DISABLE","waba_ban_date":"July 7, 2026"}}`:                                                                                    event("channel_error", "ban_state", "SCHEDULE_FOR_DISABLE", "until", "July 7, 2026"),
		`"field":"account_update","value":{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":["DISABLE"],"waba_ban_date":"x"}}`:                                                                                                          event("channel_error", "event", "DISABLED_UPDATE", "ban_state", nil),
		`"field":"account_update","value":{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE"}}`:                                                                                                                                event("channel_error", "event", "DISABLED_UPDATE", "ban_state", "DISABLE"),
		`"field":"account_update","value":{"event":"VERIFIED_ACCOUNT"}`:                                                                                                                                                                       event("other", "event", "VERIFIED_ACCOUNT"),
		`"field":"smb_message_echoes","value":{"message_echoes":[]}`:                                                                                                                                                                          event("other", "field", "smb_message_echoes"),
		`"field":"something_new","value":[1,2]`: event("other", "field", "something_new", "waba", "W"),
		`"field":"user_preferences","value":{"user_preferences":[{"user_id":"BR.1","category":"marketing_messages","value":"stop","timestamp":1731705721}]}`: event("marketing_preference", "bsuid", "BR.1", "phone", nil, "value", "stop", "timestamp", 1731705721),
		`"field":"user_preferences","value":{"metadata":{"phone_number_id":"999"},"user_preferences":[{"wa_id":"1","value":"stop"}]}`:                        event("other"),
	} {
		cases = append(cases, channeltest.IncomingCase{Name: field, Request: post(`{"entry":[{"id":"W","time":7,"changes":[{` + field + `}]}]}`), Want: []map[string]any{want}})
	}
	channeltest.Incoming(t, open(t, nil), cases)
}

// TestBatch takes a full batch, of which Meta sends up to 1,000 updates.
func TestBatch(t *testing.T) {
	all := []string{}
	for i := range 1000 {
		all = append(all, fmt.Sprintf(`{"id":"w%d","status":"delivered","timestamp":"1750030073","recipient_id":"5511"}`, i))
	}
	events, _, err := open(t, nil).Receive(post(messages(`"statuses":[` + strings.Join(all, ",") + `]`)))
	if err != nil || len(events) != 1000 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	channeltest.Sound(t, events)
}

// TestRepeatsShareTheirKey: the same call again gives the same keys, and a
// template approved a second time does not look like a repeat.
func TestRepeatsShareTheirKey(t *testing.T) {
	body := `{"entry":[{"id":"W","time":7,"changes":[{"field":"message_template_status_update","value":{"event":"APPROVED","message_template_name":"t"}}]}]}`
	keys := func(body string) string {
		events, _, err := open(t, nil).Receive(post(body))
		if err != nil || len(events) != 1 {
			t.Fatal(err, events)
		}
		return events[0].Key
	}
	if first := keys(body); keys(body) != first {
		t.Error("a repeated call changes its key")
	}
	if keys(body) == keys(strings.Replace(body, `"time":7`, `"time":8`, 1)) {
		t.Error("a second approval has the first one's key")
	}
}

func TestWABA(t *testing.T) {
	body := post(`{"entry":[{"id":"OTHERS","time":7,"changes":[{"field":"message_template_status_update","value":{"event":"APPROVED","message_template_name":"t"}}]}]}`)
	channeltest.Incoming(t, open(t, func(s *channel.Settings) { s.Values["waba_id"] = "OURS" }), []channeltest.IncomingCase{
		{Name: "another account's template", Request: body, Want: []map[string]any{{"kind": "other", "waba": "OTHERS"}}},
	})
}

// TestVirtualTime maps the provider's clock to ours.
func TestVirtualTime(t *testing.T) {
	start := time.Unix(1_749_000_000, 0).UTC()
	clock := engine.NewClock(engine.Anchor{Real: start, Virtual: start, Speed: 60}, func() time.Time { return start })
	events, _, err := open(t, func(s *channel.Settings) { s.Clock = clock }).Receive(post(messages(`"messages":[{"id":"m","from":"1","type":"text","timestamp":"1749000010","text":{"body":"x"}}]`)))
	if err != nil || len(events) != 1 || !events[0].OccurredAt.Equal(start.Add(10*time.Minute)) {
		t.Errorf("got %+v, %v", events, err)
	}
}

// FuzzReceive throws properly signed nonsense at the driver: it never panics,
// and what it makes of it is sound.
func FuzzReceive(f *testing.F) {
	files, _ := filepath.Glob("testdata/whatsapp-webhooks/*.json")
	for _, file := range files {
		var c struct{ Payload json.RawMessage }
		channeltest.Load(f, strings.TrimPrefix(file, "testdata/"), &c)
		f.Add(string(c.Payload))
	}
	f.Add(messages(`"messages":[{"id":"m","type":"edit","edit":{"message":{"edit":{"message":{}}}}}]`))
	f.Add(`{"entry":[{"changes":[null]},null]}`)
	s := settings()
	provider, err := meta.New(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		events, response, err := provider.Receive(post(body))
		if (err == nil) != (response.Status == 200) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
	})
}
