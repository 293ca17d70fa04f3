// Package whatsapp is what WhatsApp itself lays down, whatever company carries
// the message: how long things may be, how a template is filled in, what an error
// code asks for, and the odd ways in which ids and timestamps are written. Meta's
// driver uses it, and so do those of the companies that stand between us and Meta.
//
// Limits: developers.facebook.com/documentation/business-messaging/whatsapp/messages/
// (the rest of them is in channel.Limits).
package whatsapp

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/engine"
)

// Limits of one message: characters, PayloadMax bytes.
const (
	TextMax        = 4096
	CaptionMax     = 1024 // also the text above buttons
	ListBodyMax    = 4096
	FooterMax      = 60
	ButtonTitleMax = 20
	RowTitleMax    = 24
	DescriptionMax = 72
	PayloadMax     = 256
	ButtonsMax     = 3
	RowsMax        = 10
)

// Wrong is a message that cannot be sent as it is; nothing was called.
func Wrong(format string, args ...any) error {
	return &channel.SendError{Class: channel.FixRequest, Message: fmt.Sprintf(format, args...)}
}

// AsButtons says whether choices become buttons: up to three with short titles.
func AsButtons(choices []engine.Choice) bool {
	if len(choices) == 0 || len(choices) > ButtonsMax {
		return false
	}
	for _, c := range choices {
		if utf8.RuneCountInString(c.Title) > ButtonTitleMax {
			return false
		}
	}
	return true
}

// AsList says whether choices that are no buttons become a list: up to ten. More
// are numbered text.
func AsList(choices []engine.Choice) bool { return len(choices) > 0 && len(choices) <= RowsMax }

// Body is the text of a message without buttons or a list: numbered choices and
// the footer are part of it.
func Body(c engine.Content) string {
	return WithFooter(channel.Numbered(c.Text, c.Choices), c.Footer)
}

// CheckText checks the body of a text message.
func CheckText(body string) error {
	switch n := utf8.RuneCountInString(body); {
	case strings.TrimSpace(body) == "":
		return Wrong("the message has no text")
	case n > TextMax:
		return Wrong("the text has %d characters; WhatsApp allows 4,096", n)
	}
	return nil
}

// CheckAbove checks the text above buttons or a list.
func CheckAbove(body string, limit int) error {
	if strings.TrimSpace(body) == "" {
		return Wrong("a message with options needs a text above them")
	}
	if n := utf8.RuneCountInString(body); n > limit {
		return Wrong("the text has %d characters; WhatsApp allows %d above options", n, limit)
	}
	return nil
}

// WithFooter puts the footer at the end of messages that have no place for one.
func WithFooter(body, footer string) string {
	if footer == "" {
		return body
	}
	if body == "" {
		return footer
	}
	return body + "\n\n" + footer
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
			return nil, Wrong("the template %q needs the parameter %q, which is empty for this contact", c.Template, name)
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

// Payload is what comes back when a choice is tapped.
func Payload(c engine.Choice) (string, error) {
	p := c.Payload
	if p == "" {
		p = c.ID
	}
	if n := len(p); n == 0 || n > PayloadMax {
		return "", Wrong("the option %q needs a payload of 1 to %d bytes; it has %d", c.ID, PayloadMax, n)
	}
	return p, nil
}

// Row is a choice in a list: a title that is too long is cut, and stands whole
// below.
func Row(c engine.Choice) (title, description string) {
	if title = Cut(c.Title, RowTitleMax); title != c.Title {
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

// mediaKinds are what a link may carry, and whether it takes a caption.
var mediaKinds = map[string]bool{"image": true, "video": true, "document": true, "audio": false, "sticker": false}

// CheckMedia checks media that is a message of its own, with its caption.
func CheckMedia(m engine.MediaLink, caption string) error {
	captioned, known := mediaKinds[m.Kind]
	if !known {
		return Wrong("WhatsApp has no media of the kind %q; use image, document, video, audio or sticker", m.Kind)
	}
	if err := checkLink(m.URL); err != nil {
		return err
	}
	if caption == "" {
		return nil
	}
	if !captioned {
		return Wrong("a message of the kind %q cannot carry text; send the text on its own", m.Kind)
	}
	if n := utf8.RuneCountInString(caption); n > CaptionMax {
		return Wrong("the text under the %s has %d characters; WhatsApp allows %d", m.Kind, n, CaptionMax)
	}
	return nil
}

// CheckHeader checks media above a text, in a template or over buttons.
func CheckHeader(m engine.MediaLink) error {
	if m.Kind != "image" && m.Kind != "document" && m.Kind != "video" {
		return Wrong("media of the kind %q cannot stand above options or in a template; use image, document or video", m.Kind)
	}
	return checkLink(m.URL)
}

var link = regexp.MustCompile(`https?://\S`)

// HasLink says whether a text has something to preview.
func HasLink(text string) bool { return link.MatchString(text) }

func checkLink(address string) error {
	if !link.MatchString(address) {
		return Wrong("the media address must begin with https:// (or http://)")
	}
	return nil
}

// Cut shortens s to limit characters, the last one an ellipsis.
func Cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:limit-1]), " ") + "…"
}
