package main

import (
	"jornada/activities/channel"
	"jornada/activities/channel/bird"
	"jornada/activities/channel/dialog360"
	"jornada/activities/channel/gupshup"
	"jornada/activities/channel/infobip"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/metachat"
	"jornada/activities/channel/sendgrid"
	"jornada/activities/channel/ses"
	"jornada/activities/channel/smtp"
	"jornada/activities/channel/telegram"
	"jornada/activities/channel/twilio"
)

// constructors are the providers an integration may name. A new one is a folder
// below activities/channel and a line here.
func constructors() map[string]channel.Constructor {
	return map[string]channel.Constructor{
		"meta":      meta.New,
		"dialog360": dialog360.New,
		"gupshup":   gupshup.New,
		"infobip":   infobip.New,
		"bird":      bird.New,
		"twilio":    twilio.New,
		"smtp":      smtp.New,
		"sendgrid":  sendgrid.New,
		"ses":       ses.New,
		"telegram":  telegram.New,
		"metachat":  metachat.New,
	}
}
