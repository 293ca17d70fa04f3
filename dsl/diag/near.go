package diag

import "strings"

// maxCandidates is how many candidates Near looks at: as many steps as a journey
// may have.
const maxCandidates = 2000

// Near returns the candidate that was probably meant by name: the closest one
// by Damerau-Levenshtein distance (a swap of neighbors counts once), at most 2
// away and less than the whole word; ties go to the alphabet. It returns ""
// when nothing is close, or there are so many that looking would take long. Case
// does not count, so `Contact` finds `contact`.
func Near(name string, candidates []string) string {
	word := []rune(strings.ToLower(name))
	if len(word) == 0 || len(word) > 100 || len(candidates) > maxCandidates {
		return ""
	}
	best, bestDistance := "", 3
	for _, c := range candidates {
		if c == name {
			continue
		}
		other := []rune(strings.ToLower(c))
		if d := len(other) - len(word); d > 2 || d < -2 {
			continue
		}
		// A short word has many neighbors: `id` is not `to` mistyped.
		limit := min(2, max(len(word), len(other))/2)
		if d := distance(word, other); d <= limit && (d < bestDistance || d == bestDistance && c < best) {
			best, bestDistance = c, d
		}
	}
	return best
}

// Suggest is the sentence right of the caret, or nothing.
func Suggest(name string, candidates []string) Text {
	near := Near(name, candidates)
	if near == "" {
		return Text{}
	}
	return T(meantBefore+"%s"+meantAfter, "você quis dizer `%s`?", near)
}

// How Suggest says it, in English.
const meantBefore, meantAfter = "did you mean `", "`?"

// Edit writes a text over a stretch of a file.
type Edit struct {
	Span Span
	Text string
}

// Fix is the edit that mends a diagnostic, when the checker is as good as sure of it:
// the word that was most likely meant, over the one that was written. Quotes around
// that word, when the span has them, stay.
func (d Diagnostic) Fix() []Edit {
	word, begins := strings.CutPrefix(d.Suggestion.En, meantBefore)
	word, ends := strings.CutSuffix(word, meantAfter)
	if !begins || !ends || d.Span.Line < 1 {
		return nil
	}
	return []Edit{{d.Span, word}}
}

// distance counts insertions, deletions, substitutions and swaps of neighbors
// (optimal string alignment) in three rows.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
