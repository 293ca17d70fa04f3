package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"

	"jornada/dsl/diag"
	"jornada/engine"
)

// unsubscribeStore has the keys that prove an unsubscribe link.
type unsubscribeStore interface {
	UnsubscribeKeys(ctx context.Context) (engine.UnsubscribeKeys, error)
}

//go:embed pages/unsubscribe.html
var unsubscribeHTML string

//go:embed pages/unsubscribe.css
var unsubscribeCSS string

var unsubscribePage = template.Must(template.New("unsubscribe").Parse(unsubscribeHTML))

// cspUnsubscribe lets the page do three things: look as it does (its one style,
// known by its hash), and post its one form back to us.
var cspUnsubscribe = func() string {
	sum := sha256.Sum256([]byte(unsubscribeCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}()

// notice is what the page says. Button is "" when there is nothing left to do.
type notice struct {
	Language, Title, Text, Button string
	Style                         template.CSS
}

// showUnsubscribe shows what the link does. It never does it: mail scanners and
// link previews open every address of a message.
func (s *server) showUnsubscribe(ctx context.Context, q *request) (*answer, error) {
	w, refused := s.withdrawal(ctx, q)
	if refused != nil {
		return refused, nil
	}
	what := kindOfMail(w).In(q.lang)
	return page(http.StatusOK, q.lang, notice{
		Title:  diag.T("Stop %s?", "Parar %s?", what).In(q.lang),
		Text:   diag.T("You will get no more %s from us. It takes effect at once.", "Você não vai mais receber %s nossos. Vale na hora.", what).In(q.lang),
		Button: diag.T("Stop %s", "Parar %s", what).In(q.lang),
	})
}

// unsubscribe takes the permission back. The token is all the proof that is
// needed, because a mail program presses the button for the person, without
// their cookies (RFC 8058); what else the call carries is not read.
func (s *server) unsubscribe(ctx context.Context, q *request) (*answer, error) {
	w, refused := s.withdrawal(ctx, q)
	if refused != nil {
		return refused, nil
	}
	fresh, err := s.Runtime.Withdraw(ctx, w, "unsubscribe link pressed (request "+q.id+")")
	if err != nil {
		s.Logger.ErrorContext(ctx, "an unsubscribe could not be recorded; the person was asked to try again", "request_id", q.id, "error", err)
		return s.notNow(q)
	}
	result := "repeated"
	if fresh {
		result = "done"
	}
	s.metrics.links.WithLabelValues(result).Inc()
	return page(http.StatusOK, q.lang, notice{
		Title: diag.T("Done", "Pronto").In(q.lang),
		Text:  diag.T("You get no more %s from us.", "Você não recebe mais %s nossos.", kindOfMail(w).In(q.lang)).In(q.lang),
	})
}

// withdrawal reads the link. A link that is not ours is a page, too: whoever
// opens a cut address is a person who wants to be left alone.
func (s *server) withdrawal(ctx context.Context, q *request) (engine.Withdrawal, *answer) {
	keys, err := s.Store.UnsubscribeKeys(ctx)
	if err != nil {
		s.Logger.ErrorContext(ctx, "the key of unsubscribe links cannot be read", "request_id", q.id, "error", err)
		a, _ := s.notNow(q)
		return engine.Withdrawal{}, a
	}
	w, ok := keys.Open(q.params["token"])
	if ok {
		return w, nil
	}
	s.metrics.links.WithLabelValues("invalid").Inc()
	a, _ := page(http.StatusNotFound, q.lang, notice{
		Title: diag.T("This link is not complete", "Este link não está completo").In(q.lang),
		Text: diag.T("A mail program may have cut it. Open it from the message again, or answer the message and ask to be taken off the list.",
			"O programa de e-mail pode ter cortado o endereço. Abra de novo pela mensagem, ou responda a ela pedindo para sair da lista.").In(q.lang),
	})
	return engine.Withdrawal{}, a
}

// notNow asks for another try: nothing was recorded.
func (s *server) notNow(q *request) (*answer, error) {
	a, err := page(http.StatusServiceUnavailable, q.lang, notice{
		Title: diag.T("Not just now", "Agora não deu").In(q.lang),
		Text: diag.T("Your wish could not be recorded. Please open the link again in a minute.",
			"Seu pedido não pôde ser gravado. Abra o link de novo em um minuto.").In(q.lang),
	})
	if err != nil {
		return nil, err
	}
	return a.with("Retry-After", "60"), nil
}

// kindOfMail says in words what a withdrawal stops.
func kindOfMail(w engine.Withdrawal) diag.Text {
	noun := w.Channel.Medium().Noun
	if noun.IsZero() {
		noun = diag.T("messages", "avisos")
	}
	if w.Purpose == "marketing" {
		return diag.Text{En: "marketing " + noun.En, Pt: noun.Pt + " de divulgação"}
	}
	return noun
}

// page renders the notice under the page's own policy.
func page(status int, lang diag.Language, n notice) (*answer, error) {
	n.Language = "en"
	if lang == diag.Portuguese {
		n.Language = "pt-BR"
	}
	n.Style = template.CSS(unsubscribeCSS) //nolint:gosec // our own file, part of the program
	var b bytes.Buffer
	if err := unsubscribePage.Execute(&b, n); err != nil {
		return nil, fmt.Errorf("writing the unsubscribe page: %w", err)
	}
	a := &answer{status: status, raw: b.Bytes(), contentType: "text/html; charset=utf-8"}
	return a.with("Content-Security-Policy", cspUnsubscribe), nil
}
