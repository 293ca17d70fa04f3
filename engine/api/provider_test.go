package api

import (
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/telegram"
	"jornada/activities/channel/twilio"
	"jornada/engine"
)

func TestProvidersAreDescribed(t *testing.T) {
	f := inMemory(t)
	f.server.Kinds = map[string]channel.Kind{
		"twilio":   {New: twilio.New, Description: twilio.Description},
		"telegram": {New: telegram.New, Description: telegram.Description},
	}
	w := f.admin("GET", "/api/v1/providers", "", "Accept-Language", "pt-BR")
	list := decoded[struct{ Items []providerView }](f, w).Items
	if w.Code != 200 || len(list) != 2 || list[0].Name != "telegram" || list[1].Name != "twilio" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if hook := list[0].Webhook; hook == nil || hook.Address != "https://jornada.example/webhooks/{id}" || !strings.HasPrefix(hook.Proof, "O Telegram envia") {
		t.Errorf("Telegram's webhook is %+v", hook)
	}
	if ch := list[0].Channels[0]; ch.Channel != engine.Telegram || ch.LostAnswer != channel.None || ch.PerSecond != 30 || !ch.Invites || !ch.Tests || ch.TestMessage != "" || ch.Buttons == 0 {
		t.Errorf("Telegram can %+v", ch)
	}
	if ch := list[1].Channels[1]; ch.Channel != engine.SMS || ch.LostAnswer != channel.EchoesRef || ch.TestMessage != engine.Phone || ch.TextMax != 1600 || !ch.ListsTemplate {
		t.Errorf("Twilio's SMS can %+v", ch)
	}
	names := map[string]settingView{}
	for _, field := range list[1].Fields {
		names[field.Key] = field
	}
	if from := names["from"]; !from.Required || from.Unless != "messaging_service_sid" || from.Label != "Remetente" || from.Secret {
		t.Errorf("from is %+v", from)
	}
	if token := names["auth_token"]; !token.Secret || !strings.Contains(token.Help, "Twilio Console > Account info") {
		t.Errorf("auth_token is %+v", token)
	}
	if _, there := names["messages_per_second"]; !there {
		t.Error("the pace of every integration is missing")
	}
}

// TestARefusedSettingIsExplained: what a driver refuses in English is said in the
// caller's language, and names the field.
func TestARefusedSettingIsExplained(t *testing.T) {
	f := inMemory(t)
	kinds := map[string]channel.Kind{"telegram": {New: telegram.New, Description: telegram.Description}}
	f.server.Kinds = kinds
	f.server.Providers = channel.NewRegistry(map[string]channel.Constructor{"telegram": telegram.New}, f.store, stopped(), func(engine.IntegrationID) string { return "" })
	body := `{"id":"tg","provider":"telegram","channel":"telegram","secrets":{"token":"abc"}}`
	for lang, want := range map[string]string{
		"pt-BR": `Token do bot (secrets.token): este valor não serve. Escreva /newbot ou /token para o @BotFather.`,
		"en":    `tg: secrets.token must look like 123456:ABC-DEF…; copy it again from @BotFather`,
	} {
		w := f.admin("POST", "/api/v1/integrations", body, "Accept-Language", lang)
		if w.Code != 422 || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `"field":"secrets.token"`) {
			t.Errorf("%s: %d %s, want %q", lang, w.Code, w.Body, want)
		}
	}
}
