package smpp

import (
	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who connects an SMPP account.
var Description = channel.Description{
	Title: "SMPP", Page: "smpp", Channels: []engine.Channel{engine.SMS},
	Fields: []channel.Field{
		{
			Key: "host", Required: true, Example: "smpp.carrier.example",
			Label: diag.T("Host", "Servidor (host)"),
			Help:  diag.T("From the connection sheet of your carrier or aggregator.", "Da ficha de conexão da sua operadora ou agregador."),
		},
		{
			Key: "port", Advised: true, Default: "2775", Example: "2775",
			Label: diag.T("Port", "Porta"),
			Help:  diag.T("2775, with TLS 3550.", "2775, com TLS 3550."),
		},
		{
			Key: "system_id", Secret: true, Required: true, Example: "jornada",
			Label: diag.T("System ID", "System ID"),
			Help:  diag.T("The name of the SMPP account.", "O nome da conta SMPP."),
		},
		{
			Key: "password", Secret: true, Required: true, Example: "demo1234",
			Label: diag.T("Password", "Senha"),
			Help:  diag.T("The SMPP password of the connection sheet.", "A senha SMPP da ficha de conexão."),
		},
		{
			Key: "from", Required: true, Example: "27182",
			Label: diag.T("Sender", "Remetente"),
			Help: diag.T("Your number with its country code, your short code, or the name (up to 11 letters) registered for you.",
				"Seu número com o código do país, seu número curto, ou o nome (até 11 letras) registrado para você."),
		},
		sms.Field(),
		{
			Key: "tls", Default: "none", Choices: []string{"none", "implicit"},
			Label: diag.T("Encryption", "Criptografia"),
			Help:  diag.T("implicit is TLS from the start.", "implicit é TLS desde o início."),
		},
		{
			Key: "alphabet", Default: "gsm7", Choices: []string{"gsm7", "latin1"},
			Label: diag.T("Alphabet", "Alfabeto"),
			Help:  diag.T("What data_coding 0 means at this SMSC.", "O que data_coding 0 significa neste SMSC."),
		},
		{
			Key: "long_text", Default: "udh", Choices: []string{"udh", "sar", "payload"},
			Label: diag.T("Long texts", "Textos longos"),
			Help:  diag.T("How a text of several segments is sent.", "Como se envia um texto de vários segmentos."),
		},
		{
			Key: "message_ids", Default: "same", Choices: []string{"same", "hex_decimal", "decimal_hex"},
			Label: diag.T("Ids in receipts", "Ids nos recibos"),
			Help:  diag.T("hex_decimal: answers in hexadecimal, receipts in decimal.", "hex_decimal: respostas em hexadecimal, recibos em decimal."),
		},
		{
			Key: "window", Default: "10", Example: "10",
			Label: diag.T("Window", "Janela"),
			Help:  diag.T("Messages that may wait for their answer, 1 to 200.", "Mensagens que podem esperar resposta, de 1 a 200."),
		},
		{
			Key: "region", Default: "BR", Example: "BR",
			Label: diag.T("Country", "País"),
			Help:  diag.T("Of people's numbers that come without a country code.", "Dos números de pessoas que chegam sem código de país."),
		},
		typeField("source_ton", "TON of the sender", "TON do remetente"),
		typeField("source_npi", "NPI of the sender", "NPI do remetente"),
		typeField("dest_ton", "TON of people", "TON das pessoas"),
		typeField("dest_npi", "NPI of people", "NPI das pessoas"),
		wordField("system_type", "System type", "System type"),
		wordField("service_type", "Service type", "Service type"),
	},
}

func typeField(key, en, pt string) channel.Field {
	return channel.Field{
		Key: key, Example: "1", Label: diag.Text{En: en, Pt: pt},
		Help: diag.T("Only when the connection sheet says otherwise (0 to 18).", "Só se a ficha de conexão disser outra coisa (0 a 18)."),
	}
}

func wordField(key, en, pt string) channel.Field {
	return channel.Field{
		Key: key, Example: "CMT", Label: diag.Text{En: en, Pt: pt},
		Help: diag.T("Mostly empty; the connection sheet says.", "Em geral vazio; a ficha de conexão diz."),
	}
}
