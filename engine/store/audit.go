package store

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"jornada/engine"
)

// auditRow is one line of the audit log. The database refuses to change or
// delete it; Hash chains it to the line before.
type auditRow struct {
	WorkspaceID string
	Seq         int64
	At          stamp
	Actor       string
	Action      string
	Target      string
	Detail      string
	Hash        string
}

// TableName implements gorm's schema.Tabler.
func (auditRow) TableName() string { return "audit" }

// auditHead is the setting that holds the last line's number and hash, so that
// lines cut off the end are missed too. Its row is also the lock of the chain.
const auditHead = "audit.head"

// Audit appends who did what. Detail must hold no personal data: the log
// outlives an erasure.
func (s *Store) Audit(ctx context.Context, e engine.AuditEntry) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("writing the detail of %s: %w", e.Action, err)
	}
	if e.At.IsZero() {
		e.At = s.now()
	}
	key, err := s.auditKey(ctx)
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		seq, previous, err := s.lockAudit(ctx, key)
		if err != nil {
			return err
		}
		row := auditRow{
			Seq: seq + 1, At: at(e.At), Actor: clean(e.Actor), Action: clean(e.Action), Target: clean(e.Target), Detail: string(detail),
		}
		row.Hash = chain(key, previous, row)
		if err := s.write(ctx).Create(&row).Error; err != nil {
			return wrap(err, "writing the audit log")
		}
		return s.PutSetting(ctx, auditHead, head(key, row.Seq, row.Hash))
	})
}

func (s *Store) auditKey(ctx context.Context) ([]byte, error) {
	key, err := s.DataKey(ctx, WorkspaceKey)
	if err != nil {
		return nil, err
	}
	return derive(key, "audit chain"), nil
}

// lockAudit returns where the chain ends, and holds it until the transaction ends.
func (s *Store) lockAudit(ctx context.Context, key []byte) (seq int64, hash string, err error) {
	first := settingRow{Key: auditHead, Value: head(key, 0, ""), UpdatedAt: at(s.now())}
	if err := s.ifNew(ctx).Create(&first).Error; err != nil {
		return 0, "", wrap(err, "writing the audit log")
	}
	var row settingRow
	if err := one(s.forUpdate(s.write(ctx)).Where("key = ?", auditHead), &row, "setting", auditHead); err != nil {
		return 0, "", err
	}
	return readHead(row.Value)
}

// head is "seq hash signature": nobody without the key can move it.
func head(key []byte, seq int64, hash string) string {
	return fmt.Sprintf("%d %s %s", seq, hash, sign(key, "head", strconv.FormatInt(seq, 10), hash))
}

func readHead(text string) (seq int64, hash string, err error) {
	parts := strings.Split(text, " ")
	if len(parts) == 3 {
		if seq, err = strconv.ParseInt(parts[0], 10, 64); err == nil {
			return seq, parts[1], nil
		}
	}
	return 0, "", fmt.Errorf("reading the end of the audit log: setting %q is damaged", auditHead)
}

func chain(key []byte, previous string, r auditRow) string {
	return sign(key, previous, strconv.FormatInt(r.Seq, 10), r.At.time.UTC().Format(stampLayout), r.Actor, r.Action, r.Target, r.Detail)
}

// sign is a keyed hash over fields, each with its length, so that no two lists
// of fields look alike.
func sign(key []byte, fields ...string) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%d:%s", len(f), f)
	}
	return hex.EncodeToString(derive(key, b.String()))
}

// VerifyAudit walks the whole chain and returns an error that names the first
// line that was changed, removed or added outside the store.
func (s *Store) VerifyAudit(ctx context.Context) error {
	key, err := s.auditKey(ctx)
	if err != nil {
		return err
	}
	broken := func(seq int64, what string) error {
		return engine.Errorf(engine.Conflict, "the audit log is not what was written: %s (line %d)", what, seq)
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		end, endHash, err := s.lockAudit(ctx, key)
		if err != nil {
			return err
		}
		stored, err := s.Setting(ctx, auditHead)
		if err != nil {
			return err
		}
		if !hmac.Equal([]byte(stored), []byte(head(key, end, endHash))) {
			return broken(end, "the mark of its end was changed")
		}
		var seq int64
		var previous string
		for {
			var rows []auditRow
			if err := s.write(ctx).Where("seq > ?", seq).Order("seq").Limit(largestPage).Find(&rows).Error; err != nil {
				return wrap(err, "reading the audit log")
			}
			for _, r := range rows {
				if r.Seq != seq+1 {
					return broken(seq+1, "a line is missing")
				}
				if !hmac.Equal([]byte(chain(key, previous, r)), []byte(r.Hash)) {
					return broken(r.Seq, "a line was changed")
				}
				seq, previous = r.Seq, r.Hash
			}
			if len(rows) < largestPage {
				break
			}
		}
		if seq != end || previous != endHash {
			return broken(seq+1, "its end does not match the mark")
		}
		return nil
	})
}

// CountAudit counts what was done to a target since a moment.
func (s *Store) CountAudit(ctx context.Context, action, target string, since time.Time) (n int64, err error) {
	err = s.read(ctx).Model(&auditRow{}).Where("action = ? AND target = ? AND at > ?", action, target, at(since)).Count(&n).Error
	return n, wrap(err, "counting lines of the audit log")
}

// AuditLog lists, newest first.
func (s *Store) AuditLog(ctx context.Context, limit int, cursor string) ([]engine.AuditEntry, string, error) {
	db := s.read(ctx).Order("seq DESC").Limit(pageSize(limit) + 1)
	if cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		before, parseErr := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || parseErr != nil {
			_, _, refusal := parseCursor("?")
			return nil, "", refusal
		}
		db = db.Where("seq < ?", before)
	}
	var rows []auditRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, "", wrap(err, "listing the audit log")
	}
	next := ""
	if size := pageSize(limit); len(rows) > size {
		rows = rows[:size]
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(rows[size-1].Seq, 10)))
	}
	list, err := each(rows, func(r *auditRow) (engine.AuditEntry, error) {
		e := engine.AuditEntry{Seq: r.Seq, At: r.At.time, Actor: r.Actor, Action: r.Action, Target: r.Target}
		err := document(r.Detail).into(&e.Detail)
		return e, err
	})
	return list, next, err
}
