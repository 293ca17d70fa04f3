// Package bird is WhatsApp and SMS through Bird, formerly MessageBird: its
// Channels API, in which a channel of a workspace is one number.
//
// Facts and where they are published, all under docs.bird.com/api/:
//
//   - sending: channels-api/api-reference/messaging,
//     channels-api/supported-channels/programmable-whatsapp/sending-whatsapp-messages
//   - statuses, failures: channels-api/message-status-and-interactions
//   - signatures: notifications-api/api-reference/webhooks/verifying-a-webhook
//
// HTTP 202 only means that Bird took the message. There is no idempotency key;
// our reference travels in "reference" and comes back with every status, which is
// how a lost answer is cleared up.
//
// Bird writes one body for all channels, so WhatsApp looks like this: buttons are
// actions of a text, a picture or a file; a footer has no place and ends the text;
// a template is a project of Bird Studio, known by its id, and its picture and its
// buttons are made there.
//
// # Settings
//
//	workspace_id      required; Bird > Settings > Workspace
//	channel_id        required; Bird > Channels, the channel's own page
//	project_<name>    the Studio project (and "/" with a version, else latest) of
//	                  the template that journeys call <name>; without one the
//	                  name itself is sent
//	base_url          default https://api.bird.com
//
// # Secrets
//
//	access_key   required; Bird > Settings > Security > Access keys
//	signing_key  of the webhook subscriptions; several, separated by commas: each
//	             subscription may have its own
package bird

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/refusal"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// company is Bird, as people know it.
var company = refusal.Company{Name: "Bird", Console: "Bird"}

// Driver is one channel of a Bird workspace.
type Driver struct {
	settings    channel.Settings
	client      *http.Client
	header      http.Header
	channelURL  string
	channelID   string
	signingKeys []string
}

// idPattern is how Bird writes its ids.
var idPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.WhatsApp && settings.Channel != engine.SMS {
		return nil, settings.Refuse("channel", "must be whatsapp or sms: this provider carries nothing else")
	}
	workspace, err := id(settings, "workspace_id", "Bird > Settings > Workspace (also the first long id in Bird's address bar)")
	if err != nil {
		return nil, err
	}
	channelID, err := id(settings, "channel_id", "Bird > Channels, on the channel's own page")
	if err != nil {
		return nil, err
	}
	key, err := settings.Credential("access_key", "Bird > Settings > Security > Access keys, with the role Application Developer")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL("https://api.bird.com")
	if err != nil {
		return nil, err
	}
	return &Driver{
		settings: settings, client: settings.HTTPClient(),
		header:     channel.JSONHeader("Authorization", "AccessKey "+strings.TrimSpace(strings.TrimPrefix(key, "AccessKey "))),
		channelURL: base + "/workspaces/" + url.PathEscape(workspace) + "/channels/" + url.PathEscape(channelID),
		channelID:  channelID, signingKeys: webhook.Several(settings.Secret("signing_key")),
	}, nil
}

// id is a setting that holds one of Bird's ids.
func id(settings channel.Settings, name, where string) (string, error) {
	value, err := settings.Require(name, where)
	if err == nil && !idPattern.MatchString(value) {
		err = settings.Refuse("settings."+name, "must be an id such as 52ad151f-f7b4-46f9-a5c6-d3318e650c84; you find it in "+where)
	}
	return value, err
}

// Capabilities implements channel.Sender.
func (d *Driver) Capabilities() channel.Capabilities {
	limits := channel.Limits(d.settings.Channel)
	limits.Idempotency, limits.Departs = channel.EchoesRef, true
	return limits
}

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.body(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, err := channel.PostJSON(ctx, d.client, d.channelURL+"/messages", d.header, body, out.Departing)
	if err != nil {
		return channel.Receipt{}, err
	}
	if !answer.Succeeded() {
		return channel.Receipt{}, explain(answer)
	}
	var taken message
	if err := json.Unmarshal(answer.Body, &taken); err != nil {
		return channel.Receipt{}, company.NoID(err)
	}
	switch {
	case statuses[taken.Status] == engine.Failed:
		return channel.Receipt{}, d.rejected(taken)
	case taken.ID == "":
		return channel.Receipt{}, company.NoID(nil)
	}
	return channel.Receipt{ProviderID: string(taken.ID)}, nil
}

// platforms are how Bird names what a channel carries.
var platforms = map[engine.Channel]string{engine.WhatsApp: "whatsapp", engine.SMS: "sms"}

// Test implements channel.Tester: it reads the channel's own record.
func (d *Driver) Test(ctx context.Context) error {
	answer, failure := channel.Call(ctx, d.client, http.MethodGet, d.channelURL, d.header, nil)
	switch {
	case failure != nil:
		return engine.Errorf(engine.Unavailable, "Bird could not be reached: %s", failure.Message)
	case answer.Status == http.StatusUnauthorized, answer.Status == http.StatusForbidden:
		return engine.Errorf(engine.Invalid, "Bird does not accept the access key for this channel (%s); copy it again from Bird > Settings > Security > Access keys, and give it the role Application Developer", explain(answer).Error())
	case answer.Status != http.StatusOK:
		return engine.Errorf(engine.Invalid, "Bird refused to show the channel (%s); check workspace_id, channel_id and base_url", explain(answer).Error())
	}
	var record struct {
		ID       webhook.Text `json:"id"`
		Platform webhook.Text `json:"platformId"`
		Status   webhook.Text `json:"status"`
	}
	if err := json.Unmarshal(answer.Body, &record); err != nil || record.ID == "" {
		return engine.Errorf(engine.Invalid, "the address in base_url answers, but not like Bird's API; check base_url")
	}
	if p := string(record.Platform); p != "" && !strings.HasPrefix(p, platforms[d.settings.Channel]) {
		return engine.Errorf(engine.Invalid, "the Bird channel is one of %s, and this integration is of %s; set channel_id to another channel of Bird > Channels", p, d.settings.Channel)
	}
	if record.Status != "" && record.Status != "active" {
		return engine.Errorf(engine.Invalid, "the Bird channel is %s; open Bird > Channels to activate it", record.Status)
	}
	if len(d.signingKeys) == 0 {
		return engine.Errorf(engine.Invalid, "sending works, but replies and statuses will be refused until the secret signing_key is set (the words chosen when the webhook subscription was made)")
	}
	return nil
}
