package main

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// stateOf is what git says of a folder: branch@commit, the commit alone when no
// branch is checked out, and a "+" behind it when the folder holds what is not
// committed. It is "" without git, or outside of a work tree.
func stateOf(ctx context.Context, dir string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	git := func(args ...string) (string, bool) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output() //nolint:gosec // the folder is one argument, and no shell reads it
		return strings.TrimSpace(string(out)), err == nil
	}
	state, ok := git("rev-parse", "--short=7", "HEAD")
	if !ok {
		return ""
	}
	if branch, ok := git("symbolic-ref", "--short", "--quiet", "HEAD"); ok {
		if state = branch + "@" + state; len(state) > 100 { // the server takes 120
			state = state[len(state)-100:]
		}
	}
	if changed, ok := git("status", "--porcelain", "--", "."); ok && changed != "" {
		state += "+"
	}
	return state
}
