package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error writes one line per diagnostic, in English, so that a list can travel
// as an ordinary error and still be read in a log.
func (l List) Error() string {
	var b strings.Builder
	for i, d := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s[%s]: %s", place(d.Span), d.Severity, d.Code, clean(d.Message.En))
	}
	return b.String()
}

// HasErrors reports whether the list blocks publishing: warnings do not.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity != Warning })
}

// Sort returns the list in reading order (file, line, column, code) with one
// diagnostic per mistake: rules that meet the same mistake at the same place
// say it once. The receiver is not changed.
func (l List) Sort() List {
	if len(l) == 0 {
		return nil
	}
	type key struct{ code, file, message string }
	type seenAt struct {
		key
		line, column int
	}
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Span.File, b.Span.File),
			cmp.Compare(a.Span.Line, b.Span.Line),
			cmp.Compare(a.Span.Column, b.Span.Column),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message.En, b.Message.En),
		)
	})
	seen := make(map[seenAt]bool, len(out))
	return slices.DeleteFunc(out, func(d Diagnostic) bool {
		k := seenAt{key{d.Code, d.Span.File, d.Message.En}, d.Span.Line, d.Span.Column}
		if seen[k] {
			return true
		}
		seen[k] = true
		return false
	})
}

// place is "file:line:column", leaving out what is not known.
func place(s Span) string {
	switch {
	case s.Line == 0 && s.File == "":
		return "-"
	case s.Line == 0:
		return clean(s.File)
	case s.File == "":
		return fmt.Sprintf("%d:%d", s.Line, s.Column)
	}
	return fmt.Sprintf("%s:%d:%d", clean(s.File), s.Line, s.Column)
}
