package gupshup

import (
	"context"
	"net/http"

	"jornada/activities/channel"
	"jornada/engine"
)

// store is where Gupshup keeps what people send. Whoever has the address may open it
// for some days (docs.gupshup.io/docs/media: url and urlExpiry), so our key stays here.
const store = "filemanager.gupshup.io"

// Media implements channel.MediaSource.
func (d *Driver) Media(ctx context.Context, m *engine.IncomingMessage) (channel.File, error) {
	if m.Media == nil || m.Media.URL == "" {
		return channel.File{}, channel.ErrNoMedia
	}
	return channel.FetchFile(ctx, d.client, m.Media.URL, d.baseURL, http.Header{}, store)
}
