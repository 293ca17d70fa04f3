package expression

import (
	"maps"

	"jornada/dsl/diag"
)

// EnvOptions are facts about the place of an expression that are not types.
type EnvOptions struct {
	// Schedules are the names in_schedule() may use; nil allows any.
	Schedules []string
	// Explain says why a root that does not exist here does not, for example
	// "event" -> "`event` can be read only in `where` and `with`".
	Explain map[string]diag.Text
}

// Env is what an expression may name, with types. It is immutable and safe for
// concurrent use; a journey needs one, plus one With per place that sees more
// (`event` in where, `loop` in repeat, `secrets` in call). Making one costs no
// conversion, however many steps the journey has.
type Env struct {
	roots Fields
	opts  EnvOptions
	known map[string]bool
}

// NewEnv makes the environment of these roots. `now` is always there. An
// object type with no fields has none: use the kind Any for data without a
// schema.
func NewEnv(roots Fields, o EnvOptions) *Env {
	return &Env{roots: roots, opts: o}
}

// With returns an environment that has these roots too; e is not changed.
func (e *Env) With(roots Fields) *Env {
	all := make(Fields, len(e.roots)+len(roots))
	maps.Copy(all, e.roots)
	maps.Copy(all, roots)
	return &Env{roots: all, opts: e.opts, known: e.known}
}

// Assuming returns an environment in which these dotted paths have a value,
// because a condition that holds here proves it (see Program.Proves): inside a
// step with `if: has(contact.city)`, contact.city may be used directly.
func (e *Env) Assuming(paths ...string) *Env {
	known := make(map[string]bool, len(e.known)+len(paths))
	maps.Copy(known, e.known)
	for _, p := range paths {
		known[p] = true
	}
	return &Env{roots: e.roots, opts: e.opts, known: known}
}

func (e *Env) root(name string) (Type, bool) {
	if name == "now" {
		return Type{Kind: Time}, true
	}
	if e == nil {
		return Type{}, false
	}
	t, ok := e.roots[name]
	return t, ok
}

func (e *Env) names() []string {
	all := Fields{"now": {Kind: Time}}
	if e != nil {
		maps.Copy(all, e.roots)
	}
	return all.names()
}
