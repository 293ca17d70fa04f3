package telegram

import (
	"jornada/activities/channel"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects a Telegram bot.
var Description = channel.Description{
	Title: "Telegram", Page: "telegram", Channels: []engine.Channel{engine.Telegram},
	Fields: []channel.Field{
		{
			Key: "token", Secret: true, Required: true, Example: "123456:ABC-DEFGHIJKLMN",
			Label: diag.T("Bot token", "Token do bot"),
			Help:  diag.T("Write /newbot or /token to @BotFather.", "Escreva /newbot ou /token para o @BotFather."),
		},
		{
			Key: "bot_username", Advised: true, Example: "clinica_centro_bot",
			Label: diag.T("Bot name", "Nome do bot"),
			Help:  diag.T("As @BotFather shows it; needed for links that invite a contact.", "Como o @BotFather mostra; necessário para links que convidam um contato."),
		},
		{
			Key: "webhook_secret", Secret: true, Required: true, Made: true, Example: "0123456789abcdef0123456789abcdef",
			Label: diag.T("Webhook secret", "Segredo do webhook"),
			Help: diag.T("Made up by you: 16 to 256 letters, digits, _ and -; it goes to Telegram as secret_token.",
				"Inventado por você: 16 a 256 letras, dígitos, _ e -; vai para o Telegram como secret_token."),
		},
		channel.BaseURLField("https://api.telegram.org"),
	},
	Webhook: &channel.Hook{
		Enter: diag.T("Call https://api.telegram.org/bot<token>/setWebhook once, with this address as url, the webhook secret as secret_token and allowed_updates=[\"message\",\"callback_query\",\"my_chat_member\"].",
			"Chame uma vez https://api.telegram.org/bot<token>/setWebhook, com este endereço como url, o segredo do webhook como secret_token e allowed_updates=[\"message\",\"callback_query\",\"my_chat_member\"]."),
		Proof: diag.T("Telegram sends the webhook secret with each call.", "O Telegram envia o segredo do webhook em cada chamada."),
	},
}
