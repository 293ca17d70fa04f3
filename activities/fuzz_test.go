package activities

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

var (
	anyTag  = regexp.MustCompile(`<[^>]*>`)
	anyLink = regexp.MustCompile(`(?s)<a href="([^"]*)">(.*?)</a>`)
	spaces1 = regexp.MustCompile(`\s+`)
)

// FuzzMarkdownValue: whatever a person is called, an e-mail says it, and nothing
// in it is formatting: the only mark-up is the author's, and links that show
// where they lead.
func FuzzMarkdownValue(f *testing.F) {
	for _, s := range []string{
		"Ana", "Dra. Ana-Maria d'Ávila (filha)", "R$ 1.234,56", "14:30 – 15:00", "1. primeiro", "https://clinic.example/mapa?a=1&b=2",
		"[win](https://evil.example)", "![x](https://evil.example)", "<img src=x>", "&lt;b&gt; &amp;", "# título", "- item", "=== ", "a\n---\nb", "a\n    b", "`x`", "a|b\n-|-\n1|2", "\\*x\\*", "a@b.example",
	} {
		f.Add(s)
	}
	convert := goldmark.New(goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.Table))
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
			return // contacts have no such values: the API refuses them
		}
		var page bytes.Buffer
		if err := convert.Convert([]byte("Olá "+escapeMarkdown(value)+" fim\n\n"+escapeMarkdown(value)+"\n"), &page); err != nil {
			t.Fatal(err)
		}
		shown := page.String()
		for _, link := range anyLink.FindAllStringSubmatch(shown, -1) {
			if to := html.UnescapeString(link[1]); !strings.HasSuffix(to, html.UnescapeString(link[2])) && !strings.Contains(to, "%") {
				t.Fatalf("%q becomes a link that says %q and leads to %q", value, link[2], to)
			}
		}
		for _, tag := range anyTag.FindAllString(shown, -1) {
			switch name := strings.Fields(strings.Trim(tag, "</>"))[0]; name {
			case "p", "a", "br":
			default:
				t.Fatalf("%q becomes <%s>: %s", value, name, shown)
			}
		}
		read := spaces1.ReplaceAllString(html.UnescapeString(anyTag.ReplaceAllString(shown, " ")), " ")
		for word := range strings.FieldsSeq(value) {
			if !strings.Contains(strings.ReplaceAll(read, " ", ""), word) {
				t.Fatalf("%q loses %q: %s", value, word, shown)
			}
		}
	})
}
