package main

import (
	"jornada/activities/channel"
	"jornada/activities/channel/httpsms"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/sinch"
	"jornada/activities/channel/smtp"
	"jornada/activities/channel/twilio"
	"jornada/activities/channel/zenvia"
)

// constructors are the providers an integration may name. A new one is a folder
// below activities/channel and a line here.
func constructors() map[string]channel.Constructor {
	return map[string]channel.Constructor{
		"meta":   meta.New,
		"twilio": twilio.New,
		"smtp":   smtp.New,
		"zenvia": zenvia.New,
		"sinch":  sinch.New,
		"http":   httpsms.New,
	}
}
