package meta_test

import (
	"fmt"
	"strings"
	"testing"

	"jornada/activities/channel/meta"
	"jornada/engine"
)

// TestWhoConnectsSubscribesToWhatIsHeard: what a person is told to subscribe to are the
// fields that are acted on, and no others. The values are shortened from Meta's
// (developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference).
func TestWhoConnectsSubscribesToWhatIsHeard(t *testing.T) {
	provider := open(t, nil)
	for field, value := range map[string]string{
		"messages":                        `{"messaging_product":"whatsapp","metadata":{"phone_number_id":"106540352242922"},"statuses":[{"id":"wamid.1","status":"sent","timestamp":"1750030073"}]}`,
		"message_template_status_update":  `{"event":"APPROVED","message_template_id":1689556908129832,"message_template_name":"order_confirmation","message_template_language":"en-US","reason":"NONE","message_template_category":"UTILITY"}`,
		"message_template_quality_update": `{"previous_quality_score":"GREEN","new_quality_score":"YELLOW","message_template_id":806312974732579,"message_template_name":"welcome_template","message_template_language":"en-US"}`,
		"template_category_update":        `{"message_template_id":278077987957091,"message_template_name":"welcome_template","message_template_language":"en-US","previous_category":"UTILITY","new_category":"MARKETING"}`,
		"phone_number_quality_update":     `{"display_phone_number":"15550783881","event":"THROUGHPUT_UPGRADE","current_limit":"TIER_UNLIMITED"}`,
		"business_capability_update":      `{"max_daily_conversations_per_business":2000,"max_phone_numbers_per_business":25}`,
		"account_update":                  `{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING","expiration":"1641848400"}]}`,
		"user_preferences":                `{"messaging_product":"whatsapp","metadata":{"phone_number_id":"106540352242922"},"user_preferences":[{"wa_id":"16505551234","detail":"User requested to stop marketing messages","category":"marketing_messages","value":"stop","timestamp":1731705721}]}`,
		"calls":                           `{"messaging_product":"whatsapp","metadata":{"phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ana Demo"},"wa_id":"16505551234"}],"calls":[{"id":"wacid.1","to":"15550783881","from":"16505551234","event":"connect","timestamp":"1749416383","direction":"USER_INITIATED"}]}`,

		"account_alerts":                     `{"entity_type":"BUSINESS","alert_info":{"alert_severity":"INFORMATIONAL"}}`,
		"message_template_components_update": `{"message_template_name":"order_confirmation","message_template_language":"en-US"}`,
		"phone_number_name_update":           `{"display_phone_number":"15550783881","decision":"APPROVED"}`,
		"smb_message_echoes":                 `{"message_echoes":[]}`,
	} {
		value = strings.ReplaceAll(value, "106540352242922", number)
		events, _, err := provider.Receive(post(fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"","time":1739321024,"changes":[{"field":%q,"value":%s}]}]}`, field, value)))
		if err != nil || len(events) != 1 {
			t.Errorf("%s becomes %d events: %v", field, len(events), err)
			continue
		}
		for _, text := range []string{meta.Description.Webhook.Enter.En, meta.Description.Webhook.Enter.Pt} {
			told := strings.Contains(strings.NewReplacer(",", " ", ".", " ").Replace(text)+" ", " "+field+" ")
			if heard := events[0].Kind != engine.OtherEvent; told != heard {
				t.Errorf("%s becomes %q, and who connects a number is told %t of it: %s", field, events[0].Kind, told, text)
			}
		}
	}
}
