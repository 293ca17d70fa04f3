package sms

import "testing"

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
