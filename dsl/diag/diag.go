// Package diag is the vocabulary of what Jornada tells an author about a file:
// a [Diagnostic] names the mistake (a stable code and a sentence), the place
// (file, line, column) and the remedy (a hint), in English and in Portuguese.
//
// It is a leaf: the checker, the command line, the API and the editor all speak
// through it, and it knows none of them.
//
//	error[J0301] nps.journey.yaml:8:11: `contact` has no field `citi`
//	8 | contact.citi == "Campinas"
//	  |         ^^^^ did you mean `city`?
//	  = help: fields of contact: birth_date, city, cpf, email, …
package diag

import "fmt"

// Severity says whether a diagnostic blocks publishing.
type Severity string

// The two severities. An error blocks publishing, a warning does not.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Language chooses the words of a rendered diagnostic.
type Language string

// The languages Jornada speaks.
const (
	English    Language = "en"
	Portuguese Language = "pt-BR"
)

// Text is one sentence in every language we speak. Both are written at the
// same place in the code, so that they cannot drift apart.
type Text struct{ En, Pt string }

// T formats one sentence twice, with the same arguments.
func T(en, pt string, args ...any) Text {
	return Text{fmt.Sprintf(en, args...), fmt.Sprintf(pt, args...)}
}

// In returns the sentence in one language; anything but Portuguese is English.
func (t Text) In(l Language) string {
	if l == Portuguese {
		return t.Pt
	}
	return t.En
}

// IsZero reports whether the text says nothing.
func (t Text) IsZero() bool { return t.En == "" && t.Pt == "" }

// Span is a stretch of one file. Lines and columns count from 1, columns in
// characters (Unicode code points); End is exclusive: a one-character span has
// EndColumn = Column + 1.
type Span struct {
	File                             string
	Line, Column, EndLine, EndColumn int
}

// Locator maps a stretch of a scalar's value (offsets in characters, end
// exclusive) to the place in the file where it was written, through quotes,
// escapes, folding and block indentation.
type Locator interface {
	Locate(from, to int) Span
}

// Diagnostic is one mistake: what, where, why we think so, how to mend it.
type Diagnostic struct {
	Code       string   // stable, "J0301"
	Severity   Severity // Error or Warning
	Span       Span
	StepID     string // the step it stands in, when there is one
	Message    Text   // what is wrong, in the author's words
	Suggestion Text   // stands right of the caret: "did you mean `city`?"
	Note       Text   // evidence, for example a path through the journey
	Hint       Text   // the edit that mends it
}

// List is every diagnostic of one run, and an error when it is not empty.
type List []Diagnostic //nolint:errname // what is wrong with a file; being an error is its second use
