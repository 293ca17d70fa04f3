package diag

import "io"

// Error makes a list an error.
func (l List) Error() string { return "" }

// HasErrors reports whether the list blocks publishing.
func (l List) HasErrors() bool { return false }

// Sort orders by place and code and drops repeats.
func (l List) Sort() List { return l }

// Render writes the list for people.
func (l List) Render(w io.Writer, sources map[string][]byte, lang Language, color bool) error {
	return nil
}

// JSON is the list for programs.
func (l List) JSON(lang Language) []byte { return nil }

// SARIF is the list for code scanners.
func (l List) SARIF(lang Language) []byte { return nil }

// GitHub is the list as workflow annotations.
func (l List) GitHub(w io.Writer, lang Language) error { return nil }

// Near finds what was probably meant.
func Near(name string, candidates []string) string { return "" }
