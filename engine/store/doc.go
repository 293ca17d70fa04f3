// Package store keeps everything Jornada must not forget: contacts and their
// consent, published journeys, enrollments, messages, what came in, what
// Temporal must still be told. It runs on a SQLite file (one machine, `jornada
// dev`) and on Postgres, and behaves the same on both: storetest.Exercise is one
// suite played against each.
//
// # How it is built
//
// One file per noun. Each has a row type with explicit columns and two
// functions that map it to and from the noun of package engine; nothing outside
// this package sees a row. The schema is plain SQL in migrations/, one folder
// per database; gorm never creates or alters a table.
//
// # What callers may rely on
//
//   - Transactions travel in the context. InTx puts one there and every method
//     joins it, so a decision made of several methods commits as one. The
//     function given to InTx may run more than once (a deadlock, a serialization
//     failure): keep effects outside the database out of it, and pass on the
//     context it receives. Inside it, a call with another context waits for the
//     transaction it stands in, for ever on SQLite.
//   - Races are settled by compare-and-set. Methods that return won, first,
//     inserted, opened or raised are true for exactly one caller, however many
//     processes try at once.
//   - A status never goes down in rank (engine.MessageStatus.Rank), whatever the
//     order in which news arrives.
//   - Rows belong to one workspace. The store adds workspace_id to every
//     statement in one place (tenant.go) and refuses a statement it cannot scope.
//   - Times are UTC with microseconds, on both databases. Text is valid UTF-8
//     without NUL: Postgres accepts nothing else, and what arrives from outside
//     may be anything.
//   - Not found is *engine.Error with engine.NotFound, a lost race for a unique
//     key engine.Conflict, a database that is away or full engine.Unavailable.
//
// # Personal data
//
// Every contact has a random data key, stored wrapped by the master key.
// EraseContact blanks what the contact said and was sent, and destroys the key,
// which makes everything encrypted with it (Temporal's history, the outbox)
// unreadable. Suppressions hold keyed hashes of addresses, so "never message
// this number" outlives the person's data. Statements are logged without their
// parameters. A contact's id is kept: it must not be personal data itself.
package store
