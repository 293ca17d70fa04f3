package dsl

import (
	"regexp"
	"sort"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"jornada/dsl/diag"
)

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s).*)$`)

// explainSyntax turns a syntax error of the YAML library into one that names
// the exact place and the remedy. The library gives a line only, which is one
// short for errors of its parser (not of its scanner), and often the line where
// the construct began rather than the one that is wrong: the wrong line is the
// first after which the library complains.
func explainSyntax(text string, err error, r *reporter) {
	match := yamlErrorLine.FindStringSubmatch(err.Error())
	if match == nil {
		match = []string{"", "", err.Error()}
	}
	context, _ := strconv.Atoi(match[1])
	message := match[2]
	if context == 0 || strings.HasPrefix(message, "did not find expected") || strings.HasPrefix(message, "found duplicate") {
		context++
	}
	if strings.Contains(message, "exceeded max depth") {
		tooDeep(r, r.src.span(context, 1, 1))
		return
	}
	e := syntaxError{r: r, message: message, context: min(context, len(r.src.lines))}
	e.problem = e.findProblem(text)
	for _, explain := range []func() bool{e.tab, e.braces, e.tag, e.comment, e.bracket, e.quote, e.afterQuote, e.colon, e.indent, e.missingColon, e.badStart, e.badEscape} {
		if explain() {
			return
		}
	}
	r.report("J0002", e.lineSpan(e.problem), diag.T("YAML cannot read this line: %s", "o YAML não consegue ler esta linha: %s", message))
}

type syntaxError struct {
	r                *reporter
	message          string
	context, problem int // lines, from 1
}

func (e *syntaxError) line(n int) []rune { return e.r.src.line(n) }

func (e *syntaxError) lineSpan(n int) diag.Span {
	line := e.line(n)
	from := indentation(line)
	return e.r.src.span(n, from+1, len(line)-from)
}

func (e *syntaxError) report(line, column, width int, message, hint diag.Text) bool {
	e.r.report("J0002", e.r.src.span(line, column, width), message).Hint = hint
	return true
}

// findProblem is the shortest beginning of the file, in lines, that already has
// the same error: the library reads forward, so its last line is to blame.
func (e *syntaxError) findProblem(text string) int {
	lines := strings.SplitAfter(text, "\n")
	from := max(e.context-1, 0)
	n := from + sort.Search(len(lines)-from, func(i int) bool {
		var document yaml.Node
		err := yaml.Unmarshal([]byte(strings.Join(lines[:from+i+1], "")), &document)
		return err != nil && strings.HasSuffix(err.Error(), e.message)
	})
	n = min(n+1, len(lines))
	for n > 1 && blank(e.line(n)) {
		n--
	}
	return n
}

func (e *syntaxError) tab() bool {
	for n := e.problem; n >= max(e.context, e.problem-1); n-- {
		for c, char := range e.line(n) {
			if char == '\t' {
				return e.report(n, c+1, 1, diag.T("a tab in the indentation; YAML indents with spaces", "um tab na indentação; o YAML usa espaços"),
					diag.T("replace it with two spaces", "troque por dois espaços"))
			}
			if char != ' ' && char != '-' {
				break
			}
		}
	}
	return false
}

var unquotedBraces = regexp.MustCompile(`(?:[:\-]\s+|[\[,{]\s*)\{\{`)

func (e *syntaxError) braces() bool {
	for n := e.problem; n >= max(1, e.problem-1); n-- {
		line := string(e.line(n))
		if at := unquotedBraces.FindStringIndex(line); at != nil {
			column := len([]rune(line[:at[1]])) - 1
			e.r.unquotedBraces(n, column, diag.T("YAML reads this as a mapping", "o YAML lê isto como um mapeamento"))
			return true
		}
	}
	return false
}

var tagInBrackets = regexp.MustCompile(`[:\[,{]\s*(!)[^\s!]`)

// tag finds an unquoted `!` inside brackets, where YAML takes the comma along.
func (e *syntaxError) tag() bool {
	if !strings.HasPrefix(e.message, "did not find expected") {
		return false
	}
	line := string(e.line(e.problem))
	at := tagInBrackets.FindStringSubmatchIndex(line)
	if at == nil {
		return false
	}
	column := len([]rune(line[:at[2]])) + 1
	e.r.emptyTag(e.problem, column)
	return true
}

// comment finds a ` #` that cut a line in the middle of a bracket.
func (e *syntaxError) comment() bool {
	if !strings.HasPrefix(e.message, "did not find expected") {
		return false
	}
	for n := e.problem; n >= e.context; n-- {
		line := e.line(n)
		open, last := 0, 0
		outside(line, func(column int, char rune) bool {
			switch char {
			case '{', '[':
				open++
			case '}', ']':
				open--
			}
			if !isBlank(char) {
				last = column
			}
			return true
		})
		rest := string(line[min(last, len(line)):])
		if open > 0 && last > 0 && strings.HasPrefix(rest, " #") && strings.ContainsAny(rest, "]}") {
			e.r.report("J0015", e.r.src.span(n, last, 1), diag.T("YAML cut this text at ` #`", "o YAML cortou este texto em ` #`")).
				Hint = diag.T("quote the whole value", "ponha o valor todo entre aspas")
			return true
		}
	}
	return false
}

// outside calls f for every character outside quotes, until it returns false.
// It answers with the column of a quote that never closes, or 0.
func outside(line []rune, f func(column int, char rune) bool) (openQuote int) {
	for c := 0; c < len(line); c++ {
		char := line[c]
		starts := c == 0 || strings.ContainsRune(" \t[{,:", line[c-1])
		if (char == '"' || char == '\'') && starts {
			end := c + 1
			for end < len(line) && line[end] != char {
				if char == '"' && line[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(line) {
				return c + 1
			}
			c = end
			continue
		}
		if char == '#' && (c == 0 || isBlank(line[c-1])) {
			return 0
		}
		if !f(c+1, char) {
			return 0
		}
	}
	return 0
}

func (e *syntaxError) bracket() bool {
	curly := strings.Contains(e.message, "',' or '}'")
	if !curly && !strings.Contains(e.message, "',' or ']'") {
		return false
	}
	var open []int
	outside(e.line(e.context), func(column int, char rune) bool {
		switch {
		case char == '{' || char == '[':
			open = append(open, column)
		case (char == '}' || char == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
		return true
	})
	if len(open) > 0 {
		column := open[len(open)-1]
		char := e.line(e.context)[column-1]
		return e.report(e.context, column, 1, diag.T("this `%c` is never closed", "este `%c` nunca é fechado", char),
			diag.T("close it, or quote the text it belongs to", "feche-o, ou ponha aspas no texto a que pertence"))
	}
	span := e.lineSpan(e.problem)
	return e.report(e.problem, span.Column, span.EndColumn-span.Column,
		diag.T("between brackets, entries are separated by commas", "entre colchetes ou chaves, os itens são separados por vírgulas"),
		diag.T("add the missing comma, or quote text that contains , [ ] { } or a quote", "ponha a vírgula que falta, ou aspas no texto que contém , [ ] { } ou aspas"))
}

func (e *syntaxError) quote() bool {
	if !strings.Contains(e.message, "unexpected end of stream") && !strings.Contains(e.message, "unexpected document indicator") {
		return false
	}
	for n := e.context; n <= e.problem; n++ {
		if column := outside(e.line(n), func(int, rune) bool { return true }); column > 0 {
			return e.report(n, column, 1, diag.T("this quote is never closed", "estas aspas nunca são fechadas"),
				diag.T("close it on the same line", "feche na mesma linha"))
		}
	}
	return false
}

func (e *syntaxError) afterQuote() bool {
	if !strings.HasPrefix(e.message, "did not find expected") {
		return false
	}
	line := e.line(e.problem)
	closed := regexp.MustCompile(`^\s*(?:- )?(?:[\w.]+: +)?("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*([^\s,\]}#:])`).FindStringSubmatchIndex(string(line))
	if closed == nil {
		return false
	}
	column := len([]rune(string(line)[:closed[4]])) + 1
	return e.report(e.problem, column, len(line)-column+1, diag.T("text goes on after the closing quote", "o texto continua depois de fechar as aspas"),
		diag.T(`put all of it inside one pair of quotes; inside "…" write \" for a quote`, `ponha tudo dentro de um só par de aspas; dentro de "…" escreva \" para aspas`))
}

func (e *syntaxError) colon() bool {
	if !strings.Contains(e.message, "mapping values are not allowed") {
		return false
	}
	line := e.line(e.problem)
	var colons []int
	outside(line, func(column int, char rune) bool {
		if char == ':' && (column == len(line) || isBlank(line[column])) {
			colons = append(colons, column)
		}
		return true
	})
	if len(colons) > 1 {
		return e.report(e.problem, colons[1], 1, diag.T("text with `: ` in it must be quoted", "texto com `: ` precisa de aspas"),
			diag.T("put the whole text in quotes", "ponha o texto todo entre aspas"))
	}
	span := e.lineSpan(e.problem)
	return e.report(e.problem, span.Column, span.EndColumn-span.Column,
		diag.T("this line is indented under a value that is already complete", "esta linha está indentada sob um valor que já está completo"),
		diag.T("line it up with the key above, or quote the text above if it has `: ` in it", "alinhe com a chave de cima, ou ponha aspas no texto de cima se ele tem `: `"))
}

func (e *syntaxError) indent() bool {
	var message diag.Text
	switch {
	case strings.Contains(e.message, "did not find expected key"):
		message = diag.T("this line does not line up with the keys above", "esta linha não está alinhada com as chaves de cima")
	case strings.Contains(e.message, "did not find expected '-' indicator") && indentation(e.line(e.problem)) > indentation(e.line(e.context)):
		message = diag.T("this line lines up neither with the keys nor with the items above", "esta linha não está alinhada nem com as chaves nem com os itens de cima")
	case strings.Contains(e.message, "did not find expected '-' indicator"):
		message = diag.T("this line should start with `- `, like the items above", "esta linha deveria começar com `- `, como os itens de cima")
	default:
		return false
	}
	span := e.lineSpan(e.problem)
	hint := diag.T("keys of one mapping start in the same column; the block begins on line %d", "as chaves de um mapeamento começam na mesma coluna; o bloco começa na linha %d", e.context)
	return e.report(e.problem, span.Column, span.EndColumn-span.Column, message, hint)
}

func (e *syntaxError) missingColon() bool {
	if !strings.Contains(e.message, "could not find expected ':'") {
		return false
	}
	n := e.context
	for n > 1 && (blank(e.line(n)) || strings.Contains(string(e.line(n)), ": ")) {
		n--
	}
	if strings.Contains(string(e.line(n)), ":") {
		n = e.context
	}
	span := e.lineSpan(n)
	return e.report(n, span.Column, span.EndColumn-span.Column, diag.T("this line has no `: ` between a key and a value", "nesta linha falta o `: ` entre a chave e o valor"),
		diag.T("write `key: value`; text over several lines starts with `|`", "escreva `chave: valor`; texto em várias linhas começa com `|`"))
}

func (e *syntaxError) badStart() bool {
	if !strings.Contains(e.message, "cannot start any token") {
		return false
	}
	line := e.line(e.problem)
	column := 0
	outside(line, func(c int, char rune) bool {
		if strings.ContainsRune("@`%", char) && (c == 1 || strings.ContainsRune(" \t[{,:", line[c-2])) {
			column = c
			return false
		}
		return true
	})
	if column == 0 {
		return false
	}
	return e.report(e.problem, column, 1, diag.T("a value cannot start with `%c`", "um valor não pode começar com `%c`", line[column-1]),
		diag.T("put the whole value in quotes", "ponha o valor todo entre aspas"))
}

func (e *syntaxError) badEscape() bool {
	if !strings.Contains(e.message, "unknown escape character") && !strings.Contains(e.message, "hexdecimal number") {
		return false
	}
	for n := e.context; n <= e.problem; n++ {
		line := e.line(n)
		for c := 0; c+1 < len(line); c++ {
			if line[c] != '\\' {
				continue
			}
			if _, ok := escapes[line[c+1]]; !ok {
				return e.report(n, c+1, 2, diag.T("`\\%c` means nothing inside \"…\"", "`\\%c` não significa nada dentro de \"…\"", line[c+1]),
					diag.T(`write \\ for a backslash, or use '…'`, `escreva \\ para uma barra invertida, ou use '…'`))
			}
			c++
		}
	}
	return false
}
