package expression

import (
	"errors"
	"time"

	"jornada/dsl/diag"
)

// Scope is what an expression sees when it runs: plain data only.
type Scope struct {
	Roots      map[string]any // contact, inputs, vars, steps, trigger, window, journey, event, loop, secrets
	Now        time.Time
	Zone       *time.Location // of format() and weekday()
	Locale     string         // of money()
	InSchedule func(t time.Time, name string) (bool, error)
}

// EnvOptions are the facts about a place that are not types.
type EnvOptions struct {
	Schedules []string             // names in_schedule() may use; nil = any name
	Explain   map[string]diag.Text // help for a root that does not exist here: "event" -> "only in where and with"
}

// Env is the names an expression may use, with their types.
type Env struct {
	roots Fields
	opts  EnvOptions
}

// NewEnv makes an environment; `now` is always there.
func NewEnv(roots Fields, o EnvOptions) *Env { return &Env{roots, o} }

// With adds roots.
func (e *Env) With(roots Fields) *Env { return e }

var errSkeleton = errors.New("not built yet")

// Program is a compiled expression.
type Program struct{}

// Compile checks and compiles one expression.
func Compile(src string, at diag.Locator, env *Env, want Type) (*Program, diag.List) {
	return &Program{}, nil
}

// CompileText checks and compiles content.
func CompileText(src string, at diag.Locator, env *Env, want Type) (*Template, diag.List) {
	return &Template{}, nil
}

// Load compiles a published expression.
func Load(src string) (*Program, error) { return nil, errSkeleton }

// LoadText compiles published content.
func LoadText(src string) (*Template, error) { return nil, errSkeleton }

// Ref is one name read: "steps.rate.score", with where it stands in the source.
type Ref struct {
	Path     []string
	Spans    [][2]int // of every part of Path, in characters
	From, To int
	Guarded  bool // read with `?.`, inside has() or left of `??`: may be missing
}

// Eval runs the program.
func (p *Program) Eval(s *Scope) (any, error) { return nil, errSkeleton }

// Bool runs a condition.
func (p *Program) Bool(s *Scope) (bool, error) { return false, errSkeleton }

// Reads are the roots read, sorted.
func (p *Program) Reads() []string { return nil }

// Paths are the dotted paths read, sorted.
func (p *Program) Paths() []string { return nil }

// Refs are all reads in source order.
func (p *Program) Refs() []Ref { return nil }

// Type is the type of the result.
func (p *Program) Type() Type { return Type{} }

// Part is a literal or an expression of a template.
type Part struct {
	Literal  string
	Program  *Program // nil for a literal
	From, To int      // characters of the text; of an expression, without the braces
}

// Template is compiled content.
type Template struct{}

// Render keeps the type of exactly one expression.
func (t *Template) Render(s *Scope) (any, error) { return nil, errSkeleton }

// RenderText writes text.
func (t *Template) RenderText(s *Scope) (string, error) { return "", errSkeleton }

// Reads are the roots read, sorted.
func (t *Template) Reads() []string { return nil }

// Paths are the dotted paths read, sorted.
func (t *Template) Paths() []string { return nil }

// Refs are all reads in source order, offsets in the text.
func (t *Template) Refs() []Ref { return nil }

// Type is the type of the value.
func (t *Template) Type() Type { return Type{} }

// Parts are the pieces.
func (t *Template) Parts() []Part { return nil }

// Function documents one function of the language.
type Function struct {
	Name, Signature, Example string
	Summary                  diag.Text
}

// Functions lists them, sorted by name.
func Functions() []Function { return nil }

// TypeError is a type that cannot be read.
type TypeError struct{ Text diag.Text }

func (e *TypeError) Error() string { return e.Text.En }

// ParseType reads "list<string>?".
func ParseType(src string) (Type, error) { return Type{}, errSkeleton }

func (t Type) String() string { return string(t.Kind) }

// CoerceError is a value that does not fit.
type CoerceError struct {
	Path    string
	Text    diag.Text
	Unknown bool
}

func (e *CoerceError) Error() string { return e.Text.En }

// Coerce turns data into the typed value.
func (t Type) Coerce(v any) (any, *CoerceError) { return t.CoerceIn(v, time.UTC) }

// CoerceIn is Coerce with a zone for local times.
func (t Type) CoerceIn(v any, zone *time.Location) (any, *CoerceError) { return v, nil }

// Coerce fits a whole record.
func (f Fields) Coerce(v map[string]any, zone *time.Location) (map[string]any, []*CoerceError) {
	return v, nil
}
