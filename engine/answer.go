package engine

import (
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"jornada/dsl"
)

// Answer is a reply understood against the question it answers. It carries what
// `steps.<id>.` offers afterwards.
type Answer struct {
	Outcome string   `json:"outcome"` // option id, band, `answered`
	Option  string   `json:"option,omitempty"`
	Score   *float64 `json:"score,omitempty"`
	Value   any      `json:"value,omitempty"` // of accept: number, date ("2006-01-02"), email, image (its address), form (its answers)
	Text    string   `json:"text,omitempty"`
}

// Reply is what a person sent, as far as an answer needs it.
type Reply struct {
	Text     string
	OptionID string         // from a button of ours, already read from its payload
	MediaURL string         // of a picture
	Data     map[string]any // of a form; "text" is what it says
	Choices  []Choice       // the question's choices as they were shown (translated); may be nil
}

// Outcomes of answers that name no option.
const (
	OutcomeAnswered = "answered"
	OutcomeOther    = "other"
)

// MatchAnswer understands a reply against its question, or reports that it fits
// nothing. A button is exact. Typed text fits an option by its `match` words,
// its title, its id or its number in the list ("2", "2.", "2️⃣"), without regard
// to case, accents and punctuation around it; a scale takes a whole number
// within its range, also as a word ("nove"), as "9/10" or before a remark
// ("9, adorei").
func MatchAnswer(ask *dsl.Ask, r Reply) (Answer, bool) {
	text := r.Text
	if text == "" {
		text, _ = r.Data["text"].(string)
	}
	switch {
	case len(ask.Options) > 0:
		return matchOption(ask.Options, r, text)
	case ask.Scale != nil:
		if r.OptionID != "" {
			text = r.OptionID
		}
		return matchScale(ask.Scale, text)
	}
	return matchKind(ask.Accept, r, text)
}

func matchOption(options []dsl.Option, r Reply, text string) (Answer, bool) {
	chosen := func(o dsl.Option) (Answer, bool) {
		return Answer{Outcome: o.ID, Option: o.ID, Text: text}, true
	}
	if r.OptionID != "" {
		for _, o := range options {
			if o.ID == r.OptionID {
				return chosen(o)
			}
		}
		return Answer{}, false
	}
	said := fold(text)
	if said == "" {
		return Answer{}, false
	}
	// Titles and ids first: an option titled "2" beats the second option.
	for _, o := range options {
		if o.Title != nil && fold(o.Title.Source) == said || fold(o.ID) == said {
			return chosen(o)
		}
		for _, c := range r.Choices {
			if c.ID == o.ID && fold(c.Title) == said {
				return chosen(o)
			}
		}
		for _, m := range o.Match {
			if fold(m) == said {
				return chosen(o)
			}
		}
	}
	if n, err := strconv.Atoi(said); err == nil && n >= 1 && n <= len(options) {
		return chosen(options[n-1])
	}
	return Answer{}, false
}

var (
	// leadingNumber is a number that stands alone or before punctuation.
	leadingNumber = regexp.MustCompile(`^(?:nota|note|score|dou|de)?\s*(\d+(?:[.,]\d+)?)\s*(?:$|[^\p{L}\p{N}\s.,/]|[.,](?:\D|$)|/\s*\d+$|de \d+$)`)
	minus         = regexp.MustCompile(`^\s*[-−]\d`)
	numberWords   = map[string]int{
		"zero": 0, "um": 1, "uma": 1, "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7,
		"oito": 8, "nove": 9, "dez": 10, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
		"eight": 8, "nine": 9, "ten": 10, "cero": 0, "uno": 1, "dos": 2, "cuatro": 4, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
	}
)

func matchScale(s *dsl.Scale, text string) (Answer, bool) {
	if minus.MatchString(text) {
		return Answer{}, false
	}
	said := fold(text)
	n, ok := numberWords[strings.TrimPrefix(said, "nota ")]
	if !ok {
		m := leadingNumber.FindStringSubmatch(said)
		if m == nil {
			return Answer{}, false
		}
		var err error
		if n, err = strconv.Atoi(m[1]); err != nil {
			return Answer{}, false // 9,5 is not on the scale
		}
	}
	if n < s.Min || n > s.Max {
		return Answer{}, false
	}
	score := float64(n)
	a := Answer{Outcome: OutcomeAnswered, Score: &score, Text: text}
	if len(s.Bands) == 0 {
		return a, true
	}
	for _, b := range s.Bands {
		if n >= b.Min && n <= b.Max {
			a.Outcome = b.Outcome
			return a, true
		}
	}
	return Answer{}, false
}

func matchKind(kind string, r Reply, text string) (Answer, bool) {
	a := Answer{Outcome: OutcomeAnswered, Text: text}
	trimmed := strings.TrimSpace(text)
	switch kind {
	case "", "text":
		return a, trimmed != ""
	case "number":
		n, ok := parseNumber(trimmed)
		a.Value = n
		return a, ok
	case "date":
		d, ok := parseDate(trimmed)
		a.Value = d
		return a, ok
	case "email":
		addr, err := mail.ParseAddress(trimmed)
		if err != nil || addr.Name != "" || !strings.Contains(addr.Address, ".") {
			return Answer{}, false
		}
		a.Value = strings.ToLower(addr.Address)
		return a, true
	case "image":
		a.Value = r.MediaURL
		return a, r.MediaURL != ""
	case "form":
		a.Value = r.Data
		return a, r.Data != nil && TooLarge("form", r.Data) == nil
	}
	return Answer{}, false
}

var thousands = regexp.MustCompile(`^-?\d{1,3}(\.\d{3})+(,\d+)?$`)

// parseNumber reads 1234.5, 1.234,50 and 1234,5, with a currency sign or not.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(strings.NewReplacer("R$", "", "$", "", "€", "", " ", "").Replace(s))
	if thousands.MatchString(s) {
		s = strings.ReplaceAll(s, ".", "")
	}
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	if strings.ContainsAny(s, "xXpPnNiI_") {
		return 0, false // hexadecimal, NaN, Inf are not what people mean
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// parseDate reads a full date the way people in our languages write it, day
// first, and gives it back as 2006-01-02.
func parseDate(s string) (string, bool) {
	for _, layout := range []string{"2006-01-02", "2/1/2006", "2-1-2006", "2.1.2006", "2/1/06"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}
