// Package ui holds the editor's pages, built from the TypeScript beside this
// file by `make ui` and embedded in the binary.
//
// A clone in which nobody has built them yet has an empty dist folder: the
// binary then still compiles, and answers "/" with a page that says so.
package ui

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is the built pages, index.html at the top. Hashed files are under assets/,
// each with a .br beside it.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}
