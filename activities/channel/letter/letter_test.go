package letter

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"jornada/activities/channel"
	"jornada/engine"
)

func sender(t *testing.T) Sender {
	t.Helper()
	s, err := SenderOf(channel.Settings{Values: map[string]string{"from": "Clínica Demo <clinica@example.com>", "reply_to": "contato@example.com"}}, "anyone")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOneClickUnsubscribe(t *testing.T) {
	for name, c := range map[string]struct {
		category, link, replyTo string
		want                    []Field
	}{
		// RFC 8058 §8
		"marketing": {"marketing", "https://example.com/unsubscribe/opaquepart", "",
			[]Field{{"Auto-Submitted", "auto-generated"}, {"List-Unsubscribe", "<https://example.com/unsubscribe/opaquepart>"}, {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"}}},
		"a receipt":       {"utility", "https://example.com/u/1", "", []Field{{"Auto-Submitted", "auto-generated"}}},
		"no such address": {"marketing", "javascript:alert(1)", "", []Field{{"Auto-Submitted", "auto-generated"}}},
		"an answer":       {"utility", "", "<a@b>", []Field{{"Auto-Submitted", "auto-generated"}, {"In-Reply-To", "<a@b>"}, {"References", "<a@b>"}}},
		"an answer to something known by its provider's id": {"utility", "", "0100018f-0000", []Field{{"Auto-Submitted", "auto-generated"}}},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := sender(t).Write(channel.Outbound{
				To: engine.Address{Kind: engine.EmailAddress, Value: "ana@dest.example"}, UnsubscribeURL: c.link, ReplyTo: c.replyTo,
				Content: engine.Content{Subject: "Oi", Text: "Olá", Category: c.category},
			})
			if err != nil || !reflect.DeepEqual(l.Header, c.want) {
				t.Errorf("headers %v, want %v (%v)", l.Header, c.want, err)
			}
			if there := strings.Contains(l.Text, c.link) && c.link != ""; there != (len(c.want) == 3 && c.replyTo == "") {
				t.Errorf("the text is %q", l.Text)
			}
		})
	}
}

// TestPublishedBounces: the reports' own words, as servers write them (RFC 3464).
func TestPublishedBounces(t *testing.T) {
	var published struct {
		Cases []struct {
			ID, Raw string
			Expect  map[string]any
		}
	}
	raw, err := os.ReadFile("testdata/email-bounces.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &published); err != nil || len(published.Cases) == 0 {
		t.Fatalf("%d cases, %v", len(published.Cases), err)
	}
	code := regexp.MustCompile(`(?m)^Diagnostic-Code: (.*)\r$`)
	for _, c := range published.Cases {
		status := Enhanced(code.FindStringSubmatch(c.Raw)[1])
		if status != c.Expect["status"] {
			t.Errorf("%s: the status is read as %q", c.ID, status)
		}
		if want, bounced := c.Expect["bounce"].(string); bounced && Bounced(status) != Bounce(want) {
			t.Errorf("%s: %s is %q, want %q", c.ID, status, Bounced(status), want)
		}
	}
}

func TestBounces(t *testing.T) {
	for status, want := range map[string]Bounce{
		"5.1.1": Hard, "5.1.2": Hard, "5.1.10": Hard, "5.2.1": Hard, "5.4.4": Hard,
		"4.4.7": Soft, "4.7.1": Soft, "5.2.2": Soft,
		"5.7.1": Block, "5.7.26": Block, "5.1.8": Block,
		"5.0.0": "", "5.3.0": "", "": "",
	} {
		if got := Bounced(status); got != want {
			t.Errorf("%q is %q, want %q", status, got, want)
		}
	}
	for code, want := range map[string]channel.Class{
		"550 5.1.1": channel.Suppress, "5.1.1": channel.Suppress, "5.2.2": channel.SwitchChannel, "4.2.2": channel.SwitchChannel,
		"5.7.1": channel.SwitchChannel, "5.7.26": channel.StopSender, "421": channel.Throttle, "": channel.SwitchChannel,
	} {
		if got := ClassOf(code); got != want {
			t.Errorf("%q is %s, want %s", code, got, want)
		}
	}
}

func TestNews(t *testing.T) {
	n := News{Key: "k", ProviderID: "p", Ref: "r", Recipient: "Ana <ANA@Dest.example>", Detail: "550 <ana@dest.example>: unknown", Data: map[string]any{"a": 1}}
	ana := []engine.Address{{Kind: engine.EmailAddress, Value: "ana@dest.example"}}
	hard := n.Returned(Hard, "5.1.1")
	if hard.Kind != engine.Bounce || !reflect.DeepEqual(hard.From, ana) || hard.Status.Ref != "r" || hard.Data["suppress"] != true || hard.Data["a"] != 1 || hard.Status.ErrorDetail != "550 <•••>: unknown" {
		t.Errorf("hard: %+v %+v", hard, hard.Status)
	}
	soft := n.Returned(Soft, "4.2.2")
	if soft.Kind != engine.StatusUpdate || soft.From != nil || soft.Status.Status != engine.Failed || soft.Data["bounce"] != "soft" || soft.Data["suppress"] != nil {
		t.Errorf("soft: %+v %+v", soft, soft.Status)
	}
	if e := n.Complained(); e.Kind != engine.Complaint || !reflect.DeepEqual(e.From, ana) || e.Status != nil || e.Data["provider_message_id"] != "p" {
		t.Errorf("complaint: %+v", e)
	}
	if n.Data["bounce"] != nil {
		t.Error("an event changed the facts of another")
	}
	if e := (News{Recipient: "not an address"}).Unsubscribed(); e.From != nil {
		t.Errorf("nobody became %v", e.From)
	}
}
