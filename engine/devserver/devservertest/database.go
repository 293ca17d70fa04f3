// Package devservertest names throw-away Postgres databases for tests that start a
// real Temporal server on Postgres.
package devservertest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"jornada/engine/devserver"
)

// Database names a pair of Postgres databases for one test and drops them
// when it ends. A Postgres that does not answer fails the test.
func Database(t testing.TB, dsn string) string {
	t.Helper()
	name := "jornada_temporal_" + strings.ReplaceAll(uuid.NewString()[:13], "-", "")
	t.Cleanup(func() {
		ctx := context.Background()
		c, err := pgx.Connect(ctx, dsn)
		if err != nil {
			t.Errorf("dropping test databases: %v", err)
			return
		}
		defer func() { _ = c.Close(ctx) }()
		for _, db := range []string{name, name + devserver.VisibilitySuffix} {
			if _, err := c.Exec(ctx, fmt.Sprintf(`drop database if exists "%s" with (force)`, db)); err != nil {
				t.Errorf("dropping test database %s: %v", db, err)
			}
		}
	})
	return name
}
