package main

import (
	"log/slog"

	"jornada/activities/journal"
)

// noCalls is --calls of who wants none.
const noCalls = "none"

// journal notes this process's calls in the folder of --calls, else in the
// command's own ("" = none). Where they cannot be noted Jornada works without,
// and says so.
func (c *Config) journal(own string, log *slog.Logger) *journal.Journal {
	dir := c.Calls
	if dir == "" {
		dir = own
	}
	if dir == "" || dir == noCalls {
		return nil
	}
	calls, err := journal.Open(dir)
	if err != nil {
		log.Warn("provider calls are not noted: a message that is claimed when this process is killed stays in doubt; give a folder with --calls, or --calls none", "error", err)
		return nil
	}
	return calls
}
