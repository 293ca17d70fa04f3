package metahook

import (
	"jornada/activities/channel"
	"jornada/dsl/diag"
)

// Fields are what New reads.
func Fields() []channel.Field {
	return []channel.Field{
		{
			Key: "app_secret", Secret: true, Advised: true, Example: "0123456789abcdef0123456789abcdef",
			Label: diag.T("App secret", "Chave secreta do app"),
			Help: diag.T("App dashboard > App settings > Basic; it signs the webhooks, so without it no reply gets in.",
				"Painel do app > Configurações do app > Básico; assina os webhooks: sem ela nenhuma resposta entra."),
		},
		{
			Key: "verify_token", Secret: true, Advised: true, Made: true, Example: "0123456789abcdef",
			Label: diag.T("Verify token", "Token de verificação"),
			Help:  diag.T("Words made up by you; enter the same ones in Meta's webhook form.", "Palavras inventadas por você; informe as mesmas no formulário de webhook da Meta."),
		},
	}
}

// Proof says how a call is known to be Meta's.
func Proof() diag.Text {
	return diag.T("Meta signs each call with the app secret, and checks the address once with the verify token.",
		"A Meta assina cada chamada com a chave secreta do app e confere o endereço uma vez com o token de verificação.")
}
