package store

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// What a transaction that was rolled back made of the workspace's key is nobody's
// key: what is sealed with it cannot be opened after the next start.
func TestTheWorkspaceKeyOfARolledBackTransactionIsForgotten(t *testing.T) {
	for name, dsn := range databases(t) {
		t.Run(name, func(t *testing.T) {
			s := openTest(t, dsn, testOptions())
			away := errors.New("the database went away")
			err := s.InTx(ctx, func(ctx context.Context) error {
				if _, err := s.DataKey(ctx, WorkspaceKey); err != nil {
					return err
				}
				return away
			})
			if !errors.Is(err, away) {
				t.Fatal(err)
			}
			used, err := s.DataKey(ctx, WorkspaceKey)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := openTest(t, dsn, testOptions()).DataKey(ctx, WorkspaceKey)
			if err != nil || !bytes.Equal(used, kept) {
				t.Fatalf("the next process has another key (error: %v)", err)
			}
		})
	}
}
