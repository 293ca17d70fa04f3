package meta_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/channeltest"
	"jornada/activities/channel/meta"
	"jornada/engine"
)

const number = "106540352242922" // the phone_number_id of Meta's published examples

func settings() channel.Settings {
	return channel.Settings{
		IntegrationID: "wa-demo", Channel: engine.WhatsApp,
		Values:  map[string]string{"phone_number_id": number},
		Secrets: map[string]string{"token": "demo-token", "app_secret": "old-secret, app-secret-1", "verify_token": "abracadabra"},
	}
}

func open(t *testing.T, change func(*channel.Settings)) channel.Provider {
	t.Helper()
	s := settings()
	if change != nil {
		change(&s)
	}
	provider, err := meta.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func TestSettingsNameTheirRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		values, secrets map[string]string
		want            string
		field           string
	}{
		"number": {map[string]string{}, map[string]string{"token": "t"},
			"wa-demo: settings.phone_number_id is missing; you find it in WhatsApp Manager > API setup, under the phone number", "settings.phone_number_id"},
		"token": {map[string]string{"phone_number_id": "1"}, nil,
			"wa-demo: secrets.token is missing; you find it in Business settings > System users > Generate token, with whatsapp_business_messaging", "secrets.token"},
		"phone instead of id": {map[string]string{"phone_number_id": "+5511987654321"}, map[string]string{"token": "t"},
			"wa-demo: settings.phone_number_id must be the number's id (digits), not the phone number itself", "settings.phone_number_id"},
		"version": {map[string]string{"phone_number_id": "1", "version": "23"}, map[string]string{"token": "t"},
			"wa-demo: settings.version must look like v23.0", "settings.version"},
		"base_url": {map[string]string{"phone_number_id": "1", "base_url": "graph.facebook.com"}, map[string]string{"token": "t"},
			"wa-demo: settings.base_url must be an http or https address such as https://graph.facebook.com", "settings.base_url"},
		"replaying header": {map[string]string{"phone_number_id": "1", "auth_header": "idempotency-key"}, map[string]string{"token": "t"},
			"wa-demo: settings.auth_header must not be Idempotency-Key: the HTTP client would send messages twice after a lost connection", "settings.auth_header"},
		"token of two lines": {map[string]string{"phone_number_id": "1"}, map[string]string{"token": "a\nb"},
			"wa-demo: secrets.token must be one line; copy it again", "secrets.token"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := meta.New(channel.Settings{IntegrationID: "wa-demo", Channel: engine.WhatsApp, Values: c.values, Secrets: c.secrets})
			var refusal *engine.Error
			if !errors.As(err, &refusal) || refusal.Code != engine.Invalid || refusal.Field != c.field || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := meta.New(channel.Settings{Channel: engine.SMS}); err == nil {
		t.Error("WhatsApp's driver took an SMS integration")
	}
}

func TestTestSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		answer channeltest.Answer
		change func(*channel.Settings)
		want   string
	}{
		"works":          {channeltest.Answer{Body: `{"id":"106540352242922"}`}, nil, ""},
		"expired":        {channeltest.Answer{Status: 401, Body: `{"error":{"code":190,"message":"Session has expired"}}`}, nil, "generate a new token"},
		"unknown number": {channeltest.Answer{Status: 400, Body: `{"error":{"code":100,"message":"Unsupported get request"}}`}, nil, "check phone_number_id and version"},
		"other server":   {channeltest.Answer{Body: `<html>`}, nil, "not like WhatsApp's API"},
		"redirect":       {channeltest.Answer{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, nil, "redirect"},
		"no app secret":  {channeltest.Answer{Body: `{"id":"1"}`}, func(s *channel.Settings) { delete(s.Secrets, "app_secret") }, "secret app_secret"},
		"no verify":      {channeltest.Answer{Body: `{"id":"1"}`}, func(s *channel.Settings) { delete(s.Secrets, "verify_token") }, "secret verify_token"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings()
			if c.change != nil {
				c.change(&s)
			}
			server := channeltest.NewServer(t, c.answer)
			err := server.Open(t, meta.New, s, nil).(channel.Tester).Test(context.Background())
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if got := server.Requests(); len(got) != 1 || got[0].URL.Path != "/v23.0/"+number || got[0].Method != http.MethodGet {
				t.Errorf("asked %+v", got)
			}
		})
	}
}
