package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// However many ask for it at once, a template is prepared once, and goes when so many
// newer versions are there.
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
	want := []string{}
	for i := range templatesKept {
		v := fmt.Sprintf("next%d", i)
		name := "jornada_test_" + randomName(t)
		dropped(t, base, name)
		version(v).Copy(t, base, name)
		want = append(want, family+"_"+v)
		dropped(t, base, family+"_"+v)
	}
	if got := databases(t, base, family); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
}

func databases(t *testing.T, base, prefix string) []string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), base)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(context.Background(), "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname", prefix)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}
