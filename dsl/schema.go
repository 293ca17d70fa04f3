package dsl

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"jornada/dsl/diag"
)

// shape is the JSON Schema of a value. It is a function, because mappings of
// steps contain themselves.
type shape func() any

type schemaObject map[string]any

func constShape(s schemaObject) shape { return func() any { return s } }

var (
	textShape = constShape(schemaObject{"type": []string{"string", "number", "boolean"}})
	exprShape = constShape(schemaObject{"type": []string{"string", "number", "boolean"}, "description": "An expression, without {{ }}."})
	idShape   = func() any {
		return schemaObject{"type": "string", "if": schemaObject{"enum": sortedKeys(reserved)}, "then": false, "else": schemaObject{"pattern": idPattern.String()}}
	}
	boolShape     = constShape(schemaObject{"type": "boolean"})
	durationShape = constShape(schemaObject{"type": "string", "pattern": durationPattern})
	anyShape      = constShape(schemaObject{})
	stepsShape    = constShape(schemaObject{"type": "array", "items": schemaObject{"$ref": "#/$defs/step"}})
)

func enumShape(allowed ...string) shape {
	return constShape(schemaObject{"enum": allowed})
}

func enumShapeInt(v int) shape { return constShape(schemaObject{"const": v}) }

func intShape(low, high int) shape {
	return constShape(schemaObject{"type": "integer", "minimum": low, "maximum": high})
}

func listShape(of shape) shape {
	return func() any { return schemaObject{"type": "array", "items": of()} }
}

func mapShape(of shape) shape {
	return func() any { return schemaObject{"type": "object", "additionalProperties": of()} }
}

// textOr is a value that is either a text or something written with brackets or
// below its key. Which of the two is meant is decided by its form, so that a
// mistake inside is told once: an anyOf would tell what is wrong with each.
func textOr(text shape, kind string, other shape) shape {
	return func() any {
		return schemaObject{"if": schemaObject{"type": kind}, "then": other(), "else": text()}
	}
}

func objectShape[T any](fields []field[T]) shape {
	return func() any { return describe(fields) }
}

// describe turns a key table into a closed JSON Schema object.
//
// Editors show every error of a schema as a line of its own, so each mistake must
// break one rule. A misspelled key is unknown, and the key it was meant to be is
// not asked for at the same time: what is required is required only where every
// key is known.
func describe[T any](fields []field[T]) schemaObject {
	properties := schemaObject{}
	var required []string
	for _, f := range fields {
		property := schemaObject{}
		if s, ok := f.shape().(schemaObject); ok {
			maps.Copy(property, s)
		}
		if !f.doc.IsZero() {
			property["description"] = f.doc.En
			property["x-description-pt"] = f.doc.Pt
		}
		properties[f.key] = property
		if f.required {
			required = append(required, f.key)
		}
	}
	object := schemaObject{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		object["if"] = schemaObject{"propertyNames": schemaObject{"enum": keysOf(fields)}}
		object["then"] = schemaObject{"required": required}
	}
	return object
}

// oneOf adds to a closed object that exactly one of some groups of keys is used:
// none is one error at the object, and a key of a second group is one error at
// that key.
func (o schemaObject) oneOf(groups ...[]string) schemaObject {
	var chosen, others []string
	for _, group := range groups {
		chosen = append(chosen, group...)
	}
	for _, key := range sortedKeys(o["properties"].(schemaObject)) {
		if !slices.Contains(chosen, key) {
			others = append(others, key)
		}
	}
	// A missing property of this name is how an editor says what is missing.
	rules := []any{schemaObject{
		"if":   schemaObject{"propertyNames": schemaObject{"enum": append([]string{}, others...)}},
		"then": schemaObject{"required": []string{strings.Join(chosen, " | ")}},
	}}
	for i, group := range groups[:len(groups)-1] {
		excluded := schemaObject{}
		for _, later := range groups[i+1:] {
			for _, key := range later {
				excluded[key] = false
			}
		}
		for _, key := range group {
			rules = append(rules, schemaObject{"if": schemaObject{"required": []string{key}}, "then": schemaObject{"properties": excluded}})
		}
	}
	if before, ok := o["allOf"].([]any); ok {
		rules = append(before, rules...)
	}
	o["allOf"] = rules
	return o
}

// oneKey is oneOf for single keys.
func (o schemaObject) oneKey(keys ...string) schemaObject {
	groups := make([][]string, len(keys))
	for i, key := range keys {
		groups[i] = []string{key}
	}
	return o.oneOf(groups...)
}

// Schema is the JSON Schema (2020-12) of a journey file, made from the tables
// the parser reads with. Editors use it for completion and first help; the
// checker says more.
func Schema() []byte {
	schema := describe(journeyFields)
	schema["$defs"] = schemaObject{"step": describe(stepFields).oneKey(verbNames()...)}
	return document("Jornada journey, language version 1", schema)
}

// WorkspaceSchema is the JSON Schema of workspace.yaml.
func WorkspaceSchema() []byte { return document("Jornada workspace", describe(workspaceFields)) }

// LockSchema is the JSON Schema of templates.lock.yaml.
func LockSchema() []byte {
	return document("Jornada template lock file, version 1", describe(lockFields))
}

// ScenarioSchema is the JSON Schema of a *.test.yaml file.
func ScenarioSchema() []byte { return document("Jornada scenario tests", describe(scenarioFields())) }

func document(title string, schema schemaObject) []byte {
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = title
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic("dsl: the schema tables hold a value that is not JSON: " + err.Error())
	}
	return append(out, '\n')
}

// doc writes the one-line description of a key in both languages.
func doc(en, pt string) diag.Text { return diag.Text{En: en, Pt: pt} }
