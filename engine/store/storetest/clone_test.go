package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// However many ask for it at once, a template is prepared once, and the next
// version's takes its place.
func TestATemplateIsPreparedOnce(t *testing.T) {
	base := Postgres(t)
	if base == "" {
		return
	}
	family := "jornada_test_family_" + randomName(t)
	var prepared atomic.Int32
	version := func(v string) Template {
		return Template{Family: family, Version: v, Prepare: func(name string) error {
			prepared.Add(1)
			if err := execute(base, "CREATE DATABASE "+name); err != nil {
				return err
			}
			return execute(onServer(base, name), "CREATE TABLE made (version text)")
		}}
	}
	var all sync.WaitGroup
	for range 4 {
		name := "jornada_test_" + randomName(t)
		copied := dropped(t, base, name)
		all.Go(func() {
			version("one").Copy(t, base, name)
			if err := execute(copied, "INSERT INTO made VALUES ('one')"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := prepared.Load(); n != 1 {
		t.Errorf("prepared %d times", n)
	}
	name := "jornada_test_" + randomName(t)
	dropped(t, base, name)
	version("two").Copy(t, base, name)
	if got := databases(t, base, family); len(got) != 1 || got[0] != family+"_two" {
		t.Errorf("there are %q", got)
	}
	if err := execute(base, "DROP DATABASE "+family+"_two"); err != nil {
		t.Error(err)
	}
}

func databases(t *testing.T, base, prefix string) []string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), base)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(context.Background(), "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}
