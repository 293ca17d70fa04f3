package twilio

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/twilio/twilio-go/client"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

func onWhatsApp(t testing.TB) *Driver {
	t.Helper()
	provider, err := New(channel.Settings{
		IntegrationID: "wa-demo", Channel: engine.WhatsApp, Values: map[string]string{"account_sid": "AC1", "from": "+14155238886"},
		Secrets: map[string]string{"auth_token": "12345"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return provider.(*Driver)
}

// published are WhatsApp's calls as Twilio makes them.
func published(t testing.TB) (cases []struct {
	ID, Form string
	Expect   map[string]any
}) {
	t.Helper()
	raw, err := os.ReadFile("testdata/whatsapp.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			ID, Form string
			Expect   map[string]any
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func TestWhatsAppWebhooks(t *testing.T) {
	const from = "MessageSid=SM1&SmsStatus=received&WaId=5511987654321&From=whatsapp%3A%2B5511987654321&To=whatsapp%3A%2B14155238886&"
	cases := []channeltest.IncomingCase{
		{Name: "text", Request: call(t, "", from+"Body=Ol%C3%A1&MessageType=text&ProfileName=Ana"),
			Want: []map[string]any{{"kind": "message", "type": "text", "text": "Olá", "from_phone": "5511987654321", "from_bsuid": nil, "profile_name": "Ana", "to": "+14155238886", "opens_customer_service_window": true, "location": nil}}},
		{Name: "a row of a list", Request: call(t, "", from+"Body=Ter%C3%A7a&ListId=j1%7Ce%7Cask%7C0%7Ctue&ListTitle=Ter%C3%A7a&MessageType=interactive"),
			Want: []map[string]any{{"type": "interactive", "interactive_type": "list_reply", "text": "Terça", "reply_payload": "j1|e|ask|0|tue", "opens_customer_service_window": true}}},
		{Name: "a button of a template", Request: call(t, "", from+"Body=Sim&ButtonText=Sim&ButtonPayload=yes&MessageType=button&OriginalRepliedMessageSid=SM0"),
			Want: []map[string]any{{"type": "button", "interactive_type": nil, "text": "Sim", "reply_payload": "yes", "context_message_id": "SM0", "opens_customer_service_window": true}}},
		{Name: "a button without a kind", Request: call(t, "", from+"ButtonText=Sim"), Want: []map[string]any{{"type": "button", "text": "Sim", "reply_payload": nil}}},
		{Name: "a place", Request: call(t, "", from+"Latitude=-23.5613&Longitude=-46.6565&Address=Av.+Paulista&Label=MASP"),
			Want: []map[string]any{{"type": "location", "text": nil, "location": map[string]any{"latitude": -23.5613, "longitude": -46.6565, "address": "Av. Paulista", "name": "MASP"}}}},
		{Name: "a place nowhere", Request: call(t, "", from+"Latitude=NaN&Longitude=Inf"), Want: []map[string]any{{"type": "location", "location": map[string]any{}}}},
		{Name: "a picture with a caption", Request: call(t, "", from+"Body=Receita&NumMedia=1&MediaUrl0=https%3A%2F%2Fapi.example.com%2Fm&MediaContentType0=image%2Fjpeg&MessageType=image"),
			Want: []map[string]any{{"type": "image", "text": "Receita", "media": map[string]any{"kind": "image", "mime_type": "image/jpeg", "url": "https://api.example.com/m"}, "opens_customer_service_window": true}}},
		{Name: "a sticker", Request: call(t, "", from+"NumMedia=1&MediaUrl0=u&MediaContentType0=image%2Fwebp&MessageType=sticker"), Want: []map[string]any{{"type": "sticker", "media": map[string]any{"kind": "sticker"}}}},
		{Name: "a contact card", Request: call(t, "", from+"NumMedia=1&MediaUrl0=u&MediaContentType0=text%2Fvcard"), Want: []map[string]any{{"type": "contacts", "opens_customer_service_window": true}}},
		{Name: "a kind of media nobody knows yet", Request: call(t, "", from+"NumMedia=1&MediaUrl0=u&MediaContentType0=audio%2Fogg&MessageType=voice"), Want: []map[string]any{{"type": "audio"}}},
		{Name: "a reaction opens nothing", Request: call(t, "", from+"Body=%F0%9F%91%8D&MessageType=reaction"), Want: []map[string]any{{"type": "reaction", "opens_customer_service_window": false}}},
		{Name: "led here by an advertisement", Request: call(t, "", from+"Body=Oi&ReferralBody=Avalia%C3%A7%C3%A3o+gratuita&ReferralHeadline=Cl%C3%ADnica&ReferralSourceId=12&ReferralSourceType=ad&ReferralSourceUrl=https%3A%2F%2Ffb.me%2Fx&ReferralCtwaClid=c1&ReferralNumMedia=0"),
			Want: []map[string]any{{"type": "text", "referral": map[string]any{"body": "Avaliação gratuita", "headline": "Clínica", "source_id": "12", "source_type": "ad", "source_url": "https://fb.me/x", "ctwa_clid": "c1"}}}},
		{Name: "a person who hides the number", Request: call(t, "", "MessageSid=SM1&SmsStatus=received&From=whatsapp%3ABR.1A2B3C&ExternalUserId=whatsapp%3ABR.1A2B3C&Body=Oi"),
			Want: []map[string]any{{"from_phone": nil, "from_bsuid": "BR.1A2B3C"}}},
		{Name: "the user id only where the number should be", Request: call(t, "", "MessageSid=SM1&SmsStatus=received&WaId=BR.1A2B3C&From=whatsapp%3ABR.1A2B3C&Body=Oi"),
			Want: []map[string]any{{"from_phone": nil, "from_bsuid": "BR.1A2B3C"}}},
		{Name: "without WaId", Request: call(t, "", "MessageSid=SM1&SmsStatus=received&From=whatsapp%3A%2B5511987654321&Body=Oi"), Want: []map[string]any{{"from_phone": "5511987654321", "from_bsuid": nil}}},
		{Name: "an opt-out", Request: call(t, "", from+"Body=STOP&OptOutType=STOP"), Want: []map[string]any{{"kind": "unsubscribe", "from_phone": "5511987654321", "source": "twilio"}, {"kind": "message", "text": "STOP"}}},
		{Name: "an SMS of the same Messaging Service", Request: call(t, "", "MessageSid=SM1&SmsStatus=received&From=%2B5511987654321&Body=Oi"), Want: []map[string]any{{"kind": "other"}}},
		{Name: "delivered to a person who hides the number", Request: call(t, "ref=msg_1", "MessageSid=SM1&MessageStatus=delivered&To=whatsapp%3ABR.1A2B3C"),
			Want: []map[string]any{{"kind": "status", "status": "delivered", "opaque": "msg_1", "recipient_phone": nil, "recipient_bsuid": "BR.1A2B3C"}}},
		{Name: "a status with both addresses", Request: call(t, "", "MessageSid=SM1&MessageStatus=sent&To=whatsapp%3A%2B5511987654321&ExternalUserId=whatsapp%3ABR.1A2B3C"),
			Want: []map[string]any{{"kind": "status", "status": "sent", "recipient_phone": "+5511987654321", "recipient_bsuid": "BR.1A2B3C"}}},
		{Name: "a status nobody knows yet", Request: call(t, "", "MessageSid=SM1&MessageStatus=teleported"), Want: []map[string]any{{"kind": "other"}}},
	}
	validator := client.NewRequestValidator("12345")
	for _, c := range published(t) {
		r := call(t, "ref=msg_1", c.Form)
		form, err := url.ParseQuery(c.Form)
		if err != nil {
			t.Fatal(err)
		}
		params := map[string]string{}
		for name := range form {
			params[name] = form.Get(name)
		}
		if !validator.Validate(r.URL.String(), params, r.Header.Get("X-Twilio-Signature")) {
			t.Errorf("%s: Twilio's own library refuses our signature", c.ID)
		}
		cases = append(cases, channeltest.IncomingCase{Name: c.ID, Request: r, Want: []map[string]any{c.Expect}})
	}
	channeltest.Incoming(t, onWhatsApp(t), cases)
	t.Run("WhatsApp at the door of SMS", func(t *testing.T) {
		channeltest.Incoming(t, driver(t), []channeltest.IncomingCase{{Name: "text", Request: call(t, "", from+"Body=Oi"), Want: []map[string]any{{"kind": "other"}}}})
	})
}

// TestWhyItFailed: what Meta says is kept, without numbers of people.
func TestWhyItFailed(t *testing.T) {
	for form, want := range map[string]string{
		"ErrorCode=63024&ChannelStatusMessage=Not+to+5511987654321": "this person cannot be reached on WhatsApp; use another channel: Not to •••",
		"ErrorCode=63999&ErrorMessage=Odd":                          "Odd",
		"ErrorCode=63032":                                           "WhatsApp holds back marketing to this person; not before 24 hours from now",
		"":                                                          "",
	} {
		events, _, err := onWhatsApp(t).Receive(call(t, "", "MessageSid=SM1&MessageStatus=undelivered&"+form))
		if err != nil || len(events) != 1 || events[0].Status.ErrorDetail != want {
			t.Errorf("%s: %+v, %v", form, events, err)
		}
	}
}

func TestContentHost(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.twilio.com":            "https://content.twilio.com",
		"https://api.dublin.ie1.twilio.com": "https://content.dublin.ie1.twilio.com",
		"http://127.0.0.1:8080/x":           "http://127.0.0.1:8080/x",
		"https://api.twilio.com.example":    "https://api.twilio.com.example",
	} {
		if got := contentHost(base); got != want {
			t.Errorf("%s: %s", base, got)
		}
	}
}

// FuzzReceiveWhatsApp: whatever Twilio may say of WhatsApp, proved to be from it,
// becomes sound events or a refusal.
func FuzzReceiveWhatsApp(f *testing.F) {
	for _, c := range published(f) {
		f.Add(c.Form)
	}
	f.Add("MessageSid=SM1&Body=x&From=whatsapp%3ABR.1&Latitude=1e999&Longitude=x&NumMedia=1&ListId=a&OptOutType=STOP&MessageType=%00")
	d := onWhatsApp(f)
	f.Fuzz(func(t *testing.T, form string) {
		r := call(t, "ref=msg_1", form)
		events, response, err := d.Receive(r)
		if (err == nil) != (response.Status == http.StatusOK) {
			t.Fatalf("answered %d with %v", response.Status, err)
		}
		channeltest.Sound(t, events)
		for _, e := range events {
			if _, err := json.Marshal(e); err != nil {
				t.Fatalf("an event that cannot be stored: %v", err)
			}
		}
		r.Header.Set("X-Twilio-Signature", "A"+r.Header.Get("X-Twilio-Signature"))
		if events, _, err := d.Receive(r); err == nil || len(events) > 0 {
			t.Fatalf("an unproved call became %d events", len(events))
		}
	})
}
