package postbox

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// The marks that mail programs set before what they quote, in the three languages
// our letters speak and two of their neighbors.
var (
	attribution = regexp.MustCompile(`(?i)^\s*(on|em|no dia|el|le|am)\s.{4,300}(wrote|escreveu|escribió|a écrit|schrieb)\s*:?\s*$`)
	divider     = regexp.MustCompile(`(?i)^\s*[-_]{2,}\s*(original message|mensagem original|mensaje original|forwarded message|mensagem encaminhada|mensaje reenviado)\s*[-_]{2,}\s*$`)
	rule        = regexp.MustCompile(`^\s*_{10,}\s*$`)
	headFrom    = regexp.MustCompile(`(?i)^\s*\*?(from|de|von)\*?:\*?\s+\S`)
	headOther   = regexp.MustCompile(`(?i)^\s*\*?(sent|enviad[oa]( em| el)?|date|data|fecha|to|para|subject|assunto|asunto)\*?:\*?\s`)
	fromPhone   = regexp.MustCompile(`(?i)^\s*(sent from my |enviad[oa] d[oe] meu |enviad[oa] do (outlook|yahoo|gmail)|enviado desde mi |get outlook for |obter o outlook |baixe o outlook )`)
)

// Unquoted is what a person wrote themselves: without the letter they answer, and
// without their signature. When nothing would be left, it is all of it.
func Unquoted(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	var kept []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if quotes(line) {
			continue
		}
		if n := introduces(lines[i:]); n > 0 {
			// What follows marked line by line may have an answer below or between;
			// what follows unmarked is the letter, to the end.
			if next := firstText(lines[i+n:]); next >= 0 && quotes(lines[i+n+next]) {
				i += n - 1
				continue
			}
			break
		}
		if line == "-- " || line == "--" || fromPhone.MatchString(line) {
			break
		}
		kept = append(kept, strings.TrimRight(line, " \t"))
	}
	if own := strings.TrimSpace(strings.Join(kept, "\n")); own != "" {
		return own
	}
	return strings.TrimSpace(s)
}

func quotes(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") }

func firstText(lines []string) int {
	return slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
}

// introduces is how many lines from here announce a quote, 0 when they do not.
// Long announcements are wrapped.
func introduces(lines []string) int {
	joined := ""
	for n := 1; n <= min(3, len(lines)); n++ {
		if len(lines[n-1]) > 400 || (n > 1 && strings.TrimSpace(lines[n-1]) == "") {
			break
		}
		joined = strings.TrimSpace(joined + " " + lines[n-1])
		if attribution.MatchString(joined) && strings.ContainsAny(joined, "0123456789@") { // a date, or an address
			return n
		}
	}
	switch {
	case divider.MatchString(lines[0]):
		return 1
	case rule.MatchString(lines[0]) && len(lines) > 1 && headed(lines[1:]):
		return 1
	case headed(lines):
		return 1
	}
	return 0
}

// headed says whether the lines begin with a letter's header, as Outlook shows it.
func headed(lines []string) bool {
	first := firstText(lines)
	if first < 0 || first > 1 || !headFrom.MatchString(lines[first]) {
		return false
	}
	others := 0
	for _, l := range lines[first+1 : min(first+5, len(lines))] {
		if headOther.MatchString(l) {
			others++
		}
	}
	return others >= 2
}

// blocks end a line of text; hidden is never text.
var (
	blocks = map[string]bool{"p": true, "div": true, "br": true, "tr": true, "li": true, "h1": true, "h2": true, "h3": true, "table": true, "blockquote": true, "ul": true, "ol": true, "hr": true}
	hidden = map[string]bool{"script": true, "style": true, "head": true, "title": true}
	// quoting are the ids of Outlook's quotes, after which nothing is the person's.
	quoting = map[string]bool{"appendonsend": true, "divRplyFwdMsg": true, "mail-editor-reference-message-container": true}
)

// htmlText is a page's text. own leaves out what mail programs mark as quoted.
func htmlText(page string, own bool) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	skipped, nested := "", 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return tidy(b.String())
		}
		t := z.Token()
		if skipped != "" { // until the element that is skipped ends
			switch {
			case kind == html.StartTagToken && t.Data == skipped:
				nested++
			case kind == html.EndTagToken && t.Data == skipped:
				if nested--; nested == 0 {
					skipped = ""
				}
			}
			continue
		}
		switch kind {
		case html.TextToken:
			b.WriteString(strings.Join(strings.FieldsFunc(t.Data, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " "))
		case html.StartTagToken:
			switch {
			case own && quoting[attribute(t, "id")]:
				return tidy(b.String())
			case hidden[t.Data], own && (t.Data == "blockquote" || strings.Contains(attribute(t, "class"), "gmail_quote") || strings.Contains(attribute(t, "class"), "gmail_attr")):
				skipped, nested = t.Data, 1
			case blocks[t.Data]:
				b.WriteByte('\n')
			}
		case html.EndTagToken, html.SelfClosingTagToken:
			if blocks[t.Data] {
				b.WriteByte('\n')
			}
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// tidy takes blanks off the lines and leaves at most one empty line in a row.
func tidy(s string) string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\u00a0", " "), "\n") {
		line = strings.TrimSpace(line)
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
