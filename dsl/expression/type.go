package expression

// Kind is the shape of a value in the journey language.
type Kind string

// The kinds of the language. Number is a 64-bit float, Int a 64-bit integer;
// Any is what a `call` returned without a declared type.
const (
	String   Kind = "string"
	Number   Kind = "number"
	Int      Kind = "int"
	Bool     Kind = "bool"
	Time     Kind = "time"
	Duration Kind = "duration"
	List     Kind = "list"
	Object   Kind = "object"
	Any      Kind = "any"
)

// Type is a type of the journey language: `string`, `number?`, `list<string>`,
// `{name: string, map_url: string?}`. It is plain JSON, because it travels in
// the plan.
type Type struct {
	Kind     Kind   `json:"kind"`
	Optional bool   `json:"optional,omitempty"` // written `?`: may be missing
	PII      bool   `json:"pii,omitempty"`      // personal: kept out of URLs, keys and logs
	Elem     *Type  `json:"elem,omitempty"`     // of a List
	Fields   Fields `json:"fields,omitempty"`   // of an Object
}

// Fields are the named members of an object type.
type Fields map[string]Type
