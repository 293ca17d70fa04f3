package driver

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the file format's own check
)

// CheckSQLite has SQLite check one of its files from the first page to the last.
func CheckSQLite(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	if err != nil {
		return fmt.Errorf("checking %s: %w", path, err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(ctx, "PRAGMA integrity_check")
	if err != nil {
		return fmt.Errorf("checking %s: %w", path, err)
	}
	defer func() { _ = rows.Close() }()
	var said []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return fmt.Errorf("checking %s: %w", path, err)
		}
		said = append(said, line)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("checking %s: %w", path, err)
	}
	if text := strings.Join(said, "; "); text != "ok" {
		return fmt.Errorf("%s is damaged: %s", path, text)
	}
	return nil
}
