// Package whatsapp is what WhatsApp itself lays down, whatever company carries
// the message: how long things may be, how a template is filled in, what an error
// code asks for, and how people are known. Meta's driver uses it, and so do those
// of the companies that stand between us and Meta.
//
// Limits: developers.facebook.com/documentation/business-messaging/whatsapp/messages/
// (the rest of them is in channel.Limits).
package whatsapp

import (
	"strings"
	"unicode/utf8"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
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
	SectionMax     = 24 // a section's title; a list has at most RowsMax of them
	LinkTitleMax   = 20
	FormTitleMax   = 30
	LinkMax        = 2000 // bytes of a link's address
)

// AsButtons says whether choices become buttons: up to three with short titles, and
// no sections.
func AsButtons(choices []engine.Choice) bool {
	if len(choices) == 0 || len(choices) > ButtonsMax {
		return false
	}
	for _, c := range choices {
		if c.Section != "" || utf8.RuneCountInString(c.Title) > ButtonTitleMax {
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
		return refusal.Wrong("the message has no text")
	case n > TextMax:
		return refusal.Wrong("the text has %d characters; WhatsApp allows 4,096", n)
	}
	return nil
}

// CheckAbove checks the text above buttons or a list.
func CheckAbove(body string, limit int) error {
	if strings.TrimSpace(body) == "" {
		return refusal.Wrong("a message with options needs a text above them")
	}
	if n := utf8.RuneCountInString(body); n > limit {
		return refusal.Wrong("the text has %d characters; WhatsApp allows %d above options", n, limit)
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

// Payload is what comes back when a choice is tapped; some companies, and some
// places, take fewer bytes than WhatsApp's PayloadMax.
func Payload(c engine.Choice, limit int) (string, error) {
	p := c.Payload
	if p == "" {
		p = c.ID
	}
	if n := len(p); n == 0 || n > limit {
		return "", refusal.Wrong("the option %q needs a payload of 1 to %d bytes; it has %d", c.ID, limit, n)
	}
	return p, nil
}

// Button is a choice as a button: what it says, and what comes back.
type Button struct{ Payload, Title string }

// Buttons are the choices of a message as buttons, whose payloads may have limit
// bytes.
func Buttons(choices []engine.Choice, limit int) ([]Button, error) {
	all := make([]Button, 0, len(choices))
	for _, c := range choices {
		payload, err := Payload(c, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, Button{payload, c.Title})
	}
	return all, nil
}

// ListRow is a choice as a row of a list. A title that is too long is cut, and
// stands whole below, in Description, which is "" for most.
type ListRow struct{ Payload, Title, Description string }

// Rows are the choices of a message as a list, whose payloads may have limit bytes.
func Rows(choices []engine.Choice, limit int) ([]ListRow, error) {
	all := make([]ListRow, 0, len(choices))
	for _, c := range choices {
		payload, err := Payload(c, limit)
		if err != nil {
			return nil, err
		}
		row := ListRow{Payload: payload, Title: Cut(c.Title, RowTitleMax)}
		if row.Title != c.Title {
			row.Description = Cut(c.Title, DescriptionMax)
		}
		all = append(all, row)
	}
	return all, nil
}

// ListSection are the rows that stand together in a list under a title, which is ""
// when the list is not divided.
type ListSection struct {
	Title string
	Rows  []ListRow
}

// Sections are the choices of a message as a list, in the sections they name:
// neighbors of one name stand together. A platform takes titles on all or on none.
func Sections(choices []engine.Choice, limit int) ([]ListSection, error) {
	rows, err := Rows(choices, limit)
	if err != nil {
		return nil, err
	}
	var all []ListSection
	for i, row := range rows {
		if i == 0 || choices[i].Section != choices[i-1].Section {
			all = append(all, ListSection{Title: Cut(choices[i].Section, SectionMax)})
		}
		last := &all[len(all)-1]
		last.Rows = append(last.Rows, row)
	}
	return all, nil
}

// Linked is the text of a message whose layout has no place for media: the link
// ends it.
func Linked(c engine.Content) string {
	if c.Media == nil {
		return c.Text
	}
	return strings.TrimSpace(c.Text + "\n" + c.Media.URL)
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
