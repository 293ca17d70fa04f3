package scenario

import "time"

// webhookScenarios are those about what providers tell and people answer.
var webhookScenarios = []Scenario{
	{
		ID: "T11", Title: "statuses five times, shuffled, some a day late", Databases: anyDatabase, Play: t11,
		CI:   Size{N: 200, Spread: 4 * time.Second},
		Full: Size{N: 5000, Spread: 100 * time.Second},
	},
	{
		ID: "T12", Title: "statuses before the send is answered", Databases: anyDatabase, Play: t12,
		CI:   Size{N: 60, Spread: 3 * time.Second, Timeout: 12 * time.Second},
		Full: Size{N: 1000, Spread: 60 * time.Second, Timeout: 20 * time.Second},
	},
	{
		ID: "T13", Title: "reply before the send is recorded: worker killed in the gap", Databases: anyDatabase, Play: t13,
		CI:   Size{N: 60, Timeout: time.Hour},
		Full: Size{N: 1000, Timeout: time.Hour},
	},
	{
		ID: "T14", Title: "reply against timeout, −50 … +50 ms", Databases: anyDatabase, Play: t14,
		CI:   Size{N: 200, Spread: 8 * time.Second, Timeout: 4 * time.Second},
		Full: Size{N: 2000, Spread: 80 * time.Second, Timeout: 4 * time.Second},
	},
	{
		ID: "T15", Title: "1–4 journeys wait on one contact", Databases: anyDatabase, Play: t15,
		CI:   Size{N: 60},
		Full: Size{N: 1000},
	},
	{
		ID: "T17", Title: "300 webhooks a second, database restarted in the middle", Alone: true, Databases: anyDatabase, Play: t17,
		CI:   Size{N: 50, Spread: 24 * time.Second},
		Full: Size{N: 500, Spread: 180 * time.Second},
	},
}
