package ses

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/engine"
)

const topic = "arn:aws:sns:us-east-1:123456789012:ses-events"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func settings() channel.Settings {
	return channel.Settings{
		IntegrationID: "mail-demo", Channel: engine.Email,
		Values: map[string]string{
			"region": "us-east-1", "from": "Clínica Demo <clinica@example.com>", "reply_to": "contato@example.com",
			"access_key_id": "AKIDEXAMPLE", "topic_arn": topic, "configuration_set": "jornada",
		},
		Secrets: map[string]string{"secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
		Clock: engine.NewClock(engine.Anchor{Real: noon, Virtual: noon.AddDate(0, 1, 0), Speed: 60}, func() time.Time {
			return noon
		}),
	}
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	with := func(name, value string) channel.Settings {
		s := settings()
		if _, secret := s.Secrets[name]; secret {
			s.Secrets[name] = value
		} else {
			s.Values[name] = value
		}
		return s
	}
	for want, s := range map[string]channel.Settings{
		"mail-demo: settings.region is missing; you find it in the address bar of the AWS Console while SES is open (such as sa-east-1)":                                  with("region", ""),
		"mail-demo: settings.region must be the name of an AWS region such as sa-east-1":                                                                                  with("region", "evil.example/"),
		"mail-demo: settings.from is missing; set it to the address people see as the sender, one verified in AWS Console > SES > Identities":                             with("from", ""),
		"mail-demo: settings.access_key_id is missing; you find it in AWS Console > IAM > Users > Security credentials > Access keys (it begins with AKIA)":               with("access_key_id", ""),
		"mail-demo: secrets.secret_access_key is missing; you find it in AWS Console > IAM > Users > Security credentials > Access keys, shown once when the key is made": with("secret_access_key", ""),
		"mail-demo: settings.topic_arn is missing; you find it in AWS Console > SNS > Topics, at the topic to which SES publishes events":                                 with("topic_arn", ""),
		"mail-demo: settings.topic_arn must be the ARN of a standard SNS topic such as arn:aws:sns:sa-east-1:123456789012:ses-events":                                     with("topic_arn", "ses-events"),
		"mail-demo: settings.base_url must not contain a user or password; put them into the secrets":                                                                     with("base_url", "https://u:p@example.com"),
		"mail-demo: settings.from must be one address such as clinica@example.com or Clínica <clinica@example.com>":                                                       with("from", "a, b"),
		"mail-demo: settings.reply_to must be one address such as contato@example.com":                                                                                    with("reply_to", "x"),
		"mail-demo: settings.message_id_domain must be a domain such as example.com":                                                                                      with("message_id_domain", "a b"),
	} {
		_, err := New(s)
		var refusal *engine.Error
		if !errors.As(err, &refusal) || refusal.Code != engine.Invalid || refusal.Field == "" || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	if _, err := New(channel.Settings{Channel: engine.SMS}); err == nil {
		t.Error("the driver took an SMS integration")
	}
}

func TestAddresses(t *testing.T) {
	for region, want := range map[string]string{"sa-east-1": "https://email.sa-east-1.amazonaws.com", "us-gov-west-1": "https://email.us-gov-west-1.amazonaws.com", "cn-north-1": "https://email.cn-north-1.amazonaws.com.cn"} {
		s := settings()
		s.Values["region"] = region
		provider, err := New(s)
		if err != nil || provider.(*Driver).base != want {
			t.Errorf("%s: %v, %v", region, provider, err)
		}
	}
}

func TestEchoesOnlyThroughAConfigurationSet(t *testing.T) {
	s := settings()
	for set, want := range map[string]channel.Idempotency{"jornada": channel.EchoesRef, "": channel.None} {
		s.Values["configuration_set"] = set
		provider, err := New(s)
		if err != nil || provider.Capabilities().Idempotency != want || !provider.Capabilities().ReportsStatus {
			t.Errorf("%q: %+v, %v", set, provider, err)
		}
	}
}

var ana = engine.Address{Kind: engine.EmailAddress, Value: "ana@dest.example"}

func hello() channel.Outbound {
	return channel.Outbound{
		Ref: "msg_0191e180-aaaa", To: ana, ContactName: "Ana Demo", UnsubscribeURL: "https://example.com/u/t0ken",
		Content: engine.Content{Subject: "Olá", Text: "Oi, **Ana**", Category: "marketing"},
	}
}

func TestSend(t *testing.T) {
	const path = "/v2/email/outbound-emails"
	want := &channeltest.Request{Method: "POST", Path: path, Header: map[string]string{"Content-Type": "application/json", "X-Amz-Date": "20261122T120000Z"}}
	ok := channeltest.Answer{Body: `{"MessageId":"0100018f-0000"}`}
	refuse := func(status int, name, message string) channeltest.Answer {
		return channeltest.Answer{Status: status, Header: map[string]string{"X-Amzn-Errortype": name}, Body: `{"message":"` + message + `"}`}
	}
	fail := func(class channel.Class, doubt channel.Doubt, code string) *channeltest.Failure {
		return &channeltest.Failure{Class: class, Doubt: doubt, Code: code}
	}
	refused := func(name string, status int, class channel.Class) channeltest.OutgoingCase {
		return channeltest.OutgoingCase{Name: name, Out: hello(), Want: want, Answer: refuse(status, name, "no"), Failure: fail(class, channel.Certain, name)}
	}
	cases := []channeltest.OutgoingCase{
		{Name: "accepted", Out: hello(), Want: want, Answer: ok, Receipt: channel.Receipt{ProviderID: "0100018f-0000"}},
		{Name: "no address", Out: channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+55"}, Content: hello().Content}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "broken address", Out: channel.Outbound{To: engine.Address{Kind: engine.EmailAddress, Value: "ana@"}, Content: hello().Content}, Failure: fail(channel.SwitchChannel, channel.Certain, "")},
		refused("TooManyRequestsException", 429, channel.Throttle),
		refused("AccountSuspendedException", 400, channel.StopSender),
		refused("SendingPausedException", 400, channel.StopSender),
		refused("MailFromDomainNotVerifiedException", 400, channel.StopSender),
		refused("NotFoundException", 404, channel.StopSender),
		refused("BadRequestException", 400, channel.FixRequest),
		refused("MessageRejected", 400, channel.FixRequest),
		refused("AccessDeniedException", 403, channel.Reauth),
		refused("InvalidSignatureException", 403, channel.Reauth),
		refused("ExpiredTokenException", 403, channel.Reauth),
		refused("NoveltyException", 400, channel.FixRequest),
		{Name: "quota of the day", Out: hello(), Want: want, Answer: refuse(429, "LimitExceededException", "Daily message quota exceeded."),
			Failure: &channeltest.Failure{Class: channel.Throttle, Code: "LimitExceededException", RetryAfter: time.Hour}},
		{Name: "not verified", Out: hello(), Want: want, Answer: refuse(400, "MessageRejected:http://internal.amazon.com/coral/", "Email address is not verified. The following identities failed the check in region US-EAST-1: ana@dest.example"),
			Failure: &channeltest.Failure{Class: channel.StopSender, Code: "MessageRejected",
				Message: "SES does not let this sender send; open AWS Console > SES, settle it there and resume the channel: Email address is not verified. The following identities failed the check in region US-EAST-1: •••"}},
		{Name: "on the list", Out: hello(), Want: want, Answer: refuse(400, "MessageRejected", "Email address is on the suppression list for your account."), Failure: fail(channel.Suppress, channel.Certain, "MessageRejected")},
		{Name: "named in the body", Out: hello(), Want: want, Answer: channeltest.Answer{Status: 400, Body: `{"__type":"com.amazonaws.sesv2#SendingPausedException","Message":"paused"}`}, Failure: fail(channel.StopSender, channel.Certain, "SendingPausedException")},
		{Name: "their trouble", Out: hello(), Want: want, Answer: refuse(500, "InternalServiceErrorException", "Unexpected error"), Failure: fail(channel.RetryLater, channel.Unclear, "InternalServiceErrorException")},
		{Name: "their trouble without a word", Out: hello(), Want: want, Answer: channeltest.Answer{Status: 503}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "redirect", Out: hello(), Want: want, Answer: channeltest.Answer{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, Failure: fail(channel.FixRequest, channel.Certain, "")},
		{Name: "success without an id", Out: hello(), Want: want, Answer: channeltest.Answer{Body: "<html>"}, Failure: fail(channel.FixRequest, channel.Unclear, "")},
		{Name: "reset", Out: hello(), Want: want, Answer: channeltest.Answer{Reset: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
		{Name: "no answer", Out: hello(), Want: want, Answer: channeltest.Answer{Hang: true}, Failure: fail(channel.RetryLater, channel.Unclear, "")},
	}
	channeltest.Outgoing(t, New, settings(), cases)
}

// TestRequest takes one request apart: signature, fields, and the letter in it.
func TestRequest(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{Body: `{"MessageId":"0100018f-0000"}`})
	s := settings()
	s.Secrets["session_token"] = "temporary"
	if _, err := server.Open(t, New, s, nil).Send(context.Background(), hello()); err != nil {
		t.Fatal(err)
	}
	got := server.Requests()[0]
	if got.Header.Get("X-Amz-Security-Token") != "temporary" {
		t.Error("the session token is not sent")
	}
	checkSignature(t, got, strings.TrimPrefix(server.URL, "http://"), s.Secrets["secret_access_key"])
	var body map[string]any
	if err := json.Unmarshal(got.Body, &body); err != nil {
		t.Fatal(err)
	}
	content := body["Content"].(map[string]any)["Raw"].(map[string]any)
	raw, err := base64.StdEncoding.DecodeString(content["Data"].(string))
	if err != nil {
		t.Fatal(err)
	}
	content["Data"] = "the letter"
	rest, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	channeltest.EqualJSON(t, rest, []byte(`{"FromEmailAddress":"clinica@example.com","Destination":{"ToAddresses":["ana@dest.example"]},"Content":{"Raw":{"Data":"the letter"}},
		"ConfigurationSetName":"jornada","EmailTags":[{"Name":"ref","Value":"msg_0191e180-aaaa"}]}`))
	letter, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"From": "=?UTF-8?q?Cl=C3=ADnica_Demo?= <clinica@example.com>", "To": `"Ana Demo" <ana@dest.example>`, "Reply-To": "<contato@example.com>",
		"Message-Id": "<msg_0191e180-aaaa@example.com>", "Auto-Submitted": "auto-generated", "Date": "Tue, 22 Dec 2026 12:00:00 +0000",
		"List-Unsubscribe": "<https://example.com/u/t0ken>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
	} {
		if header := letter.Header.Get(name); !strings.EqualFold(header, want) {
			t.Errorf("%s is %q, want %q", name, header, want)
		}
	}
	kind, params, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	parts := multipart.NewReader(letter.Body, params["boundary"])
	for _, want := range [][2]string{{"text/plain", "Oi, Ana"}, {"text/html", "<strong>Ana</strong>"}} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil || !strings.HasPrefix(part.Header.Get("Content-Type"), want[0]) || !strings.Contains(string(text), want[1]) {
			t.Errorf("part %s, %v:\n%s", part.Header.Get("Content-Type"), err, text)
		}
	}
}

// TestReferenceThatIsNoTag: it still stands in the Message-ID, hashed.
func TestReferenceThatIsNoTag(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{Body: `{"MessageId":"x"}`})
	out := hello()
	out.Ref = "a/b c@d"
	if _, err := server.Open(t, New, settings(), map[string]string{"configuration_set": ""}).Send(context.Background(), out); err != nil {
		t.Fatal(err)
	}
	if body := string(server.Requests()[0].Body); strings.Contains(body, "EmailTags") || strings.Contains(body, "ConfigurationSetName") {
		t.Errorf("sent %s", body)
	}
}

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(20261122/us-east-1/ses/aws4_request), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$`)

// checkSignature computes Signature Version 4 by hand, from Amazon's description.
func checkSignature(t *testing.T, got channeltest.Received, host, secret string) {
	t.Helper()
	parts := authorization.FindStringSubmatch(got.Header.Get("Authorization"))
	if parts == nil {
		t.Fatalf("authorization %q", got.Header.Get("Authorization"))
	}
	hash := func(b []byte) string { sum := sha256.Sum256(b); return hex.EncodeToString(sum[:]) }
	sign := func(key []byte, s string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(s))
		return mac.Sum(nil)
	}
	var headers strings.Builder
	for name := range strings.SplitSeq(parts[2], ";") {
		value := got.Header.Get(name)
		if name == "host" {
			value = host
		}
		headers.WriteString(name + ":" + value + "\n")
	}
	request := strings.Join([]string{got.Method, got.URL.EscapedPath(), "", headers.String(), parts[2], hash(got.Body)}, "\n")
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(parts[1], "/") {
		key = sign(key, part)
	}
	if want := hex.EncodeToString(sign(key, "AWS4-HMAC-SHA256\n20261122T120000Z\n"+parts[1]+"\n"+hash([]byte(request)))); parts[3] != want {
		t.Errorf("signature %s, want %s of\n%s", parts[3], want, request)
	}
	for _, name := range []string{"host", "x-amz-date", "content-type"} {
		if !strings.Contains(parts[2], name) {
			t.Errorf("%s is not signed", name)
		}
	}
}

func TestClassify(t *testing.T) {
	provider, err := New(settings())
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]channel.Class{
		"TooManyRequestsException": channel.Throttle, "InternalFailure": channel.RetryLater, "MessageRejected": channel.FixRequest,
		"Permanent/General": channel.Suppress, "Permanent/NoEmail": channel.Suppress, "Transient/MailboxFull": channel.SwitchChannel, "Undetermined/Undetermined": channel.SwitchChannel,
		"Transient/MessageTooLarge": channel.FixRequest, "Reject": channel.FixRequest, "Rendering Failure": channel.FixTemplate, "Complaint/OnAccountSuppressionList": channel.Suppress,
		"5.7.1": channel.SwitchChannel, "5.7.26": channel.StopSender, "novelty": channel.FixRequest,
	} {
		if got := provider.(channel.Classifier).Classify(code); got != want {
			t.Errorf("%q is %s, want %s", code, got, want)
		}
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	named := func(status int, name string) channeltest.Answer {
		return channeltest.Answer{Status: status, Header: map[string]string{"X-Amzn-Errortype": name}}
	}
	for name, c := range map[string]struct {
		answer channeltest.Answer
		want   string
	}{
		"works":      {channeltest.Answer{Body: `{"SendingEnabled":true,"ProductionAccessEnabled":true,"EnforcementStatus":"HEALTHY"}`}, ""},
		"sandbox":    {channeltest.Answer{Body: `{"SendingEnabled":true,"ProductionAccessEnabled":false,"EnforcementStatus":"HEALTHY"}`}, "the account is in the sandbox"},
		"paused":     {channeltest.Answer{Body: `{"SendingEnabled":false,"ProductionAccessEnabled":true}`}, "Amazon paused sending"},
		"shut down":  {channeltest.Answer{Body: `{"SendingEnabled":true,"ProductionAccessEnabled":true,"EnforcementStatus":"SHUTDOWN"}`}, "Amazon paused sending"},
		"not SES":    {channeltest.Answer{Body: `{}`}, "not like SES"},
		"key":        {named(403, "UnrecognizedClientException"), "copy access_key_id and secret_access_key again"},
		"permission": {named(403, "AccessDeniedException"), "allow its user ses:GetAccount"},
		"their side": {channeltest.Answer{Status: 500}, "try again later"},
		"no path":    {channeltest.Answer{Status: 400}, "check region and base_url"},
		"reset":      {channeltest.Answer{Reset: true}, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			server := channeltest.NewServer(t, c.answer)
			err := server.Open(t, New, settings(), nil).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			got := server.Requests()[0]
			if got.URL.Path != "/v2/email/account" || got.Method != http.MethodGet {
				t.Errorf("asked %+v", got)
			}
			checkSignature(t, got, strings.TrimPrefix(server.URL, "http://"), settings().Secrets["secret_access_key"])
		})
	}
}
