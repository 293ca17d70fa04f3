package store_test

import (
	"os"
	"testing"

	"jornada/engine/store"
	"jornada/engine/store/storetest"
)

// The whole contract, on every database.

func TestSQLiteFile(t *testing.T) {
	storetest.Exercise(t, func(t *testing.T) storetest.Open { return storetest.SQLite(t) })
}

func TestPostgres(t *testing.T) {
	if storetest.Postgres(t) == "" {
		return
	}
	storetest.Exercise(t, func(t *testing.T) storetest.Open { return storetest.PostgresDatabase(t) })
}

func TestMain(m *testing.M) {
	store.SetPostgresForTests(storetest.Postgres)
	os.Exit(m.Run())
}
