package diag

import (
	"bytes"
	"fmt"
	"strings"
)

// Excerpt is the source line of a place with carets under it, as [List.Render]
// shows it, for messages that are no diagnostics. It is empty when the source has
// no such line.
func Excerpt(source []byte, s Span) string {
	lines := bytes.Split(source, []byte("\n"))
	if s.Line < 1 || s.Line > len(lines) {
		return ""
	}
	number := fmt.Sprint(s.Line)
	text, lead, carets := excerpt(string(lines[s.Line-1]), s)
	return fmt.Sprintf("%s | %s\n%s | %s%s\n", number, text, strings.Repeat(" ", len(number)), lead, carets)
}
