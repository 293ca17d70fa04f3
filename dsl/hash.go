package dsl

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"

	"jornada/dsl/expression"
)

// seal computes the plan's identity. The flow is the graph and everything that
// decides: expressions, parameters, types, times. The copy is what people read:
// texts with a translation path, translations, and the templates' own words.
// Comments, labels, positions and a template's status are neither.
//
// Canonical JSON is what encoding/json writes: struct fields in order, map keys
// sorted.
func (p *Plan) seal(contactFields map[string]bool) {
	var flow Plan
	if err := json.Unmarshal(mustJSON(p), &flow); err != nil {
		panic(fmt.Sprintf("dsl: reading back a plan: %v", err))
	}
	words := map[string]any{"translations": flow.Translations}
	flow.Name, flow.Translations = "", nil
	flow.FlowHash, flow.CopyHash, flow.Hash = "", "", ""
	contact := expression.Fields{}
	for name, t := range flow.Contact {
		switch {
		case !contactFields[name]:
		case name == "opt_in":
			contact[name] = sealedOptIn
		default:
			contact[name] = t
		}
	}
	flow.Contact = contact
	for key, t := range flow.Templates {
		words[key] = []string{t.Body, t.Subject, t.Markdown}
		t.Body, t.Subject, t.Markdown, t.Status = "", "", "", ""
		flow.Templates[key] = t
	}
	for _, n := range flow.Nodes {
		n.Name, n.Line = "", 0
		if n.Call != nil {
			n.Call.Body = withoutPlaces(n.Call.Body)
		}
	}
	visitSources(reflect.ValueOf(&flow), func(e *Expr) {
		e.Line, e.Column = 0, 0
	}, func(t *Text) {
		t.Line, t.Column = 0, 0
		if t.Path != "" {
			words["text "+t.Path] = t.Source
			t.Source, t.Reads = "", nil
		}
	})
	flowJSON, copyJSON := mustJSON(&flow), mustJSON(words)
	p.FlowHash, p.CopyHash = digest(flowJSON), digest(copyJSON)
	p.Hash = digest([]byte(p.FlowHash + "\n" + p.CopyHash))
}

// sealedOptIn stands for the type of `opt_in`, which is the language's and not the
// journey's: a channel that the language learns makes no new version of anything.
var sealedOptIn = object(expression.Fields{
	"email": {Kind: expression.Bool}, "sms": {Kind: expression.Bool}, "whatsapp": {Kind: expression.Bool},
})

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("dsl: a plan holds a value that is not JSON: %v", err))
	}
	return b
}

// withoutPlaces drops line and column of the texts in a request body.
func withoutPlaces(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if text, ok := v["$text"].(map[string]any); ok {
			delete(text, "line")
			delete(text, "column")
		}
		for key, item := range v {
			v[key] = withoutPlaces(item)
		}
	case []any:
		for i, item := range v {
			v[i] = withoutPlaces(item)
		}
	}
	return v
}

var (
	exprType = reflect.TypeFor[Expr]()
	textType = reflect.TypeFor[Text]()
)

// visitSources finds every expression and text of a plan, so that a new field
// of the plan cannot be forgotten here.
func visitSources(v reflect.Value, expr func(*Expr), text func(*Text)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		switch v.Type().Elem() {
		case exprType:
			expr(v.Interface().(*Expr))
		case textType:
			text(v.Interface().(*Text))
		default:
			visitSources(v.Elem(), expr, text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			visitSources(v.Field(i), expr, text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visitSources(v.Index(i), expr, text)
		}
	case reflect.Map:
		for iter := v.MapRange(); iter.Next(); {
			visitSources(iter.Value(), expr, text)
		}
	}
}
