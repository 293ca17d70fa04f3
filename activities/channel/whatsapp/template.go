package whatsapp

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel/refusal"
	"jornada/engine"
)

// Language is a template's, as WhatsApp writes it (pt_BR): a template is known by
// its name and its language.
func Language(c engine.Content) (string, error) {
	if c.Language == "" {
		return "", refusal.Wrong("the template %q has no language; a template is known by name and language", c.Template)
	}
	return strings.ReplaceAll(c.Language, "-", "_"), nil
}

// Parameter is one value of a template.
type Parameter struct{ Name, Value string }

// Parameters fill in a template, in its order; without one, "1", "2", … as
// numbers and names alphabetically. WhatsApp takes no empty value.
func Parameters(c engine.Content) ([]Parameter, error) {
	all := []Parameter{}
	for _, name := range order(c) {
		value, there := c.Params[name]
		value = flat(value)
		if !there || value == "" {
			return nil, refusal.Wrong("the template %q needs the parameter %q, which is empty for this contact", c.Template, name)
		}
		all = append(all, Parameter{name, value})
	}
	return all, nil
}

// Filled are the parameters of a template by where they stand.
type Filled struct {
	Header, Body []Parameter
	Links        []Link // in the order of their places
}

// Link is a button of a template that is no quick reply, and its parameter; without
// one it says only that the place is taken.
type Link struct {
	Index int
	Value string
}

// Places are the parameters by where they stand.
func Places(c engine.Content) (Filled, error) {
	if c.Places == nil {
		body, err := Parameters(c)
		return Filled{Body: body}, err
	}
	var f Filled
	var err error
	part := func(names []string) []Parameter {
		var list []Parameter
		if err == nil && len(names) > 0 {
			only := c
			only.Order = names
			list, err = Parameters(only)
		}
		return list
	}
	f.Header, f.Body = part(c.Places.Header), part(c.Places.Body)
	for _, l := range c.Places.Links {
		link := Link{Index: l.Index}
		if l.Param != "" {
			if value := part([]string{l.Param}); len(value) > 0 {
				link.Value = value[0].Value
			}
		}
		f.Links = append(f.Links, link)
	}
	return f, err
}

// Replies are the places of so many quick replies: those that no other button takes.
func (f Filled) Replies(n int) []int {
	places := []int{}
	for at := 0; len(places) < n; at++ {
		if !slices.ContainsFunc(f.Links, func(l Link) bool { return l.Index == at }) {
			places = append(places, at)
		}
	}
	return places
}

// InOrder are all parameters in the order in which they stand in the template: header,
// body, buttons.
func (f Filled) InOrder() []Parameter {
	all := slices.Concat(f.Header, f.Body)
	for _, l := range f.Links {
		if l.Value != "" {
			all = append(all, Parameter{Value: l.Value})
		}
	}
	return all
}

func order(c engine.Content) []string {
	if len(c.Order) > 0 {
		return c.Order
	}
	return slices.SortedFunc(maps.Keys(c.Params), func(a, b string) int {
		m, errA := strconv.Atoi(a)
		n, errB := strconv.Atoi(b)
		if errA == nil && errB == nil {
			return m - n
		}
		return strings.Compare(a, b)
	})
}

// flat makes a value fit for a parameter: Meta refuses line breaks, tabs and
// more than four spaces in a row (132012).
var unfit = regexp.MustCompile(`[ \t]*[\r\n\t][\s]*| {4,}`)

func flat(s string) string { return unfit.ReplaceAllString(strings.TrimSpace(s), " ") }
