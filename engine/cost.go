package engine

import (
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"jornada/dsl"
	"jornada/dsl/price"
)

// CostSource is how we know what a message cost.
type CostSource string

// Reported: the provider named the amount. Listed: by the table of prices at the
// day of acceptance. Free: the provider said so, or counted it out by what it
// publishes. Unknown: nobody named a price.
const (
	CostReported CostSource = "reported"
	CostListed   CostSource = "table"
	CostFree     CostSource = "free"
	CostUnknown  CostSource = "unknown"
)

// Cost is what a message cost: millionths of a currency, and how we know. A
// message that no provider accepted has none: Source is empty.
type Cost struct {
	Micros   int64
	Currency string // "" when it is unknown
	Source   CostSource
	Category string // as it is billed: marketing, utility, authentication, service
	Day      string // on which it was accepted, 2026-11-25 in the workspace's zone
}

// Charge is what a provider said of a message's price. The zero value says
// nothing.
type Charge struct {
	Free     bool
	Paid     bool   // it is charged, whatever it costs
	Category string // the one it is billed as
	Named    bool   // Micros and Currency hold the amount
	Micros   int64
	Currency string
}

// Tariff is what messages cost in one workspace.
type Tariff struct {
	Prices  price.Table
	Country string // where most people are: of addresses that do not say it
	Zone    *time.Location
}

// TariffOf is the tariff of a workspace.
func TariffOf(ws *dsl.Workspace) Tariff {
	return Tariff{Prices: ws.Prices, Country: ws.Country, Zone: ZoneOr(ws.Timezone)}
}

// Day is the day of a moment in the workspace's zone.
func (t Tariff) Day(at time.Time) string { return at.In(t.Zone).Format(time.DateOnly) }

// Month is its month: 2026-11.
func (t Tariff) Month(at time.Time) string { return at.In(t.Zone).Format("2006-01") }

// marketingLite is what WhatsApp calls marketing that went by its optimized delivery. It
// has cost what marketing costs since July 2025
// (developers.facebook.com/docs/whatsapp/marketing-messages-lite-api/get-started).
const marketingLite = "marketing_lite"

// Quote is the list price of a message billed as category on a day.
func (t Tariff) Quote(m *Message, category string, at time.Time) (price.Quote, bool) {
	country := CountryOf(m.To)
	if country == "" {
		country = t.Country
	}
	kind := price.Kind{Channel: string(m.Channel), Category: category, Country: country, Provider: m.Provider}
	q, found := t.Prices.Find(kind, at)
	if !found && category == marketingLite {
		kind.Category = "marketing"
		q, found = t.Prices.Find(kind, at)
	}
	return q, found
}

// BilledAs is the category that a message is billed as, as far as we know
// ourselves: free-form WhatsApp text is service, whatever its journey is.
func BilledAs(m *Message) string {
	switch {
	case m.Reason == ReasonForgotten: // we know that it went, not what it was
		return ""
	case m.Channel == WhatsApp && m.Content.Template == "":
		return "service"
	case m.Content.Category != "":
		return strings.ToLower(m.Content.Category)
	}
	return m.Category
}

// CountryOf is the country that an address is in, "" where it does not say. A
// BSUID begins with it: "BR.13491208655302741918".
func CountryOf(a Address) string {
	switch a.Kind {
	case Phone, WAID:
		n, err := phonenumbers.Parse("+"+strings.TrimPrefix(a.Value, "+"), "ZZ")
		if err != nil {
			return ""
		}
		if region := phonenumbers.GetRegionCodeForNumber(n); region != "" && region != "ZZ" {
			return region
		}
		// An old WhatsApp id need not be a number that exists today.
		return knownRegion(phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())))
	case BSUID:
		if country, _, scoped := strings.Cut(a.Value, "."); scoped && len(country) == 2 {
			return strings.ToUpper(country)
		}
	}
	return ""
}

func knownRegion(region string) string {
	if region == "ZZ" || region == "001" {
		return ""
	}
	return region
}

// CostFilter asks for the messages of whole days, From and To included.
type CostFilter struct {
	From, To      string // 2026-11-25
	JourneyID     JourneyID
	IntegrationID IntegrationID
}

// CostLine is how many messages of one kind were accepted on a day, how their
// cost is known, and its sum. Messages in several currencies have several lines.
type CostLine struct {
	Day      string
	Channel  Channel
	Category string
	Currency string // "" of messages whose cost is unknown

	Messages, Reported, Listed, Free, Unknown int64
	Micros                                    int64
}
