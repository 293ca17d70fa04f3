package graph

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// The look of a box, by what it is about: messages, time, decisions, the world
// outside, and the edges of the journey.
var looks = map[string]struct{ fill, stroke string }{
	"send": {"#e8f4ff", "#2f7fc1"}, "ask": {"#e8f4ff", "#2f7fc1"},
	"wait":   {"#fff6df", "#b7791f"},
	"switch": {"#f3edff", "#7a55c7"}, "split": {"#f3edff", "#7a55c7"}, "parallel": {"#f3edff", "#7a55c7"}, "repeat": {"#f3edff", "#7a55c7"},
	"goto": {"#f3edff", "#7a55c7"}, "join": {"#f3edff", "#7a55c7"},
	"enroll": {"#e9f7ef", "#2f8f5b"}, "call": {"#e9f7ef", "#2f8f5b"}, "handoff": {"#e9f7ef", "#2f8f5b"}, "emit": {"#e9f7ef", "#2f8f5b"},
	"set": {"#f4f5f7", "#6b7280"}, "update": {"#f4f5f7", "#6b7280"},
	"start": {"#24364b", "#24364b"}, "exit": {"#eef0f3", "#24364b"}, "end": {"#eef0f3", "#24364b"},
	"goal": {"#e9f7ef", "#2f8f5b"}, "interrupt": {"#fdecec", "#c0392b"}, "failure": {"#fdecec", "#c0392b"},
}

// icons are drawn in a square of 16, with lines only.
var icons = map[string]string{
	"send":      "M1.5 8 14.5 2 10 14 7.5 9.5Z M7.5 9.5 14.5 2",
	"ask":       "M2 2.5H14V11H8L4.5 14V11H2Z M6.2 5.6A1.8 1.6 0 1 1 8 7.4V8 M8 9.3V9.5",
	"wait":      "M8 1.5A6.5 6.5 0 1 1 7.99 1.5Z M8 4V8L10.8 9.8",
	"switch":    "M8 1.5V5 M8 5 3.5 9.5V14 M8 5 12.5 9.5V14 M1.8 12 3.5 14 5.2 12 M10.8 12 12.5 14 14.2 12",
	"split":     "M12.5 3.5 3.5 12.5 M4.5 2.5A2 2 0 1 1 4.49 2.5Z M11.5 9.5A2 2 0 1 1 11.49 9.5Z",
	"parallel":  "M4.5 2V14 M11.5 2V14 M2 8H14",
	"repeat":    "M13.5 8A5.5 5.5 0 1 1 11.6 3.8 M11.8 1.2V4H9",
	"enroll":    "M2 2H9V9H2Z M7 11.5V14H14V7H11.5",
	"call":      "M8 1.5A6.5 6.5 0 1 1 7.99 1.5Z M1.5 8H14.5 M8 1.5C4.5 5 4.5 11 8 14.5 M8 1.5C11.5 5 11.5 11 8 14.5",
	"handoff":   "M8 2A2.8 2.8 0 1 1 7.99 2Z M2.5 14.5C2.5 10.8 5 9.5 8 9.5S13.5 10.8 13.5 14.5Z",
	"set":       "M2 14H5L14 5 11 2 2 11Z M9 4 12 7",
	"update":    "M1.5 3H14.5V13H1.5Z M5 6A1.3 1.3 0 1 1 4.99 6Z M3 11C3 9.6 4 9.3 5 9.3S7 9.6 7 11 M9.5 6.5H12.5 M9.5 9.5H12.5",
	"emit":      "M2 6V10H4.5L10 13.5V2.5L4.5 6Z M12 5.5C13.4 7 13.4 9 12 10.5",
	"goto":      "M14 13V9.5A3.5 3.5 0 0 0 10.5 6H2.5 M5.5 3 2.5 6 5.5 9",
	"exit":      "M3 3H13V13H3Z",
	"start":     "M4 2 13.5 8 4 14Z",
	"end":       "M3 15V1.5H13L10.5 5 13 8.5H3",
	"goal":      "M8 1.5A6.5 6.5 0 1 1 7.99 1.5Z M8 5A3 3 0 1 1 7.99 5Z",
	"interrupt": "M9 1.5 3 9H8L7 14.5 13 7H8Z",
	"failure":   "M8 1.5 15 14H1Z M8 6V10 M8 12V12.2",
	"join":      "M3.5 2V5L8 9.5V14 M12.5 2V5L8 9.5",
}

// SVG is the picture as one file that needs nothing else.
func (p *Picture) SVG() []byte {
	l := p.layout()
	w := &svgWriter{}
	w.f(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif">`, l.w, l.h, l.w, l.h)
	w.f(`<title>%s</title>`, escape(p.title))
	w.f(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8Z" fill="#5b6777"/></marker></defs>`)
	w.f(`<rect width="%d" height="%d" fill="#ffffff"/>`, l.w, l.h)
	w.f(`<text x="%d" y="%d" font-size="17" font-weight="600" fill="#24364b">%s</text>`, margin, margin+6, escape(short(p.title, max(24, (l.w-2*margin)/10))))
	for _, f := range l.frames {
		w.f(`<rect x="%d" y="%d" width="%d" height="%d" rx="12" fill="#faf8ff" stroke="#b9a8e3" stroke-dasharray="5 4"/>`, f.x, f.y, f.w, f.h)
	}
	for _, a := range l.paths {
		w.path(a)
	}
	for _, r := range p.order() {
		w.box(p.boxes[r], l.rects[r])
	}
	for _, a := range l.paths {
		w.label(a)
	}
	if l.always != nil {
		w.f(`<text x="%d" y="%d" font-size="13" font-weight="600" fill="#5b6777">%s</text>`, l.always.x, l.always.y, escape(p.say(wordAlways)))
	}
	w.f(`</svg>`)
	return w.Bytes()
}

// order is every box once, in the order of the picture.
func (p *Picture) order() []string {
	var ids []string
	var visit func(rows []*row)
	visit = func(rows []*row) {
		for _, r := range rows {
			ids = append(ids, r.id)
			for _, inside := range r.inside {
				visit(inside)
			}
			if r.join != "" {
				ids = append(ids, r.join)
			}
		}
	}
	visit(p.main)
	visit(p.failure)
	return append(ids, p.always...)
}

type svgWriter struct{ bytes.Buffer }

func (w *svgWriter) f(format string, args ...any) {
	fmt.Fprintf(&w.Buffer, format+"\n", args...)
}

func (w *svgWriter) path(a path) {
	var d strings.Builder
	for i, pt := range a.points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&d, "%s%d %d", command, pt.x, pt.y)
	}
	color, dashes := "#5b6777", ""
	if a.back {
		color, dashes = "#7a55c7", ` stroke-dasharray="6 4"`
	}
	w.f(`<path d="%s" fill="none" stroke="%s" stroke-width="1.4" stroke-linejoin="round"%s marker-end="url(#tip)"/>`, d.String(), color, dashes)
}

func (w *svgWriter) label(a path) {
	if len(a.lines) == 0 {
		return
	}
	w.f(`<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="#ffffff" stroke="#d5dae1"/>`, a.label.x, a.label.y, a.label.w, a.label.h)
	for i, line := range a.lines {
		w.f(`<text x="%d" y="%d" font-size="11" text-anchor="middle" fill="#3d4856">%s</text>`, a.label.middle(), a.label.y+12+i*labelLine, escape(line))
	}
}

func (w *svgWriter) box(b *box, r rect) {
	look := looks[b.icon]
	round, ink := 8, "#1f2937"
	switch b.icon {
	case "start":
		ink = "#ffffff"
	case "exit", "end", "join":
		round = min(r.h/2, 18)
	}
	w.f(`<g><rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s" stroke="%s" stroke-width="1.3"/>`, r.x, r.y, r.w, r.h, round, look.fill, look.stroke)
	accent := look.stroke
	if b.icon == "start" {
		accent = ink
	}
	top := r.y + boxPadding
	if b.icon == "join" {
		top = r.y + 3
	}
	w.f(`<path transform="translate(%d %d)" d="%s" fill="none" stroke="%s" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round"/>`, r.x+boxPadding, top+1, icons[b.icon], accent)
	w.f(`<text x="%d" y="%d" font-size="12" font-weight="600" fill="%s">%s</text>`, r.x+boxPadding+24, top+13, ink, escape(short(b.title, titleChars)))
	for i, line := range b.lines {
		w.f(`<text x="%d" y="%d" font-size="11.5" fill="%s">%s</text>`, r.x+boxPadding+1, top+titleLine+13+i*textLine, ink, escape(short(line, textChars)))
	}
	w.f(`</g>`)
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
