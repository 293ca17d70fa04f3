package simulator

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"jornada/dsl/diag"
)

// Render writes the timeline for people, with a caret where the journey and the
// script part, and the line of the script with what is wrong with it. Sources are
// the files by the name that spans give them.
func (t *Transcript) Render(w io.Writer, sources map[string][]byte, language diag.Language) error {
	var b strings.Builder
	steps, verbs := 4, 5
	for _, l := range t.Lines {
		steps, verbs = max(steps, utf8.RuneCountInString(l.Step)), max(verbs, len(l.Verb))
	}
	moment := func(l Line) string { return l.At.In(t.zone).Format("2006-01-02 15:04") }
	fmt.Fprintf(&b, "  %s  %s\n", t.StartedAt.In(t.zone).Format("2006-01-02 15:04"), diag.T("enrolled", "inscrição").In(language))
	lead := strings.Repeat(" ", 2+len("2006-01-02 15:04")+2)
	d := t.Difference
	caret := func() {
		if d != nil {
			fmt.Fprintf(&b, "%s^ %s\n", lead, d.Message.In(language))
		}
	}
	for i, l := range t.Lines {
		if d != nil && i == d.Line {
			break // what follows is only a consequence
		}
		step := l.Step
		if l.World {
			step = strings.TrimSpace("→ " + step)
		}
		fmt.Fprintf(&b, "  %s  %-*s  %-*s  %s", moment(l), steps+2, step, verbs, l.Verb, l.Text)
		trimmed := strings.TrimRight(b.String(), " ")
		b.Reset()
		b.WriteString(trimmed + "\n")
	}
	switch {
	case d == nil:
		fmt.Fprintf(&b, "  %s  %s\n", t.EndedAt.In(t.zone).Format("2006-01-02 15:04"), t.endWords().In(language))
	case d.Act == nil && !strings.HasPrefix(t.Ending, stopped):
		fmt.Fprintf(&b, "  %s  %s\n", t.EndedAt.In(t.zone).Format("2006-01-02 15:04"), t.endWords().In(language))
		caret()
	default:
		caret()
	}
	if d != nil && d.Span.Line > 0 { // a walk has no script
		span := d.Span
		fmt.Fprintf(&b, "  %s:%d:%d\n", span.File, span.Line, span.Column)
		b.WriteString(indent(diag.Excerpt(sources[span.File], span)))
		if !d.Hint.IsZero() {
			fmt.Fprintf(&b, "  %s = %s: %s\n", strings.Repeat(" ", len(fmt.Sprint(span.Line))), diag.T("help", "ajuda").In(language), d.Hint.In(language))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the timeline: %w", err)
	}
	return nil
}

// endWords say how it ended.
func (t *Transcript) endWords() diag.Text {
	if t.Ending == stopped {
		return diag.T("stopped", "interrompida")
	}
	if t.Reason != "" {
		return diag.T("ended: %s (%s)", "terminou: %s (%s)", t.Ending, t.Reason)
	}
	return diag.T("ended: %s", "terminou: %s", t.Ending)
}

func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString("  " + line)
	}
	return b.String()
}
