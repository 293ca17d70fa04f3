package store

import (
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// errUnscoped is a mistake in this package: a statement that could see another
// tenant's rows. It never reaches the database.
var errUnscoped = errors.New("the store refused a statement that is not bound to one workspace")

// scopeByWorkspace is the one place that keeps tenants apart. Every statement
// gorm builds passes here: what is written gets this store's workspace, what is
// read, changed or deleted is limited to it, and a statement that cannot be
// limited is refused. Rows have no way to say otherwise.
func (s *Store) scopeByWorkspace(db *gorm.DB) error {
	const name = "jornada:workspace"
	on := db.Callback()
	const space = "jornada:space"
	return errors.Join(
		on.Create().After("gorm:create").Register(space, s.watchSpace),
		on.Update().After("gorm:update").Register(space, s.watchSpace),
		on.Delete().After("gorm:delete").Register(space, s.watchSpace),
		on.Create().Before("gorm:create").Register(name, s.stamp),
		on.Query().Before("gorm:query").Register(name, s.limit),
		on.Update().Before("gorm:update").Register(name, s.limitChange),
		on.Delete().Before("gorm:delete").Register(name, s.limitChange),
		on.Row().Before("gorm:row").Register(name, s.limit),
		on.Raw().Before("gorm:raw").Register(name, func(db *gorm.DB) {
			_ = db.AddError(fmt.Errorf("%w: hand-written SQL belongs in a migration", errUnscoped))
		}),
	)
}

// stamp puts the workspace on what is inserted.
func (s *Store) stamp(db *gorm.DB) {
	if !scoped(db) {
		return
	}
	db.Statement.SetColumn("WorkspaceID", string(s.workspace), true)
}

// limit narrows a statement to the workspace.
func (s *Store) limit(db *gorm.DB) {
	if !scoped(db) {
		return
	}
	db.Statement.AddClause(clause.Where{Exprs: []clause.Expression{
		clause.Eq{Column: clause.Column{Table: clause.CurrentTable, Name: "workspace_id"}, Value: string(s.workspace)},
	}})
}

// limitChange does the same for changes, which must also name their rows: the
// workspace alone would let gorm change all of them.
func (s *Store) limitChange(db *gorm.DB) {
	if _, named := db.Statement.Clauses["WHERE"]; !named && db.Error == nil {
		_ = db.AddError(gorm.ErrMissingWhereClause)
		return
	}
	s.limit(db)
}

func scoped(db *gorm.DB) bool {
	st := db.Statement
	switch {
	case db.Error != nil:
		return false
	case st.SQL.Len() > 0:
		_ = db.AddError(fmt.Errorf("%w: hand-written SQL", errUnscoped))
		return false
	case st.Schema == nil || st.Schema.LookUpField("workspace_id") == nil:
		_ = db.AddError(fmt.Errorf("%w: no row type", errUnscoped))
		return false
	case st.TableExpr != nil || len(st.Joins) > 0:
		_ = db.AddError(fmt.Errorf("%w: it names tables by hand", errUnscoped))
		return false
	}
	return true
}
