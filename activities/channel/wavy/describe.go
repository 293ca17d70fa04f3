package wavy

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects an account of Wavy.
var Description = channel.Description{
	Title: "Sinch (Wavy, Movile)", Page: "wavy", Channels: []engine.Channel{engine.WhatsApp, engine.SMS},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "username", Required: true, Example: "clinica_demo",
			Label: diag.T("User name", "Usuário"),
			Help:  diag.T("In the letter with the account (UserName).", "Na carta com a conta (UserName)."),
		},
		{
			Key: "token", Secret: true, Required: true, Example: "demo_token",
			Label: diag.T("Authentication token", "Token de autenticação"),
			Help:  diag.T("In the letter with the account (AuthenticationToken).", "Na carta com a conta (AuthenticationToken)."),
		},
		{
			Key: "number", Advised: true, Example: "5511900001111",
			Label: diag.T("Number", "Número"),
			Help:  diag.T("Yours, with the country's code, or the short code: what people write to other numbers of the account is set aside.", "O seu, com o código do país, ou o short code: o que escrevem a outros números da conta é deixado de lado."),
		},
		{
			Key: templatePrefix + "<name>", On: []engine.Channel{engine.WhatsApp},
			Example: `{"template":{"namespace":"whatsapp:hsm:demo","elementName":"confirm","languageCode":"pt_BR","bodyParams":[{"type":"TEXT","text":"{{1}}"}]}}`,
			Label:   diag.T("JSON of a template", "JSON de um modelo"),
			Help: diag.T("As the account's documentation shows it, with {{1}}, {{2}} where the parameters go; .pt_BR may follow the name for one language.",
				"Como mostra a documentação da conta, com {{1}}, {{2}} no lugar dos parâmetros; .pt_BR pode seguir o nome, para um só idioma."),
		},
	}, webhook.SecretFields(), []channel.Field{sms.Field(), channel.BaseURLField(addresses[engine.WhatsApp])}),
	Webhook: &channel.Hook{
		Enter: diag.T("Ask Sinch's support to enter this address, with the secret at its end, for incoming messages (MO) and for statuses (MT).",
			"Peça ao suporte da Sinch que cadastre este endereço, com o segredo no fim, para mensagens recebidas (MO) e para status (MT)."),
		Proof: webhook.SecretProof(),
	},
}
