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
	"time"

	"github.com/labstack/echo/v4"

	"jornada/dsl/diag"
	"jornada/engine"
)

// idempotencyStore remembers first answers for 24 h.
type idempotencyStore interface {
	// Idempotent returns the saved answer, or nil when the key is now ours to
	// answer within reserve; engine.Conflict when the body differs or the first
	// call still runs.
	Idempotent(ctx context.Context, key, bodyHash string, reserve time.Duration) (saved *engine.SavedAnswer, err error)
	SaveAnswer(ctx context.Context, key string, a engine.SavedAnswer) error
	DropAnswer(ctx context.Context, key string) error
}

// answerMargin is how much longer than its call a key stays reserved: the call
// may still be writing its answer when its time is over.
const answerMargin = 5 * time.Second

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
	q.onceKey = key
	saved, err := s.Store.Idempotent(ctx, key, bodyHash, q.route.timeout()+answerMargin)
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
			s.insist(keep, q, "giving back an idempotency key", func(ctx context.Context) error { return s.Store.DropAnswer(ctx, key) })
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
	s.insist(keep, q, "keeping an answer for its idempotency key", func(ctx context.Context) error {
		return s.Store.SaveAnswer(ctx, key, engine.SavedAnswer{Status: a.status, Body: body})
	})
	return a, nil
}

// insistEvery is how often a key's fate is written again while the database is
// away; the machine's time.
const insistEvery = 500 * time.Millisecond

// insist writes down what became of a key. While the database is away it goes on
// trying behind the answer, for as long as the key is reserved: a caller who tries
// again after a short outage should not be told that the first call still runs.
func (s *server) insist(ctx context.Context, q *request, what string, write func(ctx context.Context) error) {
	err := write(ctx)
	if err == nil {
		return
	}
	s.Logger.WarnContext(ctx, what+"; trying again", "request_id", q.id, "error", err)
	ctx, cancel := context.WithTimeout(ctx, q.route.timeout())
	go func() {
		defer cancel()
		tick := time.NewTicker(insistEvery)
		defer tick.Stop()
		for err != nil {
			select {
			case <-ctx.Done():
				s.Logger.WarnContext(ctx, what+": given up, the key is free when its reservation ends", "request_id", q.id, "error", err)
				return
			case <-tick.C:
				err = write(ctx)
			}
		}
	}()
}

// answerKept is how long a first answer counts, as the store keeps it.
const answerKept = 24 * time.Hour

// enrollmentID names the enrollment that a request with an Idempotency-Key makes:
// a server that dies after the enrollment and before its answer was kept leaves
// the key free, and the id then says that it is the same one. "" without a key,
// when any name will do. A key that comes back after its answer was forgotten
// means a new enrollment, under a name of its own.
func (s *server) enrollmentID(ctx context.Context, q *request) (engine.EnrollmentID, error) {
	if q.onceKey == "" {
		return "", nil
	}
	for key := q.onceKey; ; {
		id := engine.EnrollmentID("enr_" + key[:32])
		e, err := s.Store.Enrollment(ctx, id)
		switch {
		case isCode(err, engine.NotFound):
			return id, nil
		case err != nil:
			return "", fmt.Errorf("looking for the enrollment of an earlier try: %w", err)
		case s.Clock.Anchor().Wait(s.Clock.Now().Sub(e.StartedAt)) < answerKept:
			return id, nil
		}
		sum := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(sum[:])
	}
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
