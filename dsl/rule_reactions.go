package dsl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// emojiMost is the longest emoji, in characters: families and flags are made of up to
// ten, skin tones and joiners included.
const emojiMost = 16

// reaction checks an emoji on the contact's last message: that it is one (J0105), that
// nobody waits for what a reaction never brings, an answer or the news that it was
// delivered (J0102), and that the company that carries the channel sends any (J0513).
func (c *checker) reaction(r *RouteDecl, ask *AskStep, fallback bool) {
	emoji := r.Message.Reaction
	if emoji == nil {
		return
	}
	title := channelTitle(r.Channel.Value)
	provider := c.ws.Channels[r.Channel.Value].Provider
	carrier, known := medium.CarrierNamed(provider)
	switch {
	case ask != nil:
		c.report("J0102", emoji.Span(), diag.T("a reaction asks nothing", "uma reação não pergunta nada")).
			Hint = diag.T("react in a step of its own, before the question", "reaja em um passo só disso, antes da pergunta")
	case fallback:
		c.report("J0102", emoji.Span(), diag.T("%s never says that a reaction was delivered, so the other route would always be taken", "o %s nunca diz que uma reação foi entregue, então a outra rota seria sempre usada", title)).
			Hint = diag.T("react in a step of its own, without `fallback`", "reaja em um passo só disso, sem `fallback`")
	case !strings.Contains(emoji.Value, "{{") && !isEmoji(emoji.Value):
		c.report("J0105", emoji.Span(), diag.T("`%s` is no emoji", "`%s` não é um emoji", emoji.Value)).
			Hint = diag.T("write one emoji, such as 👍, or \"\" to take the reaction back", "escreva um emoji, como 👍, ou \"\" para tirar a reação")
	case known && !carrier.Reactions:
		var able []string
		for _, other := range medium.Carriers {
			if other.Reactions {
				able = append(able, other.Name)
			}
		}
		c.report("J0513", emoji.Span(), diag.T("`%s`, which carries %s here, sends no reactions", "`%s`, que leva o %s aqui, não envia reações", provider, title)).
			Hint = diag.T("write a text, or connect %s through one of: %s", "escreva um texto, ou conecte o %s por um destes: %s", title, strings.Join(able, ", "))
	}
}

// isEmoji reports whether a text may be one emoji, or none. What is a letter surely is
// not; which signs are emoji changes every year, so the platform has the last word.
func isEmoji(s string) bool {
	return utf8.RuneCountInString(s) <= emojiMost && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsSpace(r) })
}
