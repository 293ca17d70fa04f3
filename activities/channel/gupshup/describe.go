package gupshup

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects an app of Gupshup.
var Description = channel.Description{
	Title: "Gupshup", Page: "gupshup", Channels: []engine.Channel{engine.WhatsApp},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "app", Required: true, Example: "ClinicaDemo",
			Label: diag.T("App name", "Nome do app"),
			Help:  diag.T("Gupshup > WhatsApp > your app, at the top.", "Gupshup > WhatsApp > seu app, no alto."),
		},
		{
			Key: "app_id", Required: true, Example: "82ed52f4-30c0-4f12-81b4-e7ad07bd41de",
			Label: diag.T("App ID", "ID do app"),
			Help:  diag.T("Gupshup > WhatsApp > your app > Settings.", "Gupshup > WhatsApp > seu app > Settings."),
		},
		{
			Key: "source", Required: true, Example: "5511900001111",
			Label: diag.T("WhatsApp number", "Número do WhatsApp"),
			Help:  diag.T("The app's number with the country's code.", "O número do app com o código do país."),
		},
		{
			Key: "api_key", Secret: true, Required: true, Example: "demo_api_key",
			Label: diag.T("API key", "Chave de API"),
			Help:  diag.T("Gupshup > your account > API key.", "Gupshup > sua conta > API key."),
		},
		{
			Key: "templates", Advised: true, Example: "appointment_confirm/pt_BR=4dacef15-6c04-12db-b393-6190ac567eff",
			Label: diag.T("Templates", "Modelos"),
			Help: diag.T("name/language=id, separated by commas: Gupshup sends templates by the id under WhatsApp > your app > Templates.",
				"nome/idioma=id, separados por vírgula: o Gupshup envia modelos pelo id que está em WhatsApp > seu app > Templates."),
		},
	}, webhook.SecretFields(), []channel.Field{channel.BaseURLField("https://api.gupshup.io")}),
	Webhook: &channel.Hook{
		Enter: diag.T("Gupshup > WhatsApp > your app > Webhooks: this address, version 2, with the events sent, delivered, read, failed, enqueued, messages, user events and template events.",
			"Gupshup > WhatsApp > seu app > Webhooks: este endereço, versão 2, com os eventos sent, delivered, read, failed, enqueued, messages, user events e template events."),
		Proof: webhook.SecretProof(),
	},
}
