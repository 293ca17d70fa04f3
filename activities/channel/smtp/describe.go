package smtp

import (
	"slices"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Description is what a person must be told who sends through a mail server.
var Description = channel.Description{
	Title: "SMTP", Page: "email", Channels: []engine.Channel{engine.Email},
	Fields: slices.Concat([]channel.Field{
		{
			Key: "host", Required: true, Unless: "base_url", Example: "mail.clinic.example",
			Label: diag.T("Server", "Servidor"),
			Help:  diag.T("The outgoing (SMTP) server of your e-mail provider.", "O servidor de saída (SMTP) do seu provedor de e-mail."),
		},
		{
			Key: "port", Advised: true, Default: "587", Example: "587",
			Label: diag.T("Port", "Porta"),
			Help:  diag.T("Usual are 587, and 465 with TLS from the start.", "O usual é 587, ou 465 com TLS desde o início."),
		},
	}, letter.Fields(diag.T("the server allows you to use", "que o servidor permite usar")), []channel.Field{
		{
			Key: "username", Advised: true, Example: "jornada",
			Label: diag.T("Username", "Usuário"),
			Help:  diag.T("The name the e-mail provider gave you for sending.", "O nome que o provedor de e-mail deu para enviar."),
		},
		{
			Key: "password", Secret: true, Advised: true, Example: "demo_password",
			Label: diag.T("Password", "Senha"),
			Help:  diag.T("Many providers want an app password here, not your own.", "Muitos provedores pedem aqui uma senha de app, não a sua."),
		},
		{
			Key: "tls", Default: "mandatory", Choices: []string{"mandatory", "opportunistic", "implicit", "none"},
			Label: diag.T("Encryption", "Criptografia"),
			Help:  diag.T("implicit is TLS from the start (port 465).", "implicit é TLS desde o início (porta 465)."),
		},
		{
			Key: "auth", Choices: []string{"auto", "plain", "login", "cram-md5", "scram-sha-256", "xoauth2", "none"},
			Label: diag.T("Way to sign in", "Forma de autenticação"),
			Help:  diag.T("auto with a username, none without; for xoauth2 the password is the access token.", "auto com usuário, none sem; com xoauth2 a senha é o token de acesso."),
		},
		{
			Key: "dkim_selector", Example: "jornada",
			Label: diag.T("DKIM selector", "Seletor DKIM"),
			Help:  diag.T("The word before ._domainkey in the DNS, when Jornada is to sign letters.", "A palavra antes de ._domainkey no DNS, se a Jornada deve assinar os e-mails."),
		},
		{
			Key: "dkim_key", Secret: true, Example: "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----",
			Label: diag.T("DKIM key", "Chave DKIM"),
			Help:  diag.T("The private key in PEM, RSA or Ed25519.", "A chave privada em PEM, RSA ou Ed25519."),
		},
		{
			Key: "dkim_domain", Example: "clinic.example",
			Label: diag.T("DKIM domain", "Domínio DKIM"),
			Help:  diag.T("By default that of the sender.", "Se vazio, o do remetente."),
		},
		{
			Key: "verp", Default: "on", Choices: []string{"on", "off"},
			Label: diag.T("Bounces by message", "Devoluções por mensagem"),
			Help:  diag.T("off for a server that lets you send only as the sender.", "off para um servidor que só deixa enviar como o remetente."),
		},
		{
			Key: "helo", Example: "jornada.clinic.example",
			Label: diag.T("Name of this machine", "Nome desta máquina"),
			Help:  diag.T("The name we introduce ourselves with.", "O nome com que nos apresentamos."),
		},
		{
			Key: "base_url", Example: "smtp://mail.clinic.example:587",
			Label: diag.T("Server as an address", "Servidor como endereço"),
			Help:  diag.T("Instead of server and port: smtp://… or smtps://…", "No lugar de servidor e porta: smtp://… ou smtps://…"),
		},
	}),
}
