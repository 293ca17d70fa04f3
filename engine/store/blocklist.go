package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"jornada/engine"
)

// A block list arrives as plain SHA-256 digests, which anybody can try all phone
// numbers against. So a digest is never stored: only its keyed hash is, made with
// the workspace's own key, and the gate makes the same of every contact it looks
// at. A stolen database tells neither who is on a list nor, without the key, whether
// a given number is.

func (s *Store) hashDigest(key []byte, digest string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("sha256\x00" + digest))
	return hex.EncodeToString(mac.Sum(nil))
}

// stopHashes are the hashes under which anything may stop messages to an address:
// its own, and those of block lists.
func (s *Store) stopHashes(ctx context.Context, addrs []engine.Address) (map[string]engine.Address, error) {
	of, err := s.hashesOf(ctx, addrs)
	if err != nil || len(addrs) == 0 {
		return of, err
	}
	key, err := s.DataKey(ctx, WorkspaceKey)
	if err != nil {
		return nil, err
	}
	key = derive(key, "address hash")
	for _, a := range addrs {
		for _, digest := range engine.AddressDigests(engine.Address{Kind: a.Kind, Value: clean(a.Value)}) {
			hash := s.hashDigest(key, digest)
			if _, taken := of[hash]; !taken {
				of[hash] = a
			}
		}
	}
	return of, nil
}

// BlockListed puts addresses on a block list, in one transaction, and says for each
// whether that was new. At most some hundreds at a time.
func (s *Store) BlockListed(ctx context.Context, entries []engine.BlockEntry) (fresh []bool, err error) {
	key, err := s.DataKey(ctx, WorkspaceKey)
	if err != nil {
		return nil, err
	}
	key = derive(key, "address hash")
	rows, hashes, channels := make([]suppressionRow, len(entries)), make([]string, len(entries)), []string{}
	for i, e := range entries {
		when := e.At
		if when.IsZero() {
			when = s.now()
		}
		hashes[i] = s.hashDigest(key, e.Digest)
		if !slices.Contains(channels, string(e.Channel)) {
			channels = append(channels, string(e.Channel))
		}
		rows[i] = suppressionRow{
			ID: engine.NewID("sup"), Channel: string(e.Channel), AddressHash: hashes[i], Purpose: e.Purpose, Reason: clean(e.Reason()), At: at(when),
		}
	}
	type place struct{ channel, hash, purpose, reason string }
	placeOf := func(r *suppressionRow) place { return place{r.Channel, r.AddressHash, r.Purpose, r.Reason} }
	err = s.InTx(ctx, func(ctx context.Context) error {
		fresh = make([]bool, len(entries))
		var have []suppressionRow
		if err := s.write(ctx).Where("lifted_at IS NULL AND channel IN ? AND address_hash IN ?", channels, hashes).Find(&have).Error; err != nil {
			return wrap(err, "reading a block list")
		}
		known := map[place]bool{}
		for i := range have {
			known[placeOf(&have[i])] = true
		}
		var add []suppressionRow
		for i := range rows {
			if at := placeOf(&rows[i]); !known[at] {
				known[at], fresh[i] = true, true
				add = append(add, rows[i])
			}
		}
		if len(add) == 0 {
			return nil
		}
		return wrap(s.ifNew(ctx).Create(&add).Error, "adding to a block list")
	})
	return fresh, err
}

// AllSuppressions lists what is suppressed now, newest first. Addresses are not
// among it: only their hashes are known.
func (s *Store) AllSuppressions(ctx context.Context, f engine.SuppressionFilter) (list []engine.Suppression, next string, err error) {
	db := s.inForce(s.read(ctx))
	if f.List != "" {
		db = db.Where("reason = ?", engine.BlockEntry{List: clean(f.List)}.Reason())
	}
	if f.Channel != "" {
		db = db.Where("channel = ?", string(f.Channel))
	}
	if db, err = page(db, "at", f.Cursor, f.Limit); err != nil {
		return nil, "", err
	}
	var rows []suppressionRow
	if err := db.Find(&rows).Error; err != nil {
		return nil, "", wrap(err, "listing suppressions")
	}
	rows, next = turn(rows, f.Limit, func(r suppressionRow) (stamp, string) { return r.At, r.ID })
	list, err = each(rows, func(r *suppressionRow) (engine.Suppression, error) { return r.noun(), nil })
	return list, next, err
}

// LiftOne ends a suppression by its id, whatever made it. The row stays as
// evidence, with the reason. It is NotFound when there is none in force.
func (s *Store) LiftOne(ctx context.Context, id, reason string) (engine.Suppression, error) {
	var lifted engine.Suppression
	err := s.InTx(ctx, func(ctx context.Context) error {
		var row suppressionRow
		if err := one(s.forUpdate(s.write(ctx)).Where("id = ? AND lifted_at IS NULL", id), &row, "suppression", id); err != nil {
			return err
		}
		lifted = row.noun()
		err := s.write(ctx).Model(&suppressionRow{}).Where("id = ?", id).
			Updates(map[string]any{"lifted_at": at(s.now()), "lift_reason": clean(reason)}).Error
		return wrap(err, "lifting suppression %q", id)
	})
	return lifted, err
}

// LiftList ends every suppression of a block list and says how many there were.
func (s *Store) LiftList(ctx context.Context, list, reason string) (lifted int64, err error) {
	done := s.write(ctx).Model(&suppressionRow{}).
		Where("reason = ? AND lifted_at IS NULL", engine.BlockEntry{List: clean(list)}.Reason()).
		Updates(map[string]any{"lifted_at": at(s.now()), "lift_reason": clean(reason)})
	return done.RowsAffected, wrap(done.Error, "lifting the block list %q", list)
}
