// Package bird is WhatsApp and SMS through Bird, formerly MessageBird: its
// Channels API, in which a channel of a workspace is one number.
//
// Facts and where they are published, all under docs.bird.com/api/:
//
//   - sending: channels-api/api-reference/messaging,
//     channels-api/supported-channels/programmable-whatsapp/sending-whatsapp-messages
//   - statuses, failures: channels-api/message-status-and-interactions
//   - signatures: notifications-api/api-reference/webhooks/verifying-a-webhook
//   - templates: touchpoints-api (see Templates)
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
// Nobody is shown that their message was read: Bird publishes no call for it.
//
// Description says what it must be told.
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
	"jornada/activities/channel/sms"
	"jornada/activities/channel/webhook"
	"jornada/dsl/diag"
	"jornada/engine"
)

// company is Bird, as people know it.
var company = refusal.Company{Name: "Bird", Console: "Bird"}

// address is where Bird's API is.
const address = "https://api.bird.com"

// Driver is one channel of a Bird workspace.
type Driver struct {
	settings    channel.Settings
	client      *http.Client
	header      http.Header
	channelURL  string
	projectsURL string // of Studio
	mediaURL    string // of what people send
	channelID   string
	signingKeys []string
	writer      sms.Writer
	projects    map[string]string // of Studio, by the name that journeys call a template by
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
	base, err := settings.BaseURL(address)
	if err != nil {
		return nil, err
	}
	media := mediaHost
	if base != address { // who stands in for Bird keeps the files as well
		media = base
	}
	writer, err := sms.WriterOf(settings, channel.Limits(engine.SMS).TextMax)
	if err != nil {
		return nil, err
	}
	return &Driver{
		settings: settings, client: settings.HTTPClient(),
		header:      channel.JSONHeader("Authorization", "AccessKey "+strings.TrimSpace(strings.TrimPrefix(key, "AccessKey "))),
		channelURL:  base + "/workspaces/" + url.PathEscape(workspace) + "/channels/" + url.PathEscape(channelID),
		projectsURL: base + "/workspaces/" + url.PathEscape(workspace) + "/projects",
		mediaURL:    media,
		channelID:   channelID, writer: writer, projects: settings.Family(projectPrefix), signingKeys: webhook.Several(settings.Secret("signing_key")),
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
	limits.SmartEncoding = d.settings.Channel == engine.SMS && d.writer.Smart
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
	if failure != nil {
		return company.Unreachable(failure, "base_url")
	}
	if answer.Status != http.StatusOK {
		refused := explain(answer)
		if answer.Status == http.StatusForbidden {
			refused.Class = channel.Reauth // whatever its code says of messages
		}
		return company.Judge(refused, diag.Text{
			En: "Bird does not accept the access key for this channel ({said}); copy it again from Bird > Settings > Security > Access keys, and give it the role Application Developer",
			Pt: "a Bird não aceita a chave de acesso para este canal ({said}); copie-a de novo em Bird > Settings > Security > Access keys e dê a ela o papel Application Developer",
		}, diag.Text{
			En: "Bird refused to show the channel ({said}); check workspace_id, channel_id and base_url",
			Pt: "a Bird não mostrou o canal ({said}); confira workspace_id, channel_id e base_url",
		})
	}
	var record struct {
		ID       webhook.Text `json:"id"`
		Platform webhook.Text `json:"platformId"`
		Status   webhook.Text `json:"status"`
	}
	if err := json.Unmarshal(answer.Body, &record); err != nil || record.ID == "" {
		return refusal.Elsewhere("Bird's API", "a API da Bird")
	}
	if p := string(record.Platform); p != "" && !strings.HasPrefix(p, platforms[d.settings.Channel]) {
		return engine.Told(engine.Invalid, diag.T("the Bird channel is one of %s, and this integration is of %s; set channel_id to another channel of Bird > Channels",
			"o canal da Bird é de %s, e esta integração é de %s; aponte channel_id para outro canal de Bird > Channels", p, d.settings.Channel))
	}
	if record.Status != "" && record.Status != "active" {
		return engine.Told(engine.Invalid, diag.T("the Bird channel is %s; open Bird > Channels to activate it", "o canal da Bird está %s; abra Bird > Channels para ativá-lo", record.Status))
	}
	if len(d.signingKeys) == 0 {
		return engine.Told(engine.Invalid, diag.Text{
			En: "sending works, but replies and statuses will be refused until the secret signing_key is set (the words chosen when the webhook subscription was made)",
			Pt: "o envio funciona, mas respostas e status serão recusados até o secret signing_key ser definido (as palavras escolhidas ao criar a assinatura do webhook)",
		})
	}
	return nil
}
