// Package devserver runs a whole Temporal server inside this process: the real
// one, built from its Go module, with its four services on loopback ports.
//
// `jornada dev` stands on it, so that one command needs no second program, and
// so do the tests and benchmarks that want real histories. Production points at
// a Temporal cluster instead; nothing about a journey changes.
//
// Storage is a SQLite file (WAL, one connection: measured faster than several),
// memory, or a pair of Postgres databases. A file survives kill -9: the schema
// is made beside it and renamed into place, and every commit is synced.
//
// The server is never reachable from outside: all ports are bound to 127.0.0.1,
// and there is no option to change that, because the embedded server has no
// authentication of its own.
//
// This package links the server (about 100 MB of binary). Only cmd and tests of
// the whole product may import it.
package devserver
