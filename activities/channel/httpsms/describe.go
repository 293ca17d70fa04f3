package httpsms

import (
	"cmp"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// families are settings whose names have two parts, of which the second is one of
// these.
var families = map[string][]string{
	"error":   {"retry_later", "throttle", "stop_sender", "reauth", "out_of_reach", "switch_channel", "suppress", "suppress_marketing", "fix_request"},
	"message": {"from", "text", "id", "time", "to", "list"},
	"status":  {"word", "id", "ref", "error", "to", "time", "list"},
	"word":    {"accepted", "sent", "delivered", "read", "failed"},
}

// Description is what a person must be told who describes a gateway of their own.
var Description = channel.Description{
	Title: "HTTP", Page: "http", Channels: []engine.Channel{engine.SMS},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "base_url", Required: true, Example: "https://sms.example.com",
			Label: diag.T("Address of the gateway", "Endereço do gateway"),
			Help:  diag.T("From the gateway's manual: http or https, up to the path and without a query.", "Do manual do gateway: http ou https, até o caminho e sem parâmetros."),
		},
		{
			Key: "path", Advised: true, Example: "/v2/envios",
			Label: diag.T("Path", "Caminho"),
			Help:  diag.T("What follows the address, with its query; {to}, {text}, {from}, {id} and {secret.name} may stand in it.", "O que vem depois do endereço, com parâmetros; pode conter {to}, {text}, {from}, {id} e {secret.nome}."),
		},
		{
			Key: "body", Required: true, Unless: "path", Example: `{"to": "{to}", "text": "{text}"}`,
			Label: diag.T("Body", "Corpo"),
			Help:  diag.T("The template of the request, with the same placeholders; not with GET.", "O modelo do pedido, com os mesmos marcadores; não com GET."),
		},
		{
			Key: "method", Default: "POST", Choices: []string{"POST", "PUT", "GET"},
			Label: diag.T("Method", "Método"),
			Help:  diag.T("Of the request.", "Do pedido."),
		},
		{
			Key: "format", Default: "json", Choices: []string{"json", "form", "xml"},
			Label: diag.T("Format of the body", "Formato do corpo"),
			Help:  diag.T("Every value is escaped for it.", "Cada valor é escapado para ele."),
		},
		{
			Key: "header.<Name>", Advised: true, Example: "Bearer demo",
			Label: diag.T("Header", "Cabeçalho"),
			Help:  diag.T("Of the request, by its name: Bearer {secret.name}.", "Do pedido, pelo nome: Bearer {secret.nome}."),
		},
		{
			Key: "<name>", Secret: true, Advised: true, Example: "demo_key",
			Label: diag.T("Secret of the gateway", "Segredo do gateway"),
			Help:  diag.T("Whatever path, body and headers call {secret.name}.", "O que caminho, corpo e cabeçalhos chamam de {secret.nome}."),
		},
		{
			Key: "auth_user", Example: "jornada",
			Label: diag.T("User", "Usuário"),
			Help:  diag.T("Of HTTP Basic authentication.", "Da autenticação HTTP Basic."),
		},
		{
			Key: "auth_password", Secret: true, Example: "demo_password",
			Label: diag.T("Password", "Senha"),
			Help:  diag.T("Of that user.", "Desse usuário."),
		},
		{
			Key: "from", Example: "27182",
			Label: diag.T("Sender", "Remetente"),
			Help:  diag.T("What {from} stands for.", "O que {from} significa."),
		},
		{
			Key: "to_format", Default: "e164", Choices: []string{"e164", "digits", "national"},
			Label: diag.T("Form of numbers", "Forma dos números"),
			Help:  diag.T("e164: +5511…; digits: 5511…; national: 11…", "e164: +5511…; digits: 5511…; national: 11…"),
		},
		{
			Key: "region", Default: "BR", Example: "BR",
			Label: diag.T("Country", "País"),
			Help:  diag.T("Of numbers without a country code.", "Dos números sem código de país."),
		},
		{
			Key: "text_max", Default: "1600", Example: "1600",
			Label: diag.T("Longest text", "Texto mais longo"),
			Help:  diag.T("In characters.", "Em caracteres."),
		},
		sms.Field(),
		{
			Key: "test_path", Advised: true, Example: "/v2/saldo",
			Label: diag.T("Path of the test", "Caminho do teste"),
			Help:  diag.T("An address that only reads, such as the balance.", "Um endereço que só lê, como o do saldo."),
		},
		{
			Key: "success_status", Default: "200-299", Example: "200,202",
			Label: diag.T("Statuses of success", "Status de sucesso"),
			Help:  diag.T("HTTP statuses and ranges, separated by commas.", "Status HTTP e faixas, separados por vírgula."),
		},
		{
			Key: "success_path", Example: "codigo",
			Label: diag.T("Where success is told", "Onde se lê o sucesso"),
			Help:  diag.T("In a JSON answer: data.0.status.", "Em uma resposta JSON: data.0.status."),
		},
		{
			Key: "success_value", Example: "000",
			Label: diag.T("Word of success", "Palavra de sucesso"),
			Help:  diag.T("What stands there then; several, separated by commas.", "O que está lá nesse caso; várias, separadas por vírgula."),
		},
		patternField("success_pattern", "Success in other answers", "Sucesso em outras respostas", "OK"),
		{
			Key: "id_path", Example: "id",
			Label: diag.T("Where the gateway's id is", "Onde está o id do gateway"),
			Help:  diag.T("In a JSON answer; without it the message is known by our reference.", "Em uma resposta JSON; sem isso a mensagem é conhecida pela nossa referência."),
		},
		patternField("id_pattern", "Id in other answers", "Id em outras respostas", `id=(\d+)`),
		{
			Key: "error_path", Example: "codigo",
			Label: diag.T("Where the code of a refusal is", "Onde está o código da recusa"),
			Help:  diag.T("In a JSON answer.", "Em uma resposta JSON."),
		},
		patternField("error_pattern", "Code in other answers", "Código em outras respostas", `erro=(\d+)`),
	}, members("error", "4\\d\\d", diag.T("A regular expression on the code of a refusal: these are", "Uma expressão regular sobre o código da recusa: estes são")),
		members("status", "campo", diag.T("Where in a call about a status stands", "Onde, em uma chamada sobre status, está")),
		members("word", "", diag.T("The gateway's words, separated by commas, for", "As palavras do gateway, separadas por vírgula, para")),
		members("message", "campo", diag.T("Where in a call about a reply stands", "Onde, em uma chamada sobre uma resposta, está")),
		[]channel.Field{
			{
				Key: "time_zone", Default: "UTC", Example: "America/Sao_Paulo",
				Label: diag.T("Time zone", "Fuso horário"),
				Help:  diag.T("Of times that come without one.", "Dos horários que chegam sem um."),
			},
			{
				Key: "reply", Example: "OK",
				Label: diag.T("Answer to calls", "Resposta às chamadas"),
				Help:  diag.T("What a webhook call is answered with.", "O que se responde a uma chamada de webhook."),
			},
		}, optional(webhook.SecretFields())),
	Webhook: &channel.Hook{
		Enter: diag.T("Where the gateway asks for the addresses of statuses and replies; append ?kind=status or ?kind=message where the fields alone do not tell.",
			"Onde o gateway pede os endereços de status e respostas; acrescente ?kind=status ou ?kind=message se os campos não bastarem para distinguir."),
		Proof: webhook.SecretProof(),
	},
}

func patternField(key, en, pt, example string) channel.Field {
	return channel.Field{
		Key: key, Example: example, Label: diag.Text{En: en, Pt: pt},
		Help: diag.T("A regular expression, where the answer is not JSON.", "Uma expressão regular, quando a resposta não é JSON."),
	}
}

// members are the settings of a family; without an example each is its own.
func members(family, example string, help diag.Text) []channel.Field {
	list := make([]channel.Field, 0, len(families[family]))
	for _, one := range families[family] {
		name := family + "." + one
		list = append(list, channel.Field{
			Key: name, Example: cmp.Or(example, strings.ToUpper(one)), Label: diag.Text{En: name, Pt: name},
			Help: diag.Text{En: help.En + " " + one + ".", Pt: help.Pt + " " + one + "."},
		})
	}
	return list
}

// optional are the fields of a proof that only a gateway with webhooks needs.
func optional(fields []channel.Field) []channel.Field {
	fields[0].Required, fields[0].Advised = false, true
	return fields
}
