package expression

import (
	"unicode"
	"unicode/utf8"

	"jornada/dsl/diag"
)

// The fence. The parser below us ends the whole process on deep nesting and
// cannot be canceled, so everything here is decided by one pass over the
// characters before it sees them. 1,000 bytes and 150 nodes are far above what
// people write (the longest expression of our examples has 90 characters).
const (
	maxSource  = 1_000 // bytes of one expression
	maxNesting = 24    // open brackets
	maxUnary   = 8     // `not not not …`
	maxNodes   = 150   // of the syntax tree
	maxText    = 64 << 10
)

// scan is what the first pass learned.
type scan struct {
	chars    []rune
	closes   map[int]int // open bracket -> its closing one
	problems []problem
}

func (s *scan) fail(code string, from, to int, message, hint diag.Text) {
	s.problems = append(s.problems, problem{code: code, at: span{from, to}, message: message, hint: hint})
}

// fence reads the characters once and refuses what must not reach the parser.
func fence(src string) *scan {
	if len(src) > maxSource {
		s := &scan{}
		s.fail("J0306", 0, utf8.RuneCountInString(src),
			diag.T("this expression has %d bytes; the limit is %d", "esta expressão tem %d bytes; o limite é %d", len(src), maxSource),
			diag.T("split it over several steps or cases, or keep part of it in a variable with `set`",
				"divida em vários passos ou casos, ou guarde uma parte numa variável com `set`"))
		return s
	}
	s := &scan{chars: []rune(src)}
	if !utf8.ValidString(src) {
		s.fail(codeSyntax, 0, len(s.chars), diag.T("this expression is not valid UTF-8", "esta expressão não é UTF-8 válido"), diag.Text{})
		return s
	}
	s.read()
	return s
}

// opening is a bracket that waits for its end.
type opening struct {
	char rune
	at   int
}

// read walks the characters. It stops at the first mistake after which the
// rest cannot be understood, and goes on after the others.
func (s *scan) read() {
	var (
		c     = s.chars
		open  []opening
		unary int
		prev  rune // last character that is not blank
		blank = true
	)
	for i := 0; i < len(c); {
		r, start := c[i], i
		switch {
		case unicode.IsSpace(r):
			i++
			continue
		case r == '\'' || r == '"' || r == '`':
			end := endOfText(c, i)
			if end < 0 {
				s.fail(codeSyntax, i, len(c), diag.T("this text is never closed", "este texto nunca é fechado"),
					diag.T("close it with `%c`", "feche com `%c`", r))
				return
			}
			i = end
		case r == '/' && peek(c, i+1) == '/', r == '/' && peek(c, i+1) == '*':
			s.ban(i, len(c), diag.T("comments do not belong inside an expression", "comentários não cabem dentro de uma expressão"),
				diag.T("write the comment on its own line, after `#`", "escreva o comentário em outra linha, depois de `#`"))
			return
		case word(r):
			for i < len(c) && word(c[i]) {
				i++
			}
			if !s.word(string(c[start:i]), start, i, prev) {
				return
			}
			if string(c[start:i]) == "not" {
				unary++
				prev, blank = 'n', false
				if unary > maxUnary {
					s.deep(start, i)
					return
				}
				continue
			}
		case r == '{' && peek(c, i+1) == '{':
			s.braces(i)
			return
		case r == '(' || r == '[' || r == '{':
			if open = append(open, opening{r, i}); len(open) > maxNesting {
				s.deep(i, i+1)
				return
			}
			i++
		case r == ')' || r == ']' || r == '}':
			if len(open) == 0 || closing(open[len(open)-1].char) != r {
				s.fail(codeSyntax, i, i+1, diag.T("`%c` closes nothing", "`%c` não fecha nada", r), diag.Text{})
				return
			}
			if s.closes == nil {
				s.closes = make(map[int]int, 4)
			}
			s.closes[open[len(open)-1].at] = i
			open = open[:len(open)-1]
			i++
		default:
			n, ok := s.operator(i)
			if !ok {
				return
			}
			i += n
		}
		if r == '!' && peek(c, start+1) != '=' || (r == '-' || r == '+') && start+1 == i {
			if unary++; unary > maxUnary {
				s.deep(start, i)
				return
			}
		} else {
			unary = 0
		}
		prev, blank = c[i-1], false
	}
	if len(open) > 0 {
		o := open[len(open)-1]
		s.fail(codeSyntax, o.at, o.at+1, diag.T("`%c` is never closed", "`%c` nunca é fechado", o.char),
			diag.T("add `%c`", "acrescente `%c`", closing(o.char)))
		return
	}
	if blank {
		s.fail(codeSyntax, 0, len(c), diag.T("the expression is empty", "a expressão está vazia"), diag.Text{})
	}
}

// word refuses the words that build what we do not have. After a dot they are
// ordinary field names.
func (s *scan) word(w string, from, to int, prev rune) bool {
	if next := peek(s.chars, to); (w == "b" || w == "B") && (next == '"' || next == '\'') {
		s.ban(from, to, diag.T("byte text is not part of the language", "texto em bytes não faz parte da linguagem"),
			diag.T("remove the `%s` before the quote", "tire o `%s` antes das aspas", w))
		return false
	}
	if prev == '.' {
		return true
	}
	switch w {
	case "let":
		s.ban(from, to, diag.T("`let` is not part of the language", "`let` não faz parte da linguagem"),
			diag.T("keep the value in a variable of the journey with `set`", "guarde o valor numa variável da jornada com `set`"))
	case "if", "else":
		s.ban(from, to, diag.T("`%s` is not part of the language", "`%s` não faz parte da linguagem", w),
			diag.T("write `condition ? one : other`", "escreva `condição ? um : outro`"))
	default:
		if w[0] != '$' {
			return true
		}
		s.ban(from, to, diag.T("names do not start with `$`", "nomes não começam com `$`"),
			diag.T("name what you need directly, for example `contact.first_name`", "use o nome direto, por exemplo `contact.first_name`"))
	}
	return false
}

// operator reads one operator and says how long it is.
func (s *scan) operator(i int) (int, bool) {
	c, r := s.chars, s.chars[i]
	next := peek(c, i+1)
	switch r {
	case ';':
		s.ban(i, i+1, diag.T("`;` is not part of the language: a field holds one expression", "`;` não faz parte da linguagem: um campo tem uma só expressão"),
			diag.T("remove what stands after it", "tire o que vem depois"))
		return 0, false
	case '.':
		if next == '.' {
			s.ban(i, i+2, diag.T("ranges (`1..10`) are not part of the language", "intervalos (`1..10`) não fazem parte da linguagem"),
				diag.T("compare instead: `x >= 1 and x <= 10`", "compare: `x >= 1 and x <= 10`"))
			return 0, false
		}
		return 1, true
	case ':':
		if next == ':' {
			s.ban(i, i+2, diag.T("`::` is not part of the language", "`::` não faz parte da linguagem"), diag.Text{})
			return 0, false
		}
		return 1, true
	case '=':
		if next != '=' {
			s.fail(codeSyntax, i, i+1, diag.T("`=` does not compare", "`=` não compara"), diag.T("write `==`", "escreva `==`"))
			return 0, false
		}
		return 2, true
	case '!', '<', '>':
		if next == '=' {
			return 2, true
		}
		return 1, true
	case '&':
		if next != '&' {
			s.fail(codeSyntax, i, i+1, diag.T("`&` is not an operator", "`&` não é um operador"), diag.T("write `and`", "escreva `and`"))
			return 0, false
		}
		return 2, true
	case '*', '?', '|':
		if next == r || r == '?' && next == '.' && !digit(peek(c, i+2)) {
			return 2, true
		}
		return 1, true
	case '+', '-', '/', '%', '^', ',', '#':
		return 1, true
	}
	quote := diag.Text{}
	if r == '“' || r == '”' || r == '‘' || r == '’' || r == '«' || r == '»' {
		quote = diag.T("use straight quotes: \"text\"", "use aspas retas: \"texto\"")
	}
	s.fail(codeSyntax, i, i+1, diag.T("`%s` cannot stand here", "`%s` não pode ficar aqui", show(r)), quote)
	return 0, false
}

func (s *scan) ban(from, to int, message, hint diag.Text) { s.fail("J0310", from, to, message, hint) }

func (s *scan) deep(from, to int) {
	s.fail("J0306", from, to,
		diag.T("this expression is nested too deeply", "esta expressão é profunda demais"),
		diag.T("at most %d brackets may be open, and %d `not` or `-` stand in a row", "no máximo %d parênteses podem ficar abertos, e %d `not` ou `-` seguidos", maxNesting, maxUnary))
}

// braces explains `{{` where an expression already stands.
func (s *scan) braces(i int) {
	end := len(s.chars)
	for j := i + 2; j+1 < len(s.chars); j++ {
		if s.chars[j] == '}' && s.chars[j+1] == '}' {
			end = j + 2
			break
		}
	}
	inside := trimBlank(s.chars[min(i+2, len(s.chars)):max(min(i+2, len(s.chars)), end-2)])
	hint := diag.T("remove the braces", "tire as chaves")
	if i == 0 && end == len(s.chars) && inside != "" {
		hint = diag.T("write `%s`", "escreva `%s`", inside)
	}
	s.fail("J0304", i, end, diag.T("`{{ }}` does not belong here: this is already an expression", "`{{ }}` não cabe aqui: este campo já é uma expressão"), hint)
}

func trimBlank(c []rune) string {
	for len(c) > 0 && unicode.IsSpace(c[0]) {
		c = c[1:]
	}
	for len(c) > 0 && unicode.IsSpace(c[len(c)-1]) {
		c = c[:len(c)-1]
	}
	return string(c)
}

// endOfText is the character after a quoted text that starts at i, or -1.
func endOfText(c []rune, i int) int {
	quote := c[i]
	for j := i + 1; j < len(c); j++ {
		switch {
		case c[j] == '\\' && quote != '`':
			j++
		case c[j] == quote && quote == '`' && peek(c, j+1) == '`':
			j++
		case c[j] == quote:
			return j + 1
		}
	}
	return -1
}

func peek(c []rune, i int) rune {
	if i < 0 || i >= len(c) {
		return 0
	}
	return c[i]
}

func word(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

func closing(r rune) rune {
	switch r {
	case '(':
		return ')'
	case '[':
		return ']'
	}
	return '}'
}

// show makes a character visible in a message.
func show(r rune) string {
	if unicode.IsPrint(r) {
		return string(r)
	}
	return "\\u" + string([]rune{hex(r >> 12), hex(r >> 8), hex(r >> 4), hex(r)})
}

func hex(r rune) rune { return rune("0123456789abcdef"[r&15]) }
