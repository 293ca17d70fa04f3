package api

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/engine"
)

// postman is a driver that keeps what it is given.
type postman struct {
	echoProvider

	sent *[]channel.Outbound
	err  error
}

func (p postman) Send(_ context.Context, out channel.Outbound) (channel.Receipt, error) {
	*p.sent = append(*p.sent, out)
	return channel.Receipt{ProviderID: "p1"}, p.err
}

// posting gives every integration a postman.
type posting struct {
	*fakeProviders

	sent []channel.Outbound
	err  error
}

func (p *posting) For(ctx context.Context, id engine.IntegrationID) (channel.Provider, *engine.Integration, error) {
	opened, i, err := p.fakeProviders.For(ctx, id)
	if err != nil {
		return nil, i, err
	}
	return postman{opened.(echoProvider), &p.sent, p.err}, i, nil
}

// posted is a fixture with a sender on three channels, and what they sent.
func posted(f *fixture) *posting {
	p := &posting{fakeProviders: &fakeProviders{f.store}}
	f.server.Providers = p
	for _, ch := range []string{"sms", "email", "whatsapp", "telegram"} {
		f.admin("POST", "/api/v1/integrations", `{"id":"`+ch+`","provider":"echo","channel":"`+ch+`","secrets":{"key":"canary-secret"}}`)
	}
	return p
}

func TestATestMessageGoesToWhatWasTyped(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		p := posted(f)
		w := f.admin("POST", "/api/v1/integrations/sms/test-message", `{"to":"(11) 98765-4321","text":" Oi "}`, "Accept-Language", "pt-BR")
		if said := decoded[testMessageView](f, w); !said.OK || said.ProviderID != "p1" || said.Message != "o provedor aceitou a mensagem; ela deve chegar em instantes" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		wants(t, "by e-mail", f.admin("POST", "/api/v1/integrations/email/test-message", `{"to":"Ana@Clinic.example","text":"Oi"}`), 200)
		if len(p.sent) != 2 {
			t.Fatalf("sent %+v", p.sent)
		}
		if out := p.sent[0]; !strings.HasPrefix(out.Ref, "test_") || out.To != (engine.Address{Kind: engine.Phone, Value: "+5511987654321"}) || out.Content.Text != "Oi" {
			t.Errorf("the SMS was %+v", out)
		}
		if out := p.sent[1]; out.To != (engine.Address{Kind: engine.EmailAddress, Value: "ana@clinic.example"}) || out.Content.Subject != "Test message" {
			t.Errorf("the letter was %+v", out)
		}
		audit := f.admin("GET", "/api/v1/audit?limit=2", "").Body.String()
		if strings.Count(audit, `"integration.test_message"`) != 2 || strings.Contains(audit, "98765") || strings.Contains(strings.ToLower(audit), "ana@") {
			t.Errorf("the trail says %s", audit)
		}
		messages, _, err := f.store.Messages(t.Context(), engine.MessageFilter{Limit: 10})
		contact, missing := f.store.ContactByAddress(t.Context(), []engine.Address{p.sent[0].To})
		if err != nil || len(messages) != 0 || contact != nil || !isCode(missing, engine.NotFound) {
			t.Errorf("a test message left %v %v %v", messages, contact, err)
		}
	})
}

func TestATestMessageIsRefused(t *testing.T) {
	f := inMemory(t)
	p := posted(f)
	f.admin("PUT", "/api/v1/contacts/gone", `{"attributes":{"first_name":"Eva"},"addresses":{"phone":"+5511900000001"},"opt_in":{"sms":false}}`)
	if err := f.store.Suppress(t.Context(), engine.Suppression{Channel: engine.Email, Address: engine.Address{Kind: engine.EmailAddress, Value: "out@clinic.example"}, Reason: "complaint"}); err != nil {
		t.Fatal(err)
	}
	f.admin("POST", "/api/v1/integrations", `{"id":"off","provider":"echo","channel":"sms","secrets":{"key":"canary-secret"}}`)
	f.admin("POST", "/api/v1/integrations/off/disable", "")
	for _, c := range []struct {
		id, body, lang string
		status         int
		want           string
	}{
		{"sms", `{"to":"12","text":"Oi"}`, "en", 422, `"12\" is no phone number: write it with country and area code, like +55 11 98765-4321`},
		{"email", `{"to":"ana","text":"Oi"}`, "pt-BR", 422, `"ana\" não é um e-mail: escreva como nome@exemplo.com.br`},
		{"sms", `{"to":"+5511987654321","text":" "}`, "pt-BR", 422, "text deve ter de 1 a 500 caracteres"},
		{"sms", `{"to":"+5511987654321","text":"` + strings.Repeat("a", 501) + `"}`, "en", 422, "text must have 1 to 500 characters"},
		{"sms", `{"to":"+5511900000001","text":"Oi"}`, "pt-BR", 409, "este endereço não quer mensagens neste canal (pediu para sair, ou está bloqueado): teste com outro"},
		{"email", `{"to":"Out@clinic.example","text":"Oi"}`, "en", 409, "this address wants no messages on this channel (it opted out, or is suppressed): try with another one"},
		{"telegram", `{"to":"42","text":"Oi"}`, "en", 422, "people write first on telegram: write to the account yourself, and a journey or a person can answer you"},
		{"whatsapp", `{"to":"+5511987654321","text":"Oi"}`, "pt-BR", 409, "texto livre só pode ir até 24 horas depois que a pessoa escreveu para este número: escreva para ele desse telefone, ou escolha um modelo aprovado sem parâmetros"},
		{"whatsapp", `{"to":"+5511987654321","template":{"name":"appointment_confirm","language":"pt_BR"}}`, "en", 422, `"appointment_confirm\" is no approved template without parameters of this channel: choose one from GET /api/v1/templates`},
		{"off", `{"to":"+5511987654321","text":"Oi"}`, "en", 409, `the channel \"off\" is disabled: enable it first`},
		{"nobody", `{"to":"+5511987654321","text":"Oi"}`, "en", 404, `there is no integration \"nobody\"`},
	} {
		w := f.admin("POST", "/api/v1/integrations/"+c.id+"/test-message", c.body, "Accept-Language", c.lang)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s, want %d %q", c.id, c.body, w.Code, w.Body, c.status, c.want)
		}
	}
	if len(p.sent) != 0 {
		t.Errorf("sent all the same: %+v", p.sent)
	}
}

// TestATestMessageOnWhatsApp: own text inside the window of this very number, else a
// template that needs nothing filled in.
func TestATestMessageOnWhatsApp(t *testing.T) {
	f := inMemory(t)
	p := posted(f)
	_, err := f.store.SyncTemplates(t.Context(), "whatsapp", []engine.Template{
		{IntegrationID: "whatsapp", Channel: engine.WhatsApp, Name: "hello_world", Language: "pt_BR", Category: "utility", Status: engine.TemplateApproved},
		{IntegrationID: "whatsapp", Channel: engine.WhatsApp, Name: "paused", Language: "pt_BR", Category: "utility", Status: engine.TemplatePaused},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.admin("PUT", "/api/v1/contacts/ana", `{"attributes":{"first_name":"Ana"},"addresses":{"phone":"+5511987654321"}}`)
	text := `{"to":"+55 11 98765-4321","text":"Oi"}`
	w := f.admin("POST", "/api/v1/integrations/whatsapp/test-message", text)
	if wants := `"reason":"window_closed","templates":[{"name":"hello_world","language":"pt_BR"}]`; w.Code != 409 || !strings.Contains(w.Body.String(), wants) {
		t.Errorf("%d %s, want %s", w.Code, w.Body, wants)
	}
	if err := f.store.TouchWindow(t.Context(), "ana", "another", engine.WhatsApp, noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	wants(t, "with the window of another number", f.admin("POST", "/api/v1/integrations/whatsapp/test-message", text), 409)
	wants(t, "a template", f.admin("POST", "/api/v1/integrations/whatsapp/test-message", `{"to":"+5511987654321","template":{"name":"hello_world","language":"pt_BR"}}`), 200)
	if err := f.store.TouchWindow(t.Context(), "ana", "whatsapp", engine.WhatsApp, noon); err != nil {
		t.Fatal(err)
	}
	wants(t, "text in the window", f.admin("POST", "/api/v1/integrations/whatsapp/test-message", text), 200)
	if got := fmt.Sprint(len(p.sent), " ", p.sent[0].Content.Template, " ", p.sent[0].Content.Language, " ", p.sent[1].Content.Text); got != "2 hello_world pt_BR Oi" {
		t.Errorf("sent %s", got)
	}
}

func TestTestMessagesAreFew(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.t = t
		p := posted(f)
		body := `{"to":"+5511987654321","text":"Oi"}`
		for range testMessagesAnHour {
			wants(t, "one of ten", f.admin("POST", "/api/v1/integrations/sms/test-message", body), 200)
		}
		w := f.admin("POST", "/api/v1/integrations/sms/test-message", body)
		if w.Code != 429 || !strings.Contains(w.Body.String(), "10 test messages an hour are enough for one channel: try again later") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		wants(t, "another channel's", f.admin("POST", "/api/v1/integrations/email/test-message", `{"to":"ana@clinic.example","text":"Oi"}`), 200)
		if len(p.sent) != testMessagesAnHour+1 {
			t.Errorf("sent %d", len(p.sent))
		}
		n, err := f.store.CountAudit(t.Context(), "integration.test_message", "sms", noon.AddDate(0, 0, -1))
		if err != nil || n != testMessagesAnHour {
			t.Errorf("the trail has %d, %v", n, err)
		}
	})
}

func TestATestMessageThatFailsSaysWhy(t *testing.T) {
	f := inMemory(t)
	p := posted(f)
	for _, c := range []struct {
		err  error
		lang string
		want testMessageView
	}{
		{&channel.SendError{Class: channel.Reauth, Message: "the key is wrong", Pt: "a chave não confere"}, "pt-BR", testMessageView{Message: "a chave não confere"}},
		{&channel.SendError{Class: channel.RetryLater, Doubt: channel.Unclear, Message: "no answer came"}, "en",
			testMessageView{Unconfirmed: true, Message: "no answer came — it may have been sent all the same: look at the phone before you try again"}},
	} {
		p.err = c.err
		w := f.admin("POST", "/api/v1/integrations/sms/test-message", `{"to":"+5511987654321","text":"Oi"}`, "Accept-Language", c.lang)
		if got := decoded[testMessageView](f, w); w.Code != 200 || got.OK || got.Unconfirmed != c.want.Unconfirmed || got.Message != c.want.Message {
			t.Errorf("%d %s, want %+v", w.Code, w.Body, c.want)
		}
	}
}

func TestOnlyAdministratorsSendTestMessages(t *testing.T) {
	f := inMemory(t)
	p := posted(f)
	admin := f.first()
	for _, role := range []engine.Role{engine.Author, engine.Operator, engine.Viewer} {
		b, _ := f.invited(admin, role)
		wants(t, string(role), b.call("POST", "/api/v1/integrations/sms/test-message", `{"to":"+5511987654321","text":"Oi"}`), 403)
		wants(t, string(role)+" asks what can be connected", b.call("GET", "/api/v1/providers", ""), 403)
	}
	if len(p.sent) != 0 {
		t.Errorf("sent %+v", p.sent)
	}
}
