package scenario

import (
	"slices"
	"time"

	"jornada/cmd/torture/driver"
)

var (
	anyDatabase  = []driver.Database{driver.Postgres, driver.SQLite}
	postgresOnly = []driver.Database{driver.Postgres}
	sqliteOnly   = []driver.Database{driver.SQLite}
)

// Table is every scenario, in the order in which they run.
var Table = slices.Concat([]Scenario{
	{
		ID: "T01", Title: "worker killed every 0.7–2.5 s, doubtful provider", Databases: anyDatabase, Play: t01,
		CI:   Size{N: 40, Faults: 6, Spread: 9 * time.Second, Timeout: 12 * time.Second},
		Full: Size{N: 600, Faults: 60, Spread: 110 * time.Second, Timeout: 20 * time.Second, Seeds: []uint64{1, 2, 3, 4}},
	},
	{
		ID: "T02", Title: "whole single binary killed", Databases: sqliteOnly, Play: t02,
		CI:   Size{N: 40, Faults: 5, Spread: 10 * time.Second, Timeout: 12 * time.Second},
		Full: Size{N: 400, Faults: 60, Spread: 180 * time.Second, Timeout: 20 * time.Second, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T03", Title: "Postgres crashes and restarts, sometimes away for long", Databases: postgresOnly, Play: t03,
		CI:   Size{N: 40, Faults: 4, Long: 1, For: 4 * time.Second, Spread: 10 * time.Second, Timeout: 15 * time.Second},
		Full: Size{N: 600, Faults: 40, Long: 3, For: 20 * time.Second, Spread: 200 * time.Second, Timeout: 60 * time.Second, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T04", Title: "Temporal killed, then behind a partition", Databases: postgresOnly, Play: t04,
		CI:   Size{N: 40, Faults: 3, For: 6 * time.Second, Spread: 12 * time.Second, Timeout: 15 * time.Second},
		Full: Size{N: 400, Faults: 10, For: 60 * time.Second, Spread: 120 * time.Second, Timeout: 90 * time.Second, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T05", Title: "disk full, then freed", Databases: []driver.Database{driver.SQLite, driver.Postgres}, Play: t05,
		CI:   Size{N: 30, Faults: 2, For: 4 * time.Second, Spread: 10 * time.Second, Timeout: 15 * time.Second},
		Full: Size{N: 200, Faults: 3, For: 30 * time.Second, Spread: 100 * time.Second, Timeout: 90 * time.Second, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T06", Title: "one of two workers frozen, and woken after its work was taken over", Databases: postgresOnly, Play: t06,
		CI:   Size{N: 40, Faults: 2, For: 27 * time.Second, Spread: 30 * time.Second, Timeout: 20 * time.Second},
		Full: Size{N: 600, Faults: 12, For: 45 * time.Second, Spread: 240 * time.Second, Timeout: 90 * time.Second, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T08", Title: "SIGTERM rolling restart under a slow provider", Databases: postgresOnly, Play: t08,
		CI:   Size{N: 40, Faults: 5, For: 2 * time.Second, Spread: 10 * time.Second, Timeout: 12 * time.Second},
		Full: Size{N: 600, Faults: 40, For: 5 * time.Second, Spread: 180 * time.Second, Timeout: 20 * time.Second, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T09", Title: "three workers and two API processes on the same tables", Databases: postgresOnly, Play: t09,
		CI:   Size{N: 60, Timeout: 10 * time.Second},
		Full: Size{N: 1000, Spread: 10 * time.Second, Timeout: 60 * time.Second, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T31", Title: "every recorded history replays on this build", Databases: anyDatabase, Play: t31,
		CI: Size{N: historiesWanted}, Full: Size{N: historiesWanted},
	},
}, webhookScenarios, ruleScenarios)
