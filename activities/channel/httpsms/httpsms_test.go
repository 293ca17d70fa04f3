package httpsms_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/httpsms"
	"jornada/engine"
)

const secret = "0123456789abcdef-demo"

// example is the integration that docs/channels/http.md shows.
func example(t testing.TB) channel.Settings {
	t.Helper()
	page, err := os.ReadFile("../../../docs/channels/http.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```json\n")
	block, _, _ := strings.Cut(rest, "```")
	var shown struct {
		ID                string
		Provider, Channel string
		Settings, Secrets map[string]string
	}
	if err := json.Unmarshal([]byte(block), &shown); err != nil || shown.Provider != "http" || shown.Channel != "sms" {
		t.Fatalf("the page shows %+v, %v", shown, err)
	}
	shown.Secrets["webhook_secret"], shown.Secrets["chave"] = secret, "k3y"
	return channel.Settings{IntegrationID: engine.IntegrationID(shown.ID), Channel: engine.SMS, Values: shown.Settings, Secrets: shown.Secrets}
}

// elsewhere is the example at a test's server.
func elsewhere(t testing.TB) channel.Settings {
	t.Helper()
	s := example(t)
	delete(s.Values, "base_url")
	return s
}

// small are the fewest settings that send.
func small(more ...string) channel.Settings {
	s := channel.Settings{IntegrationID: "sms-demo", Channel: engine.SMS, Secrets: map[string]string{}, Values: map[string]string{
		"base_url": "https://sms.example.com", "body": `{"to": "{to}", "text": "{text}"}`,
	}}
	for i := 0; i < len(more); i += 2 {
		values := s.Values
		name, isSecret := strings.CutPrefix(more[i], "secret:")
		if isSecret {
			values = s.Secrets
		}
		if more[i+1] == "" {
			delete(values, name)
			continue
		}
		values[name] = more[i+1]
	}
	return s
}

func open(t testing.TB, s channel.Settings) channel.Provider {
	t.Helper()
	provider, err := httpsms.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		settings    channel.Settings
		field, want string
	}{
		"misspelled":              {small("success_pth", "x"), "settings.success_pth", "is not known; check its spelling in docs/channels/http.md"},
		"misspelled member":       {small("status.wrod", "x"), "settings.status.wrod", "is not known; status. is followed by one of: word, id, ref, error, to, time, list"},
		"a class of another":      {small("error.use_template", "x"), "settings.error.use_template", "is not known; error. is followed by one of"},
		"no header":               {small("header.", "x"), "settings.header.", "is not known"},
		"base_url":                {small("base_url", ""), "settings.base_url", "is missing; you find it in the gateway's manual"},
		"another scheme":          {small("base_url", "file:///etc"), "settings.base_url", "must be an http or https address"},
		"a password in it":        {small("base_url", "https://u:p@x.example"), "settings.base_url", "must not contain a user or password"},
		"method":                  {small("method", "DELETE"), "settings.method", "must be one of: POST, PUT, GET"},
		"format":                  {small("format", "yaml"), "settings.format", "must be one of: json, form, xml"},
		"to_format":               {small("to_format", "x"), "settings.to_format", "must be one of: e164, digits, national"},
		"region":                  {small("region", "Brazil"), "settings.region", "must be the two letters of a country"},
		"another host":            {small("path", "@evil.example/"), "settings.path", "must begin with / or ?"},
		"a fragment":              {small("path", "/x#y"), "settings.path", "must begin with / or ?"},
		"half an escape":          {small("path", "/%zz"), "settings.path", "is no part of an address"},
		"a test that sends":       {small("test_path", "/send?to={to}"), "settings.test_path", "has {to}, which stands for nothing there; use {from} or {secret.<name>}"},
		"no body":                 {small("body", ""), "settings.body", "is missing; for a JSON gateway"},
		"a body in a GET":         {small("method", "GET"), "settings.body", "has no place in a GET"},
		"nobody addressed":        {small("body", `{"text": "{text}"}`), "settings.body", "has no {to}, and neither has settings.path"},
		"nothing said":            {small("method", "GET", "body", "", "path", "/?to={to}"), "settings.body", "has no {text}"},
		"a new placeholder":       {small("body", `{"to": "{to}", "text": "{message}"}`), "settings.body", "has {message}, which stands for nothing there; use {to}, {from}, {text}, {id} or {secret.<name>}"},
		"no such secret":          {small("header.X-Key", "{secret.key}"), "secrets.key", "is missing; settings.header.X-Key calls it {secret.key}"},
		"no sender":               {small("body", `{"to": "{to}", "text": "{text}", "from": "{from}"}`), "settings.from", "is missing; a template calls it {from}"},
		"JSON without quotes":     {small("body", `{"to": "{to}", "text": {text}}`), "settings.body", "is not JSON when it is filled in"},
		"JSON as a key":           {small("body", `{"to": "{to}", "{text}": 1}`), "settings.body", "where its value would not arrive as it is"},
		"JSON in JSON":            {small("body", `{"to": "{to}", "payload": "{\"text\": \"{text}\"}"}`), "settings.body", "has JSON or XML inside a text"},
		"JSON in a form":          {small("format", "form", "body", `data=%7B"to":"{to}","text":"{text}"%7D`), "settings.body", "has JSON or XML inside a text"},
		"XML in a form":           {small("format", "form", "body", `data=<a to="{to}">{text}</a>`), "settings.body", "has JSON or XML inside a text"},
		"no form":                 {small("format", "form", "body", "to={to}&text={text}&x=%zz"), "settings.body", "is no form"},
		"no XML":                  {small("format", "xml", "body", "<a>{to}{text}"), "settings.body", "is not XML when it is filled in"},
		"XML without a root":      {small("format", "xml", "body", "{to}{text}"), "settings.body", "is not XML"},
		"CDATA":                   {small("format", "xml", "body", "<a><t>{to}</t><![CDATA[{text}]]></a>"), "settings.body", "where its value would not arrive as it is"},
		"a comment":               {small("format", "xml", "body", "<a><t>{to}</t><!-- {text} --></a>"), "settings.body", "where its value would not arrive as it is"},
		"a text in a header":      {small("header.X-Text", "{text}"), "settings.header.X-Text", "has {text}, which stands for nothing there"},
		"an odd header":           {small("header.X Y", "1"), "settings.header.X Y", "is no name of a header"},
		"a header of the client":  {small("header.content-length", "1"), "settings.header.content-length", "must not be set"},
		"a header that doubles":   {small("header.idempotency-key", "{id}"), "settings.header.idempotency-key", "must not be set"},
		"two lines":               {small("header.X-Key", "{secret.key}", "secret:key", "a\r\nX-Evil: 1"), "settings.header.X-Key", "must be one line"},
		"half of basic":           {small("auth_user", "u"), "secrets.auth_password", "is missing; you find it in the gateway's account"},
		"twice authorized":        {small("auth_user", "u", "secret:auth_password", "p", "header.authorization", "Bearer x"), "settings.auth_user", "cannot both be set"},
		"text_max":                {small("text_max", "many"), "settings.text_max", "must be a number"},
		"success_status":          {small("success_status", "200-404"), "settings.success_status", "must be HTTP statuses and ranges"},
		"no range":                {small("success_status", "ok"), "settings.success_status", "must be HTTP statuses and ranges"},
		"both successes":          {small("success_path", "a", "success_pattern", "b"), "settings.success_pattern", "cannot both be set"},
		"a value of nothing":      {small("success_value", "a"), "settings.success_value", "needs settings.success_path"},
		"no expression":           {small("success_pattern", "("), "settings.success_pattern", "is no regular expression (RE2)"},
		"no group":                {small("id_pattern", `id=\d+`), "settings.id_pattern", "needs exactly one group"},
		"a bad class":             {small("error.suppress", "*"), "settings.error.suppress", "is no regular expression"},
		"replies without a text":  {small("message.from", "f"), "settings.message.text", "is missing; without it no call about a message"},
		"replies that look alike": {small("message.from", "f", "message.text", "t"), "settings.message.id", "could not be told from the first one, repeated"},
		"statuses without a word": {small("status.id", "i"), "settings.status.word", "is missing; without it no call about a status"},
		"statuses of nothing":     {small("status.word", "s"), "settings.status.id", "is missing, and so is status.ref"},
		"statuses without words":  {small("status.word", "s", "status.ref", "r"), "settings.word.delivered", "is missing; name the gateway's words"},
		"words without a place":   {small("word.sent", "a"), "settings.status.word", "is missing; it says where the words stand"},
		"a word twice":            {small("word.sent", "a", "word.failed", "A"), "settings.word.failed", "a word means one thing"},
		"an id that nobody knows": {small("status.word", "s", "status.id", "i", "word.sent", "a", "secret:webhook_secret", secret), "settings.status.id", "never belongs to a message of ours"},
		"no secret":               {small("status.word", "s", "status.ref", "r", "word.sent", "a"), "secrets.webhook_secret", "is missing; make one"},
		"webhook_header":          {small("status.word", "s", "status.ref", "r", "word.sent", "a", "webhook_header", "a b"), "settings.webhook_header", "must be the name of a header"},
		"time_zone":               {small("time_zone", "Brasília"), "settings.time_zone", "must be the name of a time zone"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := httpsms.New(c.settings)
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Field != c.field || !strings.HasPrefix(err.Error(), "sms-demo: "+c.field+" ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s %s", err, c.field, c.want)
			}
		})
	}
	s := small()
	s.Channel = engine.WhatsApp
	if _, err := httpsms.New(s); err == nil {
		t.Error("WhatsApp is taken")
	}
}

func TestCapabilities(t *testing.T) {
	for name, c := range map[string]struct {
		settings channel.Settings
		want     channel.Idempotency
		reports  bool
	}{
		"the example":          {example(t), channel.EchoesRef, true},
		"no webhooks":          {small(), channel.None, false},
		"their id is ours":     {small("body", `{"to":"{to}","text":"{text}","id":"{id}"}`, "status.word", "s", "status.id", "i", "word.sent", "a", "secret:webhook_secret", secret), channel.EchoesRef, true},
		"their id is theirs":   {small("body", `{"to":"{to}","text":"{text}","id":"{id}"}`, "id_path", "id", "status.word", "s", "status.id", "i", "word.sent", "a", "secret:webhook_secret", secret), channel.None, true},
		"a reference not sent": {small("status.word", "s", "status.ref", "r", "word.sent", "a", "secret:webhook_secret", secret), channel.None, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := open(t, c.settings).Capabilities(); got.Idempotency != c.want || got.ReportsStatus != c.reports || !got.Departs || got.TextMax != 1600 {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answer   channeltest.Answer
		testPath string
		want     string
	}{
		"works":       {channeltest.Answer{Body: `{"saldo": 10}`}, "/v2/saldo", ""},
		"credentials": {channeltest.Answer{Status: 401}, "/v2/saldo", "does not accept the credentials (HTTP 401)"},
		"elsewhere":   {channeltest.Answer{Status: 404}, "/v2/saldo", "answers test_path with HTTP 404"},
		"no test":     {channeltest.Answer{Status: 405}, "", "set test_path to an address that only reads"},
		"down":        {channeltest.Answer{Reset: true}, "/v2/saldo", "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			s := elsewhere(t)
			s.Values = maps.Clone(s.Values)
			s.Values["test_path"] = c.testPath
			server := channeltest.NewServer(t, c.answer)
			err := server.Open(t, httpsms.New, s, nil).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			method := map[bool]string{true: http.MethodOptions, false: http.MethodGet}[c.testPath == ""]
			if got := server.Requests(); len(got) != 1 || got[0].Method != method || got[0].Header.Get("X-Chave") != "k3y" || len(got[0].Body) != 0 {
				t.Errorf("asked %+v", got)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	classifier := open(t, example(t)).(channel.Classifier)
	for code, want := range map[string]channel.Class{
		"411": channel.Suppress, "410": channel.SwitchChannel, "nao_entregue": channel.SwitchChannel, "503": channel.RetryLater,
		"4110": channel.FixRequest, "rejeitado": channel.FixRequest, "": channel.FixRequest,
	} {
		if got := classifier.Classify(code); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
}

// TestAddressesStayHidden: what a failed call says of itself holds no number, no
// text and no password, though all three stood in the address.
func TestAddressesStayHidden(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{Reset: true})
	provider := server.Open(t, httpsms.New, small("method", "GET", "body", "", "base_url", "", "path", "/send?to={to}&msg={text}&pw={secret.pw}", "secret:pw", "hunter2"), nil)
	_, err := provider.Send(t.Context(), channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "segredo"}})
	var failure *channel.SendError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	all := failure.Message + failure.Detail + failure.Err.Error()
	for _, word := range []string{"hunter2", "segredo", "5511987654321", "/send"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is told: %s", word, all)
		}
	}
	if failure.Detail == "" {
		t.Error("nothing is told at all")
	}
}

// TestGETIsNeverRepeated: net/http resends a GET whose kept-alive connection was
// reset, which would send a message twice.
func TestGETIsNeverRepeated(t *testing.T) {
	server := channeltest.NewServer(t, channeltest.Answer{Body: "OK"}, channeltest.Answer{Reset: true})
	provider := server.Open(t, httpsms.New, small("method", "GET", "body", "", "base_url", "", "path", "/send?to={to}&msg={text}"), nil)
	out := channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: "oi"}}
	if _, err := provider.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	_, err := provider.Send(t.Context(), out)
	var failure *channel.SendError
	if !errors.As(err, &failure) || failure.Doubt != channel.Unclear {
		t.Errorf("got %v", err)
	}
	if n := len(server.Requests()); n != 2 {
		t.Errorf("%d requests for two messages", n)
	}
}

// FuzzTemplates: whatever a text says, a request keeps its shape.
func FuzzTemplates(f *testing.F) {
	f.Add("Olá \"D'Ávila\" \\ <b>&amp; ]]> {to}{secret.pw}%41+=;#\n✅")
	f.Add("\x00\xff\u2028</t></a>")
	server := map[string]channel.Provider{}
	var seen *http.Request
	var body []byte
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		seen = r
		if r.Body != nil {
			body = readAll(r)
		}
		return nil, errors.New("gone")
	})}
	for format, template := range map[string]string{"json": `{"to": "{to}", "text": "{text}"}`, "form": "to={to}&text={text}", "xml": `<a to="{to}" text="{text}"><t>{text}</t></a>`} {
		s := small("format", format, "body", template, "path", "/x/{to}?q={text}")
		s.Client = client
		provider, err := httpsms.New(s)
		if err != nil {
			f.Fatal(err)
		}
		server[format] = provider
	}
	f.Fuzz(func(t *testing.T, text string) {
		for format, provider := range server {
			seen, body = nil, nil
			out := channel.Outbound{To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: text}}
			_, err := provider.Send(t.Context(), out)
			if seen == nil {
				var refusal *channel.SendError
				if !errors.As(err, &refusal) || refusal.Class != channel.FixRequest {
					t.Fatalf("%s: nothing left: %v", format, err)
				}
				continue
			}
			if seen.URL.Host != "sms.example.com" || seen.URL.EscapedPath() != "/x/+5511987654321" && seen.URL.EscapedPath() != "/x/%2B5511987654321" || len(seen.URL.Query()) != 1 || seen.URL.Query().Get("q") != text {
				t.Fatalf("%s: the address became %s", format, seen.URL)
			}
			if strings.ToValidUTF8(text, "") != text {
				continue // JSON and XML replace what is no text
			}
			switch format {
			case "json":
				var got map[string]string
				if err := json.Unmarshal(body, &got); err != nil || len(got) != 2 || got["text"] != text {
					t.Fatalf("%q became %s", text, body)
				}
			case "form":
				got, err := url.ParseQuery(string(body))
				if err != nil || len(got) != 2 || got.Get("text") != text {
					t.Fatalf("%q became %s", text, body)
				}
			}
		}
	})
}
