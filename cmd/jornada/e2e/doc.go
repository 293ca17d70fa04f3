// Package e2e drives the built binary as its users do: the process by its
// command line, its two pages by a real browser. It imports nothing of ours, so
// what it proves holds for the program that people download.
//
// `make e2e` builds the binary and runs everything here. The tests need Chromium
// (Debian's package; another one is named by JORNADA_CHROMIUM) and stand behind
// the build tag `e2e`, so that `make test` needs no browser. They use the binary
// that JORNADA_BIN names, or build one. With JORNADA_SCREENSHOTS=1 the pictures
// of docs/images are taken again.
package e2e
