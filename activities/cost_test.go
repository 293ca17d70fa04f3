package activities_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"jornada/activities"
	"jornada/engine"
)

// priceStore keeps a workspace and counts what it is asked.
type priceStore struct {
	files map[string]string
	used  map[string]int
	asked int
	away  error
}

func (s *priceStore) WorkspaceFiles(context.Context) (map[string]string, error) {
	s.asked++
	return s.files, s.away
}

func (s *priceStore) TakeFreeMessage(_ context.Context, integration engine.IntegrationID, month string, most int) (bool, error) {
	s.asked++
	key := string(integration) + " " + month
	if s.used[key] >= most {
		return false, nil
	}
	s.used[key]++
	return true, s.away
}

func pricesOf(s *priceStore) (*activities.Prices, *time.Time) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	s.used = map[string]int{}
	return activities.NewPrices(s, engine.NewClock(engine.Anchor{}, func() time.Time { return now }), nil), &now
}

func shown(c *engine.Cost) string {
	if c == nil {
		return "nothing new"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %s %s %s", c.Micros, c.Currency, c.Source, c.Category, c.Day))
}

// What one message costs, as news of it come in.
func TestCostOfAMessage(t *testing.T) {
	type news struct {
		status engine.MessageStatus
		said   map[string]any
		want   string
	}
	brazil := engine.Address{Kind: engine.WAID, Value: "5511987654321"}
	wa := func(template, category string) engine.Message {
		return engine.Message{Channel: engine.WhatsApp, Provider: "meta", IntegrationID: "wa", Category: "utility", To: brazil, Content: engine.Content{Text: "Olá", Template: template, Category: category}}
	}
	sms := engine.Message{Channel: engine.SMS, Provider: "twilio", IntegrationID: "sms", Category: "utility", To: engine.Address{Kind: engine.Phone, Value: "+5511987654321"}, Content: engine.Content{Text: strings.Repeat("a", 161)}}
	mail := engine.Message{Channel: engine.Email, Provider: "ses", Category: "marketing", To: engine.Address{Kind: engine.EmailAddress, Value: "ana@exemplo.example"}}
	forgotten := engine.Message{Channel: engine.WhatsApp, IntegrationID: "wa", Reason: engine.ReasonForgotten}
	regular := func(category string) map[string]any {
		return map[string]any{"type": "regular", "pricing_model": "PMP", "category": category}
	}
	free := map[string]any{"type": "free_customer_service", "category": "service"}
	const day = " 2026-11-25"
	const own = "workspace: demo\ntimezone: America/Sao_Paulo\nprices: {currency: BRL, country: BR, dollar: 5, sms: 0.09}\n"
	for _, c := range []struct {
		name, workspace string
		message         engine.Message
		at              string
		news            []news
	}{
		{"a template, confirmed by the provider", "", wa("confirm", "utility"), "", []news{
			{engine.Accepted, nil, "6807 USD table utility" + day},
			{engine.Sent, regular("utility"), "nothing new"},
			{engine.Delivered, regular("utility"), "nothing new"},
			{engine.Read, nil, "nothing new"},
		}},
		{"a template that was put into another category", "", wa("confirm", "utility"), "", []news{
			{engine.Accepted, nil, "6807 USD table utility" + day}, {engine.Delivered, regular("marketing"), "62491 USD table marketing" + day},
		}},
		{"a category without a price", "", wa("confirm", "utility"), "", []news{
			{engine.Accepted, nil, "6807 USD table utility" + day}, {engine.Delivered, regular("referral_conversion"), "0  unknown referral_conversion" + day},
		}},
		{"marketing by the optimized delivery", "", wa("promo", "marketing"), "", []news{
			{engine.Accepted, nil, "62491 USD table marketing" + day}, {engine.Delivered, regular("marketing_lite"), "62491 USD table marketing_lite" + day},
		}},
		{"free at the provider", "", wa("", ""), "", []news{
			{engine.Accepted, nil, "0 USD free service" + day}, {engine.Delivered, free, "nothing new"}, {engine.Failed, nil, "nothing new"},
		}},
		{"free by an advertisement", "", wa("offer", "marketing"), "", []news{
			{engine.Accepted, nil, "62491 USD table marketing" + day}, {engine.Delivered, map[string]any{"type": "free_entry_point", "category": "marketing"}, "0 USD free marketing" + day},
		}},
		{"charged although we counted it free", "", wa("", ""), "", []news{
			{engine.Accepted, nil, "0 USD free service" + day}, {engine.Delivered, regular("service"), "6807 USD table service" + day},
		}},
		{"free-form text was free until September", "", wa("", ""), "2026-09-30T12:00:00-03:00", []news{{engine.Accepted, nil, "0 USD free service 2026-09-30"}}},
		{"what is not delivered is not charged", "", wa("confirm", "utility"), "", []news{
			{engine.Accepted, nil, "6807 USD table utility" + day}, {engine.Failed, nil, "0 USD free utility" + day}, {engine.Delivered, regular("utility"), "6807 USD table utility" + day},
		}},
		{"a failure that was not the last word", "", wa("confirm", "utility"), "", []news{
			{engine.Accepted, nil, "6807 USD table utility" + day}, {engine.Failed, nil, "0 USD free utility" + day}, {engine.Delivered, nil, "6807 USD table utility" + day}, {engine.Failed, nil, "nothing new"},
		}},
		{"refused at once", "", wa("confirm", "utility"), "", []news{{engine.Failed, nil, "nothing new"}}},
		{"a status before the answer of the call", "", wa("confirm", "utility"), "", []news{{engine.Delivered, regular("utility"), "6807 USD table utility" + day}}},
		{"an SMS has no list price", "", sms, "", []news{
			{engine.Accepted, nil, "0  unknown utility" + day}, {engine.Delivered, map[string]any{"price": "-0.0450", "price_unit": "USD"}, "45000 USD reported utility" + day},
			{engine.Read, regular("utility"), "nothing new"}, {engine.Failed, nil, "nothing new"},
		}},
		{"an SMS by the contract, of two segments", own, sms, "", []news{{engine.Accepted, nil, "180000 BRL table utility" + day}, {engine.Failed, nil, "nothing new"}}},
		{"a price that comes with a failure", own, sms, "", []news{
			{engine.Accepted, nil, "180000 BRL table utility" + day}, {engine.Failed, map[string]any{"pricePerMessage": 0.0, "currency": "BRL"}, "0 BRL reported utility" + day},
		}},
		{"the day is the workspace's", own, sms, "2026-11-25T01:30:00Z", []news{{engine.Accepted, nil, "180000 BRL table utility 2026-11-24"}}},
		{"an e-mail, by its provider's list", "", mail, "", []news{{engine.Accepted, nil, "100 USD table marketing" + day}}},
		{"known from its provider only", "", forgotten, "", []news{{engine.Accepted, nil, "0  unknown" + "  2026-11-25"}, {engine.Delivered, free, "0 USD free service" + day}}},
		{"skipped", "", wa("confirm", "utility"), "", []news{{engine.Skipped, nil, "nothing new"}, {engine.Unconfirmed, nil, "nothing new"}}},
	} {
		s := &priceStore{files: map[string]string{}}
		if c.workspace != "" {
			s.files["workspace.yaml"] = c.workspace
		}
		prices, now := pricesOf(s)
		if c.at != "" {
			*now, _ = time.Parse(time.RFC3339, c.at)
		}
		m := c.message
		for i, n := range c.news {
			u := engine.MessageUpdate{Status: n.status, At: *now, Pricing: n.said}
			got := prices.Cost(t.Context(), &m, u)
			if shown(got) != n.want {
				t.Errorf("%s, news %d (%s): %q, want %q", c.name, i, n.status, shown(got), n.want)
			}
			if got != nil {
				m.Cost = *got
			}
			if n.status.Rank() > m.Status.Rank() {
				m.Status = n.status
			}
			if m.AcceptedAt == nil && n.status != engine.Failed {
				at := *now
				m.AcceptedAt = &at
			}
			*now = now.AddDate(0, 0, 3) // later news change neither day nor price
		}
	}
}

// Our own count of WhatsApp's free entry point holds until the provider says otherwise,
// and uses up none of the number's free messages.
func TestFreeEntryCostsNothing(t *testing.T) {
	s := &priceStore{}
	prices, now := pricesOf(s)
	m := &engine.Message{Channel: engine.WhatsApp, Provider: "twilio", IntegrationID: "wa", To: engine.Address{Kind: engine.BSUID, Value: "BR.1"}, Content: engine.Content{Text: "Olá"}}
	cost := func(u engine.MessageUpdate) string {
		u.At = *now
		c := prices.Cost(t.Context(), m, u)
		if c == nil {
			return "nothing new"
		}
		m.Cost = *c
		return shown(c)
	}
	for _, n := range []struct {
		news engine.MessageUpdate
		want string
	}{
		{engine.MessageUpdate{Status: engine.Accepted, FreeEntry: true}, "0 USD free service 2026-11-25"},
		{engine.MessageUpdate{Status: engine.Delivered}, "nothing new"},
		{engine.MessageUpdate{Status: engine.Read, Pricing: map[string]any{"type": "regular", "category": "utility"}}, "6807 USD table utility 2026-11-25"},
	} {
		if got := cost(n.news); got != n.want {
			t.Errorf("%s: %q, want %q", n.news.Status, got, n.want)
		}
	}
	if s.asked != 1 { // for the prices
		t.Errorf("asked %d times", s.asked)
	}
}

// The free messages of a number and month are counted, and counted out.
func TestFreeMessagesOfANumber(t *testing.T) {
	s := &priceStore{}
	prices, now := pricesOf(s)
	accept := func(number engine.IntegrationID) string {
		m := &engine.Message{Channel: engine.WhatsApp, IntegrationID: number, To: engine.Address{Kind: engine.BSUID, Value: "BR.1"}, Content: engine.Content{Text: "Olá"}}
		return string(prices.Cost(t.Context(), m, engine.MessageUpdate{Status: engine.Accepted, At: *now}).Source)
	}
	for range 1000 {
		if got := accept("wa"); got != "free" {
			t.Fatal(got)
		}
	}
	if got := accept("wa"); got != "table" {
		t.Errorf("the thousand-and-first is %s", got)
	}
	before := s.asked
	if got := accept("wa"); got != "table" || s.asked != before {
		t.Errorf("then it is %s, and the store was asked %d times more", got, s.asked-before)
	}
	if got := accept("other"); got != "free" {
		t.Errorf("another number's is %s", got)
	}
	*now = now.AddDate(0, 1, 0)
	if got := accept("wa"); got != "free" {
		t.Errorf("the next month's is %s", got)
	}
}

// A process asks for the prices now and then, not for every message; when they
// cannot be read, the message goes on without a cost.
func TestPricesAreKeptForAMoment(t *testing.T) {
	s := &priceStore{}
	prices, now := pricesOf(s)
	m := &engine.Message{Channel: engine.Email, Provider: "ses"}
	cost := func() *engine.Cost { return prices.Cost(t.Context(), m, engine.MessageUpdate{Status: engine.Accepted}) }
	for range 3 {
		cost()
	}
	if s.asked != 1 {
		t.Errorf("asked %d times", s.asked)
	}
	*now = now.Add(time.Minute)
	s.away = errors.New("away")
	if got := cost(); got != nil {
		t.Errorf("with the database away: %+v", got)
	}
	s.away = nil
	if got := shown(cost()); got != "100 USD table  2026-11-25" {
		t.Errorf("back again: %q", got)
	}
	var nobody *activities.Prices
	if nobody.Cost(t.Context(), m, engine.MessageUpdate{Status: engine.Accepted}) != nil {
		t.Error("nobody tells a cost")
	}
}
