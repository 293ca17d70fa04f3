package meta

import (
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/metahook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// WireFields are what NewWire reads.
func WireFields(where diag.Text) []channel.Field {
	return []channel.Field{
		{
			Key: "phone_number_id", Required: true, Example: "100000000000001",
			Label: diag.T("Phone number ID", "ID do número de telefone"),
			Help:  diag.Text{En: "Meta's id of the number (digits), not the number itself; " + where.En + ".", Pt: "O id do número na Meta (só dígitos), não o número em si; " + where.Pt + "."},
		},
		{
			Key: "waba_id", Advised: true, Example: "100000000000002",
			Label: diag.T("WhatsApp Business Account ID", "ID da conta do WhatsApp Business"),
			Help:  diag.T("Its templates are listed, and news of other accounts is set aside.", "Os modelos dela são listados, e notícias de outras contas são deixadas de lado."),
		},
		{
			Key: "preview_url", Default: "auto", Choices: []string{"auto", "always", "never"},
			Label: diag.T("Preview of links", "Prévia de links"),
			Help:  diag.T("auto shows one when the text has a link.", "auto mostra uma quando o texto tem um link."),
		},
		channel.MarkReadField(),
	}
}

// heard are the fields of Meta's webhook that are acted on, by their names there
// (…/whatsapp/webhooks/overview). Of any other field an event is kept, and nothing
// follows from it.
var heard = []string{
	"messages", "message_template_status_update", "message_template_quality_update", "template_category_update",
	"phone_number_quality_update", "business_capability_update", "account_update", "user_preferences", "calls",
}

// Description is what a person must be told who connects a number at Meta.
var Description = channel.Description{
	Title: "Meta (WhatsApp Cloud API)", Channels: []engine.Channel{engine.WhatsApp},
	Fields: slices.Concat(
		WireFields(diag.T("WhatsApp Manager > API setup, under the phone number", "Gerenciador do WhatsApp > Configuração da API, abaixo do número")),
		[]channel.Field{
			{
				Key: "token", Secret: true, Required: true, Example: "EAAdemo",
				Label: diag.T("Access token", "Token de acesso"),
				Help: diag.T("Business settings > System users > Generate token, with whatsapp_business_messaging and whatsapp_business_management; a system user's does not expire.",
					"Configurações do negócio > Usuários do sistema > Gerar token, com whatsapp_business_messaging e whatsapp_business_management; o de um usuário do sistema não vence."),
			},
		},
		metahook.Fields(),
		[]channel.Field{
			{
				Key: "version", Default: "v23.0", Example: "v23.0",
				Label: diag.T("Version of the Graph API", "Versão da Graph API"),
				Help:  diag.T("As Meta writes it.", "Como a Meta escreve."),
			},
			channel.BaseURLField("https://graph.facebook.com"),
			{
				Key: "auth_header", Default: "Authorization", Example: "X-Api-Key",
				Label: diag.T("Header of the token", "Cabeçalho do token"),
				Help:  diag.T("For a gateway of your own before Meta's API.", "Para um gateway seu na frente da API da Meta."),
			},
			{
				Key: "auth_prefix", Default: "Bearer", Example: "Bearer",
				Label: diag.T("Word before the token", "Palavra antes do token"),
				Help:  diag.T("For a gateway of your own before Meta's API.", "Para um gateway seu na frente da API da Meta."),
			},
			{
				Key: "messages_path", Example: "/v23.0/100000000000001/messages",
				Label: diag.T("Path of messages", "Caminho das mensagens"),
				Help:  diag.T("For a gateway of your own before Meta's API.", "Para um gateway seu na frente da API da Meta."),
			},
		}),
	Webhook: &channel.Hook{
		Enter: diag.T("App dashboard > WhatsApp > Configuration > Webhook: this address as Callback URL and the same verify token; then subscribe to %s and %s.",
			"Painel do app > WhatsApp > Configuração > Webhook: este endereço como URL de callback e o mesmo token de verificação; depois assine %s e %s.",
			strings.Join(heard[:len(heard)-1], ", "), heard[len(heard)-1]),
		Proof: metahook.Proof(),
	},
}
