package sendgrid

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects a sender of SendGrid.
var Description = channel.Description{
	Title: "SendGrid", Page: "sendgrid", Channels: []engine.Channel{engine.Email},
	Fields: slices.Concat(
		letter.Fields(diag.T("verified in SendGrid > Settings > Sender Authentication", "verificado em SendGrid > Settings > Sender Authentication")),
		[]channel.Field{
			{
				Key: "api_key", Secret: true, Required: true, Example: "SG.demo",
				Label: diag.T("API key", "Chave de API"),
				Help:  diag.T("SendGrid > Settings > API Keys, with the permission Mail Send; shown once.", "SendGrid > Settings > API Keys, com a permissão Mail Send; mostrada uma única vez."),
			},
			{
				Key: "verification_key", Required: true, Example: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
				Label: diag.T("Verification key of events", "Chave de verificação dos eventos"),
				Help: diag.T("The public key under Settings > Mail Settings > Event Webhooks > Security features > Signed Event Webhook.",
					"A chave pública em Settings > Mail Settings > Event Webhooks > Security features > Signed Event Webhook."),
			},
			{
				Key: "base_url", Default: "https://api.sendgrid.com", Example: "https://api.eu.sendgrid.com",
				Label: diag.T("Address of the API", "Endereço da API"),
				Help:  diag.T("https://api.eu.sendgrid.com for an account in the EU.", "https://api.eu.sendgrid.com para uma conta na UE."),
			},
		}),
	Webhook: &channel.Hook{
		Enter: diag.T("SendGrid > Settings > Mail Settings > Event Webhooks > Create new webhook: this address as Post URL, all Deliverability events, Spam Reports and Unsubscribes, and Signed Event Webhook on.",
			"SendGrid > Settings > Mail Settings > Event Webhooks > Create new webhook: este endereço como Post URL, todos os eventos Deliverability, Spam Reports e Unsubscribes, e Signed Event Webhook ligado."),
		Proof: diag.T("SendGrid signs each call; the verification key proves it.", "O SendGrid assina cada chamada; a chave de verificação prova isso."),
	},
}
