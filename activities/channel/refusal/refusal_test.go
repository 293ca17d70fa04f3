package refusal_test

import (
	"strings"
	"testing"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
)

var acme = refusal.Company{Name: "Acme", Console: "Acme's console"}

func TestExplanationsAndTheirDoubt(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		said   refusal.Said
		class  channel.Class
		doubt  channel.Doubt
		text   string
	}{
		"a code decides":              {400, refusal.Said{Class: channel.Suppress, Code: "9"}, channel.Suppress, channel.Certain, "block list"},
		"a 5xx is a doubt":            {502, refusal.Said{}, channel.RetryLater, channel.Unclear, "HTTP 502 without an explanation"},
		"one that names its trouble":  {500, refusal.Said{Class: channel.RetryLater, Code: "1"}, channel.RetryLater, channel.Unclear, "Acme or the network"},
		"one that names a refusal":    {500, refusal.Said{Class: channel.StopSender, Code: "2"}, channel.StopSender, channel.Certain, "open Acme's console"},
		"one that is guessed":         {500, refusal.Said{Class: channel.StopSender, Guessed: true, Message: "no money"}, channel.StopSender, channel.Unclear, "no money"},
		"too fast":                    {429, refusal.Said{}, channel.Throttle, channel.Certain, "slower pace"},
		"credentials":                 {401, refusal.Said{Message: "key of +5541988887777"}, channel.Reauth, channel.Certain, "key of •••"},
		"elsewhere":                   {301, refusal.Said{Message: "moved"}, channel.FixRequest, channel.Certain, "put the final address into base_url"},
		"the request took too long":   {408, refusal.Said{}, channel.RetryLater, channel.Certain, "Acme or the network"},
		"a code that nobody explains": {422, refusal.Said{Code: "X"}, channel.FixRequest, channel.Certain, "Acme refused the message as wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			got := acme.Explain(&channel.Answer{Status: c.status, RetryAfter: time.Second}, c.said)
			if got.Class != c.class || got.Doubt != c.doubt || got.Code != c.said.Code || got.RetryAfter != time.Second || !strings.Contains(got.Message, c.text) || !strings.HasPrefix(got.Detail, "http=") {
				t.Errorf("got %+v", got)
			}
		})
	}
	if got := acme.Refused(refusal.Said{Class: channel.DeferMarketing}); got.RetryAfter != 24*time.Hour {
		t.Errorf("held back for %s", got.RetryAfter)
	}
}

// TestRemedies: every class says something of its own, and a company may say it better.
func TestRemedies(t *testing.T) {
	seen := map[string]channel.Class{}
	for _, class := range []channel.Class{
		channel.RetryLater, channel.Throttle, channel.StopSender, channel.Reauth, channel.UseTemplate, channel.OutOfReach, channel.SwitchChannel, channel.SuppressMarketing,
		channel.DeferMarketing, channel.Suppress, channel.FixTemplate, channel.FixRequest, channel.InboundOnly,
	} {
		remedy := acme.Remedy(class)
		if other, taken := seen[remedy]; taken || remedy == "" {
			t.Errorf("%s and %s both say %q", class, other, remedy)
		}
		seen[remedy] = class
	}
	wise := refusal.Company{Name: "Acme", Remedies: map[channel.Class]string{channel.Reauth: "turn the key"}}
	if got := wise.Remedy(channel.Reauth); got != "turn the key" {
		t.Errorf("got %q", got)
	}
}

func TestCodes(t *testing.T) {
	behind := func(code string) (channel.Class, bool) {
		class, known := map[string]channel.Class{"131026": channel.SwitchChannel, "100": channel.FixRequest}[code]
		return class, known
	}
	codes := refusal.Codes{Own: map[string]channel.Class{"E1": channel.Reauth}, Behind: behind}
	for code, want := range map[string]channel.Class{"E1": channel.Reauth, "131026": channel.SwitchChannel, "100": channel.FixRequest, "E2": channel.FixRequest} {
		if got := codes.Classify(code); got != want {
			t.Errorf("%s is %s", code, got)
		}
	}
	if _, known := codes.Cause("100"); known {
		t.Error("a wrong request at the network says nothing more")
	}
	if _, known := (refusal.Codes{}).Cause("131026"); known {
		t.Error("there is no network behind")
	}
}

func TestScrub(t *testing.T) {
	for in, want := range map[string]string{
		"to +5511987654321\nfailed": "to ••• failed", "code 1234567": "code 1234567", "at 10:30 ": "at 10:30", strings.Repeat("a", 600): strings.Repeat("a", 500) + "…",
	} {
		if got := refusal.Scrub(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestGuess(t *testing.T) {
	phrases := []refusal.Phrase{{Says: "no money", Class: channel.StopSender}, {Says: "no", Class: channel.FixRequest}}
	for sentence, want := range map[string]channel.Class{"There is No Money.": channel.StopSender, "no": channel.FixRequest, "well": "", "": ""} {
		if got := refusal.Guess(phrases, sentence); got != want {
			t.Errorf("%q is %q", sentence, got)
		}
	}
}
