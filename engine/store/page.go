package store

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"jornada/engine"
)

const (
	defaultPage = 50
	largestPage = 500
)

func pageSize(limit int) int {
	switch {
	case limit <= 0:
		return defaultPage
	case limit > largestPage:
		return largestPage
	}
	return limit
}

// cursor is where a page of a list, newest first, ended: the last row's time
// and id. Rows made meanwhile do not shift the next page.
func cursor(t stamp, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(t.time.UTC().Format(stampLayout) + "|" + id))
}

// page orders a list newest first by a time column and id, and goes on after
// cursor. It asks for one row too many, which tells whether there is more.
func page(db *gorm.DB, column, after string, limit int) (*gorm.DB, error) {
	if after != "" {
		t, id, err := parseCursor(after)
		if err != nil {
			return nil, err
		}
		db = db.Where("("+column+" < ? OR ("+column+" = ? AND id < ?))", t, t, id)
	}
	return db.Order(column + " DESC, id DESC").Limit(pageSize(limit) + 1), nil
}

func parseCursor(text string) (stamp, string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		when, id, ok := strings.Cut(string(raw), "|")
		t, parseErr := time.Parse(stampLayout, when)
		// Only what this list wrote: Postgres refuses texts that are no text, and
		// another spelling of a time would compare wrongly.
		if ok && parseErr == nil && utf8.Valid(raw) && !strings.ContainsRune(id, 0) && cursor(at(t), id) == text {
			return at(t), id, nil
		}
	}
	return stamp{}, "", &engine.Error{Code: engine.Invalid, Field: "cursor", Message: "this cursor was not made by this list; start again without one"}
}

// turn cuts the extra row off and makes the next page's cursor from the last
// row that stays.
func turn[R any](rows []R, limit int, mark func(R) (stamp, string)) ([]R, string) {
	size := pageSize(limit)
	if len(rows) <= size {
		return rows, ""
	}
	t, id := mark(rows[size-1])
	return rows[:size], cursor(t, id)
}

// each maps rows to nouns, stopping at the first that cannot be read.
func each[R, N any](rows []R, noun func(*R) (N, error)) ([]N, error) {
	list := make([]N, 0, len(rows))
	for i := range rows {
		n, err := noun(&rows[i])
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}
