package dsl

import (
	"slices"
	"strings"

	"jornada/dsl/expression"
	"jornada/dsl/sms"
)

// PlainSMS writes the SMS texts of a journey file in the GSM alphabet: letters
// lose the accents that are outside it, pretty quotes and dashes become plain
// ones. Only those characters change; comments and layout stay. changed counts
// them; what has no plain form (an emoji) stays as it is, and so does a file that
// cannot be read.
func PlainSMS(f File) (fixed File, changed int) {
	j, _ := Parse(f)
	if j.node == nil {
		return f, 0
	}
	edits := map[int][]edit{} // by line
	for _, text := range j.smsTexts() {
		for _, e := range plainEdits(text.text) {
			edits[e.line] = append(edits[e.line], e)
		}
	}
	content := string(f.Content)
	mark := ""
	if rest, ok := strings.CutPrefix(content, "\ufeff"); ok {
		mark, content = "\ufeff", rest
	}
	lines := strings.Split(content, "\n")
	for line, list := range edits {
		chars := []rune(lines[line])
		slices.SortFunc(list, func(a, b edit) int { return b.column - a.column }) // from the right: places stay true
		for _, e := range list {
			chars = slices.Concat(chars[:e.column], []rune(e.text), chars[e.column+e.width:])
			changed++
		}
		lines[line] = string(chars)
	}
	return File{f.Path, []byte(mark + strings.Join(lines, "\n"))}, changed
}

// edit writes a text over characters of one line, counted from 0.
type edit struct {
	line, column, width int
	text                string
}

func plainEdits(s *Scalar) []edit {
	t, err := expression.LoadText(s.Value)
	if err != nil {
		return nil
	}
	var edits []edit
	for _, part := range t.Parts() {
		if part.Program != nil {
			continue
		}
		for i, r := range []rune(part.Literal) {
			plain, ok := sms.Plain(r)
			if !ok || plain == string(r) {
				continue
			}
			at := s.Locate(part.From+i, part.From+i+1)
			if written, ok := s.node.quote(plain, part.From+i == 0); ok && at.EndLine == at.Line {
				edits = append(edits, edit{at.Line - 1, at.Column - 1, at.EndColumn - at.Column, written})
			}
		}
	}
	return edits
}

// quote writes a text into the style of a scalar; ok is false where it would
// change what YAML reads.
func (n *node) quote(text string, first bool) (written string, ok bool) {
	switch n.style {
	case singleStyle:
		return strings.ReplaceAll(text, "'", "''"), true
	case doubleStyle:
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text), true
	case plainStyle:
		return text, !first || !strings.ContainsAny(text, `'"-`) && text != ""
	}
	return text, true
}
