package meta

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"

	"jornada/activities/channel"
	"jornada/engine"
)

// What is done for a person who wrote: showing that it was read, and fetching what
// they sent.

// readReceipt is the request that marks a message as read, and with it those before
// it (…/whatsapp/messages/mark-message-as-read).
func readReceipt(providerID string) object {
	return object{"messaging_product": "whatsapp", "status": "read", "message_id": providerID}
}

// MarkReadAt marks a message at the address that takes messages, unless the setting
// mark_read says never.
func (w *Wire) MarkReadAt(ctx context.Context, client *http.Client, address string, header http.Header, providerID string) error {
	if !w.marksRead || providerID == "" {
		return nil
	}
	body, err := channel.Encode(readReceipt(providerID))
	if err != nil {
		return err
	}
	answer, failure := channel.Call(ctx, client, http.MethodPost, address, header, body)
	switch {
	case failure != nil:
		return failure
	case !answer.Succeeded():
		return explain(answer)
	}
	return nil
}

// MarkRead implements channel.ReadMarker.
func (d *Driver) MarkRead(ctx context.Context, providerID string) error {
	return d.MarkReadAt(ctx, d.client, d.messagesURL, d.header, providerID)
}

// hosts are where Meta keeps files. Its page on media shows the first
// (…/whatsapp/business-phone-numbers/media) and says of the address only that it is to be
// asked with the token; the others are those of Meta's delivery network, which that page
// does not name: an address of theirs would be Meta's all the same.
var hosts = []string{"lookaside.fbsbx.com", ".fbsbx.com", ".fbcdn.net", ".whatsapp.net"}

var mediaID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,200}$`)

// FetchAt fetches a person's file: first its record at records + its id, then the
// address in it, which lives for five minutes, as own makes it. Files stay for seven
// days (…/whatsapp/business-phone-numbers/media).
func (w *Wire) FetchAt(ctx context.Context, client *http.Client, records, base string, header http.Header, m *engine.IncomingMessage, own func(string) string) (channel.File, error) {
	if !mediaID.MatchString(m.MediaID) {
		return channel.File{}, channel.ErrNoMedia
	}
	answer, failure := channel.Call(ctx, client, http.MethodGet, records+m.MediaID, header, nil)
	if failure != nil {
		return channel.File{}, engine.Errorf(engine.Unavailable, "the file could not be fetched: %s", failure.Message)
	}
	if !answer.Succeeded() {
		failure := explain(answer)
		if failure.Class == channel.FixRequest { // an id that is not known, or not any more
			return channel.File{}, channel.ErrNoMedia
		}
		return channel.File{}, engine.Errorf(engine.Unavailable, "the file could not be fetched: %s", failure.Error())
	}
	var record struct {
		URL  text  `json:"url"`
		Size int64 `json:"file_size"`
	}
	if err := json.Unmarshal(answer.Body, &record); err != nil || record.URL == "" {
		return channel.File{}, engine.Errorf(engine.Unavailable, "WhatsApp names no address of the file")
	}
	if record.Size > channel.MediaMax {
		return channel.File{}, channel.ErrMediaSize
	}
	return channel.FetchFile(ctx, client, own(string(record.URL)), base, header, hosts...)
}

// Media implements channel.MediaSource.
func (d *Driver) Media(ctx context.Context, m *engine.IncomingMessage) (channel.File, error) {
	return d.FetchAt(ctx, d.client, d.recordsURL, d.base, d.header, m, func(address string) string { return address })
}
