package dialog360

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects a number at 360dialog.
var Description = channel.Description{
	Title: "360dialog", Page: "dialog360", Channels: []engine.Channel{engine.WhatsApp},
	Fields: slices.Concat(
		meta.WireFields(diag.T("360dialog Hub, under your number", "360dialog Hub, abaixo do seu número")),
		[]channel.Field{{
			Key: "api_key", Secret: true, Required: true, Example: "demo_api_key",
			Label: diag.T("API key", "Chave de API"),
			Help:  diag.T("360dialog Hub, under your number; one key belongs to one number.", "360dialog Hub, abaixo do seu número; uma chave é de um número só."),
		}},
		secretFields(),
		[]channel.Field{channel.BaseURLField("https://waba-v2.360dialog.io")}),
	Webhook: &channel.Hook{
		Enter: diag.T("360dialog Hub > Manage WhatsApp Business Account > WhatsApp Channel > Channel Webhook: enter this address, add the header with the secret, save, and confirm the code that comes by e-mail.",
			"360dialog Hub > Manage WhatsApp Business Account > WhatsApp Channel > Channel Webhook: informe este endereço, acrescente o cabeçalho com o segredo, salve e confirme o código que chega por e-mail."),
		Proof: webhook.SecretProof(),
	},
}

// secretFields are the two ways in which a call is proved.
func secretFields() []channel.Field {
	fields := webhook.SecretFields()
	fields[0].Unless = "platform_secret"
	return append(fields, channel.Field{
		Key: "platform_secret", Secret: true, Example: "demo_platform_secret",
		Label: diag.T("Platform secret (partners)", "Segredo da plataforma (parceiros)"),
		Help: diag.T("360dialog Partner Hub; with it every call must carry its signature, and the webhook secret is not used.",
			"Partner Hub da 360dialog; com ele toda chamada precisa trazer a assinatura, e o segredo do webhook não é usado."),
	})
}
