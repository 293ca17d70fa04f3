package main

import (
	"jornada/activities/channel"
	"jornada/activities/channel/bird"
	"jornada/activities/channel/dialog360"
	"jornada/activities/channel/gupshup"
	"jornada/activities/channel/httpsms"
	"jornada/activities/channel/infobip"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/metachat"
	"jornada/activities/channel/sendgrid"
	"jornada/activities/channel/ses"
	"jornada/activities/channel/sinch"
	"jornada/activities/channel/smpp"
	"jornada/activities/channel/smtp"
	"jornada/activities/channel/telegram"
	"jornada/activities/channel/twilio"
	"jornada/activities/channel/zenvia"
)

// constructors are the providers an integration may name. A new one is a folder
// below activities/channel and a line here. binds is where SMPP's connections are;
// nil: nowhere that this process knows of.
func constructors(binds smpp.Gateway) map[string]channel.Constructor {
	return map[string]channel.Constructor{
		"meta":      meta.New,
		"dialog360": dialog360.New,
		"gupshup":   gupshup.New,
		"infobip":   infobip.New,
		"bird":      bird.New,
		"zenvia":    zenvia.New,
		"sinch":     sinch.New,
		"twilio":    twilio.New,
		"http":      httpsms.New,
		"smpp":      smpp.New(binds),
		"smtp":      smtp.New,
		"sendgrid":  sendgrid.New,
		"ses":       ses.New,
		"telegram":  telegram.New,
		"metachat":  metachat.New,
	}
}
