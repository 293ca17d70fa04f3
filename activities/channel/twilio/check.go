package twilio

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/dsl/diag"
	"jornada/engine"
)

// contentPages bounds how many of an account's Contents are looked at, 100 a page.
const contentPages = 10

var company = refusal.Company{Name: "Twilio"}

// Test implements channel.Tester: it reads the account's own record, and compares
// the settings templates and choices with the account's Contents.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.accountURL+".json", d.header, nil)
	if failure != nil {
		return company.Unreachable(failure, "base_url")
	}
	if answer.Status != http.StatusOK {
		return company.Judge(d.refusal(answer), diag.Text{
			En: "Twilio does not accept the credentials ({said}); copy account_sid and auth_token again from Twilio Console > Account info",
			Pt: "a Twilio não aceita as credenciais ({said}); copie account_sid e auth_token de novo em Twilio Console > Account info",
		}, diag.Text{En: "Twilio refused to show the account ({said}); check account_sid and base_url", Pt: "a Twilio não mostrou a conta ({said}); confira account_sid e base_url"})
	}
	var account struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(answer.Body, &account); err != nil {
		return refusal.Elsewhere("Twilio's API", "a API da Twilio")
	}
	if account.Status != "" && account.Status != "active" {
		return engine.Told(engine.Invalid, diag.T("the Twilio account is %s; open Twilio Console to activate it", "a conta da Twilio está %s; abra o Twilio Console para ativá-la", account.Status))
	}
	if len(d.templates)+len(d.choices) == 0 {
		return nil
	}
	return d.checkContents(ctx)
}

// content is a Content resource with WhatsApp's judgment of it
// (twilio.com/docs/content/content-api-resources).
type content struct {
	SID      string                     `json:"sid"`
	Language string                     `json:"language"`
	Types    map[string]json.RawMessage `json:"types"`
	Approval struct {
		Name     string `json:"name"` // at WhatsApp
		Status   string `json:"status"`
		Category string `json:"category"`
		Reason   string `json:"rejection_reason"`
	} `json:"approval_requests"`
}

// contentPage is one page of the account's Contents.
type contentPage struct {
	Contents []content `json:"contents"`
	Meta     struct {
		Next string `json:"next_page_url"`
	} `json:"meta"`
}

// size is how many buttons or rows a Content has.
func (c content) size(kind string) int {
	var parts struct {
		Actions []any `json:"actions"`
		Items   []any `json:"items"`
	}
	raw := c.Types[map[string]string{"buttons": "twilio/quick-reply", "list": "twilio/list-picker"}[kind]]
	if json.Unmarshal(raw, &parts) != nil {
		return 0
	}
	return len(parts.Actions) + len(parts.Items)
}

// checkContents says which sids of the settings lead nowhere, or to something else.
func (d *Driver) checkContents(ctx context.Context) error {
	all, whole, err := d.contents(ctx)
	if err != nil {
		return err
	}
	var problems []diag.Text
	look := func(setting string, sids map[string]string, judge func(name string, c content) diag.Text) {
		for _, name := range slices.Sorted(maps.Keys(sids)) {
			problem := diag.Text{}
			c, there := all[sids[name]]
			switch {
			case there:
				problem = judge(name, c)
			case whole:
				problem = diag.T("the account has no Content %s", "a conta não tem o Content %s", sids[name])
			}
			if problem.En != "" {
				problems = append(problems, diag.Text{En: setting + " " + name + ": " + problem.En, Pt: setting + " " + name + ": " + problem.Pt})
			}
		}
	}
	look("choices", d.choices, func(name string, c content) diag.Text {
		kind, want, _ := strings.Cut(name, "_")
		if has := c.size(kind); fmt.Sprint(has) != want {
			return diag.T("its Content has %d", "o Content tem %d", has)
		}
		return diag.Text{}
	})
	look("templates", d.templates, func(_ string, c content) diag.Text {
		if c.Approval.Status == "approved" || c.Approval.Status == "" {
			return diag.Text{}
		}
		return diag.T("WhatsApp has not approved it (%s)", "o WhatsApp não o aprovou (%s)", c.Approval.Status)
	})
	if len(problems) == 0 {
		return nil
	}
	said := problems[0]
	for _, more := range problems[1:] {
		said = diag.Text{En: said.En + "; " + more.En, Pt: said.Pt + "; " + more.Pt}
	}
	return engine.Told(engine.Invalid, diag.Text{
		En: "the connection works, but the Contents do not: " + said.En + "; compare with Twilio Console > Messaging > Content Template Builder",
		Pt: "a conexão funciona, mas os Contents não: " + said.Pt + "; compare com Twilio Console > Messaging > Content Template Builder",
	})
}

// contents reads the account's Contents by sid, and says whether these are all.
func (d *Driver) contents(ctx context.Context) (all map[string]content, whole bool, err error) {
	all = map[string]content{}
	address := d.contentURL + "/v1/ContentAndApprovals?PageSize=100"
	for range contentPages {
		answer, failure := channel.Call(ctx, d.client, http.MethodGet, address, d.header, nil)
		if failure != nil {
			return nil, false, reached(failure)
		}
		var page contentPage
		if answer.Status != http.StatusOK {
			return nil, false, engine.Told(engine.Invalid, diag.T("the account is right, but Twilio refused to show its Contents (%s); check what the API key may do", "a conta está certa, mas a Twilio não mostrou os Contents dela (%s); confira o que a chave de API pode fazer", refusal.Brief(d.refusal(answer))))
		}
		if err := json.Unmarshal(answer.Body, &page); err != nil || page.Contents == nil {
			return nil, false, errUnreadable
		}
		for _, c := range page.Contents {
			all[c.SID] = c
		}
		if page.Meta.Next == "" {
			return all, true, nil
		}
		if address, err = follow(d.contentURL, page.Meta.Next); err != nil {
			return nil, false, engine.Told(engine.Invalid, diag.Text{
				En: "the account is right, but its list of Contents goes on at an address that is not Twilio's; check base_url",
				Pt: "a conta está certa, mas a lista de Contents dela continua em um endereço que não é da Twilio; confira base_url",
			})
		}
	}
	return all, false, nil
}

var errUnreadable = engine.Told(engine.Invalid, diag.Text{
	En: "the account is right, but its list of Contents cannot be read; check base_url",
	Pt: "a conta está certa, mas a lista de Contents dela não pode ser lida; confira base_url",
})

// reached is the error of a Content API that gives no answer.
func reached(failure *channel.SendError) error {
	why := refusal.Unanswered(failure.Err, "base_url")
	return engine.Told(engine.Unavailable, diag.Text{
		En: "the account is right, but Twilio's Content API could not be reached: " + why.En,
		Pt: "a conta está certa, mas não foi possível falar com a Content API da Twilio: " + why.Pt,
	})
}

// follow is the address of a list's next page, which stays on the host of the first.
func follow(base, next string) (string, error) {
	from, err := url.Parse(base)
	if err != nil {
		return "", &channel.SendError{Class: channel.FixRequest, Message: "base_url cannot be used", Err: err}
	}
	u, err := from.Parse(next)
	if err != nil || u.Host != from.Host {
		return "", &channel.SendError{Class: channel.RetryLater, Message: "Twilio's list goes on at an address that is not Twilio's", Err: err}
	}
	return u.String(), nil
}
