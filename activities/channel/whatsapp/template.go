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
