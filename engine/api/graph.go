package api

import (
	"maps"
	"slices"
	"strings"
	"time"

	"jornada/dsl"
	"jornada/dsl/diag"
	"jornada/dsl/price"
)

// graphView is a journey as a picture needs it.
type graphView struct {
	Start string     `json:"start"`
	Nodes []nodeView `json:"nodes"`
	Edges []edgeView `json:"edges"`
}

type nodeView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Verb string `json:"verb"`
	Line int    `json:"line"`
}

type edgeView struct {
	From    string `json:"from"`
	Outcome string `json:"outcome"`
	To      string `json:"to"`
}

func graphOf(p *dsl.Plan) graphView {
	g := graphView{Start: p.Start, Nodes: []nodeView{}, Edges: []edgeView{}}
	ids := slices.SortedFunc(maps.Keys(p.Nodes), func(a, b string) int {
		if byLine := p.Nodes[a].Line - p.Nodes[b].Line; byLine != 0 {
			return byLine
		}
		if a < b {
			return -1
		}
		return 1
	})
	for _, id := range ids {
		n := p.Nodes[id]
		g.Nodes = append(g.Nodes, nodeView{id, n.Name, n.Verb, n.Line})
		for _, outcome := range slices.Sorted(maps.Keys(n.Edges)) {
			g.Edges = append(g.Edges, edgeView{id, outcome, n.Edges[outcome]})
		}
		if n.If != nil || len(n.Edges) == 0 && n.Next != "" {
			g.Edges = append(g.Edges, edgeView{id, "", n.Next})
		}
	}
	return g
}

// routeWindowView is what is proved of a service window when a step sends.
type routeWindowView struct {
	StepID         string `json:"step_id"`
	Route          int    `json:"route"` // 0 is the first channel, then the fallbacks
	Channel        string `json:"channel"`
	Open           bool   `json:"open"`
	LeftSeconds    int    `json:"left_seconds"` // at least, when open; 0 where no window is needed
	ClosedTemplate string `json:"closed_template"`
	IsTemplate     bool   `json:"is_template"`
	Why            string `json:"why"` // it may be closed, in words
}

func routeWindowsOf(list []dsl.RouteWindow, lang diag.Language) []routeWindowView {
	views := make([]routeWindowView, len(list))
	for i, w := range list {
		views[i] = routeWindowView{w.StepID, w.Route, w.Channel, w.Open, int(w.Left.Seconds()), w.Closed, w.Template, w.Why.In(lang)}
	}
	return views
}

// estimateView is what one person gets and costs, at least and at most, when nobody
// interrupts. Fallbacks and reprompts count for the most.
type estimateView struct {
	MessagesMin  int         `json:"messages_min"`
	MessagesMax  int         `json:"messages_max"`
	MarketingMin int         `json:"marketing_min"` // of them
	MarketingMax int         `json:"marketing_max"`
	Sends        []dsl.Sends `json:"sends"` // by channel and category
	Cost         costView    `json:"cost"`
	StaySeconds  int         `json:"stay_seconds"` // the longest, without the waits of stay_dates
	StayDates    []string    `json:"stay_dates"`   // steps that wait for a date: nobody knows how long
	Summary      string      `json:"summary"`      // one line for people
}

// costView is money, in units of the currency.
type costView struct {
	Currency string   `json:"currency"`
	Low      float64  `json:"low"`
	High     float64  `json:"high"`
	Unknown  []string `json:"unknown"` // kinds of messages without a known price; they are not in the amounts
	Money    string   `json:"money"`   // the amounts for people; "" when nothing has a known price
	Text     string   `json:"text"`    // a sentence: the amounts, and what has no known price
}

func costOfSends(cost price.Cost, lang diag.Language) costView {
	v := costView{Currency: cost.Currency, Low: cost.Low.Units(), High: cost.High.Units(), Unknown: []string{}, Text: cost.Text().In(lang)}
	for _, n := range cost.Unknown {
		v.Unknown = append(v.Unknown, strings.TrimSpace(n.Channel+" "+n.Category+" "+n.Country))
	}
	slices.Sort(v.Unknown)
	v.Unknown = slices.Compact(v.Unknown)
	if len(v.Unknown) == 0 || cost.High > 0 {
		v.Money = cost.Money().In(lang)
	}
	return v
}

func estimateOf(p *dsl.Plan, ws *dsl.Workspace, at time.Time, lang diag.Language) estimateView {
	b := p.Bounds()
	cost := p.Cost(b, ws, at)
	return estimateView{
		MessagesMin: b.Messages.Min, MessagesMax: b.Messages.Max, MarketingMin: b.Marketing.Min, MarketingMax: b.Marketing.Max,
		Sends: append([]dsl.Sends{}, b.Sends...), StaySeconds: int(b.Stay.Std().Seconds()), StayDates: append([]string{}, b.Dates...),
		Cost:    costOfSends(cost, lang),
		Summary: b.Summary(cost).In(lang),
	}
}
