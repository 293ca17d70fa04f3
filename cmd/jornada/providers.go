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
	"jornada/activities/channel/wavy"
	webchatdriver "jornada/activities/channel/webchat"
	"jornada/activities/channel/zenvia"
)

// kinds are the providers an integration may name. A new one is a folder below
// activities/channel and a line here. binds is where SMPP's connections are, nil:
// nowhere that this process knows of; bell wakes the pages of web chats.
func kinds(binds smpp.Gateway, bell *webchatdriver.Bell) map[string]channel.Kind {
	return map[string]channel.Kind{
		"meta":             {New: meta.New, Description: meta.Description},
		"dialog360":        {New: dialog360.New, Description: dialog360.Description},
		"gupshup":          {New: gupshup.New, Description: gupshup.Description},
		"infobip":          {New: infobip.New, Description: infobip.Description},
		"bird":             {New: bird.New, Description: bird.Description},
		"zenvia":           {New: zenvia.New, Description: zenvia.Description},
		"sinch":            {New: sinch.New, Description: sinch.Description},
		"wavy":             {New: wavy.New, Description: wavy.Description},
		"twilio":           {New: twilio.New, Description: twilio.Description},
		"http":             {New: httpsms.New, Description: httpsms.Description},
		"smpp":             {New: smpp.New(binds), Description: smpp.Description},
		"smtp":             {New: smtp.New, Description: smtp.Description},
		"sendgrid":         {New: sendgrid.New, Description: sendgrid.Description},
		"ses":              {New: ses.New, Description: ses.Description},
		"telegram":         {New: telegram.New, Description: telegram.Description},
		"metachat":         {New: metachat.New, Description: metachat.Description},
		webchatdriver.Name: {New: bell.Open, Description: webchatdriver.Description},
	}
}
