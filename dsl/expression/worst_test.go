package expression

import (
	"errors"
	"strings"
	"testing"
)

// hostile is the largest and worst data an expression may meet: long texts that
// differ in their last character, full lists of them, and a list that is too long.
func hostile() *Scope {
	const long = 1 << 20
	big := strings.Repeat("aá", 4000)
	list, near, numbers := make([]any, maxList), make([]any, maxList), make([]any, maxList)
	for i := range list {
		list[i], numbers[i] = big, float64(i)
		near[i] = strings.Repeat("a", 8000) + string(rune('a'+i%26)) + string(rune('a'+i/26%26))
	}
	return &Scope{Roots: map[string]any{"x": map[string]any{
		"big": big, "l": list, "same": append([]any{}, list...), "near": near, "n": numbers, "huge": make([]any, maxList+1),
		"text": strings.Repeat("a", long), "other": strings.Repeat("a", long-1) + "b",
	}}}
}

// again writes a part of an expression many times.
func again(part string, times int, end string) string { return strings.Repeat(part, times) + end }

// worst are the most expensive expressions we could think of on that data, and
// whether they must be refused for the work they would be.
var worst = []struct {
	source  string
	refused bool
}{
	{`len(` + again(`x.big + `, 30, `x.big)`), true},
	{`len(join(map(x.l, # + #)))`, true},
	{`len(map(x.l, ` + again(`# + `, 60, `#))`), true},
	{`count(x.l, ` + again(`# in x.l or `, 12, `false)`), false},
	{`count(x.near, # in x.near)`, true},
	{`count(x.near, ` + again(`# in x.near and `, 12, `true)`), true},
	{`count(x.n, ` + again(`-1 in x.n or `, 12, `false)`), true},
	{`count(x.n, x.text in x.near)`, true},
	{`count(x.n, x.big in x.l)`, false},
	{`count(x.n, ` + again(`x.text == x.other or `, 9, `false)`), true},
	{`count(x.n, ` + again(`x.text < x.other and `, 9, `true)`), true},
	{`count(x.n, ` + again(`x.l == x.same and `, 9, `true)`), true},
	{`count(x.n, ` + again(`x == x and `, 9, `true)`), false},
	{`count(x.l, ` + again(`# matches "(a|á|aa)*b" or `, 12, `false)`), true},
	{`count(x.l, # matches "` + again(`(a|á)?`, 24, `b")`), true},
	{`count(x.l, # matches "(` + again(`a|`, 90, `á)*c")`), true},
	{`count(x.l, # matches "(a?){90}(á|a)*c")`, true},
	{`count(x.l, # matches "` + again(`.*`, 90, `c")`), true},
	{`count(x.l, # matches "(.{0,9}){9}c")`, true},
	{`x.text matches "(a|b|ab)*c"`, true},
	{`count(x.l, ` + again(`# contains "b" or `, 12, `false)`), true},
	{`len(replace(replace(replace(x.big, "", x.big), "a", x.big), "a", x.big))`, true},
	{`len(replace(x.big, "a", x.big))`, true},
	{`len(join(map(x.l, join(x.l))))`, true},
	{`len(map(x.l, split(#, "")))`, true},
	{`len(map(x.l, upper(lower(upper(lower(#))))))`, true},
	{`sum(map(x.n, len(x.text)))`, true},
	{`count(x.n, bucket(x.text, 100) == 1)`, true},
	{`count(x.n, ` + again(`max(x.n) > 1 and `, 9, `true)`), true},
	{`count(x.n, ` + again(`sum(x.n) > 1 and `, 9, `true)`), true},
	{`count(x.n, ` + again(`len(join(x.n)) > 1 and `, 9, `true)`), true},
	{`count(x.n, ` + again(`format(now, "MMMM") != "" and `, 9, `true)`), false},
	{`count(x.n, ` + again(`money(#) != "" and `, 9, `true)`), false},
	{`x.text + x.text`, true},
	{`upper(x.text)`, true},
	{`split(x.text, "")`, true},
	{`join(x.huge)`, true},
	{`any(x.huge, true)`, true},
	{`x.huge`, true},
	{`1 in x.huge`, true},
	{`x.huge[0]`, true},
	{`count(x.n, # ** # ** # > 1)`, false},
	{`map(x.n, x.n)`, false},
	{`string(map(x.n, x.n))`, true},
	{`format(now, "` + again("MMMM ", 150, `")`), false},
	{`format(now, "` + again("d", 800, `")`), false},
}

// What passes the fence is bounded on any data it meets: everything that could
// be much is counted before it is done, and refused when it is too much. The
// bound is on work, so it holds on any machine; BenchmarkWorst says what the most
// of it costs (some 20 ms).
func TestWorstEvaluationsAreBounded(t *testing.T) {
	scope := hostile()
	for _, c := range worst {
		p, err := Load(c.source)
		if err != nil {
			t.Errorf("%s: %v", clip(c.source), err)
			continue
		}
		out, work, err := p.eval(scope)
		if (err != nil) != c.refused {
			t.Errorf("%s: %v, want refused: %v", clip(c.source), err, c.refused)
		}
		if err == nil && work > maxWork {
			t.Errorf("%s did %d units of work, the limit is %d", clip(c.source), work, maxWork)
		}
		if s, ok := out.(string); ok && len(s) > maxOutput {
			t.Errorf("%s gave %d bytes", clip(c.source), len(s))
		}
		if e, ok := errors.AsType[*EvalError](err); err != nil && (!ok || e.Text.IsZero() || strings.ContainsAny(e.Text.En, "{}\n")) {
			t.Errorf("%s: %v", clip(c.source), err)
		}
		// Memory is a bound of its own: a refused text must not have been made first.
		const most = 250_000
		if n := testing.AllocsPerRun(1, func() { _, _ = p.Eval(scope) }); n > most {
			t.Errorf("%s: %.0f allocations", clip(c.source), n)
		}
	}
}

func BenchmarkWorst(b *testing.B) {
	scope := hostile()
	for _, c := range worst {
		p, err := Load(c.source)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(clip(c.source), func(b *testing.B) {
			for b.Loop() {
				_, _ = p.Eval(scope)
			}
		})
	}
}
