package dsl

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
)

// ruleWayOut: people can leave advertising, and are not flooded with it
// (J0610). E-mail has its link by itself; every other channel needs words.
func ruleWayOut(c *checker) {
	if c.journey.Category == nil || c.journey.Category.Value != marketing {
		return
	}
	messages := c.journey.messages()
	if len(messages) == 0 {
		return
	}
	if c.journey.Delivery.over(c.ws.Delivery[marketing]).FrequencyCap == nil {
		c.report("J0610", c.journey.Category.Span(), diag.T("this marketing journey has no frequency cap: nothing stops a flood", "esta jornada de marketing não tem limite de frequência: nada impede uma enxurrada")).
			Hint = diag.T("add `delivery: {frequency_cap: {max: 2, per: 7d}}`, here or under `delivery: marketing` in workspace.yaml", "acrescente `delivery: {frequency_cap: {max: 2, per: 7d}}`, aqui ou em `delivery: marketing` no workspace.yaml")
	}
	first := slices.IndexFunc(messages, func(m placedMessage) bool { return medium.Of(m.channel).Writing == medium.Plain })
	if first < 0 || c.optsOut() || slices.ContainsFunc(messages, c.tellsWayOut) {
		return
	}
	at := messages[first]
	c.step = at.step.ID.String()
	d := c.report("J0610", at.at.Span(), diag.T("this marketing journey does not say how to leave it", "esta jornada de marketing não diz como sair dela"))
	d.Note = diag.T("no message has a word such as PARE, SAIR or STOP, no option says stop, and no step opts out", "nenhuma mensagem tem uma palavra como PARE, SAIR ou STOP, nenhuma opção diz parar, e nenhum passo descadastra")
	d.Hint = diag.T("end a text with `Sair: responda PARE`, or offer an option and add `update: {opt_out: [%s]}` to its branch", "termine um texto com `Sair: responda PARE`, ou ofereça uma opção e ponha `update: {opt_out: [%s]}` no ramo dela", at.channel)
}

// optsOut reports whether a step takes people off a channel.
func (c *checker) optsOut() bool {
	found := false
	c.journey.all(func(s *Step) {
		u, ok := s.Body.(*UpdateStep)
		found = found || ok && len(u.OptOut) > 0
	})
	return found
}

// wayOut are the words that stop advertising, in the languages of those who get
// it; folded.
var wayOut = regexp.MustCompile(`\b(pare|parar|sair|saia|descadastr\w*|desinscrev\w*|cancelar (a )?(inscricao|o recebimento)|nao quero( mais)?( receber)?|stop|unsubscribe|opt[ _]?out|baja|detener)\b`)

func (c *checker) tellsWayOut(m placedMessage) bool {
	if medium.Of(m.channel).Writing == medium.Letter {
		return false
	}
	texts := []string{}
	for _, s := range m.own() {
		texts = append(texts, s.Value)
	}
	if m.ask != nil {
		for _, o := range m.ask.Options {
			texts = append(texts, o.Title.String(), strings.Join(words(o.Match), "\n"))
		}
	}
	if t := c.template(m.channel, m.Template); t != nil {
		texts = append(texts, t.words())
	}
	return wayOut.MatchString(folded(strings.Join(texts, "\n")))
}

// selling are words that make a message advertising; folded.
var selling = regexp.MustCompile(`\b(descontos?|cupo[mn]|cupons|promocao|promocoes|promo|ofertas? (especial|imperdivel|exclusiva|relampago)|imperdivel|liquidacao|black friday|frete gratis|cashback|compre( ja| agora)?|aproveite|discounts?|coupons?|special offer|limited time|buy now|free shipping|descuentos?|promocion|envio gratis)\b|\d ?% (off|de desconto|de descuento)`)

// sells warns of a utility template that advertises: the provider moves it to
// marketing, or blocks it.
func (p *parser) sells(t *templateDecl) {
	if t.Category != "utility" || t.body == nil {
		return
	}
	text := folded(t.body.Value)
	at := selling.FindStringIndex(text)
	if at == nil {
		return
	}
	from, to := utf8.RuneCountInString(text[:at[0]]), utf8.RuneCountInString(text[:at[1]])
	d := p.warn("J0610", t.body.Locate(from, to), diag.T("the utility template `%s` sells: \"%s\"", "o modelo de utilidade `%s` vende: \"%s\"", t.Name, string([]rune(t.body.Value)[from:to])))
	d.Note = diag.T("WhatsApp makes such a template marketing with a day's notice, and the price and the rules change", "o WhatsApp passa um modelo assim para marketing com um dia de aviso, e o preço e as regras mudam")
	d.Hint = diag.T("take the offer out of its text, or have it approved as marketing", "tire a oferta do texto, ou peça a aprovação como marketing")
}
