// Command jornada is the whole product in one binary: `jornada dev` runs
// everything on one machine, `jornada serve` and `jornada worker` run the same
// thing against a Temporal cluster and Postgres, and the rest works on journey
// files or talks to a server.
//
// This package is the only place that knows all parts and wires them together.
package main

import (
	"os"

	_ "time/tzdata" // zones are part of the language: never depend on the machine's
)

func main() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
