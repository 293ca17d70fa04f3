package meta_test

import (
	"testing"

	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

// TestCalls: a person who calls opens the service window, which no other news of a call
// does (developers.facebook.com/documentation/business-messaging/whatsapp/calling/reference).
func TestCalls(t *testing.T) {
	const one = `"id":"wacid.1","to":"15550783881","timestamp":"1749416383",`
	calls := func(who, rest string) string {
		return `{"object":"whatsapp_business_account","entry":[{"id":"WABA","changes":[{"field":"calls","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"` + who +
			`"},"contacts":[{"profile":{"name":"Ana Demo"},"wa_id":"5511987654321","user_id":"BR.1"}],"calls":[{` + one + rest + `}]}}]}]}`
	}
	called := map[string]any{"kind": "message", "type": "call", "provider_message_id": "wacid.1", "timestamp": 1749416383, "from_phone": "5511987654321", "from_bsuid": "BR.1", "opens_customer_service_window": true}
	hidden := map[string]any{"kind": "message", "type": "call", "from_bsuid": "BR.1", "opens_customer_service_window": true}
	other := map[string]any{"kind": "other"}
	var cases []channeltest.IncomingCase
	for name, c := range map[string]struct {
		body string
		want map[string]any
	}{
		"of a person":                  {calls(number, `"from":"5511987654321","event":"connect","direction":"USER_INITIATED"`), called},
		"of somebody with a username":  {calls(number, `"from_user_id":"BR.1","event":"connect","direction":"USER_INITIATED"`), hidden},
		"that ended":                   {calls(number, `"from":"5511987654321","event":"terminate","direction":"USER_INITIATED","status":"Completed"`), other},
		"of ours":                      {calls(number, `"to":"5511987654321","event":"connect","direction":"BUSINESS_INITIATED"`), other},
		"of another number of the app": {calls("1", `"from":"5511987654321","event":"connect","direction":"USER_INITIATED"`), other},
	} {
		cases = append(cases, channeltest.IncomingCase{Name: name, Request: post(c.body), Want: []map[string]any{c.want}})
	}
	channeltest.Incoming(t, open(t, nil), cases)
	if (&engine.IncomingMessage{Type: "call"}).CanAnswer() {
		t.Error("a call answers questions")
	}
}
