package dsl

import (
	"strings"
	"unicode/utf8"
)

// filePrinter writes arranged blocks. Every line goes through line, which knows
// about the dashes that stand before the first line of an item.
type filePrinter struct {
	out    strings.Builder
	dashes string // waiting for the first line of an item, with its indentation
	opened bool   // the last line opened a block: no empty line follows
}

func printFile(b *layoutBlock) []byte {
	p := &filePrinter{opened: true}
	if len(b.entries) == 0 {
		p.remarks(b.foot, 0)
		p.line(0, "{}", nil)
	} else {
		p.block(b, 0)
	}
	return []byte(p.out.String())
}

const step = "  "

func (p *filePrinter) block(b *layoutBlock, depth int) {
	for _, e := range b.entries {
		p.remarks(e.head, depth)
		p.blank(e.blank)
		if b.list {
			p.item(e, depth)
		} else {
			p.pair(e, depth)
		}
	}
	p.remarks(b.foot, depth)
}

func (p *filePrinter) item(e *layoutEntry, depth int) {
	if p.dashes == "" {
		p.dashes = strings.Repeat(step, depth)
	}
	p.dashes += "- "
	if e.block != nil {
		p.block(e.block, depth+1)
		return
	}
	first, rest := written(e.value, depth+1, false)
	if first == "" {
		first = "null"
	}
	p.lines(depth+1, first, rest, e)
}

func (p *filePrinter) pair(e *layoutEntry, depth int) {
	key := keyText(e.key) + ":"
	if e.block != nil {
		p.line(depth, key, e.trail)
		p.opened = true
		p.block(e.block, depth+1)
		return
	}
	first, rest := written(e.value, depth+1, false)
	if first != "" {
		key += " " + first
	}
	p.lines(depth, key, rest, e)
}

// lines writes a value over one or more lines: a comment goes behind the header
// of a block scalar, and behind the last line of all others.
func (p *filePrinter) lines(depth int, first string, rest []string, e *layoutEntry) {
	if len(rest) == 0 || e.value.style >= literalStyle {
		p.line(depth, first, e.trail)
	} else {
		p.line(depth, first, nil)
	}
	for i, text := range rest {
		switch {
		case e.value.style < literalStyle && i == len(rest)-1:
			p.line(0, text, e.trail)
		case text == "":
			p.out.WriteByte('\n')
		default:
			p.line(0, text, nil)
		}
	}
}

func (p *filePrinter) line(depth int, text string, trail []remark) {
	p.opened = false
	start := strings.Repeat(step, depth)
	if p.dashes != "" {
		start, p.dashes = p.dashes, ""
	}
	column := utf8.RuneCountInString(start+text) + 2
	p.out.WriteString(start + text)
	for i, r := range trail {
		switch {
		case i == 0 && r.tight:
			column--
			p.out.WriteString(" ")
		case i == 0:
			p.out.WriteString("  ")
		default:
			p.out.WriteString("\n" + strings.Repeat(" ", column))
		}
		p.out.WriteString(r.text)
	}
	p.out.WriteByte('\n')
}

func (p *filePrinter) remarks(list []remark, depth int) {
	for _, r := range list {
		p.blank(r.blank)
		p.line(depth, r.text, nil)
	}
}

// blank keeps one empty line where the author had some.
func (p *filePrinter) blank(wanted bool) {
	if wanted && !p.opened && p.dashes == "" && !strings.HasSuffix(p.out.String(), "\n\n") {
		p.out.WriteByte('\n')
	}
}
