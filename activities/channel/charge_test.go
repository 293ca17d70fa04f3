package channel

import (
	"encoding/json"
	"testing"

	"jornada/engine"
)

func TestChargeOf(t *testing.T) {
	usd := func(micros int64) engine.Charge { return engine.Charge{Named: true, Micros: micros, Currency: "USD"} }
	for said, want := range map[string]engine.Charge{
		`null`: {},
		`{"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}`:             {Paid: true, Category: "utility"},
		`{"pricing_model":"PMP","category":"service","type":"free_customer_service"}`:               {Free: true, Category: "service"},
		`{"billable":false,"pricing_model":"PMP","category":"marketing","type":"free_entry_point"}`: {Free: true, Category: "marketing"},
		`{"billable":true,"pricing_model":"CBP","category":"authentication"}`:                       {Paid: true, Category: "authentication"},
		`{"billable":false,"pricing_model":"CBP","category":"referral_conversion"}`:                 {Free: true, Category: "referral_conversion"},
		`{"pricing_model":"PMP","category":"marketing_lite","type":"REGULAR"}`:                      {Paid: true, Category: "marketing_lite"},
		`{"category":"DROP TABLE"}`:                                                                    {},
		`{"price":"-0.00750","price_unit":"USD"}`:                                                      usd(7500),
		`{"price":null,"price_unit":"USD"}`:                                                            {},
		`{"price":"","price_unit":"usd"}`:                                                              {},
		`{"price":"-0.0075"}`:                                                                          {},
		`{"price":"1e99","price_unit":"USD"}`:                                                          {},
		`{"pricePerMessage":0.21,"currency":"BRL"}`:                                                    {Named: true, Micros: 210_000, Currency: "BRL"},
		`{"pricePerMessage":0.01,"currency":"USD","parts":3}`:                                          usd(30_000),
		`{"pricePerMessage":0.01,"currency":"USD","parts":0}`:                                          usd(10_000),
		`{"pricePerMessage":0,"currency":"USD"}`:                                                       usd(0),
		`{"total":0.0375,"perSms":0.0125,"currency":"USD"}`:                                            usd(37_500),
		`{"pricePerMessage":{"a":1},"currency":["USD"],"type":5,"billable":"yes","category":{"x":[]}}`: {},
	} {
		var pricing map[string]any
		if err := json.Unmarshal([]byte(said), &pricing); err != nil {
			t.Fatal(err)
		}
		if got := ChargeOf(pricing); got != want {
			t.Errorf("%s: %+v, want %+v", said, got, want)
		}
	}
}
