package channel

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"jornada/engine"
)

// MediaMax is the largest file of a person that is handed on, in bytes: what
// WhatsApp allows for pictures, recordings and videos. Documents may be larger there.
const MediaMax = 16 << 20

// File is what a person sent: its MIME type without parameters, and its bytes.
type File struct {
	Type string
	Body []byte
}

// MediaSource is a provider that keeps what people send and hands it out for some
// days (WhatsApp: seven). Nothing is kept by us, so there is nothing to protect and
// nothing to erase.
type MediaSource interface {
	// Media fetches the file of a message: engine.NotFound when there is none, or
	// none any more; engine.Invalid when it is too large or of a kind that is not
	// handed on; engine.Unavailable when the provider does not give it now.
	Media(ctx context.Context, m *engine.IncomingMessage) (File, error)
}

// ReadMarker is a provider that shows people that their message was read.
type ReadMarker interface {
	// MarkRead marks a person's message, by the provider's id. It makes at most one
	// call; repeating it changes nothing. A provider that is told not to (the setting
	// mark_read) does nothing.
	MarkRead(ctx context.Context, providerID string) error
}

// MarksRead reads the setting mark_read: answered (the default) or never.
func (s Settings) MarksRead() (bool, error) {
	switch s.Value("mark_read", "answered") {
	case "answered":
		return true, nil
	case "never":
		return false, nil
	}
	return false, s.refuse("settings.mark_read", "must be answered or never")
}

// handedOn are the kinds of file that people may be shown. A page or a drawing that
// carries programs is not among them.
var handedOn = []string{
	"image/jpeg", "image/png", "image/webp", "image/gif",
	"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus",
	"video/mp4", "video/3gpp",
	"application/pdf", "text/plain", "text/csv",
	"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

// FetchFile downloads a file with a provider's credentials, from a host that may see
// them only: one of hosts, by its whole name or, when that begins with a dot, any
// name below it, over TLS; or where base leads, the provider's address in the
// settings. No redirect is followed.
func FetchFile(ctx context.Context, client *http.Client, address, base string, header http.Header, hosts ...string) (File, error) {
	response, err := fetch(ctx, client, address, base, header, hosts)
	if err != nil {
		return File{}, err
	}
	return readFile(response)
}

// FetchFileVia is FetchFile from a provider whose address leads to its store: one
// redirect is followed, to one of stores (or base), and our credentials stay behind.
func FetchFileVia(ctx context.Context, client *http.Client, address, base string, header http.Header, stores ...string) (File, error) {
	response, err := fetch(ctx, client, address, base, header, nil)
	if err != nil {
		return File{}, err
	}
	if response.StatusCode < 300 || response.StatusCode > 399 {
		return readFile(response)
	}
	defer response.Body.Close()
	store, err := response.Location()
	if err != nil {
		return File{}, engine.Errorf(engine.Unavailable, "the provider does not say where the file is")
	}
	return FetchFile(ctx, client, store.String(), base, http.Header{}, stores...)
}

func fetch(ctx context.Context, client *http.Client, address, base string, header http.Header, hosts []string) (*http.Response, error) {
	if !leadsTo(address, base, hosts) {
		return nil, engine.Errorf(engine.Unavailable, "the provider names an address that is not its own; the file was not fetched")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, engine.Errorf(engine.Unavailable, "the provider names an address that cannot be used")
	}
	request.Header = header.Clone()
	request.Header.Del("Content-Type")
	request.Header.Del("Accept")
	response, err := client.Do(request)
	if err != nil {
		return nil, &engine.Error{Code: engine.Unavailable, Message: "the file could not be fetched from the provider", Err: err}
	}
	return response, nil
}

func readFile(response *http.Response) (File, error) {
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound, response.StatusCode == http.StatusGone:
		return File{}, ErrNoMedia
	case response.StatusCode != http.StatusOK:
		return File{}, engine.Errorf(engine.Unavailable, "the provider does not give the file (HTTP %d)", response.StatusCode)
	case response.ContentLength > MediaMax:
		return File{}, ErrMediaSize
	}
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(handedOn, kind) {
		return File{}, ErrMediaKind
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, MediaMax+1))
	switch {
	case err != nil:
		return File{}, &engine.Error{Code: engine.Unavailable, Message: "the file broke off on its way from the provider", Err: err}
	case len(body) > MediaMax:
		return File{}, ErrMediaSize
	}
	return File{Type: kind, Body: body}, nil
}

// What can be wrong with a file for good.
var (
	ErrNoMedia   = &engine.Error{Code: engine.NotFound, Message: "the provider no longer keeps this file"}
	ErrMediaSize = &engine.Error{Code: engine.Invalid, Message: fmt.Sprintf("the file is larger than %d MB", MediaMax>>20)}
	ErrMediaKind = &engine.Error{Code: engine.Invalid, Message: "a file of this kind is not handed on; pictures, recordings, videos, PDF, text and office documents are"}
)

func leadsTo(address, base string, hosts []string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Host == "" {
		return false
	}
	if own, err := url.Parse(base); err == nil && u.Scheme == own.Scheme && strings.EqualFold(u.Host, own.Host) {
		return true
	}
	return u.Scheme == "https" && slices.ContainsFunc(hosts, func(host string) bool {
		name := strings.ToLower(u.Host) // with its port: none but TLS's own is expected
		return name == host || strings.HasPrefix(host, ".") && strings.HasSuffix(name, host)
	})
}
