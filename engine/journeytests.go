package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"jornada/dsl"
)

// Fingerprint tells texts apart: the beginning of a SHA-256, in hexadecimal. It is
// the ETag of drafts and tests, too.
func Fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// JourneyTests are the scenario tests of a journey. People save some in the editor,
// and a folder under git sends others: neither side loses what it wrote.
type JourneyTests struct {
	Saved  string // what the editor shows and changes, "" = none
	Live   string // what went live with the journey: what `jornada pull` writes
	Base   string // of what folders sent, the last text that Saved includes
	Behind bool   // a folder sent a text that Saved does not include yet
}

// Send takes the tests that a folder was published with. They go live, and become
// the saved ones too, unless that would lose something: a change that was never
// published, or a case that the folder does not have.
func (t *JourneyTests) Send(text string) {
	published := t.Saved == t.Live
	t.Live = text
	if text == t.Base && !t.Behind {
		return // the folder says nothing new
	}
	if t.Saved == "" || t.Saved == t.Base || t.Saved == text || published && holdsAllCases(text, t.Saved) {
		t.Saved = text
		t.Include()
		return
	}
	t.Behind = true
}

// Release lets the saved tests go live with the journey, except while a folder's
// wait to be included: they would be lost to the next pull.
func (t *JourneyTests) Release() {
	if !t.Behind {
		t.Live = t.Saved
	}
}

// Include notes that the saved tests now have what the folder sent last.
func (t *JourneyTests) Include() { t.Base, t.Behind = t.Live, false }

// holdsAllCases reports whether every case of an older text is, by its name, in a
// newer one.
func holdsAllCases(newer, older string) bool {
	names := func(text string) []string {
		_, cases := dsl.ScenarioNames(dsl.File{Content: []byte(text)})
		return cases
	}
	have := names(newer)
	return !slices.ContainsFunc(names(older), func(name string) bool { return !slices.Contains(have, name) })
}
