package twilio

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"jornada/activities/channel"
	"jornada/engine"
)

// contentPages bounds how many of an account's Contents are looked at, 100 a page.
const contentPages = 10

// Test implements channel.Tester: it reads the account's own record, and compares
// the settings templates and choices with the account's Contents.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.accountURL+".json", d.header, nil)
	if failure != nil {
		return engine.Errorf(engine.Unavailable, "Twilio could not be reached: %s", failure.Message)
	}
	if answer.Status != http.StatusOK {
		failure := d.refusal(answer)
		if failure.Class == channel.Reauth {
			return engine.Errorf(engine.Invalid, "Twilio does not accept the credentials (%s); copy account_sid and auth_token again from Twilio Console > Account info", failure.Error())
		}
		return engine.Errorf(engine.Invalid, "Twilio refused to show the account (%s); check account_sid and base_url", failure.Error())
	}
	var account struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(answer.Body, &account); err != nil {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like Twilio's API; check base_url")
	}
	if account.Status != "" && account.Status != "active" {
		return engine.Errorf(engine.Invalid, "the Twilio account is %s; open Twilio Console to activate it", account.Status)
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
	Types    map[string]json.RawMessage `json:"types"`
	Approval struct {
		Status string `json:"status"`
	} `json:"approval_requests"`
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
	problems := []string{}
	look := func(setting string, sids map[string]string, judge func(name string, c content) string) {
		for name, sid := range sids {
			problem := ""
			c, there := all[sid]
			switch {
			case there:
				problem = judge(name, c)
			case whole:
				problem = "the account has no Content " + sid
			}
			if problem != "" {
				problems = append(problems, setting+" "+name+": "+problem)
			}
		}
	}
	look("templates", d.templates, func(_ string, c content) string {
		if c.Approval.Status == "approved" || c.Approval.Status == "" {
			return ""
		}
		return "WhatsApp has not approved it (" + c.Approval.Status + ")"
	})
	look("choices", d.choices, func(name string, c content) string {
		kind, want, _ := strings.Cut(name, "_")
		if has := c.size(kind); fmt.Sprint(has) != want {
			return fmt.Sprintf("its Content has %d", has)
		}
		return ""
	})
	if len(problems) == 0 {
		return nil
	}
	slices.Sort(problems)
	return engine.Errorf(engine.Invalid, "the connection works, but the Contents do not: %s; compare with Twilio Console > Messaging > Content Template Builder", strings.Join(problems, "; "))
}

// contents reads the account's Contents by sid, and says whether these are all.
func (d *Driver) contents(ctx context.Context) (all map[string]content, whole bool, err error) {
	all = map[string]content{}
	address := d.contentURL + "/v1/ContentAndApprovals?PageSize=100"
	for range contentPages {
		answer, failure := channel.Call(ctx, d.client, http.MethodGet, address, d.header, nil)
		if failure != nil {
			return nil, false, engine.Errorf(engine.Unavailable, "the account is right, but Twilio's Content API could not be reached: %s", failure.Message)
		}
		var page struct {
			Contents []content `json:"contents"`
			Meta     struct {
				Next string `json:"next_page_url"`
			} `json:"meta"`
		}
		if answer.Status != http.StatusOK {
			return nil, false, engine.Errorf(engine.Invalid, "the account is right, but Twilio refused to show its Contents (%s)", d.refusal(answer).Error())
		}
		if err := json.Unmarshal(answer.Body, &page); err != nil || page.Contents == nil {
			return nil, false, engine.Errorf(engine.Invalid, "the account is right, but its list of Contents cannot be read; check base_url")
		}
		for _, c := range page.Contents {
			all[c.SID] = c
		}
		if page.Meta.Next == "" {
			return all, true, nil
		}
		if address, err = follow(d.contentURL, page.Meta.Next); err != nil {
			return nil, false, engine.Errorf(engine.Invalid, "the account is right, but its list of Contents cannot be read: %s", err.Error())
		}
	}
	return all, false, nil
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
