package infobip

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects a sender of Infobip.
var Description = channel.Description{
	Title: "Infobip", Page: "infobip", Channels: []engine.Channel{engine.WhatsApp, engine.SMS},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "base_url", Required: true, Example: "https://xxxxx.api.infobip.com",
			Label: diag.T("API base URL", "Endereço da API (API base URL)"),
			Help:  diag.T("Infobip Portal > home page; each account has its own.", "Infobip Portal > página inicial; cada conta tem o seu."),
		},
		{
			Key: "sender", Required: true, Example: "551133334444",
			Label: diag.T("Sender", "Remetente"),
			Help:  diag.T("Infobip Portal > Channels and Numbers: the WhatsApp sender, or the SMS number or name.", "Infobip Portal > Channels and Numbers: o número do WhatsApp, ou o número ou nome do SMS."),
		},
		{
			Key: "api_key", Secret: true, Required: true, Example: "demo_api_key",
			Label: diag.T("API key", "Chave de API"),
			Help: diag.T("Infobip Portal > Developers > API keys, with the scope message:send and whatsapp:manage or sms:manage.",
				"Infobip Portal > Developers > API keys, com o escopo message:send e whatsapp:manage ou sms:manage."),
		},
	}, webhook.SecretFields(), []channel.Field{channel.MarkReadField(), sms.Field()}),
	Webhook: &channel.Hook{
		Enter: diag.T("Infobip Portal > Channels and Numbers > your sender > inbound configuration: forward to HTTP, JSON (for WhatsApp the format MO_OTT_CONTACT), to this address. Reports need nothing.",
			"Infobip Portal > Channels and Numbers > seu remetente > inbound configuration: forward to HTTP, JSON (no WhatsApp, o formato MO_OTT_CONTACT), para este endereço. Relatórios não precisam de nada."),
		Proof: webhook.SecretProof(),
	},
}
