package main

import (
	"context"
	"fmt"
	"syscall"

	"jornada/engine/api"
)

// leastFree is how much room a data folder must have before /readyz warns: a
// full disk loses nothing, because a message without a row is never sent, but
// nothing goes on either.
const leastFree = 64 << 20

// diskCheck looks at the disk of a folder.
func diskCheck(dir string) func(context.Context) api.Check {
	return func(context.Context) api.Check {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(dir, &fs); err != nil {
			return api.Check{Name: "disk", Message: fmt.Sprintf("the data folder cannot be read: %v", err)}
		}
		free := fs.Bavail * uint64(fs.Bsize)                           //nolint:gosec // a block has a positive size
		least := min(uint64(leastFree), fs.Blocks*uint64(fs.Bsize)/10) //nolint:gosec // likewise
		if free < least {
			return api.Check{Name: "disk", Message: fmt.Sprintf("only %d MB are free for the data; nothing is sent without being written down first, so make room", free>>20)}
		}
		return api.Check{Name: "disk", OK: true, Message: fmt.Sprintf("%d GB free", free>>30)}
	}
}
