package engine

import (
	"testing"
	"time"

	"jornada/dsl"
)

func TestCountryOf(t *testing.T) {
	for a, want := range map[Address]string{
		{Kind: Phone, Value: "+5511987654321"}:      "BR",
		{Kind: WAID, Value: "554188887777"}:         "BR", // without the ninth digit
		{Kind: WAID, Value: "5215512345678"}:        "MX",
		{Kind: Phone, Value: "+12025550143"}:        "US",
		{Kind: Phone, Value: "+16135550143"}:        "CA",
		{Kind: Phone, Value: "+351912345678"}:       "PT",
		{Kind: Phone, Value: "+99912345678"}:        "",
		{Kind: Phone, Value: "Jornada"}:             "",
		{Kind: Phone, Value: ""}:                    "",
		{Kind: BSUID, Value: "br.1349120865"}:       "BR",
		{Kind: BSUID, Value: "1349120865"}:          "",
		{Kind: EmailAddress, Value: "ana@a.com.br"}: "",
	} {
		if got := CountryOf(a); got != want {
			t.Errorf("%+v is in %q, want %q", a, got, want)
		}
	}
}

func TestBilledAs(t *testing.T) {
	for _, c := range []struct {
		name string
		m    Message
		want string
	}{
		{"free-form text", Message{Channel: WhatsApp, Category: "marketing", Content: Content{Category: "marketing"}}, "service"},
		{"a template of its own category", Message{Channel: WhatsApp, Category: "utility", Content: Content{Template: "t", Category: "MARKETING"}}, "marketing"},
		{"a template of the journey's", Message{Channel: WhatsApp, Category: "utility", Content: Content{Template: "t"}}, "utility"},
		{"an SMS", Message{Channel: SMS, Category: "utility"}, "utility"},
		{"known from its provider only", Message{Channel: WhatsApp, Reason: ReasonForgotten}, ""},
	} {
		if got := BilledAs(&c.m); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Days and months are the workspace's, and a recipient's country goes before its own.
func TestTariff(t *testing.T) {
	ws := dsl.DefaultWorkspace()
	ws.Timezone, ws.Country = "America/Sao_Paulo", "CL"
	tariff := TariffOf(ws)
	night := time.Date(2026, 12, 1, 2, 59, 0, 0, time.UTC)
	if day, month := tariff.Day(night), tariff.Month(night); day != "2026-11-30" || month != "2026-11" {
		t.Errorf("%s of %s", day, month)
	}
	for a, want := range map[Address]int64{
		{Kind: Phone, Value: "+5511987654321"}: 6807,  // Brazil's
		{Kind: BSUID, Value: "unscoped"}:       19986, // the workspace's
		{Kind: Phone, Value: "+351912345678"}:  0,     // no known price
	} {
		q, ok := tariff.Quote(&Message{Channel: WhatsApp, To: a}, "utility", night)
		if int64(q.High) != want || ok != (want > 0) {
			t.Errorf("%+v costs %d (%v), want %d", a, q.High, ok, want)
		}
	}
}

// What went by the optimized delivery costs what marketing costs.
func TestTariffOfMarketingLite(t *testing.T) {
	tariff := TariffOf(dsl.DefaultWorkspace())
	at := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	m := &Message{Channel: WhatsApp, To: Address{Kind: Phone, Value: "+5511987654321"}}
	want, listed := tariff.Quote(m, "marketing", at)
	got, ok := tariff.Quote(m, "marketing_lite", at)
	if !listed || !ok || got != want {
		t.Errorf("%+v %v, want %+v %v", got, ok, want, listed)
	}
	if _, ok := tariff.Quote(m, "marketing_heavy", at); ok {
		t.Error("a category that nobody knows has a price")
	}
}
