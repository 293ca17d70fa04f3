// Package metachat carries messages on Messenger and on Instagram: one platform of
// Meta's, whose two channels differ in an id, a limit and what is reported.
//
// Facts and where they are published, under
// developers.facebook.com/documentation/business-messaging/:
//
//   - sending: messenger-platform/send-messages, …/quick-replies,
//     instagram-messaging/features/send-message
//   - the 24 hours: messenger-platform/policy
//   - webhooks: messenger-platform/webhooks/webhook-events,
//     instagram-platform/webhooks/examples
//   - refusals: messenger-platform/error-codes
//   - links that carry a word: messenger-platform/discovery/m-me-links
//
// What shapes the driver: a business cannot write first, and may answer with own
// text for 24 hours after the person wrote. There are no templates behind that: the
// tags that stretched it for automation ended in April 2026, and HUMAN_AGENT is for
// people who answer, never for a journey. A message cannot be given a reference, and
// there is no key against doubles, so a call whose answer is lost stays in doubt.
// What we send comes back as an echo, which is nobody's answer and left aside.
//
// Description says what it must be told.
package metachat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/invite"
	"jornada/activities/channel/metahook"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// Driver is one page or one Instagram account.
type Driver struct {
	settings channel.Settings
	app      app
	client   *http.Client
	header   http.Header
	base     string // up to the version
	account  string
	username string
	hook     metahook.Hook
}

// app is what differs between the two.
type app struct {
	name    string
	object  string // of a webhook
	kind    engine.AddressKind
	bytes   int // of a text; 0 = characters count
	link    string
	console string
}

var apps = map[engine.Channel]app{
	engine.Messenger: {name: "Messenger", object: "page", kind: engine.PSID, link: "https://m.me/", console: "Messenger > API settings"},
	engine.Instagram: {name: "Instagram", object: "instagram", kind: engine.IGSID, bytes: 1000, link: "https://ig.me/m/", console: "Instagram > API setup"},
}

var (
	versionPattern  = regexp.MustCompile(`^v\d{1,3}\.\d{1,2}$`)
	accountPattern  = regexp.MustCompile(`^\d{5,25}$`)
	usernamePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	app, known := apps[settings.Channel]
	if !known {
		return nil, settings.Refuse("channel", "must be messenger or instagram: this provider carries nothing else")
	}
	account, err := settings.Require("account_id", "App dashboard > "+app.console+", beside the connected account")
	if err != nil {
		return nil, err
	}
	if !accountPattern.MatchString(account) {
		return nil, settings.Refuse("settings.account_id", "must be the account's id (digits), not its name")
	}
	token, err := settings.Credential("token", "App dashboard > "+app.console+" > Generate token")
	if err != nil {
		return nil, err
	}
	version := settings.Value("version", "v23.0")
	if !versionPattern.MatchString(version) {
		return nil, settings.Refuse("settings.version", "must look like v23.0")
	}
	username := strings.TrimPrefix(settings.Value("username", ""), "@")
	if username != "" && !usernamePattern.MatchString(username) {
		return nil, settings.Refuse("settings.username", "must be the name in the account's address, without https:// and without @")
	}
	base, err := settings.BaseURL("https://graph.facebook.com")
	if err != nil {
		return nil, err
	}
	return &Driver{
		settings: settings, app: app, client: settings.HTTPClient(), header: channel.JSONHeader("Authorization", "Bearer "+token), base: base + "/" + version,
		account: account, username: username, hook: metahook.New(settings),
	}, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(d.settings.Channel)
	limits.Idempotency, limits.Departs = channel.None, true
	return limits
}

// Invite implements channel.Inviter: the link's word comes back as a referral.
func (d *Driver) Invite(contact engine.ContactID) (string, time.Time, error) {
	if d.username == "" {
		return "", time.Time{}, d.settings.Refuse("settings.username", "is missing; a link needs the name in the account's address")
	}
	secrets := d.hook.Secrets()
	if len(secrets) == 0 {
		return "", time.Time{}, d.settings.Refuse("secrets.app_secret", "is missing; it signs the link (App dashboard > App settings > Basic > App secret)")
	}
	token, until, err := invite.Token([]byte(secrets[len(secrets)-1]), contact, d.settings.Real())
	if err != nil {
		return "", time.Time{}, err
	}
	return d.app.link + d.username + "?ref=" + token, until, nil
}

// invited is whom a link's word names.
func (d *Driver) invited(ref string) engine.ContactID {
	for _, secret := range d.hook.Secrets() {
		if contact, ok := invite.Contact([]byte(secret), ref, d.settings.Real()); ok {
			return contact
		}
	}
	return ""
}

// Test implements channel.Tester: it asks whose token it is.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.base+"/me?"+url.Values{"fields": {"id,user_id,name,username"}}.Encode(), d.header, nil)
	if failure != nil {
		return d.firm().Unreachable(failure, "base_url")
	}
	if !answer.Succeeded() {
		return d.firm().Judge(d.refusal(answer), diag.T(
			"%s refused the credentials ({said}); generate a new token in App dashboard > %s and save it as the secret token",
			"%s recusou as credenciais ({said}); gere um novo token em App dashboard > %s e salve-o como o secret token", d.app.name, d.app.console), diag.T(
			"%s refused the credentials ({said}); check version and base_url", "%s recusou as credenciais ({said}); confira version e base_url", d.app.name))
	}
	var me struct {
		ID     webhook.Text `json:"id"`
		UserID webhook.Text `json:"user_id"` // with Instagram's own login, the id that webhooks carry
	}
	if json.Unmarshal(answer.Body, &me) != nil || me.ID == "" {
		return refusal.Elsewhere("Meta's API", "a API da Meta")
	}
	// A page's token may stand for an Instagram account, whose id is another.
	if id := webhook.First(me.UserID, me.ID); id != d.account && d.settings.Channel == engine.Messenger {
		return engine.Told(engine.Invalid, diag.T("the token belongs to the page %s, but account_id is %s; change the one that is wrong",
			"o token pertence à página %s, mas account_id é %s; troque o que estiver errado", id, d.account))
	}
	return d.hook.Missing(d.app.console)
}
