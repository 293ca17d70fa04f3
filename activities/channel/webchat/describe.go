package webchat

import (
	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who puts the chat on a site.
var Description = channel.Description{
	Title: "Web chat", Page: "webchat", Channels: []engine.Channel{engine.WebChat},
	Fields: []channel.Field{
		{
			Key: "origins", Required: true, Example: "https://clinica.example",
			Label: diag.T("Sites", "Sites"),
			Help:  diag.T("The sites the chat may stand on, separated by commas and without a path.", "Os sites em que o chat pode ficar, separados por vírgula e sem caminho."),
		},
		{
			Key: "page_url", Advised: true, Example: "https://clinica.example/contato",
			Label: diag.T("A page with the chat", "Uma página com o chat"),
			Help:  diag.T("Needed for links that invite a contact.", "Necessária para links que convidam um contato."),
		},
		{
			Key: "session_key", Secret: true, Required: true, Made: true, Example: "0123456789abcdef0123456789abcdef",
			Label: diag.T("Session key", "Chave das sessões"),
			Help:  diag.T("Made up by you (32 characters or more); with another one every visitor is a new one.", "Inventada por você (32 caracteres ou mais); com outra, todo visitante é novo."),
		},
	},
}
