package channel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/bird"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/dialog360"
	"jornada/activities/channel/gupshup"
	"jornada/activities/channel/httpsms"
	"jornada/activities/channel/infobip"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/metachat"
	"jornada/activities/channel/sendgrid"
	"jornada/activities/channel/ses"
	"jornada/activities/channel/sinch"
	"jornada/activities/channel/smpp"
	"jornada/activities/channel/smtp"
	"jornada/activities/channel/telegram"
	"jornada/activities/channel/twilio"
	"jornada/activities/channel/wavy"
	"jornada/activities/channel/zenvia"
	"jornada/dsl/medium"
	"jornada/engine"
)

func TestMain(m *testing.M) { channeltest.Main(m) }

const demoSecret = "canary-0123456789abcdef"

// tested is one provider: how it is set up, and what its console's server says to
// good and to bad credentials.
type tested struct {
	new     channel.Constructor
	channel engine.Channel
	values  map[string]string
	secrets []string
	good    string
	bad     channeltest.Answer
	says    [2]string // of bad credentials, in English and in Portuguese
}

func unauthorized(body string) channeltest.Answer {
	return channeltest.Answer{Status: 401, Body: body}
}

var testedProviders = map[string]tested{
	"meta": {meta.New, engine.WhatsApp, map[string]string{"phone_number_id": "106540352242922"}, []string{"token", "app_secret", "verify_token"}, `{"id":"106540352242922"}`,
		unauthorized(`{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}`), [2]string{"generate a new token", "gere um novo token"}},
	"dialog360": {dialog360.New, engine.WhatsApp, map[string]string{"phone_number_id": "106540352242922"}, []string{"api_key", "webhook_secret"},
		`{"health_status":{"can_send_message":"AVAILABLE","entities":[]}}`, unauthorized(`{"meta":{"developer_message":"Invalid api key"}}`), [2]string{"generate a new one", "gere outra"}},
	"gupshup": {gupshup.New, engine.WhatsApp, map[string]string{"app": "DemoApp", "app_id": "82ed52f4-30c0-4f12-81b4-e7ad07bd41de", "source": "+917834811114"}, []string{"api_key", "webhook_secret"},
		`{"status":"success","templates":[]}`, unauthorized(`{"status":"error","message":"Authentication Failed"}`), [2]string{"check app_id, api_key", "confira app_id, api_key"}},
	"infobip": {infobip.New, engine.SMS, map[string]string{"sender": "28000"}, []string{"api_key", "webhook_secret"},
		`{"originalText":"Jornada","previews":[]}`, unauthorized(`{"requestError":{"serviceException":{"messageId":"UNAUTHORIZED","text":"Invalid login details"}}}`), [2]string{"does not accept the API key", "não aceita a chave de API"}},
	"bird": {bird.New, engine.SMS, map[string]string{"workspace_id": "a1405560-c8d3-4b1a-877d-3f449ad95352", "channel_id": "52ad151f-f7b4-46f9-a5c6-d3318e650c84"}, []string{"access_key", "signing_key"},
		`{"id":"52ad151f-f7b4-46f9-a5c6-d3318e650c84","platformId":"sms-messagebird","status":"active"}`, unauthorized(`{"code":"Unauthorized","message":"no"}`), [2]string{"does not accept the access key", "não aceita a chave de acesso"}},
	"zenvia": {zenvia.New, engine.SMS, map[string]string{"from": "5510999999999"}, []string{"token", "webhook_secret"},
		`[{"eventType":"MESSAGE_STATUS","webhook":{"url":"https://example.com/webhooks/it"}}]`, unauthorized(`{"code":"AUTHENTICATION_ERROR","message":"no"}`), [2]string{"does not accept the token", "não aceita o token"}},
	"sinch": {sinch.New, engine.SMS, map[string]string{"project_id": "p", "app_id": "a", "region": "br", "key_id": "k"}, []string{"key_secret", "webhook_secret"},
		`{"access_token":"t","expires_in":3599,"id":"a","channel_credentials":[{"channel":"SMS"}]}`, unauthorized(`{"error":"invalid_client"}`), [2]string{"does not accept the access key", "não aceita a chave de acesso"}},
	"wavy": {wavy.New, engine.SMS, map[string]string{"username": "clinica_demo"}, []string{"token", "webhook_secret"},
		`{}`, unauthorized(`{"errorMessage":"invalid token"}`), [2]string{"does not accept the user name or the token", "não aceita o usuário ou o token"}},
	"twilio": {twilio.New, engine.SMS, map[string]string{"account_sid": "AC00000000000000000000000000000001", "from": "+12025550143"}, []string{"auth_token"},
		`{"status":"active"}`, unauthorized(`{"code":20003,"message":"Authenticate"}`), [2]string{"does not accept the credentials", "não aceita as credenciais"}},
	"http": {httpsms.New, engine.SMS, map[string]string{"body": `{"to":"{to}","text":"{text}"}`, "test_path": "/saldo"}, nil,
		`{}`, unauthorized(`no`), [2]string{"does not accept the credentials", "não aceita as credenciais"}},
	"sendgrid": {sendgrid.New, engine.Email, map[string]string{"from": "clinica@example.com", "verification_key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="}, []string{"api_key"},
		`{"scopes":["mail.send"]}`, unauthorized(`{"errors":[{"message":"authorization required"}]}`), [2]string{"does not accept the API key", "não aceita a chave de API"}},
	"ses": {ses.New, engine.Email, map[string]string{"region": "us-east-1", "from": "clinica@example.com", "access_key_id": "AKIDEXAMPLE", "topic_arn": "arn:aws:sns:us-east-1:123456789012:t"}, []string{"secret_access_key"},
		`{"SendingEnabled":true,"ProductionAccessEnabled":true}`, channeltest.Answer{Status: 403, Header: map[string]string{"X-Amzn-Errortype": "InvalidSignatureException"}, Body: `{"message":"no"}`},
		[2]string{"does not accept the access key", "não aceita a chave de acesso"}},
	"telegram": {telegram.New, engine.Telegram, nil, []string{"webhook_secret"},
		`{"ok":true,"result":{"url":"https://example.com/webhooks/it"}}`, unauthorized(`{"ok":false,"error_code":401,"description":"Unauthorized"}`), [2]string{"does not know this token", "não conhece este token"}},
	"metachat": {metachat.New, engine.Messenger, map[string]string{"account_id": "1906385232743451"}, []string{"token", "app_secret", "verify_token"},
		`{"id":"1906385232743451"}`, unauthorized(`{"error":{"message":"no","code":190}}`), [2]string{"generate a new token", "gere um novo token"}},
	"smpp": {nil, engine.SMS, map[string]string{"host": "127.0.0.1", "from": "28000"}, []string{"system_id:canary", "password:canary0"}, // 8 characters is all that SMPP carries
		`{}`, channeltest.Answer{Body: `{"error":{"class":"reauth","code":"0x0E","message":"the SMSC refused the bind","message_pt":"o SMSC recusou a conexão"}}`}, [2]string{"refused the bind", "recusou a conexão (código 0x0E)"}},
	"smtp": {smtp.New, engine.Email, map[string]string{"from": "clinica@example.com", "username": "u", "auth": "plain"}, []string{"password"},
		"235 2.7.0 ok", channeltest.Answer{Body: "535 5.7.8 no"}, [2]string{"did not accept the username or password", "não aceitou o usuário ou a senha"}},
}

// open makes the provider that talks to an address of this machine.
func (p tested) open(t *testing.T, address string) channel.Tester {
	t.Helper()
	provider, err := p.driver(t, address)
	if err != nil {
		t.Fatalf("the settings are refused: %v", err)
	}
	return provider.(channel.Tester)
}

func (p tested) driver(t *testing.T, address string) (channel.Provider, error) {
	t.Helper()
	s := channel.Settings{IntegrationID: "it", Channel: p.channel, PublicURL: "https://example.com/webhooks/it", Client: channeltest.Client(),
		Values: map[string]string{"base_url": address}, Secrets: map[string]string{}}
	maps.Copy(s.Values, p.values)
	for _, secret := range p.secrets {
		name, value, given := strings.Cut(secret, ":")
		if !given {
			value = demoSecret
		}
		s.Secrets[name] = value
	}
	construct := p.new
	switch {
	case p.channel == engine.Telegram:
		s.Secrets["token"] = "123456:" + demoSecret
	case construct == nil: // SMPP, whose binds another process holds
		delete(s.Values, "base_url")
		construct = smpp.New(smpp.NewRemote(strings.TrimPrefix(address, "http://"), "token"))
	case s.Secrets["password"] != "":
		s.Values["base_url"] = strings.Replace(address, "http://", "smtp://", 1)
	}
	return construct(s)
}

// serve starts the far end: HTTP, or a mail server that answers signing in so.
func (p tested) serve(t *testing.T, answer channeltest.Answer) string {
	t.Helper()
	if p.values["auth"] == "" {
		return channeltest.NewServer(t, answer).URL
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go mailServer(conn, answer)
		}
	}()
	return "http://" + listener.Addr().String()
}

func mailServer(conn net.Conn, answer channeltest.Answer) {
	defer func() { _ = conn.Close() }()
	say := func(line string) { _, _ = fmt.Fprintf(conn, "%s\r\n", line) }
	if !answer.Hang {
		say("220 mail.example.com")
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		switch word, _, _ := strings.Cut(lines.Text(), " "); word {
		case "EHLO":
			say("250-mail.example.com\r\n250 AUTH PLAIN")
		case "AUTH":
			say(answer.Body)
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// TestEveryProviderCanBeTested: POST /integrations/{id}/test really talks to each
// provider, and what is wrong is a sentence in both languages without a secret.
func TestEveryProviderCanBeTested(t *testing.T) {
	if have, want := slices.Sorted(maps.Keys(testedProviders)), registered(t); !slices.Equal(have, want) {
		t.Fatalf("the table tests %v,\ncmd/jornada/providers.go has %v", have, want)
	}
	for name, p := range testedProviders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := p.open(t, p.serve(t, channeltest.Answer{Body: p.good})).Test(t.Context()); err != nil {
				t.Errorf("good credentials: %v", err)
			}
			for _, c := range []struct {
				what, address string
				en, pt        string
				code          engine.ErrorCode
			}{
				{"bad credentials", p.serve(t, p.bad), p.says[0], p.says[1], engine.Invalid},
				{"nobody there", "http://127.0.0.1:1", "reached", "não foi possível falar com", engine.Unavailable},
				{"no answer", p.serve(t, channeltest.Answer{Hang: true}), "", "", engine.Unavailable},
			} {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				err := p.open(t, c.address).Test(ctx)
				cancel()
				var told *engine.Error
				if !errors.As(err, &told) {
					t.Errorf("%s: %T %v", c.what, err, err)
					continue
				}
				en, pt := told.Text().En, told.Text().Pt
				if told.Code != c.code || !strings.Contains(en, c.en) || !strings.Contains(pt, c.pt) || pt == en {
					t.Errorf("%s: %s\n%s\n%s", c.what, told.Code, en, pt)
				}
				if strings.Contains(err.Error()+pt, "canary") || strings.Contains(en+pt, "{said}") || strings.Contains(en+pt, "()") || strings.Contains(en+pt, "%!") {
					t.Errorf("%s: %s\n%s", c.what, en, pt)
				}
			}
		})
	}
}

// TestCarriersAreTheirDrivers: what package medium says of a company is what its driver
// does, for everyone who carries WhatsApp.
func TestCarriersAreTheirDrivers(t *testing.T) {
	for name, p := range testedProviders {
		carrier, carries := medium.CarrierNamed(name)
		if p.new == nil {
			continue
		}
		p.channel = engine.WhatsApp
		provider, err := p.driver(t, "http://127.0.0.1:1")
		if carries != (err == nil) {
			t.Errorf("%s carries WhatsApp: %v, and its driver: %v", name, carries, err)
		}
		if !carries || err != nil {
			continue
		}
		_, reads := provider.(channel.ReadMarker)
		_, files := provider.(channel.MediaSource)
		if got := (medium.Carrier{Name: name, Reactions: provider.Capabilities().Reactions, MarksRead: reads, Files: files}); got != carrier {
			t.Errorf("the driver: %+v, the table: %+v", got, carrier)
		}
	}
}

// registered are the providers that an integration may name, read from where they
// are registered: that package links a whole Temporal server.
func registered(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../cmd/jornada/providers.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.BasicLit); ok {
				name, err := strconv.Unquote(key.Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
		}
		return true
	})
	slices.Sort(names)
	return names
}
