package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
)

// Reading a statement's text is a quarter of what a small question costs on
// SQLite. database/sql keeps prepared statements per pool, and a transaction has
// to prepare them anew; so the writer, which works in transactions, keeps them per
// connection, below database/sql.

// mostStatements a connection keeps; ours are a few hundred.
const mostStatements = 512

// remembering is a driver.Connector whose connections keep prepared statements.
type remembering struct {
	driver  driver.Driver
	address string
}

// rememberStatements opens a SQLite pool whose connections keep prepared
// statements.
func rememberStatements(address string) (*sql.DB, error) {
	plain, err := sql.Open(sqliteDriver, address) // connects to nothing: it only finds the driver
	if err != nil {
		return nil, err
	}
	defer func() { _ = plain.Close() }()
	return sql.OpenDB(remembering{plain.Driver(), address}), nil
}

// Driver implements driver.Connector.
func (r remembering) Driver() driver.Driver { return r.driver }

// Connect implements driver.Connector.
func (r remembering) Connect(context.Context) (driver.Conn, error) {
	c, err := r.driver.Open(r.address)
	if err != nil {
		return nil, err
	}
	own, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks what keeping statements needs"), c.Close())
	}
	return &rememberingConn{sqliteConn: own, idle: map[string]driver.Stmt{}}, nil
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// rememberingConn is a connection that keeps its statements. database/sql lets
// one goroutine at a time use it.
type rememberingConn struct {
	sqliteConn

	idle map[string]driver.Stmt // by text; who uses one takes it out
}

// worthKeeping tells questions and changes from what is said once: migrations,
// settings, the begin and end of transactions.
func worthKeeping(query string) bool {
	word, _, _ := strings.Cut(query, " ")
	switch word {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
		return !strings.Contains(query, ";")
	}
	return false
}

func (c *rememberingConn) take(ctx context.Context, query string) (driver.Stmt, error) {
	if s := c.idle[query]; s != nil {
		delete(c.idle, query)
		return s, nil
	}
	return c.PrepareContext(ctx, query)
}

// keep puts a statement back, unless another of the same text came first.
func (c *rememberingConn) keep(query string, s driver.Stmt) error {
	if c.idle[query] != nil || len(c.idle) >= mostStatements {
		return s.Close()
	}
	c.idle[query] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *rememberingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !worthKeeping(query) {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil { // what failed is not used again
		return nil, errors.Join(err, s.Close())
	}
	return result, c.keep(query, s)
}

// QueryContext implements driver.QueryerContext.
func (c *rememberingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !worthKeeping(query) {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &rememberingRows{sqliteRows: rows.(sqliteRows), conn: c, query: query, stmt: s}, nil
}

// Close implements driver.Conn.
func (c *rememberingConn) Close() error {
	var all error
	for _, s := range c.idle {
		all = errors.Join(all, s.Close())
	}
	clear(c.idle)
	return errors.Join(all, c.sqliteConn.Close())
}

// sqliteRows is what the driver's rows can do.
type sqliteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// rememberingRows gives its statement back when it is closed.
type rememberingRows struct {
	sqliteRows

	conn  *rememberingConn
	query string
	stmt  driver.Stmt
}

// Close implements driver.Rows.
func (r *rememberingRows) Close() error {
	if err := r.sqliteRows.Close(); err != nil {
		return errors.Join(err, r.stmt.Close())
	}
	return r.conn.keep(r.query, r.stmt)
}
