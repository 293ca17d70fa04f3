package engine

import "time"

// Halt is why nothing is sent: this database is an older copy than what Temporal
// has seen, so it has forgotten messages that went out.
type Halt struct {
	At    time.Time `json:"at"`
	Have  int64     `json:"have"`  // the epoch of the database
	Known int64     `json:"known"` // the newest epoch that Temporal was told of
}

// Epoch counts what a database has lived through: it grows at every start and
// every minute, and is told to Temporal after it was stored. A database that
// knows of a smaller one than Temporal does was restored from a copy.
type Epoch struct {
	Database string `json:"database"` // a name that a copy shares
	N        int64  `json:"n"`
}
