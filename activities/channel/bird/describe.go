package bird

import (
	"jornada/activities/channel"
	"jornada/activities/channel/sms"
	"jornada/dsl/diag"
	"jornada/engine"
)

// projectPrefix begins the settings that name Studio projects.
const projectPrefix = "project_"

// Description is what a person must be told who connects a channel of Bird.
var Description = channel.Description{
	Title: "Bird (MessageBird)", Page: "bird", Channels: []engine.Channel{engine.WhatsApp, engine.SMS},
	Fields: []channel.Field{
		{
			Key: "workspace_id", Required: true, Example: "a1405560-c8d3-4b1a-877d-3f449ad95352",
			Label: diag.T("Workspace ID", "ID do workspace"),
			Help:  diag.T("Bird > Settings > Workspace; also the first long id in Bird's address bar.", "Bird > Settings > Workspace; é também o primeiro id longo na barra de endereço."),
		},
		{
			Key: "channel_id", Required: true, Example: "52ad151f-f7b4-46f9-a5c6-d3318e650c84",
			Label: diag.T("Channel ID", "ID do canal"),
			Help:  diag.T("Bird > Channels, on the channel's own page.", "Bird > Channels, na página do próprio canal."),
		},
		{
			Key: "access_key", Secret: true, Required: true, Example: "demo_access_key",
			Label: diag.T("Access key", "Chave de acesso"),
			Help:  diag.T("Bird > Settings > Security > Access keys, with the role Application Developer.", "Bird > Settings > Security > Access keys, com o papel Application Developer."),
		},
		{
			Key: "signing_key", Secret: true, Advised: true, Made: true, Example: "0123456789abcdef",
			Label: diag.T("Signing key", "Chave de assinatura"),
			Help: diag.T("Made up by you, without commas, and entered in every webhook subscription; without it no reply gets in.",
				"Inventada por você, sem vírgulas, e informada em cada assinatura de webhook; sem ela nenhuma resposta entra."),
		},
		{
			Key: projectPrefix + "<name>", Example: "ce6a2fd6-0000-4000-8000-000000000000", On: []engine.Channel{engine.WhatsApp},
			Label: diag.T("Studio project of a template", "Projeto do Studio de um modelo"),
			Help:  diag.T("The project whose template journeys call by this name; / and a version may follow.", "O projeto do modelo que as jornadas chamam por esse nome; / e uma versão podem seguir."),
		},
		sms.Field(),
		channel.BaseURLField(address),
	},
	Webhook: &channel.Hook{
		Enter: diag.T("Bird > Notifications: one subscription each for the inbound and outbound events of the channel (on WhatsApp also interaction), with this address, the channel's id as filter and the signing key.",
			"Bird > Notifications: uma assinatura para cada evento inbound e outbound do canal (no WhatsApp também interaction), com este endereço, o id do canal como filtro e a chave de assinatura."),
		Proof: diag.T("Bird signs each call, and its address, with the signing key.", "A Bird assina cada chamada, e o endereço dela, com a chave de assinatura."),
	},
}
