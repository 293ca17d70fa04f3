package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// healthStore is what monitoring looks at.
type healthStore interface {
	Ping(ctx context.Context) error
	// Full reports whether changes find no space on the database's disk.
	Full(ctx context.Context) bool
	Counts(ctx context.Context) (engine.Counts, error)
}

// maxLag is how old, on the machine's clock, the oldest undelivered event may be
// before we call ourselves not ready.
const maxLag = 2 * time.Minute

type healthView struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

// getHealth says that the process lives. It asks nobody, so that a database
// outage never makes an orchestrator kill us.
func (s *server) getHealth(ctx context.Context, q *request) (*answer, error) {
	return ok(healthView{"ok", s.Version}), nil
}

type readyView struct {
	Status string  `json:"status"`
	Checks []Check `json:"checks"`
}

// getReadiness says, part by part and in words, whether we can work.
func (s *server) getReadiness(ctx context.Context, q *request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	checks := []Check{s.checkDatabase(ctx, q.lang)}
	checks = append(checks, s.Runtime.Health(ctx)...)
	if checks[0].OK {
		checks = append(checks, s.checkQueues(ctx, q.lang))
	}
	for _, check := range s.Checks {
		checks = append(checks, check(ctx))
	}
	view := readyView{"ready", checks}
	status := http.StatusOK
	for _, c := range checks {
		if !c.OK {
			view.Status, status = "not_ready", http.StatusServiceUnavailable
		}
	}
	return &answer{status: status, body: view}, nil
}

func (s *server) checkDatabase(ctx context.Context, lang diag.Language) Check {
	if err := s.Store.Ping(ctx); err != nil {
		s.Logger.WarnContext(ctx, "the database does not answer", "error", err)
		return Check{"database", false, diag.T("the database does not answer; nothing new is accepted until it does",
			"o banco de dados não responde; nada novo é aceito até ele voltar").In(lang)}
	}
	if s.Store.Full(ctx) {
		return Check{"database", false, diag.T("the database has no space left: nothing is accepted or sent until there is, and nothing is lost; free or add disk space",
			"o banco de dados está sem espaço: nada é aceito nem enviado até haver, e nada se perde; libere ou acrescente espaço em disco").In(lang)}
	}
	return Check{"database", true, diag.T("answers", "responde").In(lang)}
}

func (s *server) checkQueues(ctx context.Context, lang diag.Language) Check {
	counts, err := s.Store.Counts(ctx)
	if err != nil {
		return Check{"queues", false, diag.T("cannot be counted", "não podem ser contadas").In(lang)}
	}
	lag := s.age(counts.OldestEvent)
	lag = s.Clock.Anchor().Wait(lag)
	if at := counts.OldestOutbox; at != nil {
		lag = max(lag, s.Clock.Real().Sub(*at)) // kept in the machine's time
	}
	text := diag.T("%d events and %d signals wait, the oldest for %s", "%d eventos e %d sinais esperam, o mais antigo há %s",
		counts.PendingEvents, counts.PendingOutbox, lag.Round(time.Second))
	if counts.Unconfirmed > 0 {
		more := diag.T("; %d messages wait for a person to confirm them", "; %d mensagens esperam confirmação de uma pessoa", counts.Unconfirmed)
		text.En, text.Pt = text.En+more.En, text.Pt+more.Pt
	}
	return Check{"queues", lag < maxLag, text.In(lang)}
}

func (s *server) age(at *time.Time) time.Duration {
	if at == nil {
		return 0
	}
	return max(s.Clock.Now().Sub(*at), 0)
}

func (s *server) getMetrics(ctx context.Context, q *request) (*answer, error) {
	text, err := s.metrics.text()
	if err != nil {
		return nil, fmt.Errorf("collecting metrics: %w", err)
	}
	return &answer{status: http.StatusOK, raw: text, contentType: "text/plain; version=0.0.4; charset=utf-8"}, nil
}
