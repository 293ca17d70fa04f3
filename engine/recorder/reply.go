package recorder

import (
	"regexp"
	"strconv"
	"strings"

	"jornada/dsl"
	"jornada/dsl/expression"
	"jornada/engine"
)

// reply is what the person wrote or tapped. It is understood as it was: an option
// is tapped, a score is its number, a text that was not understood is another one
// that is not.
func (r *recording) reply(e engine.TimelineEntry, n *dsl.Node) {
	h, known := r.heard[e.EventID]
	if !known { // erased, or too long ago: what it came to is in the timeline
		h.Channel = engine.Channel(e.Detail)
	}
	said := map[string]any{}
	if h.Channel != "" {
		said["via"] = string(h.Channel)
	}
	switch {
	case h.Media != nil && h.Text == "":
		said["media"] = "https://example.com/picture.jpg"
	case n != nil && n.Ask != nil && offers(n.Ask, e.Result):
		said["option"] = e.Result
	default:
		said["text"] = r.wrote(h.Text, e, n)
	}
	r.does(later(e.At, h.ReceivedAt), "reply", said)
}

func offers(a *dsl.Ask, option string) bool {
	for _, o := range a.Options {
		if o.ID == option {
			return true
		}
	}
	return false
}

var score = regexp.MustCompile(`\d{1,2}`)

// wrote makes up a text that is understood as the person's was.
func (r *recording) wrote(text string, e engine.TimelineEntry, n *dsl.Node) string {
	made := r.fake.text(text)
	if n == nil || n.Ask == nil || e.Detail == "late_reply" {
		return orWords(made)
	}
	switch {
	case n.Ask.Scale != nil && e.Result != "" && e.Result != "other":
		if m := score.FindString(text); m != "" {
			return m
		}
		for _, b := range n.Ask.Scale.Bands {
			if b.Outcome == e.Result {
				return strconv.Itoa(b.Min)
			}
		}
	case n.Ask.Scale == nil && len(n.Ask.Options) == 0 && n.Ask.Accept == "email":
		return r.fake.text(strings.TrimSpace(text))
	case n.Ask.Scale == nil && len(n.Ask.Options) == 0 && (n.Ask.Accept == "number" || n.Ask.Accept == "date"):
		if short.MatchString(text) {
			return text
		}
	}
	return orWords(made)
}

func orWords(text string) string {
	if strings.TrimSpace(text) == "" {
		return "não sei dizer"
	}
	return text
}

// example is a value of every field that a call returns: what the service really
// said is kept nowhere.
func example(fields expression.Fields) map[string]any {
	out := map[string]any{}
	for name, t := range fields {
		if !t.Optional {
			out[name] = exampleOf(t)
		}
	}
	return out
}

func exampleOf(t expression.Type) any {
	switch t.Kind {
	case expression.Number, expression.Int:
		return 1
	case expression.Bool:
		return true
	case expression.Time:
		return "2030-01-01T12:00:00Z"
	case expression.List:
		return []any{}
	case expression.Object:
		return example(t.Fields)
	}
	return "exemplo"
}
