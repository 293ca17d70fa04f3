package sms

import (
	"encoding/json"
	"os"
	"testing"
)

func TestPlain(t *testing.T) {
	for r, want := range map[rune]string{'a': "a", 'é': "é", 'à': "à", 'á': "a", 'ã': "a", 'ç': "c", 'Ç': "Ç", 'Õ': "O", 'ê': "e", '’': "'", '“': `"`, '…': "...", '–': "-", '\u00a0': " ", 'º': "o", '½': "", '好': "", '😀': ""} {
		got, ok := Plain(r)
		if got != want || ok != (want != "") {
			t.Errorf("%c is %q, %v", r, got, ok)
		}
		for _, c := range got {
			if s := Measure(string(c)); len(s.Outside) > 0 {
				t.Errorf("%c becomes %q, which is outside the alphabet", r, got)
			}
		}
	}
	if got, ok := Plain('\u200b'); got != "" || !ok {
		t.Errorf("what has no width is left out, not %q", got)
	}
}

// The pages count by the same cases while somebody types.
func TestCheaper(t *testing.T) {
	text, err := os.ReadFile("testdata/cheaper.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Name, Text, Cheaper string }
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) < 10 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for _, c := range cases {
		if got := Cheaper(c.Text); got != c.Cheaper {
			t.Errorf("%s: %q", c.Name, got)
		}
	}
}
