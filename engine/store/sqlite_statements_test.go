package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A connection keeps the statements it has prepared; one that is in use is not
// handed out again, one that failed is prepared anew, and a changed table is seen.
func TestKeptStatements(t *testing.T) {
	pool, err := rememberStatements("file:kept?mode=memory&cache=shared")
	require.NoError(t, err)
	defer func() { require.NoError(t, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(t.Context())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	exec := func(query string, args ...any) error {
		_, err := conn.ExecContext(t.Context(), query, args...)
		return err
	}
	kept := func() (n int) {
		require.NoError(t, conn.Raw(func(c any) error { n = len(c.(*rememberingConn).idle); return nil }))
		return n
	}
	require.NoError(t, exec("CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER)"))
	require.Zero(t, kept())
	const insert, all = "INSERT INTO a (id) VALUES (?)", "SELECT * FROM a ORDER BY id"
	for id := range 3 {
		require.NoError(t, exec(insert, id))
	}
	require.Equal(t, 1, kept())
	require.ErrorContains(t, exec(insert, 1), "UNIQUE")
	require.Zero(t, kept(), "what failed is not kept")
	require.NoError(t, exec(insert, 3))

	read := func(each func()) (columns []string) {
		rows, err := conn.QueryContext(t.Context(), all)
		require.NoError(t, err)
		defer func() { require.NoError(t, rows.Close()) }()
		columns, err = rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			each()
		}
		require.NoError(t, rows.Err())
		return columns
	}
	pairs := 0
	read(func() { read(func() { pairs++ }) })
	require.Equal(t, 16, pairs)
	require.Equal(t, 2, kept())

	require.NoError(t, exec("ALTER TABLE a ADD COLUMN name TEXT DEFAULT 'x'"))
	require.Equal(t, []string{"id", "name"}, read(func() {}))
}
