package sinch

import (
	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects an app of Sinch.
var Description = channel.Description{
	Title: "Sinch (Conversation API)", Page: "sinch", Channels: []engine.Channel{engine.WhatsApp, engine.SMS},
	Fields: []channel.Field{
		{
			Key: "project_id", Required: true, Example: "a1405560-c8d3-4b1a-877d-3f449ad95352",
			Label: diag.T("Project ID", "ID do projeto"),
			Help:  diag.T("Sinch Build Dashboard > Settings > Access keys.", "Sinch Build Dashboard > Settings > Access keys."),
		},
		{
			Key: "app_id", Required: true, Example: "01DEMOAPP",
			Label: diag.T("App ID", "ID do app"),
			Help:  diag.T("Sinch Build Dashboard > Conversation API > Apps.", "Sinch Build Dashboard > Conversation API > Apps."),
		},
		{
			Key: "region", Required: true, Choices: []string{"br", "eu", "us"},
			Label: diag.T("Region", "Região"),
			Help:  diag.T("Where the app was made; it answers nowhere else.", "Onde o app foi criado; ele só responde lá."),
		},
		{
			Key: "key_id", Required: true, Example: "b2505560-c8d3-4b1a-877d-3f449ad95352",
			Label: diag.T("Key ID", "ID da chave"),
			Help:  diag.T("Sinch Build Dashboard > Settings > Access keys.", "Sinch Build Dashboard > Settings > Access keys."),
		},
		{
			Key: "key_secret", Secret: true, Required: true, Example: "demo_key_secret",
			Label: diag.T("Key secret", "Segredo da chave"),
			Help:  diag.T("Shown once when the access key is made.", "Mostrado uma única vez, quando a chave é criada."),
		},
		webhook.ChosenField(),
		{
			Key: "sms_sender", Example: "+5511900002222", On: []engine.Channel{engine.SMS},
			Label: diag.T("SMS sender", "Remetente do SMS"),
			Help:  diag.T("The number or name an SMS comes from; by default the app's own.", "O número ou nome de onde sai o SMS; se vazio, o do app."),
		},
		sms.Field(),
		{
			Key: "auth", Default: "oauth2", Choices: []string{"oauth2", "basic"},
			Label: diag.T("How calls sign in", "Como as chamadas se autenticam"),
			Help:  diag.T("oauth2, as Sinch advises; basic is limited by Sinch and meant for tests.", "oauth2, como a Sinch recomenda; basic é limitado pela Sinch e serve para testes."),
		},
		{
			Key: "auth_url", Default: "https://auth.sinch.com", Example: "https://auth.sinch.com",
			Label: diag.T("Address of access tokens", "Endereço dos tokens de acesso"),
			Help:  diag.T("Change it only to talk to a test server.", "Mude só para falar com um servidor de testes."),
		},
		{
			Key: "provisioning_url", Default: "https://provisioning.api.sinch.com", Example: "https://provisioning.api.sinch.com", On: []engine.Channel{engine.WhatsApp},
			Label: diag.T("Address of the list of templates", "Endereço da lista de modelos"),
			Help:  diag.T("Change it only to talk to a test server.", "Mude só para falar com um servidor de testes."),
		},
		channel.BaseURLField("https://{region}.conversation.api.sinch.com"),
	},
	Webhook: &channel.Hook{
		Enter: diag.T("Sinch Build Dashboard > Conversation API > Apps > Webhooks: one of the type HTTP for this address, with the triggers MESSAGE_INBOUND, MESSAGE_DELIVERY, EVENT_INBOUND and OPT_OUT, and the webhook secret as its secret.",
			"Sinch Build Dashboard > Conversation API > Apps > Webhooks: um do tipo HTTP para este endereço, com os gatilhos MESSAGE_INBOUND, MESSAGE_DELIVERY, EVENT_INBOUND e OPT_OUT, e o segredo do webhook como segredo dele."),
		Proof: diag.T("Sinch signs each call with the webhook secret.", "A Sinch assina cada chamada com o segredo do webhook."),
	},
}
