package reseller_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/reseller"
	"jornada/engine"
)

func TestRefusalsAndTheirDoubt(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		said   reseller.Said
		class  channel.Class
		doubt  channel.Doubt
		text   string
	}{
		"a code decides":              {400, reseller.Said{Class: channel.Suppress, Code: "9"}, channel.Suppress, channel.Certain, "block list"},
		"a 5xx is a doubt":            {502, reseller.Said{}, channel.RetryLater, channel.Unclear, "HTTP 502 without an explanation"},
		"one that names its trouble":  {500, reseller.Said{Class: channel.RetryLater, Code: "1"}, channel.RetryLater, channel.Unclear, "Acme or the network"},
		"one that names a refusal":    {500, reseller.Said{Class: channel.StopSender, Code: "2"}, channel.StopSender, channel.Certain, "console of Acme"},
		"too fast":                    {429, reseller.Said{}, channel.Throttle, channel.Certain, "slower pace"},
		"credentials":                 {401, reseller.Said{Message: "key of +5541988887777"}, channel.Reauth, channel.Certain, "key of •••"},
		"elsewhere":                   {301, reseller.Said{}, channel.FixRequest, channel.Certain, "put the final address into base_url"},
		"the request took too long":   {408, reseller.Said{}, channel.RetryLater, channel.Certain, "Acme or the network"},
		"a code that nobody explains": {422, reseller.Said{Code: "X"}, channel.FixRequest, channel.Certain, "Acme refused the message as wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			got := reseller.Refusal("Acme", &channel.Answer{Status: c.status, RetryAfter: time.Second}, c.said)
			if got.Class != c.class || got.Doubt != c.doubt || got.Code != c.said.Code || got.RetryAfter != time.Second || !strings.Contains(got.Message, c.text) || !strings.HasPrefix(got.Detail, "http=") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestEveryClassHasARemedy(t *testing.T) {
	for _, class := range []channel.Class{
		channel.RetryLater, channel.Throttle, channel.StopSender, channel.Reauth, channel.UseTemplate, channel.SwitchChannel,
		channel.SuppressMarketing, channel.DeferMarketing, channel.Suppress, channel.FixTemplate,
	} {
		if reseller.Remedy("Acme", class) == reseller.Remedy("Acme", channel.FixRequest) {
			t.Errorf("%s has none of its own", class)
		}
	}
}

func TestText(t *testing.T) {
	var got []reseller.Text
	if err := json.Unmarshal([]byte(`["a",17,1.50,true,null,{"a":1},[1],"\u00e9"]`), &got); err != nil {
		t.Fatal(err)
	}
	if want := []reseller.Text{"a", "17", "1.50", "true", "", "", "", "é"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestMoments(t *testing.T) {
	want := time.Date(2019, 4, 9, 19, 1, 56, 494_000_000, time.UTC)
	for _, s := range []reseller.Text{"2019-04-09T16:01:56.494-0300", "2019-04-09T19:01:56.494Z", "2019-04-09T16:01:56.494-03:00"} {
		if got := reseller.Moment(s); !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s is %s", s, got)
		}
	}
	for _, s := range []reseller.Text{"", "1554836516", "yesterday"} {
		if got := reseller.Moment(s); !got.IsZero() {
			t.Errorf("%q is %s", s, got)
		}
	}
}

func TestSecrets(t *testing.T) {
	all := reseller.Secrets(" a, b c ,,")
	if !reflect.DeepEqual(all, []string{"a", "b c"}) {
		t.Fatalf("got %q", all)
	}
	for given, want := range map[string]bool{"a": true, "b c": true, "": false, "a,": false, "ab": false, "B c": false} {
		if reseller.OneOf(all, given) != want {
			t.Errorf("%q is %v", given, !want)
		}
	}
	if reseller.OneOf(nil, "a") || reseller.OneOf(nil, "") || reseller.OneOf([]string{""}, "") {
		t.Error("no secret is a proof")
	}
}

// TestDoorAsksForTheProofFirst: what is not proved is not even read.
func TestDoorAsksForTheProofFirst(t *testing.T) {
	r := channel.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(`{`)}
	if _, err := reseller.Door(r, func(channel.Request) bool { return false }); !errors.Is(err, channel.ErrSignature) {
		t.Errorf("got %v", err)
	}
	if response, err := reseller.Door(r, func(channel.Request) bool { return true }); err == nil || response.Status != http.StatusBadRequest {
		t.Errorf("got %+v %v", response, err)
	}
}

func TestAddresses(t *testing.T) {
	got := reseller.WhatsAppAddresses("", "5541988887777", "554188887777", "BR.1", "BR.2")
	want := []engine.Address{{Kind: engine.WAID, Value: "5541988887777"}, {Kind: engine.BSUID, Value: "BR.1"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestContent(t *testing.T) {
	if got := reseller.Filename("https://example.com/a/pedido%20m%C3%A9dico.pdf?x=/y"); got != "pedido médico.pdf" {
		t.Errorf("filename %q", got)
	}
	for _, address := range []string{"https://example.com", "https://example.com/", "%zz", ""} {
		if got := reseller.Filename(address); got != "" {
			t.Errorf("%s has the name %q", address, got)
		}
	}
	for locale, want := range map[string]string{"": "Opções", "pt-BR": "Opções", "en_US": "Options", "es": "Opciones"} {
		if got := reseller.OptionsLabel(locale); got != want {
			t.Errorf("%s: %s", locale, got)
		}
	}
	title := strings.Repeat("ã", 100)
	if short, rest := reseller.Row(engine.Choice{Title: title}); len([]rune(short)) != 24 || len([]rune(rest)) != 72 {
		t.Errorf("row %q %q", short, rest)
	}
	got, err := reseller.Parameters(engine.Content{Params: map[string]string{"10": "c", "2": "b", "1": " a\r\n\tz "}})
	if want := []reseller.Parameter{{"1", "a z"}, {"2", "b"}, {"10", "c"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}
