package gateway

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/engine"
)

// Limits of WhatsApp in characters that channel.Limits does not name. Source:
// developers.facebook.com/documentation/business-messaging/whatsapp/messages/.
const (
	FooterMax      = 60
	CaptionMax     = 1024 // under a file, and above options
	descriptionMax = 72
)

// Digits is a phone number or WhatsApp id without its plus.
func Digits(value string) string { return strings.TrimPrefix(strings.TrimSpace(value), "+") }

// Phone is the address of a number that a company writes with its country code
// and without a plus. A short code or a name stays as it is.
func Phone(value string) engine.Address {
	digits := Digits(value)
	if len(digits) < phoneMin || strings.Trim(digits, "0123456789") != "" {
		return engine.Address{Kind: engine.Phone, Value: value}
	}
	return engine.Address{Kind: engine.Phone, Value: "+" + digits}
}

// phoneMin is the shortest number with a country code, in digits (ITU E.164
// leaves short codes to each country).
const phoneMin = 7

// SMSText is everything a message says, for a medium that carries text alone:
// a picture becomes its address, choices become numbered lines.
func SMSText(c engine.Content, limit int) (string, error) {
	text := c.Text
	if c.Media != nil {
		text = strings.TrimSpace(text + "\n" + c.Media.URL)
	}
	if c.Footer != "" {
		text = strings.TrimSpace(text + "\n" + c.Footer)
	}
	return Bounded(channel.Numbered(text, c.Choices), limit)
}

// Bounded refuses a text that says nothing or too much.
func Bounded(text string, limit int) (string, error) {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "", Wrong("the message has no text")
	case n > limit:
		return "", Wrong("the text has %d characters and may have %d; shorten it", n, limit)
	}
	return text, nil
}

// WithFooter puts the footer at the end of messages that have no place for one.
func WithFooter(body, footer string) string {
	switch {
	case footer == "":
		return body
	case body == "":
		return footer
	}
	return body + "\n\n" + footer
}

// Layout is how a person is offered the choices of a message.
type Layout int

// Lines: numbered text, or nothing to choose. Buttons and List are WhatsApp's.
const (
	Lines Layout = iota
	Buttons
	List
)

// LayoutOf offers up to three choices whose titles fit as buttons, up to ten as
// a list, and numbers what is more.
func LayoutOf(choices []engine.Choice) Layout {
	limits := channel.Limits(engine.WhatsApp)
	wide := func(c engine.Choice) bool { return utf8.RuneCountInString(c.Title) > limits.ButtonTitle }
	switch n := len(choices); {
	case n == 0 || n > limits.ListRows:
		return Lines
	case n <= limits.Buttons && !slices.ContainsFunc(choices, wide):
		return Buttons
	}
	return List
}

// Row is one row of a list; Description repeats a title that had to be cut.
type Row struct{ ID, Title, Description string }

// Rows are the rows of a list, whose ids may have idMax bytes.
func Rows(choices []engine.Choice, idMax int) ([]Row, error) {
	rows := make([]Row, 0, len(choices))
	for _, choice := range choices {
		id, err := Payload(choice, idMax)
		if err != nil {
			return nil, err
		}
		row := Row{ID: id, Title: Cut(choice.Title, channel.Limits(engine.WhatsApp).ListTitle)}
		if row.Title != choice.Title {
			row.Description = Cut(choice.Title, descriptionMax)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Cut shortens s to limit characters, the last one an ellipsis.
func Cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:limit-1]), " ") + "…"
}

// Payload is what comes back when a person taps a choice, at most limit bytes.
func Payload(c engine.Choice, limit int) (string, error) {
	p := c.Payload
	if p == "" {
		p = c.ID
	}
	if n := len(p); n == 0 || n > limit {
		return "", Wrong("the option %q needs a payload of 1 to %d bytes; it has %d", c.ID, limit, n)
	}
	return p, nil
}

// OptionsLabel is the text of the button that opens a list.
func OptionsLabel(locale string) string {
	switch language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-"); strings.ToLower(language) {
	case "en":
		return "Options"
	case "es":
		return "Opciones"
	}
	return "Opções"
}

// Param is one parameter of a template.
type Param struct{ Name, Value string }

// Params are a template's parameters in its own order; without one, "1", "2", …
// as numbers and names alphabetically. WhatsApp refuses an empty one.
func Params(c engine.Content) ([]Param, error) {
	order := c.Order
	if len(order) == 0 {
		order = slices.SortedFunc(maps.Keys(c.Params), byNumber)
	}
	all := make([]Param, 0, len(order))
	for _, name := range order {
		value := flat(c.Params[name])
		if value == "" {
			return nil, Wrong("the template %q needs the parameter %q, which is empty for this contact", c.Template, name)
		}
		all = append(all, Param{name, value})
	}
	return all, nil
}

func byNumber(a, b string) int {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return m - n
	}
	return strings.Compare(a, b)
}

// unfit is what WhatsApp refuses inside a parameter (132012): line breaks, tabs
// and more than four spaces in a row.
var unfit = regexp.MustCompile(`[ \t]*[\r\n\t][\s]*| {4,}`)

func flat(s string) string { return unfit.ReplaceAllString(strings.TrimSpace(s), " ") }

// CheckLink refuses a file that has no address the company could fetch.
func CheckLink(m engine.MediaLink) error {
	if !strings.HasPrefix(m.URL, "https://") && !strings.HasPrefix(m.URL, "http://") {
		return Wrong("the address of the %s must begin with https:// (or http://)", m.Kind)
	}
	return nil
}
