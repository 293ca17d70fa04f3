package ses

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects a sender of Amazon SES.
var Description = channel.Description{
	Title: "Amazon SES", Page: "ses", Channels: []engine.Channel{engine.Email},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "region", Required: true, Example: "sa-east-1",
			Label: diag.T("Region", "Região"),
			Help:  diag.T("In the address bar of the AWS Console while SES is open.", "Na barra de endereço do AWS Console com o SES aberto."),
		},
	}, letter.Fields(diag.T("verified in AWS Console > SES > Identities", "verificado em AWS Console > SES > Identities")), []channel.Field{
		{
			Key: "access_key_id", Required: true, Example: "AKIADEMODEMODEMODEMO",
			Label: diag.T("Access key ID", "ID da chave de acesso"),
			Help: diag.T("AWS Console > IAM > Users > Security credentials, of a user that may ses:SendEmail, ses:SendRawEmail and ses:GetAccount.",
				"AWS Console > IAM > Users > Security credentials, de um usuário que pode ses:SendEmail, ses:SendRawEmail e ses:GetAccount."),
		},
		{
			Key: "secret_access_key", Secret: true, Required: true, Example: "demo_secret_access_key",
			Label: diag.T("Secret access key", "Chave de acesso secreta"),
			Help:  diag.T("Shown once when the access key is made.", "Mostrada uma única vez, quando a chave é criada."),
		},
		{
			Key: "topic_arn", Required: true, Example: "arn:aws:sns:sa-east-1:123456789012:ses-events",
			Label: diag.T("SNS topic", "Tópico SNS"),
			Help:  diag.T("AWS Console > SNS > Topics: the ARN of the standard topic to which SES publishes events.", "AWS Console > SNS > Topics: o ARN do tópico padrão em que o SES publica eventos."),
		},
		{
			Key: "configuration_set", Advised: true, Example: "jornada",
			Label: diag.T("Configuration set", "Configuration set"),
			Help: diag.T("Whose event destination is that topic; with it a lost answer is cleared up by events.",
				"Cujo destino de eventos é esse tópico; com ele uma resposta perdida é esclarecida pelos eventos."),
		},
		{
			Key: "session_token", Secret: true, Example: "demo_session_token",
			Label: diag.T("Session token", "Token de sessão"),
			Help:  diag.T("Only of temporary credentials.", "Só de credenciais temporárias."),
		},
		{
			Key: "base_url", Default: "https://email.{region}.amazonaws.com", Example: "https://email.sa-east-1.amazonaws.com",
			Label: diag.T("Address of the API", "Endereço da API"),
			Help:  diag.T("Change it only to talk to a test server.", "Mude só para falar com um servidor de testes."),
		},
	}),
	Webhook: &channel.Hook{
		Enter: diag.T("AWS Console > SNS > Topics > your topic > Create subscription: protocol HTTPS, this address, raw message delivery off. It confirms itself.",
			"AWS Console > SNS > Topics > seu tópico > Create subscription: protocolo HTTPS, este endereço, raw message delivery desligado. Ela se confirma sozinha."),
		Proof: diag.T("Amazon signs each call for the topic.", "A Amazon assina cada chamada, para esse tópico."),
	},
}
