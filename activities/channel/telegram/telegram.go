// Package telegram carries messages through a Telegram bot.
//
// Facts and where they are published, all at core.telegram.org/bots:
//
//   - sending: api#sendmessage, api#sendphoto, api#inlinekeyboardbutton
//   - webhooks: api#setwebhook, api#update, api#callbackquery, api#chatmemberupdated
//   - a method as the webhook's answer: api#making-requests-when-getting-updates
//   - refusals and pace: api#responseparameters, faq#my-bot-is-hitting-limits
//   - links that carry a word: features#deep-linking
//
// What shapes the driver: a bot cannot write first, so the address is a chat id
// that Telegram tells us when somebody writes or follows a link of ours
// (t.me/bot?start=TOKEN, see Invite). Nothing is reported after a message was
// taken: there is no delivered and no read. A message cannot be given a reference,
// and there is no key against doubles, so a call whose answer is lost stays in
// doubt. A button carries 64 bytes, less than our payloads have: what does not fit
// is known by the message that was tapped and by the button's title.
//
// Description says what it must be told.
package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"jornada/activities/channel"
	"jornada/activities/channel/invite"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

const (
	company      = "Telegram"
	secretHeader = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // the name of a header
)

// Driver is one bot.
type Driver struct {
	settings channel.Settings
	client   *http.Client
	header   http.Header
	address  string // of the API, up to the method's name; it contains the token
	token    string
	secrets  []string
	username string
}

var (
	tokenPattern    = regexp.MustCompile(`^\d{3,20}:[A-Za-z0-9_-]{10,100}$`)
	secretPattern   = regexp.MustCompile(`^[A-Za-z0-9_-]{16,256}$`)
	usernamePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{3,31}$`)
)

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.Telegram && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be telegram: this provider carries nothing else")
	}
	settings.Channel = engine.Telegram
	token, err := settings.RequireSecret("token", "Telegram: write /newbot or /token to @BotFather")
	if err != nil {
		return nil, err
	}
	if !tokenPattern.MatchString(token) {
		return nil, settings.Refuse("secrets.token", "must look like 123456:ABC-DEF…; copy it again from @BotFather")
	}
	secrets := webhook.Several(settings.Secret("webhook_secret"))
	if len(secrets) == 0 {
		return nil, settings.Refuse("secrets.webhook_secret", "is missing; make one up (16 to 256 letters, digits, _ and -) and give it to setWebhook as secret_token")
	}
	for _, secret := range secrets {
		if !secretPattern.MatchString(secret) {
			return nil, settings.Refuse("secrets.webhook_secret", "must have 16 to 256 letters, digits, _ and -: Telegram takes nothing else as secret_token")
		}
	}
	username := strings.TrimPrefix(settings.Value("bot_username", ""), "@")
	if username != "" && !usernamePattern.MatchString(username) {
		return nil, settings.Refuse("settings.bot_username", "must be the bot's name as @BotFather shows it, such as clinica_centro_bot")
	}
	base, err := settings.BaseURL("https://api.telegram.org")
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "jornada/1.0")
	driver := &Driver{
		settings: settings, client: settings.HTTPClient(), header: header, address: base + "/bot" + token + "/",
		token: token, secrets: secrets, username: username,
	}
	return driver, nil
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(engine.Telegram)
	limits.Idempotency, limits.Departs = channel.None, true
	limits.Pace.PerSecond = 30 // of one bot: advice, no promise (core.telegram.org/bots/faq); a 429 says how long to wait
	return limits
}

// Invite implements channel.Inviter.
func (d *Driver) Invite(contact engine.ContactID) (string, time.Time, error) {
	if d.username == "" {
		return "", time.Time{}, d.settings.Refuse("settings.bot_username", "is missing; a link needs the bot's name, which @BotFather shows (/mybots)")
	}
	token, until, err := invite.Token([]byte(d.secrets[0]), contact, d.settings.Real())
	if err != nil {
		return "", time.Time{}, err
	}
	return "https://t.me/" + d.username + "?start=" + token, until, nil
}

// invited is whom a link's token names.
func (d *Driver) invited(token string) engine.ContactID {
	for _, secret := range d.secrets {
		if contact, ok := invite.Contact([]byte(secret), token, d.settings.Real()); ok {
			return contact
		}
	}
	return ""
}

// Test implements channel.Tester: it asks where Telegram sends the bot's updates.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.address+"getWebhookInfo", d.header, nil)
	if failure != nil {
		return firm.Unreachable(failure, "base_url")
	}
	var info struct {
		OK     bool `json:"ok"`
		Result *struct {
			URL       string       `json:"url"`
			LastError webhook.Text `json:"last_error_message"`
		} `json:"result"`
	}
	if !answer.Succeeded() {
		return firm.Judge(d.refusal(answer), diag.Text{
			En: "Telegram does not know this token; ask @BotFather for it again (/token) and save it as the secret token",
			Pt: "o Telegram não conhece este token; peça-o de novo ao @BotFather (/token) e salve-o como o secret token",
		}, diag.Text{En: "Telegram refused to say where it sends updates: {said}", Pt: "o Telegram não disse para onde manda as atualizações: {said}"})
	}
	if json.Unmarshal(answer.Body, &info) != nil || !info.OK || info.Result == nil {
		return refusal.Elsewhere("Telegram's Bot API", "a Bot API do Telegram")
	}
	switch {
	case info.Result.URL == "":
		return engine.Told(engine.Invalid, diag.T("sending works, but Telegram sends no replies: call setWebhook with the address %s and the secret_token",
			"o envio funciona, mas o Telegram não manda respostas: chame setWebhook com o endereço %s e o secret_token", d.settings.PublicURL))
	case !sameHook(info.Result.URL, d.settings.PublicURL):
		return engine.Told(engine.Invalid, diag.T("sending works, but Telegram sends replies to another address; call setWebhook with %s",
			"o envio funciona, mas o Telegram manda as respostas para outro endereço; chame setWebhook com %s", d.settings.PublicURL))
	case info.Result.LastError != "":
		return engine.Told(engine.Invalid, diag.T("sending works, but Telegram's last call to our webhook failed: %s",
			"o envio funciona, mas a última chamada do Telegram ao nosso webhook falhou: %s", refusal.Scrub(string(info.Result.LastError))))
	}
	return nil
}

// sameHook compares where updates go with where they should.
func sameHook(have, want string) bool {
	a, errA := url.Parse(have)
	b, errB := url.Parse(want)
	return want == "" || errA == nil && errB == nil && a.Host == b.Host && a.Path == b.Path
}

// hide takes the token out of a text: it stands in every address.
func (d *Driver) hide(text string) string { return strings.ReplaceAll(text, d.token, "•••") }

// concealed takes the token out of a failed call.
func (d *Driver) concealed(err error) error {
	var failure *channel.SendError
	if !errors.As(err, &failure) {
		return err
	}
	hidden := *failure
	hidden.Message, hidden.Detail = d.hide(failure.Message), d.hide(failure.Detail)
	if failure.Err != nil && strings.Contains(failure.Err.Error(), d.token) {
		hidden.Err = errors.New(d.hide(failure.Err.Error()))
	}
	return &hidden
}
