package zenvia

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects a sender of Zenvia.
var Description = channel.Description{
	Title: "Zenvia", Page: "zenvia", Channels: []engine.Channel{engine.WhatsApp, engine.SMS},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "from", Required: true, Example: "5511900001111",
			Label: diag.T("Sender", "Remetente"),
			Help:  diag.T("app.zenvia.com > Credentials: the WhatsApp sender's id, or the alias of the SMS account.", "app.zenvia.com > Credenciais: o id do remetente do WhatsApp, ou o apelido da conta de SMS."),
		},
		{
			Key: "token", Secret: true, Required: true, Example: "demo_token",
			Label: diag.T("Token", "Token"),
			Help:  diag.T("app.zenvia.com > API > Tokens; make one without signature.", "app.zenvia.com > API > Tokens; crie um sem assinatura."),
		},
		{
			Key: templatePrefix + "<name>", Example: "c2c3e42d-6fb7-4ad6-897a-dd7613469f58", On: []engine.Channel{engine.WhatsApp},
			Label: diag.T("Zenvia's id of a template", "Id de um modelo na Zenvia"),
			Help: diag.T("For the template that journeys call by this name; .pt_BR may follow it for one language.",
				"Do modelo que as jornadas chamam por esse nome; .pt_BR pode seguir, para um só idioma."),
		},
	}, webhook.SecretFields(), []channel.Field{sms.Field(), channel.BaseURLField("https://api.zenvia.com")}),
	Webhook: &channel.Hook{
		Enter: diag.T("app.zenvia.com > API > Webhooks: two for this address, one for MESSAGE_STATUS and one for MESSAGE (direction in), each with the header and the secret.",
			"app.zenvia.com > API > Webhooks: dois para este endereço, um de MESSAGE_STATUS e um de MESSAGE (direção in), cada um com o cabeçalho e o segredo."),
		Proof: webhook.SecretProof(),
	},
}
