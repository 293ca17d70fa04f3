// Package expression is the expression language of journeys: what stands in
// `if`, `where`, `until` and the other fields that decide, and between the
// `{{ }}` of content.
//
//	audience: contact.opt_in.whatsapp and not ("vip_private" in contact.tags)
//	deadline: inputs.starts_at - hours(4)
//	text: "Oi {{ contact.first_name }}, até {{ format(inputs.starts_at, 'dd/MM HH:mm') }}"
//
// An expression is checked against an [Env], the names it may use with their
// types, and runs on a [Scope], the values. Checking finds every mistake at
// once, in the author's words and at the exact characters:
//
//	env := expression.NewEnv(expression.Fields{"contact": contact}, expression.EnvOptions{})
//	program, problems := expression.Compile(`contact.citi == "Campinas"`, at, env, expression.Type{Kind: expression.Bool})
//
//	error[J0301] nps.journey.yaml:8:11: `contact` has no field `citi`
//	8 | contact.citi == "Campinas"
//	  |         ^^^^ did you mean `city`?
//
// A value that may be missing (`city: string?`) must be met with `??`, a
// comparison by `==`, `has()` or `?.`; what a condition proves counts, so
// `has(contact.city) and contact.city startsWith "C"` is fine.
//
// # Running
//
// A published journey is run with [Load] and [LoadText], which need no types
// and keep compiled programs in a bounded cache. A program with types and one
// without are the same program. Evaluation is deterministic: `now`, the zone
// and the locale come from the scope, nothing reads a clock or depends on the
// order of a map. An error is an [EvalError], a sentence with its place; it
// never quotes values, which may be personal.
//
// # The fence
//
// Expressions are text of strangers. They are refused before parsing when they
// are too long, too deep or use what is banned (J0306, J0310), list tests do
// not nest (J0314), and every text and list an evaluation makes or walks is
// counted against a limit. A hostile expression costs less than 10 ms to
// refuse, and one that passes cannot hang the process or exhaust its memory.
//
// # Diagnostics
//
//	J0300  cannot be read             J0310  not part of the language
//	J0301  unknown name or function   J0311  optional value used as if always there
//	J0302  kinds do not fit           J0312  computed field
//	J0303  not what the field needs   J0313  method call
//	J0304  {{ }} in an expression     J0314  list test inside a list test
//	J0305  {{ never closed            J0404  unknown schedule in in_schedule()
//	J0306  too long or too deep
//
// The parser and the virtual machine are those of github.com/expr-lang/expr;
// backend.go is the only file that knows it.
package expression
