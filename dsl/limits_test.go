package dsl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Files made to hurt are refused before they can.
func TestBombs(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString("a: &a [x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c < 'k'; c++ {
		laughs.WriteString(fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 8), c-1))
	}
	for name, bomb := range map[string]string{
		"too many bytes": strings.Repeat("x", maxFileBytes+1),
		"brackets":       strings.Repeat("[", 400_000),
		"braces":         strings.Repeat("{a: ", 100_000),
		"dashes":         strings.Repeat("- ", 200_000),
		"aliases":        laughs.String(),
	} {
		start := time.Now()
		_, list := Parse(File{"bomb.journey.yaml", []byte(bomb)})
		// Milliseconds, on an idle machine; without the guard, minutes. The bound
		// leaves room for a busy machine and for the race detector.
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: refused only after %v", name, took)
		}
		if !list.HasErrors() {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkBomb(b *testing.B) {
	bomb := File{"bomb.journey.yaml", []byte(strings.Repeat("[", 400_000))}
	for b.Loop() {
		_, _ = Parse(bomb)
	}
}

func TestStepLimit(t *testing.T) {
	_, list := Parse(File{"many.journey.yaml", []byte(manySteps(maxSteps + 50))})
	if len(list) != 1 || list[0].Code != "J0001" {
		t.Errorf("got %v, want one J0001", list)
	}
}

// manySteps is a journey of n steps with questions, conditions and branches.
func manySteps(n int) string {
	var b strings.Builder
	b.WriteString("dsl: 1\njourney: many\ncategory: utility\ntimezone: UTC\nvars: {n: 0}\ntriggers: [{api: true}]\nsteps:\n")
	for i := 0; i < n; i += 4 {
		fmt.Fprintf(&b, "  - {id: s%d, if: contact.visits > %d and contact.opt_in.sms, send: {sms: {text: \"Oi {{ contact.first_name }}\"}}}\n", i, i)
		fmt.Fprintf(&b, "  - id: s%d\n    ask: {whatsapp: {template: nps_question, params: {name: \"{{ contact.first_name }}\"}}, scale: nps, timeout: 1d}\n", i+1)
		fmt.Fprintf(&b, "    branches:\n      detractor: [{id: s%d, set: {n: \"{{ vars.n + steps.s%d.score }}\"}}]\n      otherwise: []\n", i+2, i+1)
		fmt.Fprintf(&b, "  - {id: s%d, wait: {for: 1h}}\n", i+3)
	}
	return b.String()
}

func benchmarkCheck(b *testing.B, steps int) {
	ws, _ := ParseWorkspace(readFolder(b, "testdata/ok"))
	f := File{"many.journey.yaml", []byte(manySteps(steps))}
	b.ReportAllocs()
	for b.Loop() {
		j, list := Parse(f)
		if list = append(list, Check(j, ws)...); list.HasErrors() {
			b.Fatal(list)
		}
	}
}

func BenchmarkCheck50(b *testing.B)   { benchmarkCheck(b, 48) }
func BenchmarkCheck1000(b *testing.B) { benchmarkCheck(b, 1000) }

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "24h": 24 * time.Hour, "2d": 48 * time.Hour, "1w": 168 * time.Hour, "1h30m": 90 * time.Minute,
		"-24h": -24 * time.Hour, "30s": 30 * time.Second, "1w2d": 216 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got.Std() != want {
			t.Errorf("%s = %v, %v", text, got.Std(), err)
		}
	}
	for _, text := range []string{"", "-", "5", "1.5h", "30m1h", "1h 30m", "h", "1y", "999999w", "99999999h", "1D"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got.Std())
		}
	}
}

// The schema knows every key of the tables and is valid JSON.
func TestSchema(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	step := schema["$defs"].(map[string]any)["step"].(map[string]any)
	for _, verb := range verbNames() {
		if _, ok := step["properties"].(map[string]any)[verb]; !ok {
			t.Errorf("the schema does not know `%s`", verb)
		}
	}
	if len(verbTable) != 15 || len(step["oneOf"].([]any)) != 15 {
		t.Error("there are 15 verbs")
	}
	if !bytes.Equal(Schema(), Schema()) {
		t.Error("the schema changes from run to run")
	}
}
