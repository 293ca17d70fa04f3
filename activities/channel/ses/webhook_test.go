package ses

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"math/big"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

const (
	certificateURL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
	subscribeURL   = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=2336412f37"
)

// amazon is SNS: it signs, and answers at its address without any network.
type amazon struct {
	key  *rsa.PrivateKey
	file []byte // what stands at certificateURL

	mu      sync.Mutex
	visited []string
	status  int // of every answer; 0 = 200
	away    bool
}

// ownKey is SNS's; making one takes long.
var ownKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newAmazon(t testing.TB) *amazon {
	t.Helper()
	key, err := ownKey()
	if err != nil {
		t.Fatal(err)
	}
	return &amazon{key: key, file: certify(t, key, noon.AddDate(1, 0, 0))}
}

func certify(t testing.TB, key crypto.Signer, until time.Time) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"sns.amazonaws.com"}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// RoundTrip implements http.RoundTripper.
func (a *amazon) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.visited = append(a.visited, r.Method+" "+r.URL.String())
	if a.away {
		return nil, errors.New("the network is away")
	}
	body := ""
	if strings.HasSuffix(r.URL.Path, ".pem") {
		body = string(a.file)
	}
	return &http.Response{StatusCode: a.status + map[bool]int{true: 200}[a.status == 0], Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (a *amazon) driver(t testing.TB) *Driver {
	t.Helper()
	s := settings()
	s.Clock = engine.NewClock(engine.Anchor{}, func() time.Time { return noon })
	s.Client = &http.Client{Transport: a}
	provider, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return provider.(*Driver)
}

// envelope is a call of SNS; fields stand on top of the usual ones ("" takes one
// away), and what is signed is computed here by the rule, from the map.
func (a *amazon) envelope(t testing.TB, fields map[string]string) channel.Request {
	t.Helper()
	all := map[string]string{
		"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": topic, "Subject": "Amazon SES Email Event Notification",
		"Timestamp": "2026-11-22T12:00:00.000Z", "SignatureVersion": "2", "SigningCertURL": certificateURL,
		"UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
	}
	for name, value := range fields {
		if all[name] = value; value == "" {
			delete(all, name)
		}
	}
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if all["Type"] != "Notification" {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
		delete(all, "Subject")
	}
	var text strings.Builder
	for _, name := range names {
		if value, there := all[name]; there || name != "Subject" {
			text.WriteString(name + "\n" + value + "\n")
		}
	}
	hash := crypto.SHA256
	if all["SignatureVersion"] == "1" {
		hash = crypto.SHA1
	}
	digest := hash.New()
	digest.Write([]byte(text.String()))
	proof, err := rsa.SignPKCS1v15(rand.Reader, a.key, hash, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, given := fields["Signature"]; !given {
		all["Signature"] = base64.StdEncoding.EncodeToString(proof)
	}
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return channel.Request{Method: http.MethodPost, Body: body, Header: http.Header{"Content-Type": {"text/plain; charset=UTF-8"}, "X-Amz-Sns-Message-Type": {all["Type"]}}}
}

func (a *amazon) call(t testing.TB, message string) channel.Request {
	t.Helper()
	return a.envelope(t, map[string]string{"Message": message})
}

// about is an event of SES as Amazon's examples show it.
func about(kind, fields string) string {
	return `{"eventType":"` + kind + `",` + fields + `"mail":{"timestamp":"2017-08-05T00:40:02.012Z","source":"Sender Name <sender@example.com>",
		"messageId":"EXAMPLE7c191be45-000000","destination":["Recipient@example.com"],"headersTruncated":false,
		"headers":[{"name":"From","value":"Sender Name <sender@example.com>"}],"commonHeaders":{"subject":"Message sent from Amazon SES"},
		"tags":{"ses:configuration-set":["ConfigSet"],"ref":["msg_1"]}}}`
}

func bounced(kind, subtype, status string) string {
	return about("Bounce", `"bounce":{"bounceType":"`+kind+`","bounceSubType":"`+subtype+`","bouncedRecipients":[{"emailAddress":"recipient@example.com","action":"failed","status":"`+
		status+`","diagnosticCode":"smtp; 550 `+status+` recipient@example.com unknown"}],"timestamp":"2017-08-05T00:41:02.669Z","feedbackId":"01000157c44f053b","reportingMTA":"dsn; mta.example.com"},`)
}

func complained(fields string) string {
	return about("Complaint", `"complaint":{`+fields+`"complainedRecipients":[{"emailAddress":"recipient@example.com"}],"timestamp":"2017-08-05T00:41:02.669Z","feedbackId":"01000157c44f053b"},`)
}

func TestWebhooks(t *testing.T) {
	a := newAmazon(t)
	status := func(word string, more ...any) []map[string]any {
		fields := map[string]any{"kind": "status", "status": word, "opaque": "msg_1", "provider_message_id": "EXAMPLE7c191be45-000000", "error_codes": []any{}}
		for i := 0; i < len(more); i += 2 {
			fields[more[i].(string)] = more[i+1]
		}
		return []map[string]any{fields}
	}
	failed := func(bounce, code string) []map[string]any {
		return status("failed", "bounce", bounce, "error_codes", []any{code})
	}
	hard := func(code string) []map[string]any {
		return []map[string]any{{"kind": "bounce", "bounce": "hard", "suppress": true, "status": "failed", "opaque": "msg_1", "error_codes": []any{code}, "timestamp": 1501893662}}
	}
	cases := []channeltest.IncomingCase{
		{Name: "sent means taken", Request: a.call(t, about("Send", `"send":{},`)), Want: status("accepted", "timestamp", 1501893602)},
		{Name: "delivered", Request: a.call(t, about("Delivery", `"delivery":{"timestamp":"2017-08-05T00:41:02.669Z","smtpResponse":"250 2.6.0 Message received"},`)), Want: status("delivered", "timestamp", 1501893662)},
		{Name: "opened", Request: a.call(t, about("Open", `"open":{"timestamp":"2017-08-05T00:41:02.669Z"},`)), Want: status("read")},
		{Name: "clicked", Request: a.call(t, about("Click", `"click":{"timestamp":"2017-08-05T00:41:02.669Z","link":"http://docs.aws.amazon.com/"},`)), Want: status("read")},
		{Name: "a delay is not a bounce", Request: a.call(t, about("DeliveryDelay", `"deliveryDelay":{"timestamp":"2020-06-16T00:25:40.095Z","delayType":"TransientCommunicationFailure",
			"expirationTime":"2020-06-16T00:25:40.914Z","delayedRecipients":[{"emailAddress":"recipient@example.com","status":"4.4.1"}]},`)), Want: status("accepted", "reason", "TransientCommunicationFailure")},
		{Name: "virus", Request: a.call(t, about("Reject", `"reject":{"reason":"Bad content"},`)), Want: status("failed", "error_codes", []any{"Reject"})},
		{Name: "template", Request: a.call(t, about("Rendering Failure", `"failure":{"errorMessage":"Attribute 'name' is not present","templateName":"MyTemplate"},`)),
			Want: status("failed", "error_codes", []any{"Rendering Failure"}, "template", "MyTemplate")},
		{Name: "hard", Request: a.call(t, bounced("Permanent", "General", "5.1.1")), Want: hard("Permanent/General")},
		{Name: "hard, with an odd status", Request: a.call(t, bounced("Permanent", "NoEmail", "5.7.1")), Want: hard("Permanent/NoEmail")},
		{Name: "on SES's list", Request: a.call(t, bounced("Permanent", "Suppressed", "5.1.1")), Want: hard("Permanent/Suppressed")},
		{Name: "on our list at SES", Request: a.call(t, bounced("Permanent", "OnAccountSuppressionList", "5.1.1")), Want: hard("Permanent/OnAccountSuppressionList")},
		{Name: "policy", Request: a.call(t, bounced("Permanent", "General", "5.7.1")), Want: failed("block", "5.7.1")},
		{Name: "full", Request: a.call(t, bounced("Transient", "MailboxFull", "5.2.2")), Want: failed("soft", "Transient/MailboxFull")},
		{Name: "general", Request: a.call(t, bounced("Transient", "General", "4.0.0")), Want: failed("soft", "Transient/General")},
		{Name: "general, but there is no such domain", Request: a.call(t, bounced("Transient", "General", "5.4.4")), Want: hard("5.4.4")},
		{Name: "content", Request: a.call(t, bounced("Transient", "ContentRejected", "5.6.0")), Want: failed("block", "Transient/ContentRejected")},
		{Name: "undetermined", Request: a.call(t, bounced("Undetermined", "Undetermined", "")), Want: failed("soft", "Undetermined/Undetermined")},
		{Name: "a kind of bounce nobody knows yet", Request: a.call(t, bounced("Novel", "Novelty", "5.1.1")), Want: failed("soft", "Novel/Novelty")},
		{Name: "complaint", Request: a.call(t, complained(`"complaintFeedbackType":"abuse","complaintSubType":null,`)), Want: []map[string]any{{"kind": "complaint", "reason": "abuse", "provider_message_id": "EXAMPLE7c191be45-000000"}}},
		{Name: "complaint without a word", Request: a.call(t, complained(``)), Want: []map[string]any{{"kind": "complaint"}}},
		{Name: "no spam, says the reader", Request: a.call(t, complained(`"complaintFeedbackType":"not-spam",`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "no person complained", Request: a.call(t, complained(`"complaintFeedbackType":"auth-failure",`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "not sent because of an earlier complaint", Request: a.call(t, complained(`"complaintSubType":"OnAccountSuppressionList",`)),
			Want: append([]map[string]any{{"kind": "complaint"}}, status("failed", "error_codes", []any{"Complaint/OnAccountSuppressionList"})...)},
		{Name: "left everything", Request: a.call(t, about("Subscription", `"subscription":{"timestamp":"2022-01-12T01:00:17.910Z","newTopicPreferences":{"unsubscribeAll":true}},`)), Want: []map[string]any{{"kind": "unsubscribe", "timestamp": 1641949217}}},
		{Name: "left everything, as the documents have it", Request: a.call(t, about("Subscription", `"subscription":{"contactList":"ContactListName","timestamp":"2022-01-12T01:00:17.910Z","source":"UnsubscribeHeader","newTopicPreferences":{"unsubscribeAll":true,"topicSubscriptionStatus":[{"topicName":"ExampleTopicName","subscriptionStatus":"OptOut"}]},"oldTopicPreferences":{"unsubscribeAll":false,"topicSubscriptionStatus":[{"topicName":"ExampleTopicName","subscriptionStatus":"OptOut"}]}},`)),
			Want: []map[string]any{{"kind": "unsubscribe", "topic": "everything", "list": "ContactListName", "source": "UnsubscribeHeader", "purpose": nil}}},
		{Name: "left a topic", Request: a.call(t, about("Subscription", `"subscription":{"newTopicPreferences":{"unsubscribeAll":false,"topicSubscriptionStatus":[{"topicName":"news","subscriptionStatus":"OptOut"},{"topicName":"old","subscriptionStatus":"OptOut"},{"topicName":"care","subscriptionStatus":"OptIn"}]},"oldTopicPreferences":{"topicSubscriptionStatus":[{"topicName":"old","subscriptionStatus":"OptOut"}]}},`)),
			Want: []map[string]any{{"kind": "unsubscribe", "topic": "news"}}},
		{Name: "came back to a topic", Request: a.call(t, about("Subscription", `"subscription":{"newTopicPreferences":{"unsubscribeAll":false,"topicSubscriptionStatus":[{"topicName":"news","subscriptionStatus":"OptIn"}]},"oldTopicPreferences":{"unsubscribeAll":true}},`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "left nothing", Request: a.call(t, about("Subscription", `"subscription":{"newTopicPreferences":{"unsubscribeAll":false}},`)), Want: []map[string]any{{"kind": "other"}}},
		{Name: "a notification of an identity", Request: a.call(t, strings.Replace(strings.Replace(bounced("Permanent", "General", "5.1.1"), "eventType", "notificationType", 1), `"ref":["msg_1"]`, `"x":[]`, 1)),
			Want: []map[string]any{{"kind": "bounce", "bounce": "hard", "opaque": nil, "provider_message_id": "EXAMPLE7c191be45-000000"}}},
		{Name: "signature version 1, and no subject", Request: a.envelope(t, map[string]string{"Message": about("Send", ""), "SignatureVersion": "1", "Subject": ""}), Want: status("accepted")},
		{Name: "an event nobody knows yet", Request: a.call(t, about("Teleport", "")), Want: []map[string]any{{"kind": "other"}}},
		{Name: "a greeting", Request: a.call(t, "Successfully validated SNS topic for Amazon SES event publishing."), Want: []map[string]any{{"kind": "other"}}},
		{Name: "odd values", Request: a.call(t, `{"eventType":7,"mail":[]}`), Want: []map[string]any{{"kind": "other"}}},
		{Name: "unsubscribed", Request: a.envelope(t, map[string]string{"Type": "UnsubscribeConfirmation", "Message": "You have chosen to deactivate", "SubscribeURL": subscribeURL, "Token": "2336412f37"}),
			Want: []map[string]any{{"kind": "channel_error", "event": "UnsubscribeConfirmation", "state": "needs_reconnect"}}},
		{Name: "GET", Request: channel.Request{Method: http.MethodGet}, Status: 405, Err: engine.Invalid},
	}
	d := a.driver(t)
	channeltest.Incoming(t, d, cases)
	if len(a.visited) != 1 || a.visited[0] != "GET "+certificateURL {
		t.Errorf("the certificate is not kept: %v", a.visited)
	}
	events, _, err := d.Receive(a.call(t, bounced("Permanent", "General", "5.1.1")))
	if err != nil || events[0].From[0].Value != "recipient@example.com" || events[0].Status.ErrorDetail != "smtp; 550 5.1.1 ••• unknown" || strings.Contains(events[0].Key, "@") {
		t.Errorf("got %+v, %v", events, err)
	}
}

// TestPublishedBounces: what mail servers report becomes the same through SES.
func TestPublishedBounces(t *testing.T) {
	var published struct {
		Cases []struct {
			ID     string
			Expect map[string]any
		}
	}
	raw, err := os.ReadFile("../letter/testdata/email-bounces.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &published); err != nil || len(published.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(published.Cases), err)
	}
	a := newAmazon(t)
	for _, c := range published.Cases {
		message, want := about("DeliveryDelay", ""), map[string]any{"kind": "status", "status": "accepted"}
		switch c.Expect["bounce"] {
		case "hard":
			message, want = bounced("Permanent", "General", c.Expect["status"].(string)), map[string]any{"kind": "bounce", "bounce": "hard"}
		case "soft":
			message, want = bounced("Transient", "MailboxFull", c.Expect["status"].(string)), map[string]any{"kind": "status", "status": "failed", "bounce": "soft"}
		}
		channeltest.Incoming(t, a.driver(t), []channeltest.IncomingCase{{Name: c.ID, Request: a.call(t, message), Want: []map[string]any{want}}})
	}
}

func TestForgeries(t *testing.T) {
	stolen, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a, eve := newAmazon(t), &amazon{key: stolen}
	d := a.driver(t)
	event := bounced("Permanent", "General", "5.1.1")
	with := func(fields map[string]string) channel.Request {
		fields["Message"] = event
		return a.envelope(t, fields)
	}
	changed := func(r channel.Request, old, now string) channel.Request {
		r.Body = []byte(strings.Replace(string(r.Body), old, now, 1))
		return r
	}
	requests := map[string]channel.Request{
		"another message":       changed(a.call(t, event), "recipient@", "somebody@"),
		"another time":          changed(a.call(t, event), "12:00:00", "12:00:01"),
		"another type":          changed(a.call(t, event), `"Notification"`, `"UnsubscribeConfirmation"`),
		"another's key":         eve.call(t, event),
		"another topic":         with(map[string]string{"TopicArn": "arn:aws:sns:us-east-1:999999999999:ses-events"}),
		"no signature":          with(map[string]string{"Signature": ""}),
		"signature not Base64":  with(map[string]string{"Signature": "!"}),
		"version nobody knows":  with(map[string]string{"SignatureVersion": "3"}),
		"no version":            with(map[string]string{"SignatureVersion": ""}),
		"version 1 for 2":       changed(with(map[string]string{"SignatureVersion": "1"}), `"SignatureVersion":"1"`, `"SignatureVersion":"2"`),
		"raw message delivery":  {Method: "POST", Body: []byte(event), Header: http.Header{"X-Amz-Sns-Rawdelivery": {"true"}}},
		"not JSON":              {Method: "POST", Body: []byte(`{`)},
		"nothing":               {Method: "POST"},
		"a subject that is not": changed(with(map[string]string{"Subject": ""}), `"MessageId"`, `"Subject":"","MessageId"`),
	}
	for _, address := range []string{
		"", "http://sns.us-east-1.amazonaws.com/x.pem", "https://sns.us-east-1.amazonaws.com.evil.example/x.pem", "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
		"https://sns.us-east-1.amazonaws.com@evil.example/x.pem", "https://evil@sns.us-east-1.amazonaws.com/x.pem", "https://sns.us-east-1.amazonaws.com:8443/x.pem",
		"https://sns.us-east-1.evil.amazonaws.com/x.pem", "https://s3.us-east-1.amazonaws.com/evil/x.pem", "https://xsns.us-east-1.amazonaws.com/x.pem", "https://sns.amazonaws.com/x.pem",
		"https://SNS.us-east-1.amazonaws.com/x.pem", "https://sns.us-east-1.amazonaws.com/?x=.pem", "https://sns.us-east-1.amazonaws.com/x.pem?y", "https://sns.us-east-1.amazonaws.com\n/x.pem",
	} {
		requests["certificate at "+address] = with(map[string]string{"SigningCertURL": address})
	}
	for name, r := range requests {
		t.Run(name, func(t *testing.T) {
			events, response, err := d.Receive(r)
			if !errors.Is(err, channel.ErrSignature) || response.Status != 401 || len(events) != 0 {
				t.Errorf("taken: %v %+v %v", events, response, err)
			}
		})
	}
	for _, visited := range a.visited {
		if visited != "GET "+certificateURL {
			t.Errorf("visited %s", visited)
		}
	}
}

func TestHosts(t *testing.T) {
	for address, want := range map[string]bool{
		certificateURL: true, "https://sns.cn-north-1.amazonaws.com.cn/x.pem": true, "https://sns.us-gov-west-1.amazonaws.com/x.pem": true,
		"https://sns.us-east-1.amazonaws.com.br/x.pem": false, "https://sns.us-east-1.amazonaws.com/x.txt": false,
	} {
		if certificateAddress(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
}

// TestCertificates: what is no valid certificate of an RSA key proves nothing;
// what cannot be fetched just now makes SNS come again.
func TestCertificates(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(a *amazon)
		status int
	}{
		"expired":       {func(a *amazon) { a.file = certify(t, a.key, noon.Add(-time.Hour)) }, 401},
		"not yet valid": {func(a *amazon) { a.file = certify(t, a.key, noon.AddDate(-2, 0, 0)) }, 401},
		"another kind":  {func(a *amazon) { a.file = certify(t, curve, noon.AddDate(1, 0, 0)) }, 401},
		"no PEM":        {func(a *amazon) { a.file = []byte("<html>") }, 401},
		"empty PEM":     {func(a *amazon) { a.file = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}) }, 401},
		"no such file":  {func(a *amazon) { a.status = 404 }, 401},
		"a redirect":    {func(a *amazon) { a.status = 302 }, 401},
		"their trouble": {func(a *amazon) { a.status = 503 }, 503},
		"away":          {func(a *amazon) { a.away = true }, 503},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAmazon(t)
			c.change(a)
			_, response, err := a.driver(t).Receive(a.call(t, about("Send", "")))
			var refusal *engine.Error
			if !errors.As(err, &refusal) || response.Status != c.status || (refusal.Code == engine.Unavailable) != (c.status == 503) {
				t.Errorf("answered %d, %v", response.Status, err)
			}
		})
	}
	t.Run("it comes back", func(t *testing.T) {
		a := newAmazon(t)
		d := a.driver(t)
		a.away = true
		_, _, first := d.Receive(a.call(t, about("Send", "")))
		a.away = false
		events, _, second := d.Receive(a.call(t, about("Send", "")))
		if first == nil || second != nil || len(events) != 1 {
			t.Errorf("%v, then %v", first, second)
		}
	})
}

func TestConfirmation(t *testing.T) {
	ask := func(t *testing.T, a *amazon, fields map[string]string) channel.Request {
		t.Helper()
		all := map[string]string{"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe", "SubscribeURL": subscribeURL, "Token": "2336412f37"}
		maps.Copy(all, fields)
		return a.envelope(t, all)
	}
	for name, c := range map[string]struct {
		fields map[string]string
		change func(a *amazon)
		status int
		visits []string
	}{
		"ours":               {nil, nil, 200, []string{"GET " + certificateURL, "GET " + subscribeURL}},
		"signed the old way": {map[string]string{"SignatureVersion": "1"}, nil, 200, []string{"GET " + certificateURL, "GET " + subscribeURL}},
		"another topic":      {map[string]string{"TopicArn": "arn:aws:sns:us-east-1:123456789012:other"}, nil, 401, nil},
		"unsigned":           {map[string]string{"Signature": "AAAA"}, nil, 401, []string{"GET " + certificateURL}},
		"another place":      {map[string]string{"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"}, nil, 400, []string{"GET " + certificateURL}},
		"away":               {nil, func(a *amazon) { a.away = true }, 503, []string{"GET " + certificateURL, "GET " + subscribeURL}},
		"late":               {nil, func(a *amazon) { a.status = 403 }, 400, []string{"GET " + certificateURL, "GET " + subscribeURL}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAmazon(t)
			d := a.driver(t)
			if c.change != nil { // after the certificate is known
				if _, _, err := d.Receive(a.call(t, about("Send", ""))); err != nil {
					t.Fatal(err)
				}
				c.change(a)
			}
			events, response, err := d.Receive(ask(t, a, c.fields))
			var want []map[string]any
			if c.status == 200 {
				want = []map[string]any{{"kind": "channel_error", "event": "SubscriptionConfirmation", "state": "enabled"}}
			}
			if response.Status != c.status || (err == nil) != (c.status == 200) {
				t.Errorf("answered %d, %v", response.Status, err)
			}
			channeltest.Events(t, events, want)
			if strings.Join(a.visited, " ") != strings.Join(c.visits, " ") {
				t.Errorf("visited %v, want %v", a.visited, c.visits)
			}
		})
	}
}

// FuzzReceive: whatever SES may publish, once it is proved, becomes sound events;
// what is not proved becomes nothing. (Signing millions of times is slow, and
// proves nothing about reading; TestForgeries is about signatures.)
func FuzzReceive(f *testing.F) {
	for _, message := range []string{
		about("Send", ""), about("DeliveryDelay", `"deliveryDelay":{"delayType":"General"},`), bounced("Permanent", "General", "5.1.1"), bounced("Transient", "General", "5.4.4"),
		complained(`"complaintSubType":"OnAccountSuppressionList",`), about("Rendering Failure", `"failure":{"errorMessage":"\u0000"},`),
		`{"eventType":"Bounce","mail":{"messageId":"\ud800"},"bounce":{"bouncedRecipients":[{},{}]}}`, "Successfully validated SNS topic", "{", "",
	} {
		f.Add("Notification", message)
	}
	f.Add("UnsubscribeConfirmation", "You have chosen to deactivate")
	d := (&amazon{status: http.StatusNotFound}).driver(f) // it has no certificate
	f.Fuzz(func(t *testing.T, kind, message string) {
		body, err := json.Marshal(map[string]string{
			"Type": kind, "Message": message, "MessageId": "m1", "TopicArn": topic, "SignatureVersion": "2", "SigningCertURL": certificateURL, "Signature": "AAAA",
		})
		if err != nil {
			t.Fatal(err)
		}
		var e envelope
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatal(err)
		}
		channeltest.Sound(t, d.events(&e))
		for _, raw := range [][]byte{body, []byte(message)} {
			if events, response, err := d.Receive(channel.Request{Method: http.MethodPost, Body: raw}); err == nil || len(events) > 0 || response.Status != http.StatusUnauthorized {
				t.Fatalf("an unproved call was answered %d and became %d events", response.Status, len(events))
			}
		}
	})
}
