package store

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// slow is how long a statement may take before it is reported.
const slow = 500 * time.Millisecond

// sqlLogger reports statements that failed or were slow, without their
// parameters: those are people's names, numbers and words.
type sqlLogger struct{ log *slog.Logger }

// LogMode implements logger.Interface; the level is slog's business.
func (l sqlLogger) LogMode(logger.LogLevel) logger.Interface { return l }

// Info implements logger.Interface. gorm's own remarks are not for operators.
func (l sqlLogger) Info(context.Context, string, ...any) {}

// Warn implements logger.Interface. Its arguments may hold values, so they stay out.
func (l sqlLogger) Warn(ctx context.Context, msg string, _ ...any) {
	l.log.WarnContext(ctx, "database layer warns", "message", msg)
}

// Error implements logger.Interface.
func (l sqlLogger) Error(ctx context.Context, msg string, _ ...any) {
	l.log.ErrorContext(ctx, "database layer reports an error", "message", msg)
}

// ParamsFilter makes gorm hand Trace the statement with placeholders only.
func (l sqlLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}

// Trace implements logger.Interface.
func (l sqlLogger) Trace(ctx context.Context, began time.Time, statement func() (string, int64), err error) {
	took := time.Since(began)
	switch {
	case err != nil && !expected(err):
		sql, _ := statement()
		l.log.WarnContext(ctx, "statement failed", "sql", sql, "error", reason(err), "took", took)
	case took > slow:
		sql, rows := statement()
		l.log.WarnContext(ctx, "statement was slow", "sql", sql, "rows", rows, "took", took)
	}
}

// expected errors are answers, not trouble.
func expected(err error) bool {
	return errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) || unique(err) || retryable(err)
}

// reason is an error's text without the values Postgres quotes in data errors.
func reason(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return "SQLSTATE " + pg.Code + " " + pg.ConstraintName
	}
	return err.Error()
}
