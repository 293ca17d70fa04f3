package twilio

import (
	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/dsl/diag"
	"jornada/engine"
)

// whatsAppOnly is where settings about Contents count.
var whatsAppOnly = []engine.Channel{engine.WhatsApp}

// Description is what a person must be told who connects a sender of Twilio.
var Description = channel.Description{
	Title: "Twilio", Page: "twilio", Channels: []engine.Channel{engine.WhatsApp, engine.SMS},
	Fields: []channel.Field{
		{
			Key: "account_sid", Required: true, Example: "AC00000000000000000000000000000001",
			Label: diag.T("Account SID", "Account SID"),
			Help:  diag.T("Twilio Console > Account info; it begins with AC.", "Twilio Console > Account info; começa com AC."),
		},
		{
			Key: "auth_token", Secret: true, Required: true, Unless: "token", Example: "demo_auth_token",
			Label: diag.T("Auth Token", "Auth Token"),
			Help:  diag.T("Twilio Console > Account info; it also proves that webhooks are Twilio's.", "Twilio Console > Account info; também prova que os webhooks são da Twilio."),
		},
		{
			Key: "from", Required: true, Unless: "messaging_service_sid", Example: "+5511900001111",
			Label: diag.T("Sender", "Remetente"),
			Help: diag.T("Your number: for SMS Twilio Console > Phone Numbers, for WhatsApp Messaging > Senders > WhatsApp senders.",
				"Seu número: no SMS, Twilio Console > Phone Numbers; no WhatsApp, Messaging > Senders > WhatsApp senders."),
		},
		{
			Key: "messaging_service_sid", Example: "MG00000000000000000000000000000001",
			Label: diag.T("Messaging Service", "Messaging Service"),
			Help:  diag.T("Instead of a sender: a service that chooses among several; it begins with MG.", "No lugar do remetente: um serviço que escolhe entre vários; começa com MG."),
		},
		{
			Key: "templates", Advised: true, Example: "appointment_confirm/pt_BR=HX00000000000000000000000000000001", On: whatsAppOnly,
			Label: diag.T("Templates", "Modelos"),
			Help:  diag.T("name/language=HX…, separated by commas: the Content SID of every approved template.", "nome/idioma=HX…, separados por vírgula: o Content SID de cada modelo aprovado."),
		},
		{
			Key: "template_payloads", Example: "appointment_confirm/pt_BR", On: whatsAppOnly,
			Label: diag.T("Templates whose replies take our ids", "Modelos cujas respostas levam nossos ids"),
			Help:  diag.T("name/language of those whose Content has the variables {{id1}}, {{id2}}, …", "nome/idioma dos que têm no Content as variáveis {{id1}}, {{id2}}, …"),
		},
		{
			Key: "choices", Example: "buttons_2=HX00000000000000000000000000000002", On: whatsAppOnly,
			Label: diag.T("Contents for buttons and lists", "Contents para botões e listas"),
			Help:  diag.T("buttons_1 to buttons_3 and list_1 to list_10; without one, choices are numbered text.", "buttons_1 a buttons_3 e list_1 a list_10; sem um, as opções viram texto numerado."),
		},
		sms.Field(),
		{
			Key: "api_key_sid", Secret: true, Example: "SK00000000000000000000000000000001",
			Label: diag.T("API key SID", "SID da chave de API"),
			Help:  diag.T("To send with an API key instead of the Auth Token.", "Para enviar com uma chave de API no lugar do Auth Token."),
		},
		{
			Key: "api_key_secret", Secret: true, Example: "demo_key_secret",
			Label: diag.T("API key secret", "Segredo da chave de API"),
			Help:  diag.T("Shown once when the API key is made.", "Mostrado uma única vez, quando a chave é criada."),
		},
		{
			Key: "token", Secret: true, Example: "demo_auth_token",
			Label: diag.T("Auth Token, by its former name", "Auth Token, pelo nome antigo"),
			Help:  diag.T("Use auth_token.", "Use auth_token."),
		},
		channel.BaseURLField("https://api.twilio.com"),
	},
	Webhook: &channel.Hook{
		Enter: diag.T("With the method POST: for SMS under the number's “A message comes in”, for WhatsApp under the sender's “Webhook URL for incoming messages”, with a Messaging Service in its Integration. Statuses need nothing.",
			"Com o método POST: no SMS, em “A message comes in” do número; no WhatsApp, em “Webhook URL for incoming messages” do remetente; com um Messaging Service, em Integration. Status não precisam de nada."),
		Proof: diag.T("Twilio signs each call, and its address, with the Auth Token.", "A Twilio assina cada chamada, e o endereço dela, com o Auth Token."),
	},
}
