package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What providers take first and refuse later is tried again as it would have been at once:
// with the template when the window turns out to be closed, and once more when the phone
// is off. Only what is left without another try lets the step go on.
func TestWhatIsRefusedLateIsTriedAgain(t *testing.T) {
	r := newChannelRig(t, onSQLite, 1)
	v, phone := r.vendors, r.phone(0)
	r.ok("POST", "/api/v1/integrations", fmt.Sprintf(`{"id":"torpedo","provider":"twilio","channel":"sms","default":true,"settings":{"account_sid":%q,"from":%q,"base_url":%q},"secrets":{"auth_token":%q}}`,
		twilioSID, twilioNumber, v.server.URL, twilioToken))
	r.ok("PATCH", "/api/v1/contacts/pessoa-0", `{"opt_in":{"whatsapp":true,"sms":true}}`)
	files := maps.Clone(shop)
	files["well.journey.yaml"] = `dsl: 1
journey: well
category: utility
timezone: America/Sao_Paulo
triggers: [{api: true}]
steps:
  - id: well
    ask:
      whatsapp: {text: "Tudo bem?", closed: {template: hello}}
      fallback: [{sms: {text: "Tudo bem?"}}]
      accept: text
      timeout: 1d
    branches:
      answered: []
      timeout: [{id: quiet, exit: quiet}]
      undelivered: [{id: lost, exit: lost}]
`
	r.publishFiles(files)
	require.Equal(t, 200, v.whatsApp(waAppSecret, waText(phone, "wamid.IN1", "olá")))
	r.eventually("the window is open", func() bool {
		var who struct {
			Windows map[string]struct{ Open bool }
		}
		require.NoError(t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/contacts/pessoa-0", "")), &who))
		return who.Windows["whatsapp"].Open
	})
	r.ok("POST", "/api/v1/journeys/well/enrollments", `{"contact_id":"pessoa-0"}`)
	question := v.nth(phone, 1)
	require.Equal(t, "Tudo bem?", question.JSON.Text.Body)

	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(question, "failed", 131047)))
	template := v.nth(phone, 2)
	require.Equal(t, "hello", template.JSON.Template.Name)
	require.NotEqual(t, question.JSON.Ref, template.JSON.Ref)
	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(question, "failed", 131047)), "told twice")

	require.Equal(t, 200, v.whatsApp(waAppSecret, waStatus(template, "failed", 131026)))
	first := v.nth(phone, 3)
	require.Equal(t, "Tudo bem?", first.Form.Get("Body"), "the next route")
	off := func(sms wire) {
		require.Equal(t, 200, v.twilio(sms.Form.Get("StatusCallback"), url.Values{"MessageSid": {sms.ID}, "MessageStatus": {"undelivered"}, "ErrorCode": {"30003"}, "To": {phone}}))
	}
	off(first)
	r.eventually("another one waits in its place", func() bool { return r.messages()["queued"] == 1 })
	require.Len(t, v.to(phone), 3)
	r.jump(11 * time.Minute)
	second := v.nth(phone, 4)
	require.Equal(t, first.Form.Get("Body"), second.Form.Get("Body"))
	require.NotEqual(t, first.ID, second.ID)
	off(second)
	r.eventually("nobody is there", func() bool {
		var page struct{ Items []struct{ Outcome string } }
		require.NoError(t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/enrollments?contact_id=pessoa-0", "")), &page))
		return page.Items[0].Outcome == "lost"
	})
	require.Len(t, v.to(phone), 4)

	var list struct {
		Items []struct {
			ID, Status, Reason string
			InPlaceOf          string `json:"in_place_of"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.ok("GET", "/api/v1/messages?contact_id=pessoa-0", "")), &list))
	require.Len(t, list.Items, 4)
	require.Equal(t, list.Items[1].ID, list.Items[0].InPlaceOf)
	require.Equal(t, list.Items[3].ID, list.Items[2].InPlaceOf)
	for i, reason := range []string{"unreachable", "unreachable", "unreachable", "window_closed"} {
		require.Equal(t, "failed "+reason, list.Items[i].Status+" "+list.Items[i].Reason)
	}
}
