package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// source is one file, cut into lines of characters. Lines and columns count
// from 1 wherever they leave this file, from 0 inside.
type source struct {
	path  string
	lines [][]rune // without line breaks; the last one has none
}

func newSource(path, text string) *source {
	raw := strings.Split(text, "\n")
	s := &source{path: path, lines: make([][]rune, len(raw))}
	for i, line := range raw {
		s.lines[i] = []rune(strings.TrimSuffix(line, "\r"))
	}
	return s
}

// span is a stretch of one line; column and width count characters.
func (s *source) span(line, column, width int) diag.Span {
	if width < 1 {
		width = 1
	}
	return diag.Span{File: s.path, Line: line, Column: column, EndLine: line, EndColumn: column + width}
}

// line returns the n-th line, counting from 1, or nothing outside the file.
func (s *source) line(n int) []rune {
	if n < 1 || n > len(s.lines) {
		return nil
	}
	return s.lines[n-1]
}

// start is the place of what concerns the file as a whole.
func (s *source) start() diag.Span { return s.span(1, 1, 1) }

// indentation counts the leading spaces of a line.
func indentation(line []rune) int {
	n := 0
	for n < len(line) && line[n] == ' ' {
		n++
	}
	return n
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

// blank reports whether a line holds nothing but blanks.
func blank(line []rune) bool {
	return !slices.ContainsFunc(line, func(r rune) bool { return !isBlank(r) })
}
