package dsl

import (
	"testing"
	"time"

	"jornada/dsl/price"
)

// The workspace says what it pays; without a rate of exchange list prices are
// not turned into its currency.
func TestPricesOfAWorkspace(t *testing.T) {
	at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	counts := []price.Count{{Channel: "whatsapp", Category: "marketing", Country: "BR", Min: 0, Max: 1}, {Channel: "sms", Category: "marketing", Country: "BR", Min: 0, Max: 2}}
	for prices, want := range map[string]string{
		"": "cost US$ 0.00-0.06, and no known price of sms marketing (BR)",
		"prices: {currency: BRL, country: BR, dollar: 5, sms: 0.09}":                                   "cost R$ 0,00-0,49",
		"prices: {currency: BRL, sms: 0.09}":                                                           "cost R$ 0,00-0,18, and no known price of whatsapp marketing (BR)",
		"prices: {currency: USD, sms: 0.01}":                                                           "cost US$ 0.00-0.08",
		"prices: {currency: BRL, sms: 0.09, whatsapp: {marketing: 0.40, utility: 0.05}, email: 0.001}": "cost R$ 0,00-0,58",
	} {
		ws, list := ParseWorkspace([]File{{workspaceFile, []byte("workspace: w\ntimezone: UTC\n" + prices + "\n")}})
		if len(list) > 0 {
			t.Errorf("%s: %v", prices, list)
		}
		if got := ws.Prices.Cost(counts, at).String(); got != want {
			t.Errorf("%s: %q, want %q", prices, got, want)
		}
	}
	one := []price.Count{{Channel: "whatsapp", Category: "utility", Min: 1, Max: 2}}
	for _, c := range []struct{ prices, locale, want string }{
		{"prices: {country: BR}", "en-US", "cost US$ 0.0068-0.0136"}, {"", "pt-BR", "cost US$ 0.0068-0.0136"},
		{"", "pt-PT", "cost unknown: no known price of whatsapp utility (PT)"}, {"", "pt", "cost unknown: no known price of whatsapp utility (country not known)"},
	} {
		ws, _ := ParseWorkspace([]File{{workspaceFile, []byte("workspace: w\ntimezone: UTC\n" + c.prices + "\n")}})
		if got := ws.Cost(one, c.locale, at).String(); got != c.want || one[0].Country != "" {
			t.Errorf("%s, %s: %q, want %q", c.prices, c.locale, got, c.want)
		}
	}
}
