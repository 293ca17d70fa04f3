package ownsecret_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/ownsecret"
)

const word = "0123456789abcdef"

func settings(header, secret string) channel.Settings {
	return channel.Settings{IntegrationID: "wa", Values: map[string]string{"webhook_header": header}, Secrets: map[string]string{"webhook_secret": secret}}
}

func TestProves(t *testing.T) {
	for name, c := range map[string]struct {
		setting, secret string
		header          http.Header
		query           string
		want            bool
	}{
		"header":                 {"", word, http.Header{"X-Jornada-Secret": {word}}, "", true},
		"header of our choice":   {"x-clinic", word, http.Header{"X-Clinic": {word}}, "", true},
		"another header":         {"x-clinic", word, http.Header{"X-Jornada-Secret": {word}}, "", false},
		"bearer":                 {"authorization", word, http.Header{"Authorization": {"Bearer " + word}}, "", true},
		"authorization":          {"Authorization", word, http.Header{"Authorization": {word}}, "", true},
		"bearer elsewhere":       {"", word, http.Header{"X-Jornada-Secret": {"Bearer " + word}}, "", false},
		"query":                  {"", word, nil, "a=1&secret=" + word, true},
		"the old one of two":     {"", "another-secret-of-ours, " + word, nil, "secret=" + word, true},
		"wrong header":           {"", word, http.Header{"X-Jornada-Secret": {word + "x"}}, "", false},
		"wrong query":            {"", word, nil, "secret=" + strings.ToUpper(word), false},
		"empty":                  {"", word, http.Header{"X-Jornada-Secret": {""}}, "secret=", false},
		"nothing":                {"", word, nil, "", false},
		"both secrets as one":    {"", word + "," + word, nil, "secret=" + word + "," + word, false},
		"right query and header": {"", word, http.Header{"X-Jornada-Secret": {"x"}}, "secret=" + word, true},
	} {
		t.Run(name, func(t *testing.T) {
			secret, err := ownsecret.New(settings(c.setting, c.secret), "the console")
			if err != nil {
				t.Fatal(err)
			}
			r := channel.Request{Header: c.header, URL: &url.URL{Scheme: "https", Host: "example.com", RawQuery: c.query}}
			if got := secret.Proves(r); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	for want, s := range map[string]channel.Settings{
		"wa: secrets.webhook_secret is missing; make one up (at least 16 characters) and enter it in the console as the header X-Jornada-Secret, or at the end of the webhook's address as ?secret=…": settings("", " , "),
		"wa: secrets.webhook_secret must have at least 16 characters: it is all that proves a webhook":                                                                                                settings("", word+",short"),
		"wa: settings.webhook_header must be the name of a header, such as X-Jornada-Secret":                                                                                                          settings("X Y", word),
	} {
		if _, err := ownsecret.New(s, "the console"); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if (ownsecret.Secret{}).Proves(channel.Request{}) {
		t.Error("a secret that was never set lets calls in")
	}
}
