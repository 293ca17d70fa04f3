package price

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jornada/dsl/diag"
)

// Count is how many messages of one kind a contact may get.
type Count struct {
	Channel  string // whatsapp, sms, email
	Category string // marketing, utility, authentication, service
	Country  string // of the recipient, two letters; "" = not known
	Min, Max int    // per contact; of SMS the segments
}

// Cost is what messages cost, from the cheapest way through a journey to the
// dearest.
type Cost struct {
	Currency  string
	Low, High Amount
	Unknown   []Count // what has no known price; it is not in the amounts
}

// Cost adds up the price of messages on a day.
func (t Table) Cost(counts []Count, at time.Time) Cost {
	c := Cost{Currency: t.Currency}
	for _, n := range counts {
		if n.Max <= 0 {
			continue
		}
		low, high, ok := t.Find(n.Channel, n.Category, n.Country, at)
		if !ok {
			c.Unknown = append(c.Unknown, n)
			continue
		}
		c.Low += low * Amount(max(n.Min, 0))
		c.High += high * Amount(n.Max)
	}
	return c
}

// String is the cost in English: "cost R$ 0,05-0,31".
func (c Cost) String() string { return c.Text().En }

// Text says the cost, and what has no known price:
//
//	cost R$ 0,05-0,31
//	cost US$ 0.0068-0.0204, and no known price of sms utility (BR)
//	cost unknown: no known price of whatsapp marketing (PT)
func (c Cost) Text() diag.Text {
	en, pt := c.missing()
	money := c.Money()
	switch {
	case en == "":
		return diag.T("cost %s", "custo %s", money)
	case c.High == 0:
		return diag.Text{En: "cost unknown: " + en, Pt: "custo desconhecido: " + pt}
	}
	return diag.Text{En: "cost " + money + ", and " + en, Pt: "custo " + money + ", e " + pt}
}

func (c Cost) missing() (en, pt string) {
	if len(c.Unknown) == 0 {
		return "", ""
	}
	var ens, pts []string
	for _, n := range c.Unknown {
		kind := strings.TrimSpace(n.Channel + " " + n.Category)
		enCountry, ptCountry := n.Country, n.Country
		if n.Country == "" {
			enCountry, ptCountry = "country not known", "país desconhecido"
		}
		ens = append(ens, fmt.Sprintf("%s (%s)", kind, enCountry))
		pts = append(pts, fmt.Sprintf("%s (%s)", kind, ptCountry))
	}
	slices.Sort(ens)
	slices.Sort(pts)
	return "no known price of " + strings.Join(slices.Compact(ens), ", "), "sem preço conhecido de " + strings.Join(slices.Compact(pts), ", ")
}

// notation is how people write a currency.
var notation = map[string]struct {
	sign    string
	decimal string
}{"BRL": {"R$ ", ","}, "USD": {"US$ ", "."}, "EUR": {"€ ", ","}}

// Money is the range of amounts alone: "R$ 0,05-0,31", one amount when both are
// the same. Below a cent it has four decimals, because a message may cost less.
func (c Cost) Money() string {
	how, ok := notation[c.Currency]
	if !ok {
		how.sign, how.decimal = c.Currency+" ", "."
	}
	decimals := 2
	for _, a := range []Amount{c.Low, c.High} {
		if a > 0 && a < one/100 {
			decimals = 4
		}
	}
	write := func(a Amount) string {
		return strings.Replace(fmt.Sprintf("%.*f", decimals, float64(a)/float64(one)), ".", how.decimal, 1)
	}
	low, high := write(c.Low), write(c.High)
	if low == high {
		return how.sign + low
	}
	return how.sign + low + "-" + high
}
