// Package driver starts the product as processes on loopback and does to them
// what the world does to processes: it kills them, freezes them, fills their
// disk, takes their database or their network away, and moves their clock.
//
// The product is a black box here. The driver builds it from this repository,
// starts it as an operator would (`jornada dev`, or `jornada serve` and `jornada
// worker` on Postgres and a Temporal server in processes of its own), and speaks
// to it through its API only. Nothing below cmd/torture imports a package of the
// product; a test asserts it.
//
// A [Rig] is everything that scenarios share: the binaries and one Postgres
// cluster with databases to copy. A [Product] is one running Jornada on fresh
// databases. A [Unit] is one of its processes: it starts, is killed, comes back,
// and remembers how long that took.
//
// Everything random is drawn from a seed that is printed with every result.
package driver
