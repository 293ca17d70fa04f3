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
	"go.temporal.io/server/common/headers"

	"jornada/engine/devserver"
	"jornada/engine/store/storetest"
)

// Prepared is like [Database], with the schemas of the server in it already, which
// takes seconds to make.
func Prepared(t testing.TB, dsn string) string {
	t.Helper()
	name := Database(t, dsn)
	version := strings.ReplaceAll(headers.ServerVersion, ".", "_")
	storetest.Template{Family: "temporal_main_template", Version: version, Prepare: func(made string) error {
		return devserver.PrepareDatabase(dsn, made, false)
	}}.Copy(t, dsn, name)
	storetest.Template{Family: "temporal_visibility_template", Version: version, Prepare: func(made string) error {
		return devserver.PrepareDatabase(dsn, made, true)
	}}.Copy(t, dsn, name+devserver.VisibilitySuffix)
	return name
}

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
