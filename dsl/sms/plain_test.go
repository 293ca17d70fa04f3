package sms

import (
	"strings"
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

func TestCheaper(t *testing.T) {
	long := "Olá, Ana! Confirmamos a sua sessão de fisioterapia amanhã às 14h30. Responda SIM ou NÃO." // 88 characters
	for name, c := range map[string]struct{ text, want string }{
		"two segments become one":           {long, "Ola, Ana! Confirmamos a sua sessao de fisioterapia amanha às 14h30. Responda SIM ou NAO."},
		"one segment stays as it is":        {"Até amanhã!", "Até amanhã!"},
		"an emoji keeps it":                 {long + " 😀", long + " 😀"},
		"it is in the alphabet already":     {strings.Repeat("é", 161), strings.Repeat("é", 161)},
		"letters and their accents, parted": {strings.Repeat("a\u0301", 71), strings.Repeat("a", 71)},
		"quotes and dashes":                 {strings.Repeat("“x” – ", 12), strings.Repeat(`"x" - `, 12)},
		"more segments":                     {strings.Repeat("…", 67), strings.Repeat("…", 67)},
		"nothing":                           {"", ""},
	} {
		if got := Cheaper(c.text); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
