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
	id := engine.IntegrationID(q.params["integration_id"])
	provider, integration, err := s.Providers.For(ctx, id)
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
	events, response, err := provider.Receive(channel.Request{Method: q.Method, URL: s.publicURLOf(q.Request), Header: q.Header, Body: q.body})
	switch {
	case errors.Is(err, channel.ErrSignature):
		s.metrics.rejected.WithLabelValues("signature").Inc()
		s.Logger.WarnContext(ctx, "refused a webhook call whose signature does not match", "integration", id, "request_id", q.id)
		return nil, &problem{Status: http.StatusForbidden, Code: string(engine.Forbidden), Err: err,
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
			s.metrics.received.WithLabelValues(string(integration.Channel), string(events[i].Kind)).Inc()
		}
		if err := s.Runtime.Deliver(ctx, events); err != nil {
			return nil, &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
				Text: diag.T("the event cannot be stored just now; call again", "não foi possível gravar o evento agora; chame de novo")}
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
