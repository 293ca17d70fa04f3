// Package dialog360 is WhatsApp through 360dialog, a company that hands Meta's
// Cloud API through: bodies, answers, error codes and webhooks are Meta's (package
// meta, whose Wire does them), the address, the key and the proof are 360dialog's.
//
// Facts and where they are published:
//
//   - address and key: docs.360dialog.com/the-basics
//   - error answers of its own: docs.360dialog.com/partner/support-and-updates/help-and-troubleshooting/error-messages
//   - state of a number: docs.360dialog.com/docs/messaging/health-status
//   - webhooks and their headers: docs.360dialog.com/docs/hub/webhook-url
//   - templates: docs.360dialog.com/api/whatsapp-api/message-templates-api
//   - signatures: docs.360dialog.com/partner/onboarding/webhook-events-and-setup/signature-validation
//
// There is no idempotency key. Our reference travels in biz_opaque_callback_data
// and comes back in every status. Webhooks are signed for partners only, with the
// partner's secret (the secret platform_secret); everybody else adds a header of their
// own (webhook.Secret).
//
// Not for the sandbox (waba-sandbox.360dialog.io), which speaks the JSON of the
// old on-premises API.
//
// Description says what it must be told.
package dialog360

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"jornada/activities/channel"
	"jornada/activities/channel/meta"
	"jornada/activities/channel/webhook"
	"jornada/engine"
)

// Driver is one WhatsApp number at 360dialog.
type Driver struct {
	*meta.Wire

	client  *http.Client
	header  http.Header
	baseURL string
	secret  webhook.Secret
	signing []string // a partner's platform secrets; none: the secret of our own proves calls
}

// New makes a driver; its error names the setting and where to find its value.
func New(settings channel.Settings) (channel.Provider, error) {
	if settings.Channel != engine.WhatsApp && settings.Channel != "" {
		return nil, settings.Refuse("channel", "must be whatsapp: this provider carries nothing else")
	}
	wire, err := meta.NewWire(settings, "360dialog Hub under your number, and in the answer of https://waba-v2.360dialog.io/health_status (entity PHONE_NUMBER)")
	if err != nil {
		return nil, err
	}
	key, err := settings.Credential("api_key", "360dialog Hub under your number (API key)")
	if err != nil {
		return nil, err
	}
	base, err := settings.BaseURL("https://waba-v2.360dialog.io")
	if err != nil {
		return nil, err
	}
	d := &Driver{Wire: wire, client: settings.HTTPClient(), header: channel.JSONHeader("D360-API-KEY", key), baseURL: base}
	if d.signing = webhook.Several(settings.Secret("platform_secret")); len(d.signing) > 0 {
		return d, nil
	}
	d.secret, err = webhook.NewSecret(settings, "360dialog Hub > Manage WhatsApp Business Account > WhatsApp Channel > Channel Webhook")
	if err != nil {
		return nil, err
	}
	return d, nil
}

// proved says whether a call is 360dialog's: by its signature where a partner's
// platform secret is known, which covers the body, else by the secret of our own.
func (d *Driver) proved(r channel.Request) bool {
	if len(d.signing) == 0 {
		return d.secret.Proves(r)
	}
	// Which letters the signature is written in is not published. Base64 of so many
	// bytes ends in "=", which hexadecimal never has: nothing reads as both.
	given := strings.TrimPrefix(r.Header.Get(signatureHeader), "sha256=")
	proof, err := hex.DecodeString(given)
	if err != nil {
		if proof, err = base64.StdEncoding.DecodeString(given); err != nil {
			return false
		}
	}
	valid := false
	for _, secret := range d.signing {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(r.Body)
		valid = hmac.Equal(mac.Sum(nil), proof) || valid
	}
	return valid
}

const signatureHeader = "X-360dialog-Signature"

// Send implements channel.Sender: one POST, never repeated.
func (d *Driver) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	body, err := d.Encode(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	answer, failure := channel.Post(ctx, d.client, http.MethodPost, d.baseURL+"/messages", d.header, body, out.Departing)
	if failure != nil {
		return channel.Receipt{}, failure
	}
	if failure := explain(answer); failure != nil {
		return channel.Receipt{}, failure
	}
	return d.Read(answer)
}

// MarkRead implements channel.ReadMarker.
func (d *Driver) MarkRead(ctx context.Context, providerID string) error {
	return d.MarkReadAt(ctx, d.client, d.baseURL+"/messages", d.header, providerID)
}

// Media implements channel.MediaSource.
func (d *Driver) Media(ctx context.Context, m *engine.IncomingMessage) (channel.File, error) {
	return d.FetchAt(ctx, d.client, d.baseURL+"/", d.baseURL, d.header, m, d.download)
}

// Receive implements channel.Receiver.
func (d *Driver) Receive(r channel.Request) ([]engine.InboundEvent, channel.Response, error) {
	response, err := webhook.Door(r, "360dialog", d.proved)
	if err != nil {
		return nil, response, err
	}
	events := d.Decode(r.Body)
	for _, e := range events {
		if e.Message != nil && e.Message.Media != nil {
			e.Message.Media.URL = d.download(e.Message.Media.URL)
		}
	}
	return events, response, nil
}

// metaMedia is the host Meta names for attachments. Our key opens them at
// 360dialog's host only, under the same path.
// Source: docs.360dialog.com/partner/messaging/media-messages/upload-retrieve-delete-media
// (GET /{media-id}, then GET /whatsapp_business/attachments/…, the path of Meta's address).
// Twenty refusals in an hour close the first call for half an hour.
const metaMedia = "lookaside.fbsbx.com"

func (d *Driver) download(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host != metaMedia {
		return address
	}
	return d.baseURL + u.RequestURI()
}
