package letter

import (
	"jornada/activities/channel"
	"jornada/dsl/diag"
)

// Fields are what SenderOf reads; which says what senders the provider takes.
func Fields(which diag.Text) []channel.Field {
	return []channel.Field{
		{
			Key: "from", Required: true, Example: "Clínica <oi@clinic.example>",
			Label: diag.T("Sender", "Remetente"),
			Help:  diag.Text{En: "The address that people see as the sender, one " + which.En + ".", Pt: "O endereço que as pessoas veem como remetente, um " + which.Pt + "."},
		},
		{
			Key: "reply_to", Advised: true, Example: "contato@clinic.example",
			Label: diag.T("Replies go to", "Respostas vão para"),
			Help:  diag.T("A mailbox that somebody reads; without it replies go to the sender.", "Uma caixa de entrada que alguém lê; sem ela as respostas vão para o remetente."),
		},
		{
			Key: "inbound_domain", Example: "volta.clinic.example",
			Label: diag.T("Domain of the ways back", "Domínio de retorno"),
			Help:  diag.T("A domain whose mail comes to Jornada, so that replies reach journeys.", "Um domínio cujos e-mails chegam à Jornada, para que respostas cheguem às jornadas."),
		},
		{
			Key: "message_id_domain", Example: "clinic.example",
			Label: diag.T("Domain of Message-ID", "Domínio do Message-ID"),
			Help:  diag.T("By default that of the sender.", "Se vazio, o do remetente."),
		},
	}
}
