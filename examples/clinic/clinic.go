// Package clinic is the demo clinic: a workspace of journeys that is embedded in
// the binary, so that `jornada dev` has something to show on a machine that has
// nothing else, and a stand-in for the clinic's own system ([System]), which
// exports appointments, is told when one is confirmed, and says who came.
//
// Every person, doctor and place here is invented, and plainly so.
package clinic

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml templates/*.md
var files embed.FS

// Files is the workspace folder, as `jornada dev --workspace` would read it.
func Files() fs.FS { return files }

//go:embed page/*
var page embed.FS
