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
	Free      int     // of a number's service messages in a month, so many cost Low; 0: none
}

// Cost adds up the price of messages on a day.
func (t Table) Cost(counts []Count, at time.Time) Cost {
	c := Cost{Currency: t.Currency}
	for _, n := range counts {
		if n.Max <= 0 {
			continue
		}
		q, ok := t.Find(Kind{Channel: n.Channel, Category: n.Category, Country: n.Country}, at)
		if !ok {
			c.Unknown = append(c.Unknown, n)
			continue
		}
		c.Low += q.Low * Amount(max(n.Min, 0))
		c.High += q.High * Amount(n.Max)
		c.Free = max(c.Free, q.Free)
	}
	return c
}

// String is the cost in English: "cost R$ 0,05-0,31".
func (c Cost) String() string { return c.Text().En }

// Text says the cost, and what has no known price:
//
//	cost R$ 0,05-0,31
//	cost US$ 0.00-0.01 (the first 1,000 service messages of each number and month are free)
//	cost US$ 0.0068-0.0204, and no known price of sms utility (BR)
//	cost unknown: no known price of whatsapp marketing (PT)
func (c Cost) Text() diag.Text {
	en, pt := c.missing()
	if en != "" && c.High == 0 {
		return diag.Text{En: "cost unknown: " + en, Pt: "custo desconhecido: " + pt}
	}
	money := c.Money()
	text := diag.Text{En: "cost " + money.En, Pt: "custo " + money.Pt}
	if c.Free > 0 {
		text.En += fmt.Sprintf(" (the first %s service messages of each number and month are free)", thousands(c.Free, ","))
		text.Pt += fmt.Sprintf(" (as primeiras %s mensagens de serviço de cada número e mês são gratuitas)", thousands(c.Free, "."))
	}
	if en != "" {
		text.En, text.Pt = text.En+", and "+en, text.Pt+", e "+pt
	}
	return text
}

// thousands writes a number with a separator: 1,000.
func thousands(n int, separator string) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000, separator) + fmt.Sprintf("%s%03d", separator, n%1000)
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

// notation is how people write a currency where it is at home.
var notation = map[string]struct {
	sign    string
	decimal string
}{"BRL": {"R$ ", ","}, "USD": {"US$ ", "."}, "EUR": {"€ ", ","}}

// Money is the range of amounts alone: "R$ 0,05-0,31", one amount when both are
// the same. Below a cent it has four decimals, because a message may cost less. In
// Portuguese every currency has its comma.
func (c Cost) Money() diag.Text {
	how, ok := notation[c.Currency]
	if !ok {
		how.sign, how.decimal = c.Currency+" ", "."
	}
	return diag.Text{En: how.sign + c.amounts(how.decimal), Pt: how.sign + c.amounts(",")}
}

func (c Cost) amounts(decimal string) string {
	decimals := 2
	for _, a := range []Amount{c.Low, c.High} {
		if a > 0 && a < one/100 {
			decimals = 4
		}
	}
	write := func(a Amount) string {
		return strings.Replace(fmt.Sprintf("%.*f", decimals, float64(a)/float64(one)), ".", decimal, 1)
	}
	low, high := write(c.Low), write(c.High)
	if low == high {
		return low
	}
	return low + "-" + high
}
