package api

import (
	"context"
	"fmt"
	"time"

	"jornada/dsl/diag"
	"jornada/engine"
)

// analyticsStore counts what was sent and what it cost.
type analyticsStore interface {
	MessageCosts(ctx context.Context, f engine.CostFilter) ([]engine.CostLine, error)
}

// The days that one question may ask for, and those it asks for when it names none.
const (
	daysMost    = 400
	daysDefault = 30
)

// messageAnalytics is volume and cost by day, channel and category.
type messageAnalytics struct {
	From     string         `json:"from"`
	To       string         `json:"to"`
	Timezone string         `json:"timezone"`
	Items    []messagesView `json:"items"`
	Totals   totalsView     `json:"totals"`
}

type messagesView struct {
	Day      string         `json:"day"`
	Channel  engine.Channel `json:"channel"`
	Category string         `json:"category"`
	totalsView
}

type totalsView struct {
	Messages int64       `json:"messages"`
	Costs    []moneyView `json:"costs"` // one for each currency
	Known    knownView   `json:"cost_known"`
}

type moneyView struct {
	Currency string  `json:"currency"`
	Amount   float64 `json:"amount"`
	Micros   int64   `json:"micros"` // the same, exactly
}

// knownView is of how many messages the cost is known how.
type knownView struct {
	Reported int64 `json:"reported"`
	Table    int64 `json:"table"`
	Free     int64 `json:"free"`
	Unknown  int64 `json:"unknown"`
}

// add counts a line in.
func (v *totalsView) add(l *engine.CostLine) {
	v.Messages += l.Messages
	v.Known.Reported += l.Reported
	v.Known.Table += l.Listed
	v.Known.Free += l.Free
	v.Known.Unknown += l.Unknown
	if l.Currency == "" {
		return
	}
	for i := range v.Costs {
		if v.Costs[i].Currency == l.Currency {
			v.Costs[i] = money(l.Currency, v.Costs[i].Micros+l.Micros)
			return
		}
	}
	v.Costs = append(v.Costs, money(l.Currency, l.Micros))
}

func money(currency string, micros int64) moneyView {
	return moneyView{currency, float64(micros) / 1e6, micros}
}

func (s *server) analyzeMessages(ctx context.Context, q *request) (*answer, error) {
	ws, err := s.currentWorkspace(ctx)
	if err != nil {
		return nil, err
	}
	zone := zoneOf(ws.Timezone)
	from, to, err := q.days(s.Clock.Now().In(zone))
	if err != nil {
		return nil, err
	}
	lines, err := s.Store.MessageCosts(ctx, engine.CostFilter{
		From: from, To: to, JourneyID: engine.JourneyID(q.query("journey")), IntegrationID: engine.IntegrationID(q.query("integration")),
	})
	if err != nil {
		return nil, fmt.Errorf("counting messages: %w", err)
	}
	v := messageAnalytics{From: from, To: to, Timezone: zone.String(), Items: []messagesView{}, Totals: totalsView{Costs: []moneyView{}}}
	for i := range lines {
		l := &lines[i]
		if n := len(v.Items); n == 0 || v.Items[n-1].Day != l.Day || v.Items[n-1].Channel != l.Channel || v.Items[n-1].Category != l.Category {
			v.Items = append(v.Items, messagesView{Day: l.Day, Channel: l.Channel, Category: l.Category, totalsView: totalsView{Costs: []moneyView{}}})
		}
		v.Items[len(v.Items)-1].add(l)
		v.Totals.add(l)
	}
	return ok(v), nil
}

// days reads from and to, both included: dates of the workspace's zone, in which
// now is. Without them it is the last thirty days.
func (q *request) days(now time.Time) (from, to string, err error) {
	read := func(name string, otherwise time.Time) (time.Time, error) {
		text := q.query(name)
		if text == "" {
			return otherwise, nil
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return day, invalid(name, diag.T("%s is %q and must be a day such as %s", "%s é %q e deve ser um dia como %s", name, text, now.Format(time.DateOnly)))
		}
		return day, nil
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	last, err := read("to", today)
	if err != nil {
		return "", "", err
	}
	first, err := read("from", last.AddDate(0, 0, 1-daysDefault))
	if err != nil {
		return "", "", err
	}
	switch n := int(last.Sub(first).Hours()/24) + 1; {
	case n < 1:
		return "", "", invalid("from", diag.T("from (%s) is after to (%s)", "from (%s) é depois de to (%s)", first.Format(time.DateOnly), last.Format(time.DateOnly)))
	case n > daysMost:
		return "", "", invalid("from", diag.T("from %s to %s are %d days; ask for %d at most", "de %s a %s são %d dias; peça no máximo %d", first.Format(time.DateOnly), last.Format(time.DateOnly), n, daysMost))
	}
	return first.Format(time.DateOnly), last.Format(time.DateOnly), nil
}
