package webhook

import (
	"jornada/activities/channel"
	"jornada/dsl/diag"
)

// SecretFields are what NewSecret reads.
func SecretFields() []channel.Field {
	return []channel.Field{ChosenField(), {
		Key: "webhook_header", Default: defaultHeader, Example: "X-Jornada-Secret",
		Label: diag.T("Header of the secret", "Cabeçalho do segredo"),
		Help:  diag.T("Only when the provider cannot send the header "+defaultHeader+".", "Só se o provedor não conseguir enviar o cabeçalho "+defaultHeader+"."),
	}}
}

// ChosenField is the secret that Chosen reads.
func ChosenField() channel.Field {
	return channel.Field{
		Key: secretName, Secret: true, Required: true, Made: true, Example: "0123456789abcdef0123456789abcdef",
		Label: diag.T("Webhook secret", "Segredo do webhook"),
		Help: diag.T("Made up by you (16 characters or more) and entered at the provider as well; several, separated by commas, while you change it.",
			"Inventado por você (16 caracteres ou mais) e informado também no provedor; vários, separados por vírgula, enquanto você troca."),
	}
}

// SecretProof says how a call is known that brings a secret of ours.
func SecretProof() diag.Text {
	return diag.T("With each call the provider sends the webhook secret in the header "+defaultHeader+"; where it cannot, put ?"+Query+"=… with it at the end of the address.",
		"Em cada chamada o provedor envia o segredo do webhook no cabeçalho "+defaultHeader+"; se não conseguir, ponha ?"+Query+"=… com ele no fim do endereço.")
}
