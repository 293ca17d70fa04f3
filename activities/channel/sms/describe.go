package sms

import (
	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Field is what WriterOf reads.
func Field() channel.Field {
	return channel.Field{
		Key: SmartEncoding, Default: "false", Choices: []string{"false", "true"}, Advised: true, On: []engine.Channel{engine.SMS},
		Label: diag.T("Without accents", "Sem acentos"),
		Help:  diag.T("true leaves accents out of a text where that saves a segment.", "true tira os acentos de um texto quando isso economiza um segmento."),
	}
}
