package api

import (
	"fmt"
	"strings"
	"testing"
)

// TestLargestBatch: Meta sends up to 1,000 updates in one call of at most 3 MB, and
// repeats all of them for days when it is refused.
func TestLargestBatch(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		f.doors()
		statuses := make([]string, 1000)
		for i := range statuses {
			statuses[i] = fmt.Sprintf(`{"id":"wamid.batch%04d","status":"failed","timestamp":"1750030073","recipient_id":"55119%08d","biz_opaque_callback_data":"msg_%04d",
				"errors":[{"code":131049,"title":"This message was not delivered to maintain healthy ecosystem engagement.","message":"…","error_data":{"details":%q},"href":"https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}]}`,
				i, i, i, strings.Repeat("In order to maintain a healthy ecosystem engagement, the message failed to be delivered. ", 20))
		}
		body := `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"111"},"statuses":[` +
			strings.Join(statuses, ",") + `]}}]}]}`
		if len(body) < 2<<20 || len(body) > maxWebhook {
			t.Fatalf("the batch has %d bytes", len(body))
		}
		for range 2 {
			if w := f.hook(metaCall("wa", "secret of wa", body)); w.Code != 200 {
				t.Fatalf("answers %d: %s", w.Code, w.Body)
			}
			if got := f.pending(); got != 1000 {
				t.Errorf("%d events are stored", got)
			}
		}
	})
}
