package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// jsonDiagnostic is the published shape: lines and columns from 1, columns in
// characters, the end exclusive.
type jsonDiagnostic struct {
	Code       string   `json:"code"`
	Severity   Severity `json:"severity"`
	Message    string   `json:"message"`
	Suggestion string   `json:"suggestion"`
	Hint       string   `json:"hint"`
	Note       string   `json:"note"`
	File       string   `json:"file"`
	Line       int      `json:"line"`
	Column     int      `json:"column"`
	EndLine    int      `json:"end_line"`
	EndColumn  int      `json:"end_column"`
	StepID     string   `json:"step_id"`

	Fix []jsonEdit `json:"fix,omitempty"`
}

// jsonEdit is a text to write over a stretch of the file.
type jsonEdit struct {
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	Text      string `json:"text"`
}

// JSON is the list for programs: an array, `[]` when there is nothing to say.
// Texts are in one language; severities and keys are always English.
func (l List) JSON(lang Language) []byte {
	out := make([]jsonDiagnostic, 0, len(l))
	for _, d := range l {
		out = append(out, jsonDiagnostic{
			Code: d.Code, Severity: d.Severity, Message: d.Message.In(lang),
			Suggestion: d.Suggestion.In(lang), Hint: d.Hint.In(lang), Note: d.Note.In(lang),
			File: d.Span.File, Line: d.Span.Line, Column: d.Span.Column,
			EndLine: d.Span.EndLine, EndColumn: d.Span.EndColumn, StepID: d.StepID, Fix: fixOf(d),
		})
	}
	return encode(out)
}

func fixOf(d Diagnostic) []jsonEdit {
	var edits []jsonEdit
	for _, e := range d.Fix() {
		edits = append(edits, jsonEdit{e.Span.Line, e.Span.Column, e.Span.EndLine, e.Span.EndColumn, e.Text})
	}
	return edits
}

// encode cannot fail: the values are strings and numbers. Text stays readable
// (no \u003c for <), because people read these files too.
func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("encoding diagnostics: %v", err))
	}
	return []byte(b.String())
}

// GitHub writes the list as workflow commands, which GitHub shows beside the
// changed lines of a pull request.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func (l List) GitHub(w io.Writer, lang Language) error {
	value := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, d := range l {
		where := "file=" + property.Replace(d.Span.File)
		if d.Span.Line > 0 {
			where += fmt.Sprintf(",line=%d,endLine=%d", d.Span.Line, max(d.Span.Line, d.Span.EndLine))
			if d.Span.EndLine <= d.Span.Line { // GitHub takes columns only within one line, the end inclusive
				where += fmt.Sprintf(",col=%d,endColumn=%d", d.Span.Column, max(d.Span.Column, d.Span.EndColumn-1))
			}
		}
		command := "error"
		if d.Severity == Warning {
			command = "warning"
		}
		if _, err := fmt.Fprintf(w, "::%s %s,title=%s::%s\n", command, where, property.Replace(d.Code), value.Replace(d.whole(lang))); err != nil {
			return fmt.Errorf("writing annotations: %w", err)
		}
	}
	return nil
}

// whole is everything a diagnostic says, for places without a caret.
func (d Diagnostic) whole(lang Language) string {
	say, text := wordsOf(lang), clean(d.Message.In(lang))
	if s := clean(d.Suggestion.In(lang)); s != "" {
		text += ": " + s
	}
	if s := clean(d.Note.In(lang)); s != "" {
		text += "\n" + say.note + ": " + s
	}
	if s := clean(d.Hint.In(lang)); s != "" {
		text += "\n" + say.help + ": " + s
	}
	return text
}

// SARIF is the list as a SARIF 2.1.0 log, for code scanners and editors.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
func (l List) SARIF(lang Language) []byte {
	type object = map[string]any
	codes := make([]string, 0, len(l))
	results := make([]object, 0, len(l))
	for _, d := range l {
		codes = append(codes, d.Code)
		level := "error"
		if d.Severity == Warning {
			level = "warning"
		}
		physical := object{"artifactLocation": object{"uri": (&url.URL{Path: strings.ReplaceAll(d.Span.File, "\\", "/")}).EscapedPath()}}
		if d.Span.Line > 0 {
			physical["region"] = object{
				"startLine": d.Span.Line, "startColumn": max(1, d.Span.Column),
				"endLine": max(d.Span.Line, d.Span.EndLine), "endColumn": max(1, d.Span.EndColumn),
			}
		}
		location := object{"physicalLocation": physical}
		if d.StepID != "" {
			location["logicalLocations"] = []object{{"name": d.StepID, "kind": "member"}}
		}
		results = append(results, object{
			"ruleId": d.Code, "level": level,
			"message": object{"text": d.whole(lang)}, "locations": []object{location},
		})
	}
	slices.Sort(codes)
	rules := make([]object, 0)
	for _, c := range slices.Compact(codes) {
		rules = append(rules, object{"id": c})
	}
	return encode(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []object{{
			"tool":       object{"driver": object{"name": "jornada", "rules": rules}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	})
}
