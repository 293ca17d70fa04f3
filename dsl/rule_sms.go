package dsl

import (
	"strings"

	"jornada/dsl/diag"
	"jornada/dsl/expression"
	"jornada/dsl/medium"
	"jornada/dsl/sms"
)

// valueLength is how many characters a `{{ }}` is taken for when an SMS is
// counted: about a first name, a date or an amount.
const valueLength = 12

// ruleSMS: an SMS costs what its author thinks it costs (J0540). Letters outside
// the GSM alphabet more than halve what fits into one; translations count too.
func ruleSMS(c *checker) {
	for _, text := range c.journey.smsTexts() {
		c.step = text.step.ID.String()
		c.smsCost(text.text, text.message)
	}
}

// smsTexts are the texts that are sent as SMS, translations included.
func (j *Journey) smsTexts() []copyDecl {
	var all []copyDecl
	counted := map[*MessageDecl]bool{}
	for _, m := range j.messages() {
		if medium.Of(m.channel).Segments && m.Text != nil {
			all = append(all, copyDecl{m.step, m.Text, m.MessageDecl})
			counted[m.MessageDecl] = true
		}
	}
	originals := j.texts()
	for _, t := range j.Translations {
		for _, pair := range t.Texts {
			if original := originals[pair.Key.Value]; counted[original.message] {
				all = append(all, copyDecl{original.step, pair.Value, original.message})
			}
		}
	}
	return all
}

// smsSize counts a text with every value taken for valueLength plain characters,
// and again without accents (sms.Plain); that saves nothing where an emoji stays.
func smsSize(t *expression.Template) (size, plain sms.Size, outside int, values bool) {
	var text, ascii strings.Builder
	outside, stays := -1, false
	for _, part := range t.Parts() {
		if part.Program != nil {
			values = true
			text.WriteString(strings.Repeat("x", valueLength))
			ascii.WriteString(strings.Repeat("x", valueLength))
			continue
		}
		at := part.From
		for _, r := range part.Literal {
			text.WriteRune(r)
			if len(sms.Measure(string(r)).Outside) > 0 {
				form, ok := sms.Plain(r)
				ascii.WriteString(form)
				stays = stays || !ok
				if outside < 0 {
					outside = at
				}
			} else {
				ascii.WriteRune(r)
			}
			at++
		}
	}
	size, plain = sms.Measure(text.String()), sms.Measure(ascii.String())
	if stays {
		plain = size
	}
	return size, plain, outside, values
}

func (c *checker) smsCost(s *Scalar, m *MessageDecl) {
	t := c.reads[s].template
	if t == nil {
		return
	}
	size, plain, outside, values := smsSize(t)
	letter := ""
	if outside >= 0 {
		letter = string([]rune(s.Value)[outside])
	}
	if outside >= 0 && c.ws.Channels["sms"].Unicode == "refuse" {
		c.report("J0540", s.Locate(outside, outside+1), diag.T("`%s` is outside the SMS alphabet, and workspace.yaml refuses that", "`%s` está fora do alfabeto de SMS, e o workspace.yaml recusa isso", letter)).
			Hint = diag.T("drop the accents (`jornada fix --sms-ascii`), or write `unicode: allow` under `channels: sms`", "tire os acentos (`jornada fix --sms-ascii`), ou escreva `unicode: allow` em `channels: sms`")
		return
	}
	allowed := m.Segments.or(1)
	if c.ws.Channels["sms"].SmartEncoding { // accents cost nothing: they go where they would
		if plain.Segments < size.Segments {
			size = plain
		}
		outside = -1
	}
	if size.Segments <= allowed && (outside < 0 || m.Segments != nil) {
		return
	}
	var d *diag.Diagnostic
	switch {
	case outside >= 0 && size.Segments > plain.Segments:
		d = c.warn("J0540", s.Locate(outside, outside+1), diag.T("`%s` is outside the SMS alphabet: about %d segments instead of %d", "`%s` está fora do alfabeto de SMS: cerca de %d segmentos em vez de %d", letter, size.Segments, plain.Segments))
		d.Hint = diag.T("drop the accents (`jornada fix --sms-ascii`), or accept the cost with `segments: %d`", "tire os acentos (`jornada fix --sms-ascii`), ou aceite o custo com `segments: %d`", size.Segments)
	case outside >= 0 && size.Segments <= allowed:
		d = c.warn("J0540", s.Locate(outside, outside+1), diag.T("`%s` is outside the SMS alphabet: 70 characters fit into one segment, not 160", "`%s` está fora do alfabeto de SMS: cabem 70 caracteres em um segmento, não 160", letter))
		d.Hint = diag.T("drop the accents (`jornada fix --sms-ascii`), or say with `segments: %d` that it is meant", "tire os acentos (`jornada fix --sms-ascii`), ou diga com `segments: %d` que é de propósito", size.Segments)
	default:
		d = c.warn("J0540", s.Span(), diag.T("this SMS becomes about %d segments; %d allowed", "este SMS vira cerca de %d segmentos; permitidos: %d", size.Segments, allowed))
		d.Hint = diag.T("shorten it, or accept the cost with `segments: %d`", "encurte, ou aceite o custo com `segments: %d`", size.Segments)
	}
	if values {
		d.Note = diag.T("each `{{ }}` is counted as %d characters without accents", "cada `{{ }}` é contado como %d caracteres sem acento", valueLength)
	}
}
