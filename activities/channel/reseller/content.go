package reseller

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/engine"
)

// Limits of one request in characters; the rest is in channel.Limits.
const (
	TextMax        = 4096
	CaptionMax     = 1024
	FooterMax      = 60
	DescriptionMax = 72
	buttonTitle    = 20
	buttonsMax     = 3
	rowTitle       = 24
	rowsMax        = 10
	smsMax         = 1600
)

// Wrong refuses a message that cannot be sent as it is; nothing was called.
func Wrong(format string, args ...any) error {
	return &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf(format, args...)}
}

// SMS is what an SMS says: choices become numbered lines, unless the author's
// text lists them, and a picture its address.
func SMS(c engine.Content) (string, error) {
	text := c.Text
	if c.Media != nil {
		text = strings.TrimSpace(text + "\n" + c.Media.URL)
	}
	if c.Footer != "" {
		text = strings.TrimSpace(text + "\n" + c.Footer)
	}
	text = channel.Numbered(text, c.Choices)
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "", Wrong("the message has no text")
	case n > smsMax:
		return "", Wrong("the text has %d characters; an SMS takes 1,600", n)
	}
	return text, nil
}

// AsButtons says whether a message's choices fit on WhatsApp's reply buttons.
func AsButtons(c engine.Content) bool {
	return len(c.Choices) > 0 && len(c.Choices) <= buttonsMax && !slices.ContainsFunc(c.Choices, func(o engine.Choice) bool {
		return utf8.RuneCountInString(o.Title) > buttonTitle
	})
}

// AsList says whether they fit in a list; more become numbered text.
func AsList(c engine.Content) bool { return len(c.Choices) > 0 && len(c.Choices) <= rowsMax }

// Plain is a WhatsApp message without buttons: choices as numbered lines, the
// footer at the end, as it has no place of its own.
func Plain(c engine.Content) string {
	return WithFooter(channel.Numbered(c.Text, c.Choices), c.Footer)
}

// WithFooter puts the footer at the end of a text.
func WithFooter(text, footer string) string {
	if footer == "" || text == "" {
		return text + footer
	}
	return text + "\n\n" + footer
}

// Within checks that a text says something and is not too long.
func Within(text string, limit int, what string) error {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return Wrong("the message has no text")
	case n > limit:
		return Wrong("%s has %d characters; WhatsApp allows %d", what, n, limit)
	}
	return nil
}

// Payload is the machine id of a choice, which comes back when it is tapped.
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

// Row is a choice as a row of a list; a title that is too long goes on in the
// description.
func Row(c engine.Choice) (title, description string) {
	title = Cut(c.Title, rowTitle)
	if title != c.Title {
		description = Cut(c.Title, DescriptionMax)
	}
	return title, description
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

// Cut shortens s to limit characters, the last one an ellipsis.
func Cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:limit-1]), " ") + "…"
}

// captions are the kinds of media and whether they take a text.
var captions = map[string]bool{"image": true, "video": true, "document": true, "audio": false, "sticker": false}

// Attachment checks media with the text under it.
func Attachment(m engine.MediaLink, caption string) error {
	captioned, known := captions[m.Kind]
	switch n := utf8.RuneCountInString(caption); {
	case !known:
		return Wrong("WhatsApp has no media of the kind %q; use image, document, video, audio or sticker", m.Kind)
	case caption != "" && !captioned:
		return Wrong("a message of the kind %q cannot carry text; send the text on its own", m.Kind)
	case n > CaptionMax:
		return Wrong("the text under the %s has %d characters; WhatsApp allows %d", m.Kind, n, CaptionMax)
	}
	return link(m.URL)
}

// Header checks media that stands above buttons or in a template, which only
// these three may.
func Header(m engine.MediaLink) error {
	if !captions[m.Kind] {
		return Wrong("media of the kind %q cannot stand above options or in a template; use image, document or video", m.Kind)
	}
	return link(m.URL)
}

func link(address string) error {
	if !HasLink(address) || !strings.HasPrefix(address, "http") {
		return Wrong("the media address must begin with https:// (or http://)")
	}
	return nil
}

var linkPattern = regexp.MustCompile(`https?://\S`)

// HasLink says whether a text has an address in it, of which WhatsApp can show a preview.
func HasLink(text string) bool { return linkPattern.MatchString(text) }

// Filename is the last part of an address, which people see as a document's name;
// "" when there is none.
func Filename(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.Trim(path.Base(u.Path), "./")
}

// Parameter is one blank of a template, filled in.
type Parameter struct{ Name, Value string }

// Parameters are a template's, in its order; without one, "1", "2", … as numbers
// and names alphabetically.
func Parameters(c engine.Content) ([]Parameter, error) {
	order := c.Order
	if len(order) == 0 {
		order = slices.SortedFunc(maps.Keys(c.Params), func(a, b string) int {
			m, errA := strconv.Atoi(a)
			n, errB := strconv.Atoi(b)
			if errA == nil && errB == nil {
				return m - n
			}
			return strings.Compare(a, b)
		})
	}
	var all []Parameter
	for _, name := range order {
		value := flat(c.Params[name])
		if value == "" {
			return nil, Wrong("the template %q needs the parameter %q, which is empty for this contact", c.Template, name)
		}
		all = append(all, Parameter{name, value})
	}
	return all, nil
}

// flat makes a value fit for a parameter: WhatsApp refuses line breaks, tabs and
// more than four spaces in a row (132012).
func flat(s string) string { return unfit.ReplaceAllString(strings.TrimSpace(s), " ") }

var unfit = regexp.MustCompile(`[ \t]*[\r\n\t][\s]*| {4,}`)
