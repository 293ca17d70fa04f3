package store

import (
	"fmt"
	"testing"

	"jornada/engine"
)

// A process that has begun to fill an empty database has Postgres look at what has
// grown: the statements that it prepared on empty tables are planned anew.
func TestTablesThatGrowAreLookedAt(t *testing.T) {
	o := testOptions()
	o.MaxConns = 2 // one of them for what is no hurry: Postgres counts changes by session
	s := openTest(t, postgresForTest(t), o)
	pool, err := s.writer.DB()
	if err != nil {
		t.Fatal(err)
	}
	rows := func() (n float64) {
		const known = `SELECT reltuples FROM pg_class WHERE relname = 'contacts' AND relnamespace = current_schema()::regnamespace`
		if err := pool.QueryRowContext(ctx, known).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	put := func(i int) {
		if _, err := s.PutContact(ctx, &engine.Contact{ID: engine.ContactID(fmt.Sprint("c", i))}); err != nil {
			t.Fatal(err)
		}
	}
	const people = 60
	for i := range people {
		put(i)
	}
	if _, err := pool.ExecContext(ctx, "SELECT pg_stat_force_next_flush()"); err != nil { // else within a second
		t.Fatal(err)
	}
	s.growth.transactions.Store(growthSteps[0] - 1)
	put(people)
	s.growth.looks.Wait()
	if n := rows(); n < people-10 { // -1: nobody has looked; autovacuum may have been first
		t.Fatalf("Postgres knows of %v contacts", n)
	}
}
