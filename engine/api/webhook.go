package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// webhook is every provider's door. The driver proves where the call comes from
// and translates it; what it means is stored before the provider hears that we
// have it. It is never throttled: a provider that is told 429 drops the
// connection's health, and people's answers with it. When we cannot store, we
// say 503 and the provider calls again.
func (s *server) webhook(ctx context.Context, q *request) (*answer, error) {
	ctx = s.Store.Hurry(ctx) // a provider that waits too long comes again
	id := engine.IntegrationID(q.params["integration_id"])
	provider, integration, err := s.Providers.ForCall(ctx, id)
	switch {
	case isCode(err, engine.NotFound):
		s.metrics.rejected.WithLabelValues("unknown_integration").Inc()
		return nil, notFound(diag.T("there is no integration %q: compare the webhook's address with the one under /api/v1/integrations",
			"não existe a integração %q: compare o endereço do webhook com o que está em /api/v1/integrations", string(id)))
	case isCode(err, engine.Invalid):
		s.metrics.rejected.WithLabelValues("misconfigured").Inc()
		return nil, &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
			Text: diag.T("integration %q is not fully configured", "a integração %q não está configurada por completo", string(id))}
	case err != nil:
		return nil, &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
			Text: diag.T("the event cannot be stored just now; call again", "não foi possível gravar o evento agora; chame de novo")}
	}
	var mediaType *channel.MediaTypeError
	events, response, err := provider.Receive(channel.Request{Method: q.Method, URL: s.publicURLOf(q.Request), Header: q.Header, Body: q.body})
	switch {
	case errors.As(err, &mediaType):
		s.metrics.rejected.WithLabelValues("media_type").Inc()
		return nil, &problem{Status: http.StatusUnsupportedMediaType, Code: codeMediaType, Err: err, Details: map[string]any{"content_type": mediaType.Want},
			Text: diag.T("this webhook takes %s: nothing was stored", "este webhook aceita %s: nada foi gravado", mediaType.Want)}
	case errors.Is(err, channel.ErrSignature):
		s.metrics.rejected.WithLabelValues("signature").Inc()
		status, code := http.StatusUnauthorized, codeUnauthorized
		if q.Method == http.MethodGet { // a challenge, to which Meta wants 403
			status, code = http.StatusForbidden, string(engine.Forbidden)
		}
		s.Logger.WarnContext(ctx, "refused a webhook call whose signature does not match", "integration", id, "request_id", q.id)
		return nil, &problem{Status: status, Code: code, Err: err,
			Text: diag.T("the signature does not match this integration's secret; nothing was stored",
				"a assinatura não confere com o segredo desta integração; nada foi gravado")}
	case isCode(err, engine.NotFound):
		s.metrics.rejected.WithLabelValues("no_webhooks").Inc()
		return nil, notFound(diag.T("integration %q takes no webhooks", "a integração %q não recebe webhooks", string(id)))
	case err != nil:
		s.metrics.rejected.WithLabelValues("unreadable").Inc()
		return nil, wrapUnlessRefused(fmt.Sprintf("reading a webhook of integration %q", id), err)
	}
	if len(events) > 0 {
		for i := range events {
			events[i].IntegrationID = integration.ID
			if events[i].Channel == "" {
				events[i].Channel = integration.Channel
			}
			if events[i].ReceivedAt.IsZero() {
				events[i].ReceivedAt = s.Clock.Now()
			}
		}
		if err := s.intake.do(ctx, func() error { return s.Runtime.Deliver(ctx, events) }); err != nil {
			if errors.Is(err, errBusy) {
				s.metrics.rejected.WithLabelValues("busy").Inc()
			}
			return nil, &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
				Text: diag.T("the event cannot be stored just now; call again", "não foi possível gravar o evento agora; chame de novo")}
		}
		for i := range events {
			s.metrics.received.WithLabelValues(string(integration.Channel), string(events[i].Kind)).Inc()
		}
	}
	if response.Status == 0 {
		response.Status = http.StatusOK
	}
	if response.ContentType == "" {
		response.ContentType = "text/plain; charset=utf-8"
	}
	return &answer{status: response.Status, raw: []byte(response.Body), contentType: response.ContentType}, nil
}

// refusedBody counts a webhook call that was refused before anybody read it.
func (s *server) refusedBody(err error) {
	reason := "broken_off"
	if problemOf(err).Status == http.StatusRequestEntityTooLarge {
		reason = "too_large"
	}
	s.metrics.rejected.WithLabelValues(reason).Inc()
}

// errBusy: too many proved calls wait to be stored already.
var errBusy = errors.New("too many webhook calls wait to be stored")

// intake is the line of proved webhook calls in front of the database. A few are
// stored at a time, a bounded number waits, and the next is told to come again:
// a slow database costs the provider a repetition, and never costs us the memory
// of everything that is still to come.
type intake struct {
	inside chan struct{} // working or waiting
	atWork chan struct{}
}

func newIntake(atOnce, waiting int) *intake {
	return &intake{inside: make(chan struct{}, atOnce+waiting), atWork: make(chan struct{}, atOnce)}
}

func (l *intake) do(ctx context.Context, work func() error) error {
	select {
	case l.inside <- struct{}{}:
		defer func() { <-l.inside }()
	default:
		return errBusy
	}
	select {
	case l.atWork <- struct{}{}:
		defer func() { <-l.atWork }()
	case <-ctx.Done():
		return fmt.Errorf("waiting to be stored: %w", ctx.Err())
	}
	return work()
}

// publicURLOf is the address as the provider called it, which some signatures
// cover. Behind a proxy only the operator knows it.
func (s *server) publicURLOf(r *http.Request) *url.URL {
	u := *r.URL
	u.Scheme, u.Host = "http", r.Host
	if r.TLS != nil {
		u.Scheme = "https"
	}
	if s.public != nil {
		u.Scheme, u.Host = s.public.Scheme, s.public.Host
		if base := s.public.JoinPath(); base.Path != "" && base.Path != "/" {
			u = *s.public.JoinPath(r.URL.Path)
			u.RawQuery = r.URL.RawQuery
		}
	}
	return &u
}
