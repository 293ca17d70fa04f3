package httpsms

import (
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// inbound is how a gateway's calls are read.
type inbound struct {
	secret  webhook.Secret
	message messageFields
	status  statusFields
	words   map[string]engine.MessageStatus
	zone    *time.Location
	region  string
	reply   string
}

// messageFields say where in a call about a reply its facts stand.
type messageFields struct{ list, id, from, to, text, time path }

// statusFields say the same of a call about a status.
type statusFields struct{ list, id, ref, word, err, to, time path }

// takes says whether there are webhooks at all.
func (in inbound) takes() bool { return in.message.from.set() || in.status.word.set() }

func newInbound(settings channel.Settings) (inbound, error) {
	at := func(name string) path { return pathOf(settings, name) }
	in := inbound{
		message: messageFields{at("message.list"), at("message.id"), at("message.from"), at("message.to"), at("message.text"), at("message.time")},
		status:  statusFields{at("status.list"), at("status.id"), at("status.ref"), at("status.word"), at("status.error"), at("status.to"), at("status.time")},
		words:   map[string]engine.MessageStatus{}, region: region(settings), reply: settings.Value("reply", ""),
	}
	var err error
	if in.zone, err = zone(settings); err != nil {
		return in, err
	}
	for _, one := range families["word"] {
		for _, word := range words(settings, "word."+one) {
			if other, taken := in.words[word]; taken {
				return in, settings.Refuse("settings.word."+one, "has "+word+", which settings.word."+string(other)+" has too; a word means one thing")
			}
			in.words[word] = engine.MessageStatus(one)
		}
	}
	if err := in.complete(settings); err != nil || !in.takes() {
		return in, err
	}
	in.secret, err = webhook.NewSecret(settings, "the gateway's console or tell it to the gateway")
	return in, err
}

// complete refuses half a description: calls that could never be understood.
func (in inbound) complete(settings channel.Settings) error {
	for _, one := range []struct {
		family string
		needs  []string
	}{{"message", []string{"from", "text"}}, {"status", []string{"word"}}} {
		some := false
		for _, member := range families[one.family] {
			some = some || settings.Value(one.family+"."+member, "") != ""
		}
		for _, member := range one.needs {
			if some && settings.Value(one.family+"."+member, "") == "" {
				return settings.Refuse("settings."+one.family+"."+member, "is missing; without it no call about a "+one.family+" can be understood")
			}
		}
	}
	switch {
	case in.message.from.set() && !in.message.id.set() && !in.message.time.set():
		return settings.Refuse("settings.message.id", "is missing, and so is message.time: a second SIM could not be told from the first one, repeated")
	case in.status.word.set() && !in.status.id.set() && !in.status.ref.set():
		return settings.Refuse("settings.status.id", "is missing, and so is status.ref: nobody could tell which message a status is about")
	case in.status.word.set() && len(in.words) == 0:
		return settings.Refuse("settings.word.delivered", "is missing; name the gateway's words in word.sent, word.delivered and word.failed")
	case !in.status.word.set() && len(in.words) > 0:
		return settings.Refuse("settings.status.word", "is missing; it says where the words stand")
	}
	return nil
}

// layouts are how gateways write times, beside those that webhook.Moment reads;
// those without a zone last.
var layouts = []string{
	"2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05-0700", time.RFC1123Z, time.RFC1123,
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "02/01/2006 15:04:05", "02/01/2006 15:04",
}

// moment reads a time. Anything else is zero, which the inbox takes for now.
func (in inbound) moment(said string) time.Time {
	if at := webhook.Moment(said); !at.IsZero() {
		return at
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, said, in.zone); err == nil && at.Year() >= 2000 {
			return at.UTC()
		}
	}
	return time.Time{}
}

// phone reads a number with or without a country code. What is none, such as a
// short code, stays as it is.
func (in inbound) phone(said string) []engine.Address {
	if said == "" {
		return nil
	}
	if number, possible, err := engine.NormalizePhone(said, in.region); err == nil && possible {
		said = number
	}
	return []engine.Address{{Kind: engine.Phone, Value: strings.TrimSpace(said)}}
}
