package dsl

import "jornada/dsl/diag"

// Journey is one parsed journey file. Every scalar keeps its place.
type Journey struct {
	Path string // the file
	Name string
}

// Parse reads one journey file and collects every mistake of form.
func Parse(f File) (*Journey, diag.List) { return &Journey{Path: f.Path}, nil }

// Check proves a parsed journey against its workspace.
func Check(j *Journey, ws *Workspace) diag.List { return nil }

// Compile checks a journey and, when it has no errors, lowers it to a plan.
func Compile(j *Journey, ws *Workspace) (*Plan, diag.List) { return nil, Check(j, ws) }

// Listens returns the sorted names of the events whose arrival concerns a
// running enrollment: those of goals, exits and waits.
func (p *Plan) Listens() []string { return nil }

// NeedsContact reports whether the journey reads, or writes to, a contact.
func (p *Plan) NeedsContact() bool { return true }

// Template finds a template of the plan.
func (p *Plan) Template(channel, name string) (Template, bool) {
	t, ok := p.Templates[channel+"/"+name]
	return t, ok
}

// Schema is the JSON Schema of a journey file.
func Schema() []byte { return []byte("{}") }

// Code is one diagnostic code of the checker.
type Code struct {
	Code  string
	Title diag.Text
}

// Codes lists the implemented codes in order.
func Codes() []Code { return nil }

// Explain returns the documentation of a code.
func Explain(code string, lang diag.Language) (string, bool) { return "", false }
