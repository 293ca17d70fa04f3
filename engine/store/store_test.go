package store_test

import (
	"context"
	"os"
	"testing"
	"time"

	"jornada/engine"
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

// The one process of a SQLite file knows at its start that nobody is left to
// answer a request that was under way; an answer that was kept stays.
func TestARestartFreesKeysNobodyWillAnswer(t *testing.T) {
	ctx := context.Background()
	s := storetest.SQLite(t)(t, store.Options{Clock: storetest.NewClock()})
	for _, key := range []string{"answered", "killed"} {
		if saved, err := s.Idempotent(ctx, key, "body", time.Minute); saved != nil || err != nil {
			t.Fatalf("the first is ours to answer, got %v, %v", saved, err)
		}
	}
	if err := s.SaveAnswer(ctx, "answered", engine.SavedAnswer{Status: 201, Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := s.ReleaseLeases(ctx); err != nil {
		t.Fatal(err)
	}
	if saved, err := s.Idempotent(ctx, "killed", "body", time.Minute); saved != nil || err != nil {
		t.Errorf("the key of a request that was never answered gives %v, %v", saved, err)
	}
	if saved, err := s.Idempotent(ctx, "answered", "body", time.Minute); saved == nil || err != nil {
		t.Errorf("an answer that was kept gives %v, %v", saved, err)
	}
}
