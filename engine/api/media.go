package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// mediaAtOnce bounds the files that are on their way at once: each may take
// channel.MediaMax of memory.
const mediaAtOnce = 4

// getMedia hands out a file that a person sent, by the event it came with. Its
// provider keeps it, for some days; we keep its id only. So it is never older than
// the provider lets it be, and gone with the contact's messages.
func (s *server) getMedia(ctx context.Context, q *request) (*answer, error) {
	id := engine.EventID(q.params["id"])
	ev, err := s.Store.Event(ctx, id)
	if err != nil && !isCode(err, engine.NotFound) {
		return nil, fmt.Errorf("reading event %q: %w", id, err)
	}
	if err != nil || !hasFile(ev) {
		return nil, notFound(diag.T("there is no file %q", "não existe o arquivo %q", string(id)))
	}
	provider, _, err := s.Providers.For(ctx, ev.IntegrationID)
	if err != nil && !isCode(err, engine.NotFound) && !isCode(err, engine.Invalid) {
		return nil, fmt.Errorf("opening the integration of a file: %w", err)
	}
	source, able := provider.(channel.MediaSource)
	if err != nil || !able {
		return nil, conflict(diag.T("the integration %q does not hand out files; open it in the provider's own console", "a integração %q não entrega arquivos; abra no painel do provedor", string(ev.IntegrationID)))
	}
	select {
	case s.media <- struct{}{}:
		defer func() { <-s.media }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for another file: %w", ctx.Err())
	}
	file, err := source.Media(ctx, ev.Message)
	switch {
	case errors.Is(err, channel.ErrMediaSize):
		return nil, conflict(diag.T("the file is larger than %d MB; open it in the provider's own console", "o arquivo tem mais de %d MB; abra no painel do provedor", channel.MediaMax>>20))
	case errors.Is(err, channel.ErrMediaKind):
		return nil, conflict(diag.T("a file of this kind is not handed out; pictures, recordings, videos, PDF, text and office documents are", "um arquivo deste tipo não é entregue; imagens, áudios, vídeos, PDF, texto e documentos de escritório são"))
	case isCode(err, engine.NotFound):
		return nil, notFound(diag.T("the provider no longer keeps this file", "o provedor não guarda mais este arquivo"))
	case err != nil:
		return nil, &problem{Status: http.StatusServiceUnavailable, Code: string(engine.Unavailable), Err: err,
			Text: diag.T("the provider does not give this file now; try again later", "o provedor não entrega este arquivo agora; tente mais tarde")}
	}
	if err := s.audit(ctx, q, "media.read", string(id), nil); err != nil {
		return nil, err
	}
	return (&answer{status: http.StatusOK, raw: file.Body, contentType: file.Type}).
		with("Cache-Control", "private, no-store").with("X-Content-Type-Options", "nosniff").
		with("Content-Security-Policy", "default-src 'none'; sandbox").with("Content-Disposition", "attachment"), nil
}

// hasFile reports whether an event brought a file that somebody keeps.
func hasFile(ev *engine.InboundEvent) bool {
	return ev.Kind == engine.InboundMessage && ev.Message != nil && (ev.Message.MediaID != "" || ev.Message.Media != nil)
}

// fileOf is where the file of an event is handed out; "" when it has none.
func fileOf(ev *engine.InboundEvent) string {
	if !hasFile(ev) {
		return ""
	}
	return "/api/v1/media/" + string(ev.ID)
}
