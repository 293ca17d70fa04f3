package channel

import (
	"strconv"
	"strings"

	"jornada/engine"
)

// Limits are the limits of a medium itself, whatever company carries it: what
// package medium knows of it.
func Limits(ch engine.Channel) Capabilities {
	m := ch.Medium()
	limits := Capabilities{
		ServiceWindow: m.Window > 0,
		Buttons:       m.Buttons, ButtonTitle: m.ButtonTitle,
		ListRows: m.ListRows, ListTitle: m.ListTitle,
		TextMax: m.Text, InteractiveMax: m.Interactive,
		Media: m.Media, ReportsStatus: m.Statuses,
	}
	if ch == engine.WhatsApp {
		limits.Pace = WhatsAppPace
	}
	return limits
}

// SMSText is what a message says on a medium of text alone: a picture becomes its
// address, choices become numbered lines.
func SMSText(c engine.Content) string {
	text := c.Text
	if c.Media != nil {
		text = strings.TrimSpace(text + "\n" + c.Media.URL)
	}
	if c.Footer != "" {
		text = strings.TrimSpace(text + "\n" + c.Footer)
	}
	return Numbered(text, c.Choices)
}

// Numbered appends choices to a text as "1. Title" lines, for a medium (or a
// number of choices) without buttons; a section's title is a line of its own. A text that already lists them, because
// its author wrote "1 = Confirmar", is left as it is: repeating the options
// would cost a second SMS and read like a mistake.
func Numbered(text string, choices []engine.Choice) string {
	if len(choices) == 0 || lists(text, choices) {
		return text
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(text, " \n"))
	for i, c := range choices {
		if i > 0 || b.Len() > 0 {
			b.WriteByte('\n')
		}
		if c.Section != "" && (i == 0 || choices[i-1].Section != c.Section) {
			b.WriteString(c.Section + "\n")
		}
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteString(". ")
		b.WriteString(c.Title)
	}
	return b.String()
}

// lists says whether a text offers every choice with its number right before
// or right after its title ("1 Confirmar", "1) Confirmar", "Confirmar (1)",
// "SIM = 1"). A title alone is not enough: "Podemos confirmar?" offers nothing.
func lists(text string, choices []engine.Choice) bool {
	folded := strings.ToLower(text)
	for i, c := range choices {
		title, number := strings.ToLower(strings.TrimSpace(c.Title)), strconv.Itoa(i+1)
		if title == "" || !offers(folded, title, number) {
			return false
		}
	}
	return true
}

func offers(text, title, number string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], title)
		if at < 0 {
			return false
		}
		at += from
		before := strings.TrimRight(text[:at], " \t-–—.:=)(]*_>\"'")
		after := strings.TrimLeft(text[at+len(title):], " \t-–—.:=)([*_<\"'")
		if endsWithNumber(before, number) || startsWithNumber(after, number) {
			return true
		}
		from = at + len(title)
	}
}

func endsWithNumber(s, number string) bool {
	rest, ok := strings.CutSuffix(s, number)
	return ok && (rest == "" || !digit(rest[len(rest)-1]))
}

func startsWithNumber(s, number string) bool {
	rest, ok := strings.CutPrefix(s, number)
	// "Confirmar\n2 Remarcar" numbers the next title, not this one; the caller's
	// cut set excludes line breaks, so s starts on the title's own line.
	return ok && (rest == "" || !digit(rest[0]))
}

func digit(b byte) bool { return b >= '0' && b <= '9' }
