package price

import (
	"strings"
	"testing"
	"time"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestCost(t *testing.T) {
	november := day("2026-11-26")
	wa := func(category, country string, low, high int) Count {
		return Count{"whatsapp", category, country, low, high}
	}
	reais := Default().In("BRL", 5)
	own := reais.With(Rate{Channel: "sms", Currency: "BRL", Low: 90_000, High: 90_000}, Rate{Channel: "whatsapp", Category: "utility", Currency: "BRL", Low: 50_000, High: 50_000})
	for _, c := range []struct {
		name   string
		table  Table
		counts []Count
		at     time.Time
		en, pt string
	}{
		{"one utility", Default(), []Count{wa("utility", "BR", 1, 1)}, november, "cost US$ 0.0068", "custo US$ 0,0068"},
		{"none to three", Default(), []Count{wa("utility", "br", 0, 3)}, november, "cost US$ 0.00-0.02", "custo US$ 0,00-0,02"},
		{"marketing", Default(), []Count{wa("marketing", "BR", 1, 2)}, november, "cost US$ 0.06-0.12", "custo US$ 0,06-0,12"},
		{"both", Default(), []Count{wa("marketing", "BR", 1, 1), wa("utility", "BR", 1, 2)}, november, "cost US$ 0.07-0.08", "custo US$ 0,07-0,08"},
		{"in reais", reais, []Count{wa("utility", "BR", 1, 1), wa("marketing", "BR", 0, 1)}, november, "cost R$ 0,03-0,35", "custo R$ 0,03-0,35"},
		{"own prices first", own, []Count{wa("utility", "BR", 1, 1), {"sms", "utility", "BR", 0, 2}}, november, "cost R$ 0,05-0,23", "custo R$ 0,05-0,23"},
		{"own prices are for every country", own, []Count{wa("utility", "PT", 1, 1)}, november, "cost R$ 0,05", "custo R$ 0,05"},
		{"free-form text is free at first", Default(), []Count{wa("service", "BR", 1, 2)}, november, "cost US$ 0.00-0.01 (the first 1,000 service messages of each number and month are free)", "custo US$ 0,00-0,01 (as primeiras 1.000 mensagens de serviço de cada número e mês são gratuitas)"},
		{"free-form text was free", Default(), []Count{wa("service", "BR", 1, 2)}, day("2026-09-30"), "cost US$ 0.00", "custo US$ 0,00"},
		{"the day of a change", Default(), []Count{wa("service", "BR", 0, 2)}, day("2026-10-01"), "cost US$ 0.00-0.01 (the first 1,000 service messages of each number and month are free)", "custo US$ 0,00-0,01 (as primeiras 1.000 mensagens de serviço de cada número e mês são gratuitas)"},
		{"an unknown country", Default(), []Count{wa("marketing", "PT", 1, 1)}, november, "cost unknown: no known price of whatsapp marketing (PT)", "custo desconhecido: sem preço conhecido de whatsapp marketing (PT)"},
		{"no country", Default(), []Count{wa("marketing", "", 1, 1)}, november, "cost unknown: no known price of whatsapp marketing (country not known)", "custo desconhecido: sem preço conhecido de whatsapp marketing (país desconhecido)"},
		{"before the first card", Default(), []Count{wa("marketing", "BR", 1, 1)}, day("2025-12-31"), "cost unknown: no known price of whatsapp marketing (BR)", "custo desconhecido: sem preço conhecido de whatsapp marketing (BR)"},
		{"a channel without a price", Default(), []Count{wa("utility", "BR", 1, 1), {"sms", "utility", "BR", 0, 1}, {"sms", "utility", "BR", 0, 2}}, november,
			"cost US$ 0.0068, and no known price of sms utility (BR)", "custo US$ 0,0068, e sem preço conhecido de sms utility (BR)"},
		{"a currency without a rate", Table{Currency: "EUR", Rates: published}, []Count{wa("utility", "BR", 1, 1)}, november, "cost unknown: no known price of whatsapp utility (BR)", "custo desconhecido: sem preço conhecido de whatsapp utility (BR)"},
		{"nothing is sent", Default(), []Count{wa("utility", "PT", 0, 0)}, november, "cost US$ 0.00", "custo US$ 0,00"},
	} {
		cost := c.table.Cost(c.counts, c.at)
		if got := cost.Text(); got.En != c.en || got.Pt != c.pt || cost.String() != c.en {
			t.Errorf("%s: %q / %q, want %q / %q", c.name, got.En, got.Pt, c.en, c.pt)
		}
		if cost.Low > cost.High {
			t.Errorf("%s: from %d to %d", c.name, cost.Low, cost.High)
		}
	}
}

// Every figure has its source in a comment above it, and every row can be read.
func TestPricesAreData(t *testing.T) {
	if len(published) == 0 {
		t.Fatal("no prices")
	}
	sourced := false
	for i, line := range strings.Split(strings.TrimSpace(prices), "\n") {
		switch {
		case line == "#":
			sourced = false
		case strings.HasPrefix(line, "#"):
			sourced = sourced || strings.Contains(line, ".com") || strings.Contains(line, ".co ") || strings.Contains(line, "/")
		case !strings.HasPrefix(line, "from,") && !sourced:
			t.Errorf("line %d has no source: %s", i+1, line)
		}
	}
	for _, r := range published {
		if r.Provider == "" && (len(r.Country) != 2 || r.Category == "") || r.From.IsZero() || r.Low > r.High {
			t.Errorf("%+v", r)
		}
		if _, ok := Default().Find(Kind{r.Channel, r.Category, r.Country, r.Provider}, r.From); !ok {
			t.Errorf("no price of %+v on its first day", r)
		}
	}
	const head = "from,channel,country,category,currency,low,high,free,provider\n"
	for _, bad := range []string{head + "2026-13-01,a,BR,b,USD,0,0,0,\n", head + "2026-01-01,a,BR,b,USD,2,1,0,\n", head + "2026-01-01,a,BR,b,USD,-1,1,1,\n",
		head + "2026-01-01,a,BR,b,USD,x,1,1,\n", head + "2026-01-01,a,BR,b,USD,0,1,0,\n", head + "2026-01-01,a,BR,b,USD,1,1,5,\n", head + "2026-01-01,a,BR,b,USD,0,1,x,\n", "a,b\n\"\n"} {
		if _, err := read(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// A provider's own price goes before one of any, whatever their dates; without a
// provider it is not known whose price holds.
func TestPricesOfAProvider(t *testing.T) {
	table := Table{Currency: "USD", Rates: []Rate{
		{From: day("2026-01-01"), Channel: "sms", Currency: "USD", Low: 10, High: 10, Provider: "a"},
		{From: day("2026-06-01"), Channel: "sms", Currency: "USD", Low: 20, High: 20},
		{From: day("2026-07-01"), Channel: "sms", Currency: "USD", Low: 30, High: 30, Provider: "a"},
	}}
	for _, c := range []struct {
		provider, on string
		want         Amount
	}{{"a", "2026-06-02", 10}, {"a", "2026-07-02", 30}, {"b", "2026-07-02", 20}, {"", "2026-07-02", 20}, {"b", "2026-02-01", 0}} {
		q, ok := table.Find(Kind{Channel: "sms", Provider: c.provider}, day(c.on))
		if q.High != c.want || ok != (c.want > 0) {
			t.Errorf("%q on %s: %+v %v", c.provider, c.on, q, ok)
		}
	}
	own := table.With(Rate{Channel: "sms", Currency: "USD", Low: 5, High: 5})
	if q, _ := own.Find(Kind{Channel: "sms", Provider: "a"}, day("2026-07-02")); q.High != 5 {
		t.Errorf("one's own price is the contract's: %+v", q)
	}
}

func TestRegion(t *testing.T) {
	for locale, want := range map[string]string{"pt-BR": "BR", "pt_br": "BR", "pt": "", "": "", "zh-Hant-TW": "TW", "es-419": ""} {
		if got := Region(locale); got != want {
			t.Errorf("%q is of %q, want %q", locale, got, want)
		}
	}
}
