package graph

import (
	"fmt"
	"strings"

	"jornada/dsl"
)

// emoji stand for the verbs where a text is all there is.
var emoji = map[string]string{
	"start": "▶️", "end": "🏁", "goal": "🎯", "interrupt": "🚪", "failure": "⚠️", "join": "🔗",
	"send": "✉️", "ask": "❓", "wait": "⏳", "switch": "🔀", "split": "🎲", "parallel": "🛤️", "repeat": "🔁", "enroll": "🧭",
	"call": "🌐", "handoff": "🙋", "set": "📝", "update": "👤", "emit": "📣", "goto": "↩️", "exit": "⏹️",
}

// mermaidWidth is how many characters of a line a box shows.
const mermaidWidth = 60

// Mermaid is the picture as a Mermaid flowchart.
func (p *Picture) Mermaid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %q\n---\nflowchart TD\n", p.title)
	p.mermaidRows(&b, p.main, 1)
	if len(p.failure) > 0 {
		p.mermaidRows(&b, p.failure, 1)
	}
	if len(p.always) > 0 {
		fmt.Fprintf(&b, "  subgraph always [\"%s\"]\n", mermaidText(p.say(wordAlways)))
		for _, id := range p.always {
			p.mermaidBox(&b, id, 2)
		}
		b.WriteString("  end\n")
	}
	for _, a := range p.arrows {
		line := "-->"
		if a.back {
			line = "-.->"
		}
		if label := p.label(a); label != "" {
			line += `|"` + mermaidText(label) + `"|`
		}
		fmt.Fprintf(&b, "  %s %s %s\n", mermaidID(a.from), line, mermaidID(a.to))
	}
	return b.String()
}

func (p *Picture) mermaidRows(b *strings.Builder, rows []*row, depth int) {
	indent := strings.Repeat("  ", depth)
	for _, r := range rows {
		p.mermaidBox(b, r.id, depth)
		if r.frame {
			fmt.Fprintf(b, "%ssubgraph in_%s [\"%s\"]\n", indent, r.id, mermaidText(p.boxes[r.id].title))
		}
		for _, inside := range r.inside {
			if r.frame {
				p.mermaidRows(b, inside, depth+1)
			} else {
				p.mermaidRows(b, inside, depth)
			}
		}
		if r.frame {
			fmt.Fprintf(b, "%send\n", indent)
		}
		if r.join != "" {
			p.mermaidBox(b, r.join, depth)
		}
	}
}

func (p *Picture) mermaidBox(b *strings.Builder, id string, depth int) {
	x := p.boxes[id]
	lines := []string{emoji[x.icon] + " " + mermaidText(x.title)}
	for _, line := range x.lines {
		lines = append(lines, mermaidText(short(line, mermaidWidth)))
	}
	open, closed := "[", "]"
	switch x.icon {
	case "start", "end", "exit", "failure":
		open, closed = "([", "])"
	case "switch", "split":
		open, closed = "{{", "}}"
	case "wait":
		open, closed = "(", ")"
	case "goal", "interrupt":
		open, closed = "[/", "/]"
	}
	fmt.Fprintf(b, "%s%s%s\"%s\"%s\n", strings.Repeat("  ", depth), mermaidID(id), open, strings.Join(lines, "<br/>"), closed)
}

// mermaidID keeps ids apart from Mermaid's own words, such as end.
func mermaidID(id string) string {
	switch {
	case id == dsl.End:
		return "completed"
	case strings.HasPrefix(id, "$"):
		return strings.ReplaceAll(id[1:], "$", "_")
	}
	return "s_" + id
}

var mermaidEscapes = strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "`", "#96;", "\\", "#92;", "\n", " ", "\r", " ", "\t", " ")

func mermaidText(s string) string { return mermaidEscapes.Replace(s) }
