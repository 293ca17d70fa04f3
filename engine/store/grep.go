package store

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
)

// Grep lists the columns ("messages.content") of this workspace's rows that
// hold a text, whatever the case: how an operator, and the test suite, proves
// that an erasure left nothing. It reads every row of every table.
func (s *Store) Grep(ctx context.Context, text string) ([]string, error) {
	pool, err := s.reader.DB()
	if err != nil {
		return nil, fmt.Errorf("searching the database: %w", err)
	}
	all, err := s.columns(ctx, pool)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, c := range all {
		holds := fmt.Sprintf(`instr(lower(CAST("%s" AS TEXT)), lower($2)) > 0`, c.name)
		if s.dialect == onPostgres {
			value := fmt.Sprintf(`CAST("%s" AS text)`, c.name)
			if c.kind == "bytea" {
				value = fmt.Sprintf(`encode("%s", 'escape')`, c.name)
			}
			holds = fmt.Sprintf(`position(lower($2) in lower(%s)) > 0`, value)
		}
		var n int
		query := fmt.Sprintf(`SELECT COUNT(*) FROM "%s" WHERE workspace_id = $1 AND %s`, c.table, holds) //nolint:gosec // names from the database's own catalog
		if err := pool.QueryRowContext(ctx, query, string(s.workspace), text).Scan(&n); err != nil {
			return nil, wrap(err, "searching %s.%s", c.table, c.name)
		}
		if n > 0 {
			found = append(found, c.table+"."+c.name)
		}
	}
	sort.Strings(found)
	return found, nil
}

type column struct{ table, name, kind string }

// columns lists every column of every table but the record of migrations.
func (s *Store) columns(ctx context.Context, pool *sql.DB) ([]column, error) {
	query := `SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'schema_migrations'`
	if s.dialect == onPostgres {
		query = `SELECT table_name, column_name, data_type FROM information_schema.columns
			WHERE table_schema = ANY(current_schemas(false)) AND table_name <> 'schema_migrations'`
	}
	rows, err := pool.QueryContext(ctx, query)
	if err != nil {
		return nil, wrap(err, "listing the database's columns")
	}
	defer func() { _ = rows.Close() }()
	var all []column
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.table, &c.name, &c.kind); err != nil {
			return nil, wrap(err, "listing the database's columns")
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, wrap(err, "listing the database's columns")
	}
	return all, nil
}
