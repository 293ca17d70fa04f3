package refusal

import (
	"strings"

	"jornada/activities/channel"
)

// Codes sorts a company's codes, of answers and of late statuses alike.
type Codes struct {
	Own    map[string]channel.Class
	Behind func(code string) (class channel.Class, known bool) // of the network behind the company; nil: it has no codes that reach us
}

// Known is the class of a code of the company's own.
func (c Codes) Known(code string) (channel.Class, bool) {
	class, known := c.Own[code]
	return class, known
}

// Cause is the class of a code of the network behind. One that the network takes
// for a wrong request says no more than the company's own word.
func (c Codes) Cause(code string) (channel.Class, bool) {
	if c.Behind == nil {
		return "", false
	}
	class, known := c.Behind(code)
	return class, known && class != channel.FixRequest
}

// Classify is Known, then Cause, and FixRequest for a code nobody has heard of:
// sending the message again could repeat it.
func (c Codes) Classify(code string) channel.Class {
	if class, known := c.Known(code); known {
		return class
	}
	if class, known := c.Cause(code); known {
		return class
	}
	return channel.FixRequest
}

// Phrase sorts the answers whose sentence holds it, in small letters.
type Phrase struct {
	Says  string
	Class channel.Class
}

// Guess is the class of a sentence that came without a code, by the first phrase
// that it holds; "" when it says nothing that we know.
func Guess(phrases []Phrase, sentence string) channel.Class {
	sentence = strings.ToLower(sentence)
	for _, p := range phrases {
		if strings.Contains(sentence, p.Says) {
			return p.Class
		}
	}
	return ""
}
