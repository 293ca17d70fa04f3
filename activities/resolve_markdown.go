package activities

import (
	"regexp"
	"strings"

	"jornada/dsl"
)

// markdown renders the text of an e-mail. Values are a person's, the marks are
// the author's: a name never becomes a link.
func (r resolver) markdown(t *dsl.Text) (string, error) {
	return renderEscaped(t, r.translated(t), r.scope, escapeMarkdown)
}

// bareAddress is a value that is one web address and nothing else: it may become
// a link, because it shows where it leads.
var bareAddress = regexp.MustCompile(`^https?://[^\s<>()\[\]|*~\\"'` + "`" + `]+$`)

// marks mean something wherever they stand; lineMarks only at the beginning of a
// line: headings, lists, rules and indented code.
var (
	marks = strings.NewReplacer(
		"\r\n", "\n", "\r", "\n", "\x00", "", // Markdown shows a NUL as something else
		`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `~`, `\~`, `|`, `\|`, `&`, `\&`,
	)
	lineMarks = regexp.MustCompile(`(?m)^[ \t]*(\d*)([#+=:.)-])|^[ \t]+`)
)

// escapeMarkdown writes a value so that Markdown shows it as it is: whoever signs
// up as "[win](https://…)" gets a letter to that name, not a link that we sent.
func escapeMarkdown(value string) string {
	if bareAddress.MatchString(value) {
		return value
	}
	return lineMarks.ReplaceAllStringFunc(marks.Replace(value), func(begin string) string {
		begin = strings.TrimLeft(begin, " \t")
		if begin == "" {
			return ""
		}
		last := len(begin) - 1
		return begin[:last] + `\` + begin[last:]
	})
}
