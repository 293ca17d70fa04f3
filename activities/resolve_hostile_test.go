package activities_test

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"jornada/dsl"
	"jornada/engine"
	"jornada/engine/store/storetest"
)

// What a contact, an event or an answer says is only ever shown: braces in it are
// not evaluated, marks in it are no formatting, whatever channel carries it.
func TestValuesAreOnlyShown(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.plan.Nodes["letter"] = &dsl.Node{ID: "letter", Verb: "send", Send: &dsl.Send{Routes: []dsl.Route{{Channel: "email", Message: dsl.Message{
		Subject: text("Oi, {{ contact.first_name }}"), Markdown: text("Olá, **{{ contact.first_name }}**! [Agenda](https://clinic.example/a)"),
	}}}}}
	visit := 0
	for _, name := range []string{
		`{{ secrets.token }}`, `{{ env "HOME" }}`, `{{ contact.phone }}`, `{{{{ inputs.doctor }}}}`, `${7*7}`, `#{7*7}`, `<%= 7*7 %>`, `{% include "/etc/passwd" %}`, `{{range $}}`,
		`[win](https://evil.example)`, `![x](https://evil.example/x.png)`, `<a href="https://evil.example">x</a>`, `<img src=x onerror=alert(1)>`, `<script>alert(1)</script>`, "`code`", `**bold** _it_ ~~no~~`,
		`<https://evil.example>`, `[x]: https://evil.example`, `a\](https://evil.example)`, `](https://evil.example) [`,
	} {
		w.change(func(c *engine.Contact) { c.Attributes["first_name"] = name })
		visit++
		for _, step := range []string{"plain", "mail", "letter", "confirm"} {
			in := w.input(step)
			in.Visit = visit
			content := w.message(w.send(in).MessageID).Content
			all := strings.Join([]string{content.Text, content.Subject, content.Params["name"]}, "\n")
			if !strings.Contains(all, name) {
				t.Errorf("%s with the name %q says %q", step, name, all)
			}
			if content.Markdown == "" {
				continue
			}
			page := shownAs(t, content.Markdown)
			if read := html.UnescapeString(tags.ReplaceAllString(page, "")); !strings.Contains(read, name) {
				t.Errorf("%s with the name %q reads %q", step, name, read)
			}
			for _, banned := range []string{"<img", "<script", "<code", "<del", "<em", "javascript:"} {
				if strings.Contains(page, banned) {
					t.Errorf("%s with the name %q becomes %q", step, name, page)
				}
			}
			for _, link := range links.FindAllStringSubmatch(page, -1) {
				if to, says := link[1], link[2]; to != says && says != "Agenda" {
					t.Errorf("%s with the name %q has a link that says %q and leads to %q", step, name, says, to)
				}
			}
		}
	}
}

var (
	tags  = regexp.MustCompile(`<[^>]*>`)
	links = regexp.MustCompile(`(?s)<a href="([^"]*)"[^>]*>(.*?)</a>`)
)

// shownAs is what mail drivers make of Markdown.
func shownAs(t *testing.T, source string) string {
	t.Helper()
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.Table)).Convert([]byte(source), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
