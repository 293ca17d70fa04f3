package dsl

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// misreadWords are plain words that other tools take for flags, nothing or signs,
// or that would end the document at the start of a line.
var misreadWords = regexp.MustCompile(`^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|True|TRUE|False|FALSE|Null|NULL|=|<<|[-?](?:\s.*)?|(?:---|\.\.\.).*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)

// misreadNumbers are plain texts that other tools take for numbers, numbers to
// the base of sixty among them, or for dates, and our parser for text.
var misreadNumbers = regexp.MustCompile(`^(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?(?:[0-9][0-9_]*\.?|[0-9][0-9_]*\.[0-9_]+|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?)$`)

// misread reports whether other YAML tools read an unquoted text as something
// else than text, where our parser reads it as text. One that ends with a colon
// is a key when it stands at the end of a line.
func misread(n *node) bool {
	_, text := constant(&Scalar{n.value, n}).(string)
	return text && (misreadWords.MatchString(n.value) || misreadNumbers.MatchString(n.value) || strings.HasSuffix(n.value, ":"))
}

func keyText(n *node) string {
	text, _ := written(n, 0, true)
	return text
}

// onOneLine writes a value with brackets.
func onOneLine(n *node) string {
	if n.kind == scalarNode {
		text, _ := written(n, 0, true)
		if text == "" {
			return "null"
		}
		return text
	}
	parts := make([]string, len(n.items))
	for i, item := range n.items {
		parts[i] = onOneLine(item)
		if n.kind == mappingNode {
			parts[i] = keyText(n.keys[i]) + ": " + parts[i]
		}
	}
	if n.kind == mappingNode {
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// written is a value as it stands behind its key: its first line, and the lines
// below at a depth. With single it takes one line, whatever it costs in escapes.
func written(n *node, depth int, single bool) (first string, rest []string) {
	if n.kind != scalarNode {
		return onOneLine(n), nil
	}
	places, end, _ := replay(n.src, n.style, n.line, n.column, n.value)
	switch {
	case n.style >= literalStyle && !single:
		return laidOutBlock(n, places, depth)
	case n.style >= literalStyle:
		return inQuotes(n.value), nil
	case n.style == plainStyle && misread(n):
		return inQuotes(n.value), nil
	case n.style == plainStyle && n.value == "":
		return "", nil
	case end.line == n.line-1:
		return string(n.src.lines[end.line][n.column-1 : end.column]), nil
	case !single:
		return keptLines(n, end, depth)
	case n.style == plainStyle && !strings.Contains(n.value, "\n"):
		return n.value, nil
	}
	return inQuotes(n.value), nil
}

// keptLines keeps the line breaks of a text that the author broke.
func keptLines(n *node, end place, depth int) (first string, rest []string) {
	for l := n.line - 1; l <= end.line; l++ {
		line := n.src.lines[l]
		if l == end.line {
			line = line[:end.column]
		}
		text := string(line)
		if n.style == plainStyle {
			text = strings.TrimRight(text, " \t")
		}
		if l == n.line-1 {
			first = string([]rune(text)[n.column-1:])
			continue
		}
		if text = strings.TrimLeft(text, " \t"); text != "" {
			text = strings.Repeat(step, depth) + text
		}
		rest = append(rest, text)
	}
	return first, rest
}

// laidOutBlock writes | and >. Of > the lines are kept as the author broke them.
func laidOutBlock(n *node, places []place, depth int) (first string, rest []string) {
	if strings.Trim(n.value, "\n") == "" {
		return inQuotes(n.value), nil
	}
	lines := strings.Split(strings.TrimSuffix(n.value, "\n"), "\n")
	first = "|"
	if n.style == foldedStyle {
		header := n.src.lines[n.line-1][n.column-1:]
		if len(header) > 1 && strings.ContainsAny(strings.Fields(string(header))[0], "123456789") || strings.HasSuffix(n.value, "\n\n") {
			return inQuotes(n.value), nil // rare, and hard to lay out again without a doubt
		}
		first, lines = ">", foldedLines(n, places)
	}
	for _, line := range lines {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			first += "2"
		}
		if line != "" {
			break
		}
	}
	switch {
	case strings.HasSuffix(n.value, "\n\n"):
		first += "+"
	case !strings.HasSuffix(n.value, "\n"):
		first += "-"
	}
	for _, line := range lines {
		if line != "" {
			line = strings.Repeat(step, depth) + line
		}
		rest = append(rest, line)
	}
	return first, rest
}

// foldedLines are the lines of > without their indentation.
func foldedLines(n *node, places []place) []string {
	var lines []string
	indent := -1
	for l := n.line; l <= places[len(places)-1].line; l++ {
		line := n.src.lines[l]
		if indent < 0 && !blank(line) {
			indent = indentation(line)
		}
		lines = append(lines, string(line[min(max(indent, 0), len(line)):]))
		if indent < 0 {
			lines[len(lines)-1] = ""
		}
	}
	return lines
}

// inQuotes writes any text on one line.
func inQuotes(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteRune('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < 0x10000 && (!unicode.IsPrint(c) && c != ' '):
			fmt.Fprintf(&b, `\u%04X`, c)
		case !unicode.IsPrint(c):
			fmt.Fprintf(&b, `\U%08X`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
