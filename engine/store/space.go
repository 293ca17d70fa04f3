package store

import (
	"context"
	"strings"
	"sync/atomic"

	"gorm.io/gorm"
)

// A full disk is an operator's business, so it is said where operators look: the
// store remembers that a change found no space, until one finds some.

// space is whether the last change that met the disk found room.
type space struct{ gone atomic.Bool }

// saw remembers what a change told about the disk.
func (s *Store) saw(err error) {
	switch {
	case err != nil && full(err):
		if !s.space.gone.Swap(true) {
			s.log.Error("the database has no space left: nothing is accepted or sent until there is; free or add disk space")
		}
	case err == nil && s.space.gone.Load():
		if s.space.gone.Swap(false) {
			s.log.Info("the database has space again; everything goes on")
		}
	}
}

// watchSpace looks at every change that gorm makes outside of a transaction, and
// at failures inside one: whether those that succeeded are kept, the commit says.
func (s *Store) watchSpace(db *gorm.DB) {
	if _, inside := db.Statement.ConnPool.(gorm.TxCommitter); inside && db.Error == nil {
		return
	}
	s.saw(db.Error)
}

// Full reports whether changes find no space on the disk. It tries, when the last
// one did not, so that the answer is true now.
func (s *Store) Full(ctx context.Context) bool {
	if !s.space.gone.Load() {
		return false
	}
	// The outcome of trying is what saw remembers. A few bytes may fit into a page
	// that is there, so it tries with as much as a busy second needs.
	for _, size := range []int{spaceTried, 0} {
		err := s.InTx(ctx, func(ctx context.Context) error { return s.PutSetting(ctx, spaceSetting, strings.Repeat("0", size)) })
		if err != nil {
			break
		}
	}
	return s.space.gone.Load()
}

const (
	spaceSetting = "space_tried"
	spaceTried   = 64 << 10
)
