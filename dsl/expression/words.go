package expression

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"jornada/dsl/diag"
)

// The names of things in messages: never those of the programming language.

var kindWords = map[Kind]diag.Text{
	String:   {En: "text", Pt: "texto"},
	Number:   {En: "number", Pt: "número"},
	Int:      {En: "number", Pt: "número"},
	Bool:     {En: "true/false", Pt: "verdadeiro/falso"},
	Time:     {En: "time", Pt: "horário"},
	Duration: {En: "duration", Pt: "duração"},
	List:     {En: "list", Pt: "lista"},
	Object:   {En: "object", Pt: "objeto"},
	Any:      {En: "value", Pt: "valor"},
	kindNil:  {En: "nothing (nil)", Pt: "nada (nil)"},
}

// Words names a type as people say it: "list of text". It never shows a type
// of the programming language.
func (t Type) Words() diag.Text {
	w := kindWords[t.Kind]
	if t.Kind == List && t.Elem != nil && t.Elem.Kind != Any {
		e := t.Elem.Words()
		return diag.Text{En: "list of " + e.En, Pt: "lista de " + e.Pt}
	}
	return w
}

// one is a type with its article, as it stands after "is": "a number".
func (t Type) one() diag.Text {
	w := t.Words()
	switch t.Kind {
	case Number, Int, Time:
		return diag.Text{En: "a " + w.En, Pt: "um " + w.Pt}
	case Object:
		return diag.Text{En: "an " + w.En, Pt: "um " + w.Pt}
	case List, Duration:
		return diag.Text{En: "a " + w.En, Pt: "uma " + w.Pt}
	}
	return w
}

// kindOf names a running value.
func kindOf(v any) Kind {
	switch v.(type) {
	case nil:
		return kindNil
	case string:
		return String
	case int:
		return Int
	case float64:
		return Number
	case bool:
		return Bool
	case time.Time:
		return Time
	case time.Duration:
		return Duration
	case []any, []string:
		return List
	case map[string]any:
		return Object
	}
	return Any
}

func nounEn(v any) string { return Type{Kind: kindOf(v)}.one().En }
func nounPt(v any) string { return Type{Kind: kindOf(v)}.one().Pt }

// machineTypes are the machine's names for values, as its messages spell them.
var machineTypes = map[string]Kind{
	"<nil>": kindNil, "nil": kindNil, "int": Int, "float64": Number, "string": String, "bool": Bool,
	"time.Time": Time, "time.Duration": Duration, "[]interface {}": List, "map[string]interface {}": Object,
}

var (
	operation = regexp.MustCompile(`^invalid operation: (.+?) (<|>|<=|>=|\+|-|\*|\*\*) (.+)$`)
	notABool  = regexp.MustCompile(`^interface conversion: interface (?:\{\} )?is (.+), not bool$`)
	negated   = regexp.MustCompile(`^invalid operation: - ?(.+)$`)
)

// machineSentence rewords what the virtual machine says; its own words, which
// speak of Go, never get out.
func machineSentence(m string) diag.Text {
	kind := func(name string) diag.Text {
		if w, ok := kindWords[machineTypes[name]]; ok {
			return w
		}
		return kindWords[Any]
	}
	if f := operation.FindStringSubmatch(m); f != nil {
		a, b := kind(f[1]), kind(f[3])
		return diag.Text{
			En: fmt.Sprintf("`%s` cannot be used between %s and %s", f[2], a.En, b.En),
			Pt: fmt.Sprintf("`%s` não pode ser usado entre %s e %s", f[2], a.Pt, b.Pt),
		}
	}
	if f := notABool.FindStringSubmatch(m); f != nil {
		k := kind(f[1])
		return diag.Text{
			En: fmt.Sprintf("a condition (true or false) is needed here, but this is %s", k.En),
			Pt: fmt.Sprintf("aqui precisa de uma condição (verdadeiro ou falso), mas isto é %s", k.Pt),
		}
	}
	if f := negated.FindStringSubmatch(m); f != nil {
		k := kind(f[1])
		return diag.Text{
			En: fmt.Sprintf("`-` cannot be used before %s", k.En),
			Pt: fmt.Sprintf("`-` não pode ser usado antes de %s", k.Pt),
		}
	}
	if strings.Contains(m, "memory budget") {
		return diag.T("this expression does too much work on this data", "esta expressão trabalha demais com estes dados")
	}
	return diag.T("this cannot be worked out with these values", "isto não pode ser calculado com estes valores")
}
