package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Postgres keeps the plan of a prepared statement until it has new statistics of a
// table, and an empty table looks as if any index would do. What was planned on the
// first day's empty tables would read a whole table per message, until autovacuum
// comes by, a minute later or, where it is switched off, never. So a process that
// has just begun to write looks after the statistics itself, each time that it has
// written eight times as much.

// growthSteps are the numbers of transactions of a process after which it looks.
// A table that has as many rows gets new statistics from autovacuum in time.
var growthSteps = []int64{64, 512, 4096, 32768}

// statisticsTimeout bounds one look. It takes milliseconds; nobody waits for it.
const statisticsTimeout = 30 * time.Second

// growth counts this process's transactions.
type growth struct {
	transactions atomic.Int64
	looks        sync.WaitGroup
	closing      chan struct{}
	closed       sync.Once
}

// end breaks off a look that is under way, and returns when it is.
func (g *growth) end() {
	g.closed.Do(func() { close(g.closing) })
	g.looks.Wait()
}

// committed notes a transaction that changed something.
func (s *Store) committed() {
	if s.dialect != onPostgres || !slices.Contains(growthSteps, s.growth.transactions.Add(1)) {
		return
	}
	s.growth.looks.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), statisticsTimeout)
		defer cancel()
		go func() {
			select {
			case <-s.growth.closing:
				cancel()
			case <-ctx.Done():
			}
		}()
		if err := s.gatherStatistics(ctx); err != nil && !errors.Is(err, context.Canceled) {
			s.log.Warn("Postgres could not be asked to look at its tables again; until its own autovacuum does, statements may be slow", "error", err)
		}
	})
}

// gatherStatistics analyzes the tables of which much has changed since Postgres
// last looked: by the rule of its autovacuum, but now.
func (s *Store) gatherStatistics(ctx context.Context) error {
	pool, err := s.writer.DB()
	if err != nil {
		return wrap(err, "gathering statistics")
	}
	const changed = `SELECT quote_ident(relname) FROM pg_stat_user_tables
		WHERE schemaname = current_schema() AND n_mod_since_analyze > 50 + n_live_tup / 10 ORDER BY relname`
	rows, err := pool.QueryContext(ctx, changed)
	if err != nil {
		return wrap(err, "finding the tables that have grown")
	}
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return wrap(err, "finding the tables that have grown")
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil || len(tables) == 0 {
		return wrap(err, "finding the tables that have grown")
	}
	// Whoever analyzes a table already does it for all.
	_, err = pool.ExecContext(ctx, "ANALYZE (SKIP_LOCKED) "+strings.Join(tables, ", "))
	return wrap(err, "gathering statistics")
}
