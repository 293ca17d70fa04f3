package medium_test

import (
	"slices"
	"testing"

	"jornada/dsl/medium"
)

// TestTheTableIsSound: nothing in a row contradicts another.
func TestTheTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range medium.Table {
		t.Run(m.Name, func(t *testing.T) {
			switch {
			case seen[m.Name], m.Name == "", m.Title.IsZero(), m.Noun.IsZero():
				t.Error("a channel needs a name of its own, a title and a noun")
			case len(m.Addresses) == 0:
				t.Error("nobody can be reached without an address")
			case (m.Buttons > 0) != m.Taps:
				t.Error("who shows buttons gets taps, and nobody else")
			case m.ListRows > 0 && m.ListRows < m.Buttons:
				t.Error("a list holds at least as much as the buttons")
			case m.SectionTitle > 0 && m.ListRows == 0:
				t.Error("sections of a list, and no list")
			case (m.Caption > 0 || len(m.Bare) > 0 || m.Uploads) && !m.Media:
				t.Error("limits of media, and no media")
			case m.Approved && !m.Templates, m.Approved && m.Window == 0:
				t.Error("approved templates are templates, for a closed window")
			case m.Interactive > m.Text, m.Footer > m.Text, m.Caption > m.Text:
				t.Error("a part is longer than the whole")
			}
			seen[m.Name] = true
			for _, kind := range m.Addresses {
				if _, known := medium.KindNamed(kind); !known {
					t.Errorf("the address %q is not among Kinds", kind)
				}
			}
			if m.WritesFirst && slices.ContainsFunc(m.Addresses, func(name string) bool { k, _ := medium.KindNamed(name); return !k.Learned }) {
				t.Error("an address that other systems know does not wait for a first message")
			}
		})
	}
	if _, known := medium.Named("telex"); known || medium.Of("telex").Title.En != "telex" {
		t.Error("an unknown channel has only its name")
	}
}

func TestWords(t *testing.T) {
	if got := medium.OneOf([]string{"a", "b", "c"}); got.En != "a, b or c" || got.Pt != "a, b ou c" {
		t.Error(got)
	}
	if got := medium.OneOf([]string{"a"}); got.En != "a" {
		t.Error(got)
	}
	if got := medium.KindNames(); !slices.Equal(got[:2], []string{"phone", "email"}) {
		t.Errorf("kinds that people know come first: %v", got)
	}
}
