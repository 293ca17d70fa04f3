package store

import (
	"strings"

	"gorm.io/gorm"
)

// WatchPlans tells how SQLite would find the rows of every statement from now on.
func (s *Store) WatchPlans(report func(statement, plan string)) {
	pool, err := s.reader.DB()
	if err != nil {
		panic(err)
	}
	watch := func(db *gorm.DB) {
		statement := db.Statement.SQL.String()
		if statement == "" || db.Error != nil {
			return
		}
		rows, err := pool.Query("EXPLAIN QUERY PLAN "+statement, db.Statement.Vars...)
		if err != nil {
			return // of another schema version
		}
		defer func() { _ = rows.Close() }()
		var lines []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err == nil {
				lines = append(lines, detail)
			}
		}
		if rows.Err() != nil {
			return
		}
		report(statement, strings.Join(lines, "; "))
	}
	const name = "test:plans"
	for _, db := range []*gorm.DB{s.writer, s.reader} {
		_ = db.Callback().Query().After("gorm:query").Register(name, watch)
		_ = db.Callback().Update().After("gorm:update").Register(name, watch)
		_ = db.Callback().Delete().After("gorm:delete").Register(name, watch)
		_ = db.Callback().Row().After("gorm:row").Register(name, watch)
	}
}
