package activities

import "context"

// Record stores the trail and where the enrollment stands, before a long wait
// that has no other effect.
func (a *Activities) Record(ctx context.Context, in Base) error { return a.saveProgress(ctx, in) }
