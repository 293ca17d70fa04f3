package twilio

import (
	"context"

	"jornada/activities/channel"
	"jornada/engine"
)

// stores are where Twilio's address of a file leads: to the first where the account
// enforces authentication on media, which is the rule now, else to the second
// (support.twilio.com, article 223183748).
var stores = []string{"mms.twiliocdn.com", "s3-external-1.amazonaws.com"}

// Media implements channel.MediaSource: the address that came with the message is of
// Twilio's API and opens with the account's credentials
// (twilio.com/docs/messaging/api/media-resource). Files stay until they are deleted.
func (d *Driver) Media(ctx context.Context, m *engine.IncomingMessage) (channel.File, error) {
	if m.Media == nil || m.Media.URL == "" {
		return channel.File{}, channel.ErrNoMedia
	}
	return channel.FetchFileVia(ctx, d.client, m.Media.URL, d.accountURL, d.header, stores...)
}
