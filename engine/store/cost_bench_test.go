package store

import (
	"fmt"
	"testing"
	"time"

	"jornada/engine"
)

// BenchmarkMessageCosts asks for four hundred days of a million messages, of three
// journeys, two numbers and three categories. They are seeded as messages, so that
// the trigger counts them, and added up as the runtime does it, but for the last
// twenty thousand. Seeding takes minutes:
//
//	go test ./engine/store -run '^$' -bench MessageCosts -benchtime 20x -timeout 60m
func BenchmarkMessageCosts(b *testing.B) {
	lists := map[string]string{"sqlite": "sqlite:" + b.TempDir() + "/x.db"}
	if dsn := postgresAddress(b); dsn != "" {
		lists["postgres"] = dsn
	}
	for name, dsn := range lists {
		s, err := Open(ctx, dsn, testOptions())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		if err := s.Migrate(ctx); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		seedCosts(b, s)
		b.Logf("%s: seeded in %s", name, time.Since(began))
		b.Run(name, func(b *testing.B) {
			for range b.N {
				lines, err := s.MessageCosts(ctx, engine.CostFilter{From: "2025-10-22", To: "2026-11-25"})
				if err != nil {
					b.Fatal(err)
				}
				n := int64(0)
				for _, l := range lines {
					n += l.Messages
				}
				if n != benchMessages {
					b.Fatalf("%d messages", n)
				}
			}
		})
		b.Run(name+", one journey and number", func(b *testing.B) {
			for range b.N {
				if _, err := s.MessageCosts(ctx, engine.CostFilter{From: "2025-10-22", To: "2026-11-25", JourneyID: "j1", IntegrationID: "i1"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

const (
	benchMessages = 1_000_000
	benchLoose    = 20_000
	benchChunk    = 50_000
)

func seedCosts(b *testing.B, s *Store) {
	b.Helper()
	pool, err := s.writer.DB()
	if err != nil {
		b.Fatal(err)
	}
	series, day := "generate_series(%d, %d) AS g(n)", "to_char(date '2025-10-22' + (n %% 400), 'YYYY-MM-DD')"
	if s.dialect == onSQLite {
		series, day = "(WITH RECURSIVE g(n) AS (SELECT %d UNION ALL SELECT n + 1 FROM g WHERE n < %d) SELECT n FROM g)", "date('2025-10-22', '+' || (n %% 400) || ' days')"
	}
	off := map[bool]string{true: "0", false: "false"}[s.dialect == onSQLite]
	for from := 1; from <= benchMessages; from += benchChunk {
		to := from + benchChunk - 1
		insert := fmt.Sprintf(`INSERT INTO messages (workspace_id, id, enrollment_id, journey_id, step_id, visit, route, try, contact_id, integration_id, provider, channel, to_kind, to_value, content, category,
				status, status_rank, reason, error_code, error_detail, attempt_token, attempts, provider_id, notify, created_at, updated_at, cost_day)
			SELECT 'default', 'm' || n, 'e' || n, 'j' || (n %% 3), 's', 0, 0, 0, 'c', 'i' || (n %% 2), 'meta', 'whatsapp', 'phone', '+5511', '{}', CASE n %% 5 WHEN 0 THEN 'marketing' WHEN 1 THEN 'service' ELSE 'utility' END,
				'delivered', 50, '', '', '', '', 1, '', `+off+`, '2026-11-25T12:00:00.000000Z', '2026-11-25T12:00:00.000000Z', `+day+` FROM `+series, from, to)
		if _, err := pool.Exec(insert); err != nil {
			b.Fatal(err)
		}
		update := fmt.Sprintf(`UPDATE messages SET cost_source = 'table', cost_category = category, cost_currency = 'USD', cost_micros = 6800 WHERE workspace_id = 'default' AND id IN (SELECT 'm' || n FROM `+series+`)`, from, to)
		if _, err := pool.Exec(update); err != nil {
			b.Fatal(err)
		}
		for left := benchChunk; left > 0 && (to < benchMessages || left > benchLoose); {
			n, err := s.FoldMessageCosts(ctx, 1000)
			if err != nil {
				b.Fatal(err)
			}
			if n == 0 {
				break
			}
			left -= n
		}
	}
	if s.dialect == onPostgres {
		if _, err := pool.Exec("ANALYZE message_costs"); err != nil {
			b.Fatal(err)
		}
	}
}
