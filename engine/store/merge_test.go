package store

import (
	"io/fs"
	"regexp"
	"slices"
	"testing"
)

// A table that knows contacts and is forgotten by a merge would keep rows of
// somebody whom nobody finds any more.
func TestAMergeMovesEveryTableOfContacts(t *testing.T) {
	handled := []string{"service_windows", "variants", "segment_members", "outbox", "portfolio_people"} // by rules of their own
	for _, table := range follows {
		handled = append(handled, table.rows.TableName())
	}
	table := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \(([^;]*)\)`)
	column := regexp.MustCompile(`(?m)^\s+contact_id\s`)
	added := regexp.MustCompile(`ALTER TABLE (\w+) ADD COLUMN contact_id`)
	found := 0
	for _, d := range []dialect{onSQLite, onPostgres} {
		names, err := fs.Glob(migrationFiles, "migrations/"+string(d)+"/*.sql")
		if err != nil || len(names) == 0 {
			t.Fatalf("no migrations: %v", err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(migrationFiles, name)
			if err != nil {
				t.Fatal(err)
			}
			var tables []string
			for _, m := range table.FindAllStringSubmatch(string(text), -1) {
				if column.MatchString(m[2]) {
					tables = append(tables, m[1])
				}
			}
			for _, m := range added.FindAllStringSubmatch(string(text), -1) {
				tables = append(tables, m[1])
			}
			found += len(tables)
			for _, is := range tables {
				if !slices.Contains(handled, is) {
					t.Errorf("%s: table %s has a contact_id and MergeContacts does not move its rows", name, is)
				}
			}
		}
	}
	if found < 2*len(handled) {
		t.Errorf("only %d tables with a contact_id were found; the search is broken", found)
	}
}
