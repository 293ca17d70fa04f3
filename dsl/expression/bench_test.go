package expression

import (
	"fmt"
	"testing"

	"github.com/expr-lang/expr"
	exprtypes "github.com/expr-lang/expr/types"
)

var benchSources = map[string]string{
	"field":     `contact.first_name`,
	"compare":   `contact.visits > 3 and contact.score >= 10`,
	"in":        `"vip" in contact.tags`,
	"any":       `any(contact.tags, # == "vip")`,
	"audience":  `contact.opt_in.whatsapp and not ("vip_private" in contact.tags)`,
	"deadline":  `inputs.starts_at - hours(4)`,
	"formatted": `format(inputs.starts_at, "dd/MM HH:mm")`,
}

func BenchmarkCompile(b *testing.B) {
	for name, src := range benchSources {
		b.Run(name, func(b *testing.B) {
			env := clinic()
			b.ReportAllocs()
			for b.Loop() {
				if _, problems := Compile(src, nil, env, Type{}); len(problems) > 0 {
					b.Fatal(problems)
				}
			}
		})
	}
}

// BenchmarkCompileManySteps is a journey of 1,000 steps: the environment must
// not be converted per expression. Beside it, what plain expr.Compile takes.
func BenchmarkCompileManySteps(b *testing.B) {
	steps := Fields{}
	plain := exprtypes.Map{}
	for i := range 1000 {
		id := fmt.Sprintf("step_%d", i)
		steps[id] = object("outcome", "string", "at", "time")
		plain[id] = exprtypes.Map{"outcome": exprtypes.String, "at": exprtypes.Any}
	}
	const src = `steps.step_500.outcome == "done"`
	b.Run("ours", func(b *testing.B) {
		env := NewEnv(Fields{"steps": {Kind: Object, Fields: steps}}, EnvOptions{})
		b.ReportAllocs()
		for b.Loop() {
			if _, problems := Compile(src, nil, env, Type{Kind: Bool}); len(problems) > 0 {
				b.Fatal(problems)
			}
		}
	})
	b.Run("plain expr.Compile", func(b *testing.B) {
		env := exprtypes.Map{"steps": plain}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := expr.Compile(src, expr.Env(env), expr.AsBool()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEval(b *testing.B) {
	for name, src := range benchSources {
		b.Run(name, func(b *testing.B) {
			p, err := Load(src)
			if err != nil {
				b.Fatal(err)
			}
			scope := ana()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLoadCached(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(`contact.visits > 3`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRenderText(b *testing.B) {
	text, err := LoadText(`Consulta {{ format(inputs.starts_at, 'dd/MM HH:mm') }}, {{ contact.first_name }}. Responda 1 confirmar, 2 remarcar`)
	if err != nil {
		b.Fatal(err)
	}
	scope := ana()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := text.RenderText(scope); err != nil {
			b.Fatal(err)
		}
	}
}
