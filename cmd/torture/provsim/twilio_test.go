package provsim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twilio/twilio-go/client"
)

func sms(to, body, callback string) url.Values {
	form := url.Values{"To": {to}, "From": {Secrets{}.withDefaults().TwilioFrom}, "Body": {body}}
	if callback != "" {
		form.Set("StatusCallback", callback)
	}
	return form
}

// Twilio's own library accepts every signature.
func TestTwilioAcceptsAndTells(t *testing.T) {
	w := start(t, Config{})
	p := newProduct(t, w)
	callback := p.server.URL + "/webhooks/sms?ref=" + url.QueryEscape("clinic/e1/ask/1")
	status, answer, err := sendSMS(t, w, sms("+5511988880001", "Olá, é amanhã", callback))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	require.Equal(t, "queued", answer["status"])
	require.Equal(t, "+5511988880001", answer["to"])
	require.Nil(t, answer["error_code"])
	drain(t, w)
	require.Equal(t, http.StatusOK, w.Inbound(Inbound{Channel: "sms", From: "+5511988880001", Text: " stop "}))

	a := w.Accepts()[0]
	require.Equal(t, answer["sid"], a.ProviderID)
	require.Equal(t, "clinic/e1/ask/1", a.Ref)
	require.True(t, a.Answered)

	validator := client.NewRequestValidator(w.Secrets().TwilioToken)
	all := p.all()
	require.Len(t, all, 3)
	for i, want := range []string{"sent", "delivered", "received"} {
		r := all[i]
		form, err := url.ParseQuery(string(r.body))
		require.NoError(t, err)
		flat := map[string]string{}
		for name := range form {
			flat[name] = form.Get(name)
		}
		require.True(t, validator.Validate(r.url, flat, r.header.Get("X-Twilio-Signature")), r.url)
		require.False(t, validator.Validate(r.url+"x", flat, r.header.Get("X-Twilio-Signature")))
		require.Equal(t, want, form.Get("SmsStatus"))
		if i < 2 {
			require.Equal(t, a.ProviderID, form.Get("MessageSid"))
			require.Equal(t, callback, r.url)
		} else {
			require.Equal(t, "STOP", form.Get("OptOutType"))
			require.Equal(t, " stop ", form.Get("Body"))
		}
	}
}

// A StatusCallback with a public name is signed as that name and delivered here.
func TestTwilioSignsThePublicAddress(t *testing.T) {
	w := start(t, Config{})
	p := newProduct(t, w)
	callback := "https://clinic.example.com/webhooks/sms?ref=r"
	_, _, err := sendSMS(t, w, sms("+5511988880001", "oi", callback))
	require.NoError(t, err)
	drain(t, w)
	all := p.all()
	require.Len(t, all, 2)
	require.True(t, strings.HasSuffix(all[0].url, "/webhooks/sms?ref=r"))
	form, err := url.ParseQuery(string(all[0].body))
	require.NoError(t, err)
	require.Equal(t, twilioSignature(w.Secrets().TwilioToken, callback, form), all[0].header.Get("X-Twilio-Signature"))
	require.NotEmpty(t, all[0].header.Get("I-Twilio-Idempotency-Token"))

	_, _, err = sendSMS(t, w, sms("+5511988880001", "sem aviso", ""))
	require.NoError(t, err)
	drain(t, w)
	require.Len(t, p.all(), 2, "who asks for no StatusCallback gets none")
}

func TestTwilioRefusesInItsWords(t *testing.T) {
	w := start(t, Config{})
	for name, c := range map[string]struct {
		plan    Plan
		form    url.Values
		http    int
		code    float64
		message string
	}{
		"authenticate": {Plan{TokenExpired: true}, sms("+5511988880001", "x", ""), 401, 20003, "Authenticate"},
		"too many":     {Plan{Rate429: 1}, sms("+5511988880001", "x", ""), 429, 20429, "Too Many Requests"},
		"broken":       {Plan{Rate5xx: 1}, sms("+5511988880001", "x", ""), 500, 20500, "Internal Server Error"},
		"limited":      {Plan{Limited: true, LimitCode: 131048}, sms("+5511988880001", "x", ""), 429, 20429, "Too Many Requests"},
		"queue":        {Plan{Limited: true, LimitCode: 21611}, sms("+5511988880001", "x", ""), 429, 21611, "This 'From' number has exceeded the maximum number of queued messages"},
		"opted out":    {Plan{ErrorFor: map[string]int{"5511988880001": 21610}}, sms("+5511988880001", "x", ""), 400, 21610, "Attempt to send to unsubscribed recipient"},
		"no number":    {Plan{}, sms("11988880001", "x", ""), 400, 21211, "Invalid 'To' Phone Number"},
		"no body":      {Plan{}, sms("+5511988880001", "  ", ""), 400, 21602, "Message body is required."},
		"long body":    {Plan{}, sms("+5511988880001", strings.Repeat("x", 1601), ""), 400, 21617, "The concatenated message body exceeds the 1600 character limit"},
		"not our From": {Plan{}, url.Values{"To": {"+5511988880001"}, "From": {"+1"}, "Body": {"x"}}, 400, 21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination."},
		"no From":      {Plan{}, url.Values{"To": {"+5511988880001"}, "Body": {"x"}}, 400, 21603, "A 'From' phone number is required."},
		"no To":        {Plan{}, url.Values{"From": {"+1"}, "Body": {"x"}}, 400, 21604, "A 'To' phone number is required."},
		"unknown a/c":  {Plan{}, nil, 401, 20003, "Authenticate"},
	} {
		t.Run(name, func(t *testing.T) {
			w.SetPlan(c.plan)
			var status int
			var answer map[string]any
			var err error
			if c.form == nil {
				status, answer, err = post(t, w.URL()+"/2010-04-01/Accounts/ACx/Messages.json", http.Header{"Authorization": {basic(w.Secrets())}}, "")
			} else {
				status, answer, err = sendSMS(t, w, c.form)
			}
			require.NoError(t, err)
			require.Equal(t, c.http, status)
			require.InDelta(t, c.code, answer["code"], 0)
			require.Equal(t, c.message, answer["message"])
			require.InDelta(t, c.http, answer["status"], 0)
			require.NotEmpty(t, answer["more_info"])
		})
	}
	require.Empty(t, w.Accepts())
}

func TestTwilioReportsFailureLater(t *testing.T) {
	w := start(t, Config{Plan: Plan{FailFor: map[string]int{"+5511988880001": 30005}}})
	p := newProduct(t, w)
	_, _, err := sendSMS(t, w, sms("+5511988880001", "x", p.server.URL+"/webhooks/sms"))
	require.NoError(t, err)
	drain(t, w)
	form, err := url.ParseQuery(string(p.all()[1].body))
	require.NoError(t, err)
	require.Equal(t, "undelivered", form.Get("MessageStatus"))
	require.Equal(t, "30005", form.Get("ErrorCode"))
}

// A product in doubt can look up what it sent.
func TestTwilioLists(t *testing.T) {
	clock := &watch{now: time.Date(2030, 1, 1, 23, 59, 0, 0, time.UTC)}
	w := start(t, Config{Now: clock.Now, Plan: Plan{ResetAfterAccept: 1}})
	_, _, err := sendSMS(t, w, sms("+5511988880001", "first", ""))
	require.Error(t, err)
	w.SetPlan(Plan{})
	clock.turn(2 * time.Minute)
	for _, to := range []string{"+5511988880001", "+5511988880002", "+5511988880001"} {
		_, _, err = sendSMS(t, w, sms(to, "later", ""))
		require.NoError(t, err)
	}
	list := func(query string) (bodies []string, next any) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL()+"/2010-04-01/Accounts/"+w.Secrets().TwilioSID+"/Messages.json?"+query, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", basic(w.Secrets()))
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		raw, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode, "%s", raw)
		var page struct {
			Messages []struct{ Body, To, From string }
			Next     any `json:"next_page_uri"`
		}
		require.NoError(t, json.Unmarshal(raw, &page))
		for _, m := range page.Messages {
			bodies = append(bodies, m.Body)
			require.Equal(t, w.Secrets().TwilioFrom, m.From, "a list names the sender")
		}
		return bodies, page.Next
	}
	to := "To=" + url.QueryEscape("+5511988880001")
	found, _ := list(to + "&DateSent=2030-01-01")
	require.Equal(t, []string{"first"}, found, "found although nobody was told")
	found, _ = list(to)
	require.Equal(t, []string{"later", "later", "first"}, found, "newest first")
	found, _ = list(to + "&DateSent%3E=2030-01-02")
	require.Equal(t, []string{"later", "later"}, found)
	found, next := list(to + "&PageSize=2")
	require.Len(t, found, 2)
	require.NotNil(t, next)
	found, next = list(to + "&PageSize=2&Page=1")
	require.Equal(t, []string{"first"}, found)
	require.Nil(t, next)
}
