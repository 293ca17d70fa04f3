package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/engine"
)

const (
	testMessagesAnHour = 10  // of one integration
	testTextMax        = 500 // characters
)

// typedAddress is the kind of address that a person can write down themselves and
// be reached by; "" on channels where people write first.
func typedAddress(ch engine.Channel) engine.AddressKind {
	for _, kind := range []engine.AddressKind{engine.Phone, engine.EmailAddress} {
		if slices.Contains(ch.AddressKinds(), kind) {
			return kind
		}
	}
	return ""
}

// templateNamed names a template of a provider.
type templateNamed struct {
	Name     string `json:"name"`
	Language string `json:"language"`
}

// testMessageView says what became of a test message. Unconfirmed: it may have been
// taken.
type testMessageView struct {
	OK          bool   `json:"ok"`
	Unconfirmed bool   `json:"unconfirmed"`
	Message     string `json:"message"`
	ProviderID  string `json:"provider_id,omitempty"`
}

// sendTestMessage sends one message to an address that somebody typed, by the
// integration's own driver. It belongs to no contact, no journey and no statistics:
// only the audit trail knows of it, written first, so that what is in doubt counts
// too. It is never sent again by itself.
func (s *server) sendTestMessage(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		To       string         `json:"to"`
		Text     string         `json:"text"`
		Template *templateNamed `json:"template"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	i, err := s.findIntegration(ctx, q.params["id"])
	if err != nil {
		return nil, err
	}
	if i.State == engine.Disabled {
		return nil, conflict(diag.T("the channel %q is disabled: enable it first", "o canal %q está desativado: ative-o primeiro", i.ID))
	}
	to, err := s.testAddress(i, in.To)
	if err != nil {
		return nil, err
	}
	contact, err := s.mayTest(ctx, i, to)
	if err != nil {
		return nil, err
	}
	content := engine.Content{Text: strings.TrimSpace(in.Text)}
	if i.Channel == engine.Email {
		content.Subject = diag.T("Test message", "Mensagem de teste").In(q.lang)
	}
	if in.Template != nil {
		content, err = s.testTemplate(ctx, i, *in.Template)
	} else {
		err = s.testText(ctx, i, contact, content.Text)
	}
	if err != nil {
		return nil, err
	}
	driver, _, err := s.Providers.For(ctx, i.ID)
	if err != nil {
		return nil, wrapUnlessRefused(fmt.Sprintf("opening integration %q", i.ID), s.explained(i, err))
	}
	if err := s.claimTest(ctx, q, i, content.Template); err != nil {
		return nil, err
	}
	receipt, err := driver.Send(ctx, channel.Outbound{Ref: engine.NewID("test"), To: to, Content: content, Locale: "pt-BR"})
	return ok(testedMessage(receipt, err, q.lang)), nil
}

// testAddress reads what was typed.
func (s *server) testAddress(i *engine.Integration, typed string) (engine.Address, error) {
	kind := typedAddress(i.Channel)
	if kind == "" {
		return engine.Address{}, invalid("to", diag.T("people write first on %s: write to the account yourself, and a journey or a person can answer you",
			"em %s são as pessoas que escrevem primeiro: escreva você para a conta, e uma jornada ou uma pessoa pode responder", i.Channel))
	}
	to, err := s.normalize(kind, typed)
	var p *problem
	if errors.As(err, &p) {
		p.Field = "to"
	}
	return to, err
}

// mayTest refuses an address that wants nothing from us, and finds whose it is; nil:
// nobody's.
func (s *server) mayTest(ctx context.Context, i *engine.Integration, to engine.Address) (*engine.Contact, error) {
	contact, err := s.Store.ContactByAddress(ctx, []engine.Address{to})
	if err != nil && !isCode(err, engine.NotFound) {
		return nil, fmt.Errorf("finding whose address a test message goes to: %w", err)
	}
	stopped, err := s.Store.Suppressions(ctx, i.Channel, []engine.Address{to})
	if err != nil {
		return nil, fmt.Errorf("reading suppressions: %w", err)
	}
	// Whether somebody can be reached by now is what a person may want to find out.
	stopped = slices.DeleteFunc(stopped, func(sp engine.Suppression) bool { return sp.Reason == engine.SuppressedUnreachable })
	no := false
	if contact != nil {
		yes, said := contact.OptIn[i.Channel]
		no = said && !yes
	}
	if len(stopped) > 0 || no {
		return nil, &problem{Status: http.StatusConflict, Code: string(engine.Conflict), Field: "to", Details: map[string]any{"reason": "opted_out"},
			Text: diag.T("this address wants no messages on this channel (it opted out, or is suppressed): try with another one",
				"este endereço não quer mensagens neste canal (pediu para sair, ou está bloqueado): teste com outro")}
	}
	return contact, nil
}

// testText refuses a text that is none, and one that WhatsApp would not take now.
func (s *server) testText(ctx context.Context, i *engine.Integration, contact *engine.Contact, text string) error {
	if n := utf8.RuneCountInString(text); n == 0 || n > testTextMax {
		return invalid("text", diag.T("text must have 1 to %d characters", "text deve ter de 1 a %d caracteres", testTextMax))
	}
	if !i.Channel.HasWindow() {
		return nil
	}
	if contact != nil {
		windows, err := s.Store.Windows(ctx, contact.ID)
		if err != nil {
			return fmt.Errorf("reading the service windows of contact %q: %w", contact.ID, err)
		}
		w := windows[i.Channel]
		if w.IntegrationID == i.ID && (engine.ServiceWindow{LastInboundAt: w.LastInboundAt}).OpenAt(s.Clock.Now()) {
			return nil
		}
	}
	templates, err := s.testTemplates(ctx, i)
	if err != nil {
		return err
	}
	named := make([]templateNamed, 0, len(templates))
	for _, t := range templates {
		named = append(named, templateNamed{t.Name, t.Language})
	}
	return &problem{Status: http.StatusConflict, Code: string(engine.Conflict), Field: "text", Details: map[string]any{"reason": "window_closed", "templates": named},
		Text: diag.T("own text may only go within 24 hours after the person wrote to this number: write to it from that phone, or choose an approved template without parameters",
			"texto livre só pode ir até 24 horas depois que a pessoa escreveu para este número: escreva para ele desse telefone, ou escolha um modelo aprovado sem parâmetros")}
}

// testTemplates are the approved ones that need nothing filled in.
func (s *server) testTemplates(ctx context.Context, i *engine.Integration) ([]templateView, error) {
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.Store.Templates(ctx, i.ID)
	if err != nil {
		return nil, fmt.Errorf("reading templates: %w", err)
	}
	locked := slices.DeleteFunc(ws.AllTemplates(), func(t dsl.Template) bool { return t.Channel != string(i.Channel) })
	return slices.DeleteFunc(mergeTemplates(locked, known), func(t templateView) bool {
		return t.Status != string(engine.TemplateApproved) || len(t.Params) > 0 || t.Subject != "" || t.Markdown != ""
	}), nil
}

func (s *server) testTemplate(ctx context.Context, i *engine.Integration, wanted templateNamed) (engine.Content, error) {
	list, err := s.testTemplates(ctx, i)
	if err != nil {
		return engine.Content{}, err
	}
	for _, t := range list {
		if t.Name == wanted.Name && t.Language == wanted.Language {
			return engine.Content{Template: t.Name, Language: t.Language, Category: t.Category, Named: t.Named}, nil
		}
	}
	return engine.Content{}, invalid("template", diag.T("%q is no approved template without parameters of this channel: choose one from GET /api/v1/templates",
		"%q não é um modelo aprovado e sem parâmetros deste canal: escolha um em GET /api/v1/templates", wanted.Name))
}

// claimTest writes the message into the audit trail, unless too many stand there.
func (s *server) claimTest(ctx context.Context, q *request, i *engine.Integration, template string) error {
	const action = "integration.test_message"
	return s.Store.InTx(ctx, func(ctx context.Context) error {
		if err := s.audit(ctx, q, action, string(i.ID), map[string]any{"channel": i.Channel, "template": template}); err != nil {
			return err
		}
		// Counted with the trail locked, so that two calls at once see each other.
		n, err := s.Store.CountAudit(ctx, action, string(i.ID), s.Clock.Now().Add(-time.Hour))
		if err != nil {
			return fmt.Errorf("counting test messages: %w", err)
		}
		if n > testMessagesAnHour {
			return &problem{Status: http.StatusTooManyRequests, Code: codeRateLimited,
				Text: diag.T("%d test messages an hour are enough for one channel: try again later", "%d mensagens de teste por hora bastam para um canal: tente mais tarde", testMessagesAnHour)}
		}
		return nil
	})
}

// testedMessage says in a sentence what became of it.
func testedMessage(receipt channel.Receipt, err error, lang diag.Language) testMessageView {
	if err == nil {
		return testMessageView{OK: true, ProviderID: receipt.ProviderID,
			Message: diag.T("the provider took the message; it should arrive in a moment", "o provedor aceitou a mensagem; ela deve chegar em instantes").In(lang)}
	}
	var failed *channel.SendError
	v := testMessageView{Message: err.Error()}
	if !errors.As(err, &failed) {
		return v
	}
	if lang == diag.Portuguese && failed.Pt != "" {
		v.Message = failed.Pt
	}
	if v.Unconfirmed = failed.Doubt == channel.Unclear; v.Unconfirmed {
		v.Message += diag.T(" — it may have been sent all the same: look at the phone before you try again",
			" — pode ter sido enviada mesmo assim: olhe o telefone antes de tentar de novo").In(lang)
	}
	return v
}
