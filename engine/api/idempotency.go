package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/labstack/echo/v4"

	"jornada/dsl/diag"
	"jornada/engine"
)

// idempotencyStore remembers first answers for 24 h.
type idempotencyStore interface {
	// Idempotent returns the saved answer, or nil when the key is now ours to
	// answer; engine.Conflict when the body differs or the first call still runs.
	Idempotent(ctx context.Context, key, bodyHash string) (saved *engine.SavedAnswer, err error)
	SaveAnswer(ctx context.Context, key string, a engine.SavedAnswer) error
	DropAnswer(ctx context.Context, key string) error
}

// once runs the handler, or repeats its first answer to the same
// Idempotency-Key. Only successes are kept: a refusal had no effect, so the
// caller may mend the body and use the same key again.
func (s *server) once(ctx context.Context, q *request) (*answer, error) {
	given := q.Header.Get("Idempotency-Key")
	if !q.route.creates || given == "" {
		return q.route.handle(ctx, q)
	}
	if len(given) > 255 || strings.ContainsFunc(given, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return nil, invalid("Idempotency-Key", diag.T("the Idempotency-Key must have 1 to 255 printable characters", "a Idempotency-Key deve ter de 1 a 255 caracteres visíveis"))
	}
	bodyHash, err := q.fingerprint()
	if err != nil {
		return nil, err
	}
	// Scoped to the caller and the call: two systems may count alike.
	sum := sha256.Sum256([]byte(q.principal.TokenID + "\x00" + q.route.operation + "\x00" + given))
	key := hex.EncodeToString(sum[:])
	saved, err := s.Store.Idempotent(ctx, key, bodyHash)
	if isCode(err, engine.Conflict) {
		return nil, &problem{Status: http.StatusConflict, Code: string(engine.Conflict), Field: "Idempotency-Key", Err: err,
			Text: diag.T("this Idempotency-Key was used with another body, or its first call is still running: use a new key for a new request",
				"esta Idempotency-Key já foi usada com outro corpo, ou a primeira chamada ainda está em andamento: use uma chave nova para um pedido novo")}
	}
	if err != nil {
		return nil, fmt.Errorf("looking up an idempotency key: %w", err)
	}
	if saved != nil {
		return (&answer{status: saved.Status, raw: saved.Body, contentType: echo.MIMEApplicationJSON}).with("Idempotency-Replayed", "true"), nil
	}
	// From here the key is reserved: whatever happens to the caller, it must be
	// answered or given back.
	keep := context.WithoutCancel(ctx)
	settled := false
	defer func() {
		if !settled {
			if err := s.Store.DropAnswer(keep, key); err != nil {
				s.Logger.WarnContext(ctx, "giving back an idempotency key", "request_id", q.id, "error", err)
			}
		}
	}()
	a, err := q.route.handle(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := a.encode(); err != nil {
		return nil, err
	}
	body := a.raw
	if a.saved != nil {
		if body, err = marshal(a.saved); err != nil {
			return nil, fmt.Errorf("encoding an answer: %w", err)
		}
	}
	settled = true // the effect happened: an unsaved answer must not make it happen again
	if err := s.Store.SaveAnswer(keep, key, engine.SavedAnswer{Status: a.status, Body: body}); err != nil {
		s.Logger.WarnContext(ctx, "keeping an answer for its idempotency key", "request_id", q.id, "error", err)
	}
	return a, nil
}

// fingerprint identifies what was asked: address, query and body. A streamed
// body goes to a temporary file first, because it must be known whole before
// its first row may have an effect.
func (q *request) fingerprint() (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00", q.URL.Path, q.URL.RawQuery)
	if q.stream == nil {
		h.Write(q.body)
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	if err := q.spoolTo(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (q *request) spoolTo(h hash.Hash) error {
	file, err := os.CreateTemp("", "jornada-import-*.csv")
	if err != nil {
		return fmt.Errorf("keeping an import until it is whole: %w", err)
	}
	q.spool = file
	if _, err := io.Copy(io.MultiWriter(file, h), q.stream); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return tooLargeProblem(tooLarge.Limit)
		}
		return fmt.Errorf("keeping an import until it is whole: %w", err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("keeping an import until it is whole: %w", err)
	}
	q.stream = file
	return nil
}
