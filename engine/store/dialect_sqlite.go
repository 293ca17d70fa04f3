package store

import (
	"fmt"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// sqliteDriver is the pure-Go driver of modernc.org/sqlite. The embedded
// Temporal server registers the same one under the same name; the ready-made
// gorm dialects either register a second driver under that name, which panics
// at start, or need cgo. Hence the few lines below. They speak no DDL: tables
// come from migrations.
const sqliteDriver = "sqlite"

// sqliteDialect teaches gorm what is particular to SQLite.
type sqliteDialect struct{ pool gorm.ConnPool }

// Name implements gorm.Dialector.
func (sqliteDialect) Name() string { return sqliteDriver }

// Initialize implements gorm.Dialector.
func (d sqliteDialect) Initialize(db *gorm.DB) error {
	db.ConnPool = d.pool
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		LastInsertIDReversed: true,
		CreateClauses:        []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"},
		UpdateClauses:        []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"},
		DeleteClauses:        []string{"DELETE", "FROM", "WHERE", "RETURNING"},
	})
	// A transaction that begins immediate is the only writer already.
	db.ClauseBuilders["FOR"] = func(clause.Clause, clause.Builder) {}
	// SQLite wants a LIMIT before an OFFSET.
	db.ClauseBuilders["LIMIT"] = func(c clause.Clause, b clause.Builder) {
		limit, ok := c.Expression.(clause.Limit)
		if !ok {
			return
		}
		n := -1
		if limit.Limit != nil {
			n = *limit.Limit
		}
		if n >= 0 || limit.Offset > 0 {
			_, _ = b.WriteString("LIMIT " + strconv.Itoa(n))
		}
		if limit.Offset > 0 {
			_, _ = b.WriteString(" OFFSET " + strconv.Itoa(limit.Offset))
		}
	}
	return nil
}

// DefaultValueOf implements gorm.Dialector.
func (sqliteDialect) DefaultValueOf(*schema.Field) clause.Expression {
	return clause.Expr{SQL: "NULL"}
}

// BindVarTo implements gorm.Dialector.
func (sqliteDialect) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { _ = w.WriteByte('?') }

// QuoteTo implements gorm.Dialector: `a.b` becomes "a"."b".
func (sqliteDialect) QuoteTo(w clause.Writer, name string) {
	_ = w.WriteByte('"')
	for i := range len(name) {
		switch name[i] {
		case '.':
			_, _ = w.WriteString(`"."`)
		case '"':
			_, _ = w.WriteString(`""`)
		default:
			_ = w.WriteByte(name[i])
		}
	}
	_ = w.WriteByte('"')
}

// Explain implements gorm.Dialector; it is for logs, which never hold
// parameters (see sqlLogger).
func (sqliteDialect) Explain(sql string, vars ...any) string {
	return logger.ExplainSQL(sql, nil, `"`, vars...)
}

// DataTypeOf implements gorm.Dialector.
func (sqliteDialect) DataTypeOf(*schema.Field) string { return "TEXT" }

// Migrator implements gorm.Dialector: there is none.
func (sqliteDialect) Migrator(*gorm.DB) gorm.Migrator { return nil }

// SavePoint implements gorm.SavePointerDialectorInterface.
func (sqliteDialect) SavePoint(tx *gorm.DB, name string) error {
	return tx.Exec(fmt.Sprintf("SAVEPOINT %s", name)).Error
}

// RollbackTo implements gorm.SavePointerDialectorInterface.
func (sqliteDialect) RollbackTo(tx *gorm.DB, name string) error {
	return tx.Exec(fmt.Sprintf("ROLLBACK TO SAVEPOINT %s", name)).Error
}
