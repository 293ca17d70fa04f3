package scenario

import (
	"time"

	"jornada/cmd/torture/driver"
)

// smallFirst: the single process on SQLite unless somebody asks for the other.
var smallFirst = []driver.Database{driver.SQLite, driver.Postgres}

// ruleScenarios are about what must hold whatever a channel, the clock, a version
// or somebody's data does.
var ruleScenarios = []Scenario{
	{
		ID: "T19", Title: "storm of 429 with Retry-After", Databases: smallFirst, Play: t19,
		CI:   Size{N: 60, Spread: 18 * time.Second, For: 9 * time.Second},
		Full: Size{N: 1000, Spread: 220 * time.Second, For: 120 * time.Second},
	},
	{
		ID: "T20", Title: "token expires mid-campaign, administrator reconnects", Databases: smallFirst, Play: t20,
		CI:   Size{N: 80, Spread: 6 * time.Second, For: 2 * time.Second},
		Full: Size{N: 1000, Spread: 60 * time.Second, For: 60 * time.Second},
	},
	{
		ID: "T21", Title: "administrator switches the channel off and on", Databases: smallFirst, Play: t21,
		CI:   Size{N: 60, Spread: 6 * time.Second, For: 5 * time.Second, Timeout: 12 * time.Second},
		Full: Size{N: 500, Spread: 60 * time.Second, For: 30 * time.Second, Timeout: 60 * time.Second},
	},
	{
		ID: "T23", Title: "platform limits the number, lifted later", Databases: smallFirst, Play: t23,
		CI:   Size{N: 80, Spread: 5 * time.Second, Faults: 3},
		Full: Size{N: 1000, Spread: 60 * time.Second, For: 180 * time.Second},
	},
	{
		ID: "T25", Title: "one simulated year in forty zones", Databases: smallFirst, Play: t25,
		CI:   Size{N: 400},
		Full: Size{N: 20000, Seeds: []uint64{1, 2, 3}},
	},
	{
		ID: "T27", Title: "service window closes while a message is held", Databases: smallFirst, Play: t27,
		CI:   Size{N: 80},
		Full: Size{N: 2000, Seeds: []uint64{1, 2}},
	},
	{
		ID: "T28", Title: "six hours of outage, then everything is due at once", Databases: smallFirst, Play: t28,
		CI:   Size{N: 120, Rate: 15},
		Full: Size{N: 5000, Rate: 40},
	},
	{
		ID: "T30", Title: "two versions published, half of the people move", Databases: smallFirst, Play: t30,
		CI:   Size{N: 80, Faults: 1},
		Full: Size{N: 1000, Faults: 2},
	},
	{
		ID: "T33", Title: "poison beside healthy people", Alone: true, Databases: smallFirst, Play: t33,
		CI:   Size{N: 30, Spread: 6 * time.Second, Timeout: 6 * time.Second},
		Full: Size{N: 300, Spread: 60 * time.Second, Timeout: 20 * time.Second},
	},
	{
		ID: "T35", Title: "STOP around a due message, on every channel", Databases: smallFirst, Play: t35,
		CI:   Size{N: 160, Spread: 8 * time.Second},
		Full: Size{N: 2000, Spread: 90 * time.Second, Seeds: []uint64{1, 2}},
	},
}
