package metachat

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/metahook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects a page or an Instagram account.
var Description = channel.Description{
	Title: "Meta (Messenger, Instagram)", Page: "messenger-instagram", Channels: []engine.Channel{engine.Messenger, engine.Instagram},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "account_id", Required: true, Example: "100000000000001",
			Label: diag.T("Account ID", "ID da conta"),
			Help: diag.T("Digits: the page's id (Messenger) or the professional account's (Instagram); App dashboard > API setup, beside the connected account.",
				"Só dígitos: o id da página (Messenger) ou da conta profissional (Instagram); Painel do app > Configuração da API, ao lado da conta conectada."),
		},
		{
			Key: "token", Secret: true, Required: true, Example: "EAAdemo",
			Label: diag.T("Access token", "Token de acesso"),
			Help:  diag.T("App dashboard > Messenger or Instagram > Generate token.", "Painel do app > Messenger ou Instagram > Gerar token."),
		},
		{
			Key: "username", Advised: true, Example: "clinicacentro",
			Label: diag.T("Name in the account's address", "Nome no endereço da conta"),
			Help:  diag.T("Needed for links that invite a contact.", "Necessário para links que convidam um contato."),
		},
	}, metahook.Fields(), []channel.Field{
		{
			Key: "version", Default: "v23.0", Example: "v23.0",
			Label: diag.T("Version of the Graph API", "Versão da Graph API"),
			Help:  diag.T("As Meta writes it.", "Como a Meta escreve."),
		},
		{
			Key: "base_url", Default: "https://graph.facebook.com", Example: "https://graph.instagram.com",
			Label: diag.T("Address of the API", "Endereço da API"),
			Help:  diag.T("https://graph.instagram.com with a token of Instagram's own login.", "https://graph.instagram.com com um token do login próprio do Instagram."),
		},
	}),
	Webhook: &channel.Hook{
		Enter: diag.T("App dashboard > Messenger or Instagram > Webhooks: this address and the same verify token; subscribe to messages, messaging_postbacks, messaging_referrals and message_reactions, on Messenger also message_deliveries and message_reads, on Instagram also messaging_seen.",
			"Painel do app > Messenger ou Instagram > Webhooks: este endereço e o mesmo token de verificação; assine messages, messaging_postbacks, messaging_referrals e message_reactions, no Messenger também message_deliveries e message_reads, no Instagram também messaging_seen."),
		Proof: metahook.Proof(),
	},
}
