package dsl

import (
	"encoding/json"
	"maps"

	"jornada/dsl/diag"
)

// shape is the JSON Schema of a value. It is a function, because mappings of
// steps contain themselves.
type shape func() any

type schemaObject = map[string]any

func constShape(s schemaObject) shape { return func() any { return s } }

var (
	textShape     = constShape(schemaObject{"type": []string{"string", "number", "boolean"}})
	exprShape     = constShape(schemaObject{"type": []string{"string", "number", "boolean"}, "description": "An expression, without {{ }}."})
	idShape       = constShape(schemaObject{"type": "string", "pattern": idPattern.String()})
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

func oneOfShapes(shapes ...shape) shape {
	return func() any {
		list := make([]any, len(shapes))
		for i, s := range shapes {
			list[i] = s()
		}
		return schemaObject{"anyOf": list}
	}
}

func objectShape[T any](fields []field[T]) shape {
	return func() any { return describe(fields) }
}

// describe turns a key table into a closed JSON Schema object.
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
		object["required"] = required
	}
	return object
}

// Schema is the JSON Schema (2020-12) of a journey file, made from the tables
// the parser reads with. Editors use it for completion; the checker says more.
func Schema() []byte {
	schema := describe(journeyFields)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Jornada journey, language version 1"
	step := describe(stepFields)
	var verbs []any
	for _, v := range verbTable {
		verbs = append(verbs, schemaObject{"required": []string{v.name}})
	}
	step["oneOf"] = verbs
	schema["$defs"] = schemaObject{"step": step}
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic("dsl: the schema tables hold a value that is not JSON: " + err.Error())
	}
	return append(out, '\n')
}

// doc writes the one-line description of a key in both languages.
func doc(en, pt string) diag.Text { return diag.Text{En: en, Pt: pt} }
