package store

import (
	"context"

	"jornada/engine"
)

// InMemory opens an empty database that is gone when it is closed: scenarios are
// played on one. Nothing in it is anybody's, so its key protects nothing.
func InMemory(ctx context.Context, clock engine.Clock) (*Store, error) {
	s, err := Open(ctx, "sqlite::memory:", Options{Clock: clock, MasterKey: make([]byte, 32)})
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}
