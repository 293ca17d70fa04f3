package bird

import (
	"context"

	"jornada/activities/channel"
	"jornada/engine"
)

// mediaHost is where Bird keeps what people send. The address that comes with a
// message (mediaUrl) opens with the access key and leads to a bucket at Amazon, whose
// own address carries its proof.
//
// Bird publishes the host and that its buckets are Amazon's
// (docs.bird.com/api/conversations-api/api-reference/conversations-messaging/create-pre-signed-upload);
// the key and the redirect are as public integrations have found them.
const (
	mediaHost = "https://media.api.bird.com"
	buckets   = ".amazonaws.com"
)

// Media implements channel.MediaSource.
func (d *Driver) Media(ctx context.Context, m *engine.IncomingMessage) (channel.File, error) {
	if m.Media == nil || m.Media.URL == "" {
		return channel.File{}, channel.ErrNoMedia
	}
	return channel.FetchFileVia(ctx, d.client, m.Media.URL, d.mediaURL, d.header, buckets)
}
