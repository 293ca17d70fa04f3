package dsl

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"jornada/dsl/diag"
	"jornada/dsl/medium"
	"jornada/dsl/price"
)

// pricesDecl is what the workspace pays, over the published list prices.
type pricesDecl struct {
	currency, country *Scalar
	dollar            *Placed[float64]
	own               []price.Rate
}

var (
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
	countryCode  = regexp.MustCompile(`^[A-Z]{2}$`)
)

func codeField(key string, pattern *regexp.Regexp, doc diag.Text, example string, at func(*pricesDecl) **Scalar) field[pricesDecl] {
	return field[pricesDecl]{key: key, doc: doc, shape: textShape, read: func(p *parser, n *node, d *pricesDecl) {
		s := p.scalar(n, quoted(key))
		if s != nil && !pattern.MatchString(s.Value) {
			p.report("J0105", s.Span(), diag.T("`%s` is not a value of `%s`", "`%s` não é um valor de `%s`", s.Value, key)).
				Hint = diag.T("write its code, for example %s", "escreva o código, por exemplo %s", example)
			return
		}
		*at(d) = s
	}}
}

var priceFields = append([]field[pricesDecl]{
	codeField("currency", currencyCode, doc("In which currency costs are shown: BRL.", "Em que moeda os custos são mostrados: BRL."), "BRL", func(d *pricesDecl) **Scalar { return &d.currency }),
	codeField("country", countryCode, doc("Where most people are: BR.", "Onde a maioria das pessoas está: BR."), "BR", func(d *pricesDecl) **Scalar { return &d.country }),
	{key: "dollar", doc: doc("What one US dollar costs in that currency; list prices are in dollars.", "Quanto custa um dólar nessa moeda; os preços de tabela são em dólares."), shape: textShape, read: func(p *parser, n *node, d *pricesDecl) {
		s := p.scalar(n, quoted("dollar"))
		if s == nil {
			return
		}
		if f, err := strconv.ParseFloat(s.Value, 64); err == nil && f > 0 && f < 1e6 {
			d.dollar = &Placed[float64]{f, s}
			return
		}
		p.notAmount(s)
	}},
}, ownPriceFields()...)

// ownPriceFields are the prices of channels that cost something.
func ownPriceFields() []field[pricesDecl] {
	var fields []field[pricesDecl]
	for _, m := range medium.Table {
		switch m.Price {
		case medium.PerCategory:
			fields = append(fields, categoryPriceField(m.Name))
		case medium.PerSegment:
			fields = append(fields, ownPriceField(m.Name, doc("What one segment costs.", "Quanto custa um segmento.")))
		case medium.PerMessage:
			fields = append(fields, ownPriceField(m.Name, doc("What one "+m.Title.En+" costs.", "Quanto custa um "+m.Title.Pt+".")))
		}
	}
	return fields
}

func categoryPriceField(channel string) field[pricesDecl] {
	return field[pricesDecl]{key: channel, doc: doc("What a message costs, by category.", "Quanto custa uma mensagem, por categoria."), shape: mapShape(textShape), read: func(p *parser, n *node, d *pricesDecl) {
		if !p.isMapping(n, quoted(channel)) {
			return
		}
		for i, key := range n.keys {
			if !slices.Contains(categories, key.value) {
				p.unknownKey(key, quoted(channel), categories)
				continue
			}
			p.ownPrice(n.items[i], channel, key.value, d)
		}
	}}
}

func ownPriceField(channel string, doc diag.Text) field[pricesDecl] {
	return field[pricesDecl]{key: channel, doc: doc, shape: textShape, read: func(p *parser, n *node, d *pricesDecl) { p.ownPrice(n, channel, "", d) }}
}

func (p *parser) ownPrice(n *node, channel, category string, d *pricesDecl) {
	s := p.scalar(n, quoted(channel))
	if s == nil {
		return
	}
	amount, err := price.ParseAmount(s.Value)
	if err != nil {
		p.notAmount(s)
		return
	}
	d.own = append(d.own, price.Rate{Channel: channel, Category: category, Low: amount, High: amount})
}

func (p *parser) notAmount(s *Scalar) {
	p.report("J0105", s.Span(), diag.T("`%s` is not an amount of money", "`%s` não é um valor em dinheiro", s.Value)).
		Hint = diag.T("write a number with a point: 0.09", "escreva um número com ponto: 0.09")
}

// readPrices reads `prices:` into the table that costs are counted with.
func readPrices(p *parser, n *node, w *workspaceDecl) {
	d := &pricesDecl{}
	if !readFields(p, n, quoted("prices"), priceFields, d) {
		return
	}
	if d.country != nil {
		w.ws.Country = d.country.Value
	}
	table := price.Default()
	if d.currency != nil {
		perDollar := 0.0 // no rate, no list prices: one's own only
		if d.currency.Value == table.Currency {
			perDollar = 1
		}
		table = table.In(d.currency.Value, d.dollar.or(perDollar))
	}
	for i := range d.own {
		d.own[i].Currency = table.Currency
	}
	w.ws.Prices = table.With(d.own...)
}

// Cost is what messages to one contact cost on a day. Counts that name no country
// are for that of the workspace, else for that of the journey's locale.
func (ws *Workspace) Cost(counts []price.Count, locale string, at time.Time) price.Cost {
	country := ws.Country
	if country == "" {
		country = price.Region(locale)
	}
	counts = slices.DeleteFunc(slices.Clone(counts), func(n price.Count) bool {
		m, known := medium.Named(n.Channel)
		return known && m.Price == medium.Free
	})
	for i := range counts {
		if counts[i].Country == "" {
			counts[i].Country = country
		}
	}
	return ws.Prices.Cost(counts, at)
}
