package store

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
)

// SQLite plans without statistics as if a table were small and its first indexed
// column selective. Ours is the workspace, which every row shares, so it would
// read a whole table to save itself a sort. ANALYZE knows better, but only once
// there is data, when it is late. So the schema comes with the statistics of a
// busy clinic: a workspace has a million rows, a status a fifth of them, an id
// one. Postgres gathers its own (growth.go).

// few are columns with a handful of values.
var few = map[string]bool{"status": true, "state": true, "kind": true, "channel": true, "queue": true, "purpose": true, "is_default": true, "journey_id": true, "integration_id": true}

const busy = 1_000_000

// open are partial indexes over what is under way: they stay small.
var open = regexp.MustCompile(`WHERE (processed_at IS NULL|ended_at IS NULL|state = 'open'|status = 'sending'|parked_at IS NOT NULL|again_at IS NOT NULL|resolved_at IS NULL)`)

// writeStatistics replaces SQLite's statistics; connections opened later plan
// with them.
func writeStatistics(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "ANALYZE"); err != nil { // makes the table of statistics
		return wrap(err, "preparing the planner's statistics")
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM sqlite_stat1"); err != nil {
		return wrap(err, "preparing the planner's statistics")
	}
	type index struct{ table, name, columns, definition string }
	rows, err := tx.QueryContext(ctx, `SELECT m.name, l.name, (SELECT group_concat(i.name, ',') FROM pragma_index_info(l.name) i),
			COALESCE((SELECT d.sql FROM sqlite_master d WHERE d.type = 'index' AND d.name = l.name), '')
		FROM sqlite_master m JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`)
	if err != nil {
		return wrap(err, "listing indexes")
	}
	defer func() { _ = rows.Close() }()
	var list []index
	for rows.Next() {
		var ix index
		if err := rows.Scan(&ix.table, &ix.name, &ix.columns, &ix.definition); err != nil {
			return wrap(err, "listing indexes")
		}
		list = append(list, ix)
	}
	if err := rows.Err(); err != nil {
		return wrap(err, "listing indexes")
	}
	values := make([]any, 0, 3*len(list))
	for _, ix := range list {
		left := busy
		if open.MatchString(ix.definition) {
			left = busy / 1000
		}
		stat := []string{fmt.Sprint(left)}
		for column := range strings.SplitSeq(ix.columns, ",") {
			switch {
			case column == "workspace_id":
			case few[column]:
				left = max(1, left/5)
			default:
				left = max(1, min(left/1000, 20))
			}
			stat = append(stat, fmt.Sprint(left))
		}
		values = append(values, ix.table, ix.name, strings.Join(stat, " "))
	}
	insert := "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES " + strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(list)), ", ") //nolint:gosec // only question marks
	if _, err := tx.ExecContext(ctx, insert, values...); err != nil {
		return wrap(err, "writing the planner's statistics")
	}
	_, err = tx.ExecContext(ctx, "ANALYZE sqlite_schema") // this connection reads them now
	return wrap(err, "loading the planner's statistics")
}
