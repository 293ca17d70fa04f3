package twilio

import (
	"net/http"
	"net/url"
	"testing"
	"testing/quick"

	"github.com/twilio/twilio-go/client"

	"jornada/activities/channel"
)

// TestSignatureAgreesWithTwiliosLibrary: of random forms, the driver takes and
// refuses what Twilio's own library takes and refuses.
func TestSignatureAgreesWithTwiliosLibrary(t *testing.T) {
	const token = "12345"
	d, validator := driver(t), client.NewRequestValidator(token)
	agree := func(params map[string]string, reference, name, value string, port bool) bool {
		u := url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/sms-demo", RawQuery: url.Values{"ref": {reference}}.Encode()}
		if port {
			u.Host += ":443"
		}
		form := url.Values{}
		for k, v := range params {
			form.Set(k, v)
		}
		proof := signature(token, u.String(), form)
		same := func(params map[string]string, form url.Values, want bool) bool {
			theirs := validator.Validate(u.String(), params, proof)
			_, ours := d.signed(channel.Request{Method: http.MethodPost, URL: &u, Body: []byte(form.Encode()), Header: http.Header{
				"Content-Type": {formType}, "X-Twilio-Signature": {proof}}})
			return theirs == want && ours == want
		}
		if !same(params, form, true) {
			return false
		}
		if old, there := params[name]; there && old == value || name+value == "" {
			return true // nothing was changed
		}
		changed, form2 := map[string]string{name: value}, url.Values{}
		for k, v := range params {
			if k != name {
				changed[k] = v
			}
		}
		for k, v := range changed {
			form2.Set(k, v)
		}
		// A change that leaves the signed text as it was is one to neither.
		return same(changed, form2, signature(token, u.String(), form2) == proof)
	}
	if err := quick.Check(agree, &quick.Config{MaxCount: 500}); err != nil {
		t.Error(err)
	}
}
