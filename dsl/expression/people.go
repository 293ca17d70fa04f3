package expression

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// How values look to people: in messages, in amounts and dates, in errors.

// language is what a locale changes.
type language struct {
	days               [7]string // from Sunday
	shortDays          [7]string
	months             [12]string
	dateTime           string // default pattern of a time in a text
	currency           string
	thousands, decimal string
}

var languages = map[string]language{
	"pt": {
		days:      [7]string{"domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado"},
		shortDays: [7]string{"dom", "seg", "ter", "qua", "qui", "sex", "sáb"},
		months:    [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
		dateTime:  "dd/MM/yyyy HH:mm", currency: "R$ ", thousands: ".", decimal: ",",
	},
	"en": {
		days:      [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		shortDays: [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months:    [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		dateTime:  "MMM d, yyyy HH:mm", currency: "$", thousands: ",", decimal: ".",
	},
	"es": {
		days:      [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
		shortDays: [7]string{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
		months:    [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
		dateTime:  "dd/MM/yyyy HH:mm", currency: "$ ", thousands: ".", decimal: ",",
	},
}

// currencies by region, where it differs from the language's own.
var currencies = map[string]string{
	"en-GB": "£", "en-IE": "€", "es-ES": "€", "pt-PT": "€",
	"es-PE": "S/ ", "es-PY": "₲ ", "es-BO": "Bs ", "es-CR": "₡", "es-GT": "Q", "es-HN": "L ", "es-VE": "Bs. ",
}

// pointDecimals are the Spanish-speaking regions that write 1,234.56.
var pointDecimals = map[string]bool{
	"es-MX": true, "es-US": true, "es-PE": true, "es-GT": true, "es-HN": true,
	"es-SV": true, "es-NI": true, "es-PA": true, "es-DO": true, "es-PR": true,
}

// languageOf falls back to English for a locale we do not know, and to
// Portuguese when none is given.
func languageOf(locale string) language {
	if locale == "" {
		return languages["pt"]
	}
	locale = strings.ReplaceAll(locale, "_", "-")
	base, _, _ := strings.Cut(locale, "-")
	l, ok := languages[strings.ToLower(base)]
	if !ok {
		l = languages["en"]
	}
	if c, ok := currencies[locale]; ok {
		l.currency = c
	}
	if pointDecimals[locale] {
		l.thousands, l.decimal = ",", "."
	}
	return l
}

func (s *Scope) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// formatTime writes a local time by a pattern: d dd, M MM MMM MMMM, yy yyyy,
// H HH, m mm, s ss, EEE (seg) EEEE (segunda-feira). Text between single quotes
// and everything that is not a letter stands for itself. bad is the first
// letter that means nothing.
func formatTime(t time.Time, pattern, locale string) (out string, bad rune) {
	l := languageOf(locale)
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c := pattern[i]
		n := 1
		for i+n < len(pattern) && pattern[i+n] == c {
			n++
		}
		switch {
		case c == '\'':
			if n >= 2 { // '' is a quote
				b.WriteByte('\'')
				i += 2
				continue
			}
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return "", '\''
			}
			b.WriteString(pattern[i+1 : i+1+end])
			i += end + 2
			continue
		case c == 'd':
			digits(&b, t.Day(), n)
		case c == 'M' && n >= 4:
			b.WriteString(l.months[t.Month()-1])
		case c == 'M' && n == 3:
			b.WriteString(string([]rune(l.months[t.Month()-1])[:3]))
		case c == 'M':
			digits(&b, int(t.Month()), n)
		case c == 'y' && n == 2:
			digits(&b, t.Year()%100, 2)
		case c == 'y':
			digits(&b, t.Year(), n)
		case c == 'H':
			digits(&b, t.Hour(), n)
		case c == 'm':
			digits(&b, t.Minute(), n)
		case c == 's':
			digits(&b, t.Second(), n)
		case c == 'E' && n >= 4:
			b.WriteString(l.days[t.Weekday()])
		case c == 'E':
			b.WriteString(l.shortDays[t.Weekday()])
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return "", rune(c)
		default:
			b.WriteString(pattern[i : i+n])
		}
		i += n
	}
	return b.String(), 0
}

func digits(b *strings.Builder, v, width int) {
	s := strconv.Itoa(v)
	for range min(width, 8) - len(s) {
		b.WriteByte('0')
	}
	b.WriteString(s)
}

// formatMoney writes an amount with two decimals, halves away from zero as
// people expect of 0.125 (the decimal text of the number decides, not its bits).
func formatMoney(f float64, locale string) string {
	l := languageOf(locale)
	cents := math.Round(math.Abs(f) * 100)
	if exact := strconv.FormatFloat(math.Abs(f), 'f', -1, 64); len(exact) > 0 {
		if point := strings.IndexByte(exact, '.'); point >= 0 && len(exact) > point+3 {
			units, _ := strconv.ParseFloat(exact[:point]+exact[point+1:point+3], 64)
			if exact[point+3] >= '5' {
				units++
			}
			cents = units
		}
	}
	whole, rest := int64(cents)/100, int64(cents)%100
	text := strconv.FormatInt(whole, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + l.thousands + text[i:]
	}
	sign := ""
	if f < 0 && cents > 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%s%s%s%02d", sign, l.currency, text, l.decimal, rest)
}

// show1 writes one value for people: nothing for a missing one, 3 for 3.0, a
// list with commas, a time in local terms.
func show1(s *Scope, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return showNumber(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		out, _ := formatTime(v.In(s.zone()), languageOf(s.Locale).dateTime, s.Locale)
		return out
	case time.Duration:
		return showDuration(v)
	case []any:
		var b strings.Builder
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(show1(s, e))
			if b.Len() > maxRendered {
				break
			}
		}
		return b.String()
	case map[string]any:
		out, err := json.Marshal(v) // keys come sorted
		if err != nil {
			return ""
		}
		return string(out)
	}
	plain, err := plainValue(v)
	if err != nil {
		return ""
	}
	return show1(s, plain)
}

func showNumber(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return ""
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	if f == 0 {
		return "0"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// showDuration writes 1d 2h 30min, leaving out what is zero.
func showDuration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	d = d.Round(time.Second)
	var parts []string
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.of; n > 0 {
			parts = append(parts, strconv.Itoa(int(n))+u.name)
			d -= n * u.of //nolint:durationcheck // n is a count
		}
	}
	if len(parts) == 0 {
		return "0min"
	}
	return sign + strings.Join(parts, " ")
}
