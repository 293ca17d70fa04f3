// Package price turns counts of messages into money: dated price tables by
// channel, country, category and provider, and the workspace's own prices over them.
//
//	cost := price.Default().Cost([]price.Count{{Channel: "whatsapp", Category: "utility", Country: "BR", Min: 1, Max: 3}}, now)
//	cost.String() // "cost US$ 0.0068-0.0204"
//
// Prices are data with a date and a source (prices.csv), never constants. What is
// not in them is said to be unknown: no price is guessed, and no rate of exchange
// either; amounts are in dollars until the workspace says what a dollar costs. It
// is a leaf, so that the command line, the API and the pages say the same.
package price

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed prices.csv
var prices string

// Amount is money in millionths of its currency: a message costs less than a cent.
type Amount int64

// one is a whole unit of a currency.
const one Amount = 1_000_000

// Of is the amount of so many units of a currency.
func Of(units float64) Amount { return Amount(math.Round(units * float64(one))) }

// Units is the amount in units of its currency: 0.0625.
func (a Amount) Units() float64 { return float64(a) / float64(one) }

// ParseAmount reads an amount such as 0.0625, exactly.
func ParseAmount(text string) (Amount, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < 0 || f > 1e6 || math.IsNaN(f) {
		return 0, fmt.Errorf("%q is not an amount of money", text)
	}
	return Amount(math.Round(f * float64(one))), nil
}

// Rate is the price of one message from a day on.
type Rate struct {
	From      time.Time // the first day, UTC
	Channel   string    // whatsapp, sms, email
	Country   string    // of the recipient: ISO 3166, two letters; "" = any
	Category  string    // marketing, utility, …; "" = any
	Currency  string    // ISO 4217
	Low, High Amount    // they differ where part of the messages is free
	Free      int       // how many of a number and month cost Low; then they cost High
	Provider  string    // who carries it; "" = any
}

// Kind is what a price depends on. What is not known is empty: then no row that
// asks for it fits.
type Kind struct{ Channel, Category, Country, Provider string }

// Quote is the price of one message: High, or Low for the first Free ones of a
// number in a month.
type Quote struct {
	Low, High Amount
	Free      int
}

// Table are the prices that a cost is counted with.
type Table struct {
	Currency string             // of the costs: USD, BRL
	PerUnit  map[string]float64 // what one unit of another currency is in Currency
	Rates    []Rate
}

// dirham is what one United Arab Emirates dirham is in dollars: it is pegged at
// 3.6725 to the dollar.
const dirham = 1 / 3.6725

var published = func() []Rate {
	rates, err := read(strings.NewReader(prices))
	if err != nil {
		panic("price: the embedded table: " + err.Error())
	}
	return rates
}()

// Default is the published table, with costs in dollars.
func Default() Table {
	return Table{Currency: "USD", PerUnit: map[string]float64{"AED": dirham}, Rates: slices.Clone(published)}
}

// In is the table with costs in another currency, of which one dollar is worth
// perDollar.
func (t Table) In(currency string, perDollar float64) Table {
	t.Currency = currency
	t.PerUnit = map[string]float64{"USD": perDollar, "AED": perDollar * dirham}
	return t
}

// With puts prices of one's own before those of the table.
func (t Table) With(own ...Rate) Table {
	t.Rates = append(slices.Clone(own), t.Rates...)
	return t
}

// read reads a table of prices: see the head of prices.csv.
func read(from io.Reader) ([]Rate, error) {
	r := csv.NewReader(from)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading prices: %w", err)
	}
	var rates []Rate
	for i, row := range rows {
		if i == 0 {
			continue // the names of the columns
		}
		day, err := time.Parse(time.DateOnly, row[0])
		if err != nil {
			return nil, fmt.Errorf("reading price %d: %w", i, err)
		}
		low, errLow := ParseAmount(row[5])
		high, errHigh := ParseAmount(row[6])
		if errLow != nil || errHigh != nil || low > high {
			return nil, fmt.Errorf("reading price %d: %s to %s is no range of amounts", i, row[5], row[6])
		}
		free, err := strconv.Atoi(row[7])
		if err != nil || free < 0 || (free > 0) != (low < high) {
			return nil, fmt.Errorf("reading price %d: %q messages cannot cost %s and the others %s", i, row[7], row[5], row[6])
		}
		rates = append(rates, Rate{
			From: day, Channel: row[1], Country: row[2], Category: row[3], Currency: row[4], Low: low, High: high, Free: free, Provider: row[8],
		})
	}
	return rates, nil
}

// Find is the price of one message on a day, in the table's currency. Of several
// rows that fit, one's own wins, then one of the provider, then the latest.
func (t Table) Find(k Kind, at time.Time) (Quote, bool) {
	var best *Rate
	for i := range t.Rates {
		r := &t.Rates[i]
		if !r.fits(k) || r.From.After(at) {
			continue
		}
		if r.From.IsZero() { // one's own price holds always
			best = r
			break
		}
		if best == nil || r.before(best) {
			best = r
		}
	}
	if best == nil {
		return Quote{}, false
	}
	rate := 1.0
	if best.Currency != t.Currency {
		if rate = t.PerUnit[best.Currency]; rate <= 0 {
			return Quote{}, false
		}
	}
	change := func(a Amount) Amount { return Amount(math.Round(float64(a) * rate)) }
	return Quote{change(best.Low), change(best.High), best.Free}, true
}

func (r *Rate) fits(k Kind) bool {
	return r.Channel == k.Channel && (r.Country == "" || strings.EqualFold(r.Country, k.Country)) &&
		(r.Category == "" || r.Category == k.Category) && (r.Provider == "" || r.Provider == k.Provider)
}

// before reports whether a row tells the price better than another that fits too.
func (r *Rate) before(other *Rate) bool {
	if (r.Provider != "") != (other.Provider != "") {
		return r.Provider != ""
	}
	return r.From.After(other.From)
}

// Region is the country of a locale: BR of pt-BR, nothing of pt.
func Region(locale string) string {
	parts := strings.Split(strings.ReplaceAll(locale, "_", "-"), "-")
	if last := parts[len(parts)-1]; len(parts) > 1 && len(last) == 2 {
		return strings.ToUpper(last)
	}
	return ""
}
