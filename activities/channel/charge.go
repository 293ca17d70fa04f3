package channel

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"

	"jornada/dsl/price"
	"jornada/engine"
)

// ChargeOf reads what a provider says of a message's price, in the words of those
// that say something:
//
//   - WhatsApp and who passes its statuses on: type regular, free_customer_service or
//     free_entry_point, category, and billable (deprecated), never an amount
//     (developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status)
//   - Twilio: price, negative because it is taken from the account, and price_unit; null
//     until it is known (twilio.com/docs/messaging/api/message-resource)
//   - Infobip: pricePerMessage and currency, of each part of an SMS
//     (infobip.com/docs/api, delivery reports); parts is added by its driver
//   - total and currency, of gateways that name a sum
//
// What it does not understand it leaves out: a price is never guessed.
func ChargeOf(pricing map[string]any) engine.Charge {
	var c engine.Charge
	text := func(key string) string {
		s, _ := pricing[key].(string)
		return strings.ToLower(strings.TrimSpace(s))
	}
	kind := text("type")
	billable, said := pricing["billable"].(bool)
	switch {
	case strings.HasPrefix(kind, "free_"), kind == "" && said && !billable:
		c.Free = true
	case kind == "regular", kind == "" && billable:
		c.Paid = true
	}
	if category := text("category"); categoryWord.MatchString(category) {
		c.Category = category
	}
	parts := 1.0
	if n, ok := number(pricing["parts"]); ok && n >= 1 && n <= 100 {
		parts = n
	}
	for _, key := range []string{"price", "total", "pricePerMessage"} {
		amount, ok := number(pricing[key])
		currency := strings.ToUpper(firstOf(text("price_unit"), text("currency")))
		if !ok || !currencyCode.MatchString(currency) {
			continue
		}
		if key == "pricePerMessage" {
			amount *= parts
		}
		c.Named, c.Micros, c.Currency = true, int64(price.Of(math.Abs(amount))), currency
		break
	}
	return c
}

var (
	categoryWord = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// number reads an amount of money that is a number or is written as one.
func number(v any) (float64, bool) {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case json.Number:
		return number(string(v))
	case string:
		if err := json.Unmarshal([]byte(strings.TrimSpace(v)), &f); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	return f, math.Abs(f) < 1e6
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
