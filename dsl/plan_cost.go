package dsl

import (
	"time"

	"jornada/dsl/expression"
	"jornada/dsl/medium"
	"jornada/dsl/price"
)

// Cost is what the messages of one contact cost at the prices of a day, from the
// cheapest way through the journey to the dearest. An SMS counts by the segments
// of its text as it is sent, of the shortest at least and of the longest at most,
// where a value is taken for a dozen characters.
func (p *Plan) Cost(b Bounds, ws *Workspace, at time.Time) price.Cost {
	shortest, longest := p.segments(ws.Channels["sms"].SmartEncoding)
	counts := make([]price.Count, 0, len(b.Sends))
	for _, s := range b.Sends {
		n := price.Count{Channel: s.Channel, Category: s.Category, Min: s.Min, Max: s.Max}
		if medium.Of(s.Channel).Segments {
			n.Min, n.Max = n.Min*shortest, n.Max*longest
		}
		counts = append(counts, n)
	}
	return ws.Cost(counts, p.Locale, at)
}

// segments are those of the shortest and of the longest SMS of a plan; smart leaves
// accents out where that saves one.
func (p *Plan) segments(smart bool) (shortest, longest int) {
	count := func(source string) {
		t, err := expression.LoadText(source)
		if err != nil {
			return
		}
		size, plain, _, _ := smsSize(t)
		if smart && plain.Segments < size.Segments {
			size = plain
		}
		if shortest == 0 || size.Segments < shortest {
			shortest = size.Segments
		}
		longest = max(longest, size.Segments)
	}
	for _, n := range p.Nodes {
		for _, r := range n.routes() {
			if !medium.Of(r.Channel).Segments || r.Message.Text == nil {
				continue
			}
			count(r.Message.Text.Source)
			for _, texts := range p.Translations {
				if text, ok := texts[r.Message.Text.Path]; ok {
					count(text)
				}
			}
		}
	}
	return max(1, shortest), max(1, longest)
}
