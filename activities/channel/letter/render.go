package letter

import (
	"bytes"
	"html"
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
	goldmarktext "github.com/yuin/goldmark/text"

	"jornada/engine"
)

// page is what becomes an e-mail's two bodies.
type page struct {
	engine.Content
	Locale         string
	ReplyTo        string
	UnsubscribeURL string
}

// markdown leaves raw HTML out and refuses javascript: links; both are
// goldmark's defaults, and contact data may stand in the text.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Linkify, extension.Strikethrough, extension.Table),
	goldmark.WithRendererOptions(goldmarkhtml.WithHardWraps()),
)

// words are the few a driver adds itself.
type words struct{ choose, unsubscribe string }

func vocabulary(locale string) words {
	switch language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-"); strings.ToLower(language) {
	case "en":
		return words{"Choose an answer:", "Unsubscribe"}
	case "es":
		return words{"Elija una respuesta:", "Cancelar suscripción"}
	}
	return words{"Escolha uma resposta:", "Cancelar inscrição"}
}

// render makes the text and the HTML body.
func render(p page) (text, htmlBody string, err error) {
	source := p.Markdown
	if source == "" {
		source = p.Text
	}
	if m := p.Media; m != nil {
		source += "\n\n" + map[bool]string{true: "!", false: ""}[m.Kind == "image"] + "[" + m.Kind + "](<" + m.URL + ">)"
	}
	var content bytes.Buffer
	if err := markdown.Convert([]byte(source), &content); err != nil {
		return "", "", err
	}
	words := vocabulary(p.Locale)
	return plainBody(p, source, words), htmlPage(p, content.String(), words), nil
}

// answerLink is where a choice leads: its own address when the payload is one,
// else an e-mail back to us that says the choice.
func answerLink(p page, c engine.Choice) string {
	if u, err := url.Parse(c.Payload); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return u.String()
	}
	query := "subject=" + escape("Re: "+p.Subject) + "&body=" + escape(c.Title)
	return "mailto:" + url.PathEscape(p.ReplyTo) + "?" + query
}

// escape is a mailto value: blanks are %20, not + (RFC 6068 §2).
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// The styles stand in the elements: mail programs drop style sheets.
const (
	pageStyle   = "margin:0 auto;max-width:600px;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;color:#1f2933"
	buttonStyle = "display:inline-block;margin:4px 8px 4px 0;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none"
	smallStyle  = "margin-top:24px;font-size:13px;color:#616e7c"
)

func htmlPage(p page, content string, w words) string {
	var b strings.Builder
	language := strings.ReplaceAll(p.Locale, "_", "-")
	if language == "" {
		language = "pt-BR"
	}
	b.WriteString("<!DOCTYPE html>\n<html lang=\"" + html.EscapeString(language) + "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" +
		html.EscapeString(p.Subject) + "</title></head>\n<body><div style=\"" + pageStyle + "\">\n" + content)
	if len(p.Choices) > 0 {
		b.WriteString("<p>" + html.EscapeString(w.choose) + "</p>\n<p>")
		for _, c := range p.Choices {
			b.WriteString("<a href=\"" + html.EscapeString(answerLink(p, c)) + "\" style=\"" + buttonStyle + "\">" + html.EscapeString(c.Title) + "</a>\n")
		}
		b.WriteString("</p>\n")
	}
	if p.Footer != "" {
		b.WriteString("<p style=\"" + smallStyle + "\">" + html.EscapeString(p.Footer) + "</p>\n")
	}
	if p.UnsubscribeURL != "" {
		b.WriteString("<p style=\"" + smallStyle + "\"><a href=\"" + html.EscapeString(p.UnsubscribeURL) + "\" style=\"color:#616e7c\">" + html.EscapeString(w.unsubscribe) + "</a></p>\n")
	}
	b.WriteString("</div></body></html>\n")
	return b.String()
}

func plainBody(p page, source string, w words) string {
	var b strings.Builder
	b.WriteString(plain(source))
	if len(p.Choices) > 0 {
		b.WriteString("\n\n" + w.choose + "\n")
		for _, c := range p.Choices {
			b.WriteString("- " + c.Title)
			if link := answerLink(p, c); !strings.HasPrefix(link, "mailto:") {
				b.WriteString(": " + link)
			}
			b.WriteByte('\n')
		}
	}
	if p.Footer != "" {
		b.WriteString("\n\n" + p.Footer)
	}
	if p.UnsubscribeURL != "" {
		b.WriteString("\n\n" + w.unsubscribe + ": " + p.UnsubscribeURL)
	}
	return strings.TrimSpace(b.String()) + "\n"
}

// plain is markdown as a person reads it: no marks, addresses after their text.
func plain(source string) string {
	raw := []byte(source)
	var b strings.Builder
	_ = ast.Walk(markdown.Parser().Parse(goldmarktext.NewReader(raw)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch node := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(node.Segment.Value(raw))
				if node.SoftLineBreak() || node.HardLineBreak() {
					b.WriteByte('\n')
				}
			}
		case *ast.String:
			if entering {
				b.Write(node.Value)
			}
		case *ast.AutoLink:
			if entering {
				b.Write(node.URL(raw))
			}
		case *ast.Link:
			if !entering && !strings.HasSuffix(b.String(), string(node.Destination)) {
				destination(&b, node.Destination)
			}
		case *ast.Image:
			if !entering {
				destination(&b, node.Destination)
			}
		case *ast.ListItem:
			if entering {
				b.WriteString("- ")
			}
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			if entering {
				for i := range n.Lines().Len() {
					line := n.Lines().At(i)
					b.Write(line.Value(raw))
				}
			}
		case *ast.Paragraph, *ast.Heading, *ast.List:
			if !entering {
				b.WriteString("\n\n")
			}
		case *ast.TextBlock:
			if !entering {
				b.WriteByte('\n')
			}
		}
		return ast.WalkContinue, nil
	})
	return collapse(b.String())
}

// destination writes where a link leads; like the HTML, it leaves out
// javascript: and its kin.
func destination(b *strings.Builder, address []byte) {
	if len(address) > 0 && !goldmarkhtml.IsDangerousURL(address) {
		b.WriteString(" (" + string(address) + ")")
	}
}

// collapse leaves at most one empty line in a row.
func collapse(s string) string {
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(s)
}
