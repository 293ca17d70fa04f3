package dsl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// placedMessage is a message of a journey and where it stands.
type placedMessage struct {
	*MessageDecl
	step    *Step
	channel string
	at      *Scalar // the channel's key
	ask     *AskStep
	closed  bool // sent instead, when the service window is closed
}

// messages are all that a journey may send, in the order of the file.
func (j *Journey) messages() []placedMessage {
	var all []placedMessage
	j.all(func(s *Step) {
		var o *Outgoing
		var ask *AskStep
		switch body := s.Body.(type) {
		case *SendStep:
			o = &body.Outgoing
		case *AskStep:
			o, ask = &body.Outgoing, body
		default:
			return
		}
		for _, r := range o.routes() {
			one := placedMessage{MessageDecl: r.Message, step: s, channel: r.Channel.Value, at: r.Channel, ask: ask}
			all = append(all, one)
			if r.Message.Closed != nil {
				one.MessageDecl, one.closed = r.Message.Closed, true
				all = append(all, one)
			}
		}
	})
	return all
}

// own are the texts of a message that its author wrote.
func (m placedMessage) own() []*Scalar {
	var texts []*Scalar
	for _, s := range []*Scalar{m.Text, m.Footer, m.Subject, m.Markdown} {
		if s != nil {
			texts = append(texts, s)
		}
	}
	return texts
}

// words are all the words of a template.
func (t *Template) words() string {
	return strings.Join(append([]string{t.Subject, t.Body, t.Markdown}, t.Buttons...), "\n")
}

// folded is a text as people compare it: small letters without accents, one for
// each letter.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(unicode.ToLower(r))))
		return base
	}, text)
}
