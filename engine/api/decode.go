package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"jornada/dsl/diag"
)

// maxDepth bounds the nesting of JSON we read.
const maxDepth = 64

// decode reads the JSON body strictly: valid UTF-8, one value, known fields,
// bounded depth. Broken JSON is a 400 with its line and column; a value that
// does not fit its field is a 422 that names it.
func (q *request) decode(into any) error {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return &problem{Status: http.StatusBadRequest, Code: codeBadRequest,
			Text: diag.T("the body is empty: this call needs a JSON object", "o corpo está vazio: esta chamada precisa de um objeto JSON")}
	}
	return decodeStrict(q.body, into)
}

// decodeOptional is decode for calls whose body may be missing.
func (q *request) decodeOptional(into any) error {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return nil
	}
	return q.decode(into)
}

func decodeStrict(body []byte, into any) error {
	if !utf8.Valid(body) {
		return brokenJSON(body, firstInvalid(body), "the text is not UTF-8", "o texto não é UTF-8")
	}
	if at := tooDeep(body); at >= 0 {
		return brokenJSON(body, at, fmt.Sprintf("values are nested deeper than %d", maxDepth), fmt.Sprintf("há mais de %d níveis, um dentro do outro", maxDepth))
	}
	if at := nulAt(body); at >= 0 {
		return brokenJSON(body, at, "a text holds a NUL character, which no database keeps: take it out", "um texto tem um caractere NUL, que nenhum banco guarda: tire-o")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return decodeProblem(body, dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return brokenJSON(body, int(dec.InputOffset()), "there is text after the end of the JSON value", "há texto depois do fim do valor JSON")
	}
	return nil
}

func decodeProblem(body []byte, offset int64, err error) error {
	var own *problem
	if errors.As(err, &own) { // from an UnmarshalJSON of ours
		return own
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return brokenJSON(body, max(int(syntax.Offset)-1, 0), syntax.Error(), syntax.Error())
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		field := mismatch.Field
		if field == "" {
			return invalid("", diag.T("the body is a %s and must be a JSON object", "o corpo é %s e deve ser um objeto JSON", mismatch.Value))
		}
		return invalid(field, diag.T("`%s` is a %s and must be %s", "`%s` é %s e deve ser %s", field, mismatch.Value, jsonKind(mismatch)))
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		name = strings.Trim(name, `"`)
		return invalid(name, diag.T("there is no field `%s` in this call: take it out or check its spelling",
			"não existe o campo `%s` nesta chamada: tire-o ou confira a grafia", name))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return brokenJSON(body, len(body), "the JSON ends too early", "o JSON termina cedo demais")
	}
	return brokenJSON(body, int(offset), err.Error(), err.Error())
}

func jsonKind(e *json.UnmarshalTypeError) string {
	switch kind := e.Type.Kind().String(); kind {
	case "struct", "map":
		return "an object"
	case "slice", "array":
		return "a list"
	case "string":
		return "text"
	case "bool":
		return "true or false"
	default:
		return "a number"
	}
}

// brokenJSON is a 400 with the place: lines and columns count from 1, columns in characters.
func brokenJSON(body []byte, offset int, en, pt string) *problem {
	offset = min(max(offset, 0), len(body))
	before := body[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return &problem{Status: http.StatusBadRequest, Code: codeBadRequest, Details: map[string]any{"line": line, "column": column},
		Text: diag.Text{
			En: fmt.Sprintf("the JSON is broken at line %d, column %d: %s", line, column, en),
			Pt: fmt.Sprintf("o JSON está quebrado na linha %d, coluna %d: %s", line, column, pt),
		}}
}

// tooDeep returns where nesting passes maxDepth, or -1. It looks at bytes
// outside of strings only, before the decoder spends anything on them.
func tooDeep(body []byte) int {
	depth, inString, escaped := 0, false, false
	for i, b := range body {
		switch {
		case escaped:
			escaped = false
		case inString && b == '\\':
			escaped = true
		case b == '"':
			inString = !inString
		case inString:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return i
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return -1
}

// nulAt finds a NUL written as an escape, or -1: ids and filters go to the
// database as they come.
func nulAt(body []byte) int {
	for from := 0; ; {
		i := bytes.Index(body[from:], []byte(`\u0000`))
		if i < 0 {
			return -1
		}
		at := from + i
		slashes := 0
		for k := at - 1; k >= 0 && body[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 { // else it is a backslash and the letters u0000
			return at
		}
		from = at + 1
	}
}

func firstInvalid(body []byte) int {
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(body)
}
