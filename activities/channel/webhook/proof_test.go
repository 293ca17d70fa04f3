package webhook_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/activities/channel/webhook"
)

const word = "0123456789abcdef"

func basic(password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("jornada:"+password))
}

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
		"password":               {"", word, http.Header{"Authorization": {basic(word)}}, "", true},
		"password, named header": {"authorization", word, http.Header{"Authorization": {basic(word)}}, "", true},
		"wrong password":         {"", word, http.Header{"Authorization": {basic("x")}}, "", false},
		"half a password":        {"", word, http.Header{"Authorization": {"Basic !"}}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			secret, err := webhook.NewSecret(settings(c.setting, c.secret), "the console")
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
		"wa: secrets.webhook_secret is missing; make one (openssl rand -hex 32) and enter it in the console, as the header X-Jornada-Secret or at the end of the webhook's address as ?secret=…": settings("", " , "),
		"wa: secrets.webhook_secret has fewer than 16 characters, which can be guessed; make one with: openssl rand -hex 32":                                                                     settings("", word+",short"),
		"wa: settings.webhook_header must be the name of a header, such as X-Jornada-Secret":                                                                                                     settings("X Y", word),
	} {
		if _, err := webhook.NewSecret(s, "the console"); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if (webhook.Secret{}).Proves(channel.Request{}) {
		t.Error("a secret that was never set lets calls in")
	}
	if webhook.OneOf([]string{""}, "") || webhook.OneOf(nil, word) || !webhook.OneOf([]string{"x", word}, word) {
		t.Error("OneOf errs")
	}
	if all := webhook.Several(" a, b c ,,"); !reflect.DeepEqual(all, []string{"a", "b c"}) {
		t.Errorf("several are %q", all)
	}
}

// TestInto: the address that a company is given with a message carries the first
// secret, beside what it has already.
func TestInto(t *testing.T) {
	secret, err := webhook.NewSecret(settings("", word+" &x, another-secret-of-ours"), "the console")
	if err != nil {
		t.Fatal(err)
	}
	address := &url.URL{Scheme: "https", Host: "example.com", Path: "/webhooks/wa", RawQuery: "a=1"}
	secret.Into(address)
	if got := address.Query(); got.Get("secret") != word+" &x" || got.Get("a") != "1" {
		t.Errorf("got %s", address)
	}
	if !secret.Proves(channel.Request{URL: address}) {
		t.Error("what was put in does not prove the call")
	}
}
