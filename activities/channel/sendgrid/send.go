package sendgrid

import (
	"context"
	netmail "net/mail"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/letter"
)

// mail is the body of POST /v3/mail/send, as far as we need it.
type mail struct {
	Personalizations []personalization `json:"personalizations"`
	From             person            `json:"from"`
	ReplyTo          person            `json:"reply_to"`
	Subject          string            `json:"subject"`
	Content          []content         `json:"content"`
	Headers          map[string]string `json:"headers"`
	CustomArgs       map[string]string `json:"custom_args,omitempty"`
	Tracking         tracking          `json:"tracking_settings"`
}

type personalization struct {
	To []person `json:"to"`
}

type person struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

type content struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// tracking turns off what would change the letter: SendGrid's click tracking
// leads every link, also the one to unsubscribe, over its own server, and its
// subscription tracking adds a second way to leave that we would not know of.
type tracking struct {
	Click struct {
		Enable bool `json:"enable"`
		Text   bool `json:"enable_text"`
	} `json:"click_tracking"`
	Subscription struct {
		Enable bool `json:"enable"`
	} `json:"subscription_tracking"`
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	written, err := d.sender.Write(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := channel.PostJSON(ctx, d.client, d.base+"/v3/mail/send", d.header, request(written, out.Ref), out.Departing)
	if err != nil {
		return channel.Receipt{}, err
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, explain(answer)
	}
	id := answer.Header.Get("X-Message-Id")
	if id == "" {
		return channel.Receipt{}, company.NoID(nil)
	}
	return channel.Receipt{ProviderID: id}, nil
}

// request takes a letter apart as SendGrid wants it.
func request(l *letter.Letter, ref string) mail {
	m := mail{
		Personalizations: []personalization{{To: []person{personOf(l.To)}}},
		From:             personOf(l.From), ReplyTo: personOf(l.ReplyTo), Subject: l.Subject,
		Content: []content{{"text/plain", l.Text}, {"text/html", l.HTML}},
		Headers: map[string]string{"Message-ID": "<" + l.MessageID + ">"},
	}
	for _, f := range l.Header {
		m.Headers[f.Name] = f.Value
	}
	if ref != "" {
		m.CustomArgs = map[string]string{refArg: ref}
	}
	return m
}

// personOf quotes a name with a comma or a semicolon, which SendGrid takes for
// the end of an address (github.com/sendgrid/sendgrid-python/issues/578).
func personOf(a *netmail.Address) person {
	name := a.Name
	if strings.ContainsAny(name, ",;") {
		name = `"` + strings.ReplaceAll(name, `"`, "'") + `"`
	}
	return person{Email: a.Address, Name: name}
}
