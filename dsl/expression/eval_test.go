package expression

import (
	"reflect"
	"testing"
	"time"
)

// evals are expressions that compile against clinic, and what they give on ana.
var evals = []struct {
	src  string
	want any
}{
	{`contact.first_name`, "Ana"},
	{`contact.visits > 2 and contact.score >= 4`, true},
	{`contact.visits == 3.0`, true},
	{`contact.visits + 1`, 4},
	{`contact.visits / 2`, 1.5},
	{`7 / 2 == 3.5`, true},
	{`7 % 4`, 3},
	{`2 ** 3`, 8.0},
	{`2 ^ 3`, 8.0},
	{`-contact.visits`, -3},
	{`"vip" in contact.tags`, true},
	{`"x" not in contact.tags`, true},
	{`contact.city in ["SP", "RJ"]`, false},
	{`not contact.opt_in.sms`, true},
	{`!contact.opt_in.sms && true`, true},
	{`contact.opt_in.whatsapp and not ("vip_private" in contact.tags)`, true},
	{`contact.opt_in.whatsapp or contact.opt_in.sms`, true},
	{`contact.city ?? "São Paulo"`, "São Paulo"},
	{`contact.city == nil`, true},
	{`contact.city != "SP"`, true},
	{`contact.address?.street ?? "sem rua"`, "sem rua"},
	{`contact.address.street ?? "sem rua"`, "sem rua"},
	{`has(contact.address.street)`, false},
	{`has(contact.tags)`, true},
	{`has(contact.last_nps) and contact.last_nps > 8`, false},
	{`not has(contact.last_nps) or contact.last_nps > 8`, true},
	{`has(contact.city) ? upper(contact.city) : "—"`, "—"},
	{`contact.last_nps != nil and contact.last_nps + 1 > 3`, false},
	{`contact.city == "Campinas" and contact.city startsWith "C"`, false},
	{`contact.first_name + " " + contact.id`, "Ana c1"},
	{`contact.first_name contains "n"`, true},
	{`contact.first_name startsWith "A" and contact.first_name endsWith "a"`, true},
	{`contact.phone matches "^\\+55"`, true},
	{`inputs.starts_at - hours(4)`, time.Date(2026, 3, 11, 13, 0, 0, 0, time.UTC)},
	{`hours(4) + inputs.starts_at`, time.Date(2026, 3, 11, 21, 0, 0, 0, time.UTC)},
	{`inputs.starts_at > now + hours(3)`, true},
	{`inputs.starts_at - now > days(1)`, true},
	{`inputs.starts_at - now`, 27*time.Hour + 30*time.Minute},
	{`inputs.starts_at == inputs.starts_at`, true},
	{`days(1) == hours(24)`, true},
	{`minutes(1.5)`, 90 * time.Second},
	{`inputs.length * 2`, time.Hour},
	{`hours(1) - minutes(20)`, 40 * time.Minute},
	{`format(inputs.starts_at, 'dd/MM HH:mm')`, "11/03 14:00"},
	{`format(inputs.starts_at, "EEEE, d 'de' MMMM 'de' yyyy")`, "quarta-feira, 11 de março de 2026"},
	{`format(inputs.starts_at, "EEE dd MMM yy H:mm:ss")`, "qua 11 mar 26 14:00:00"},
	{`weekday(now)`, "tue"},
	{`weekday(now) in ["sat", "sun"]`, false},
	{`in_schedule(now, "business_hours")`, true},
	{`money(1234.5)`, "R$ 1.234,50"},
	{`money(contact.score)`, "R$ 4,50"},
	{`money(-0.005)`, "-R$ 0,01"},
	{`money(1.005)`, "R$ 1,01"},
	{`money(0)`, "R$ 0,00"},
	{`money(1000000)`, "R$ 1.000.000,00"},
	{`bucket("c1", 100)`, 55},
	{`bucket(contact.id, 10000) < 10000`, true},
	{`replace("a-b-c", "-", "+")`, "a+b+c"},
	{`replace("abc", "", "x")`, "abc"},
	{`join(inputs.items)`, "vela, sabonete"},
	{`join(inputs.items, " e ")`, "vela e sabonete"},
	{`split("a,b,c", ",")`, []any{"a", "b", "c"}},
	{`len(split("a,b,c", ","))`, 3},
	{`len("ação")`, 4},
	{`len(inputs.items)`, 2},
	{`count(inputs.items)`, 2},
	{`count(inputs.items, # startsWith "v")`, 1},
	{`any(inputs.items, # == "vela")`, true},
	{`all(inputs.items, len(#) > 3)`, true},
	{`none(inputs.items, # == "x")`, true},
	{`one(inputs.items, # == "vela")`, true},
	{`filter(inputs.items, # != "vela")`, []any{"sabonete"}},
	{`filter(inputs.items, # != "vela")[0]`, "sabonete"},
	{`inputs.items[-1]`, "sabonete"},
	{`map(inputs.lines, .name)`, []any{"vela", "sabonete"}},
	{`map(inputs.lines, #.price * 2)`, []any{21.0, 8.0}},
	{`sum(inputs.lines, .price)`, 14.5},
	{`sum(map(inputs.lines, .price))`, 14.5},
	{`sum([1, 2, 3])`, 6},
	{`find(inputs.lines, .gift)?.name ?? "nenhum"`, "sabonete"},
	{`first(inputs.lines).name`, "vela"},
	{`last(inputs.items)`, "sabonete"},
	{`any(inputs.lines, .note == "azul")`, true},
	{`any(inputs.lines, (.note ?? "") contains "zu")`, true},
	{`inputs.items | filter(# != "vela") | count()`, 1},
	{`lower("ÁRVORE") + upper("é") + trim("  x ")`, "árvoreÉx"},
	{`abs(-3) + abs(-1.5)`, 4.5},
	{`round(2.5) + floor(2.9) + ceil(2.1)`, 8},
	{`min(3, 1, 2)`, 1},
	{`max([3, 1.5])`, 3},
	{`int("42") + int(3.9)`, 45},
	{`float("4.5")`, 4.5},
	{`string(3.0) + string(true) + string(contact.visits)`, "3true3"},
	{`string(now)`, "10/03/2026 10:30"},
	{`steps.api.body.ok`, true},
	{`steps.api.body.n == 7`, true},
	{`steps.api.body.n % 4`, 3},
	{`7 in [1, steps.api.body.n]`, true},
	{`steps.api.body.missing ?? "—"`, "—"},
	{`sum(steps.api.body.list)`, 3.0},
	{`steps.api.body.list[1] + 1`, 3.0},
	{`steps.rate.outcome == 'satisfied' ? 'BF20' : 'FRETE0'`, "BF20"},
	{`window.whatsapp.closes_at ?? now`, time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)},
	{`(contact.last_nps ?? 0) >= 9`, false},
	{`contact["first_name"]`, "Ana"},
	{`journey.id == "confirm" && journey.version >= 2`, true},
	{`nil`, nil},
}

func TestEval(t *testing.T) {
	env, scope := clinic(), ana()
	for _, c := range evals {
		p, problems := Compile(c.src, nil, env, Type{})
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.src, problems)
			continue
		}
		got, err := p.Eval(scope)
		if err != nil || !equalValues(got, c.want) {
			t.Errorf("%s = %#v, %v; want %#v", c.src, got, err, c.want)
		}
		if !kindFits(p.Type(), got) {
			t.Errorf("%s has type %s but gave %#v", c.src, p.Type(), got)
		}
		loaded, err := Load(c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if again, err := loaded.Eval(scope); err != nil || !equalValues(again, got) {
			t.Errorf("%s: typed %#v, loaded %#v (%v)", c.src, got, again, err)
		}
	}
}

func equalValues(a, b any) bool {
	x, ok := a.(time.Time)
	y, ok2 := b.(time.Time)
	if ok && ok2 {
		return x.Equal(y)
	}
	return reflect.DeepEqual(a, b)
}

// kindFits reports whether a value is of the promised type.
func kindFits(t Type, v any) bool {
	switch {
	case v == nil:
		return t.Optional || t.Kind == Any
	case t.Kind == Any:
		return true
	case t.Kind == Number:
		return kindOf(v) == Number || kindOf(v) == Int
	}
	return t.Kind == kindOf(v)
}
