package whatsapp

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"jornada/activities/channel/refusal"
	"jornada/engine"
)

// mediaKinds are what a link may carry, and whether it takes a caption.
var mediaKinds = map[string]bool{"image": true, "video": true, "document": true, "audio": false, "sticker": false}

// CheckMedia checks media that is a message of its own, with its caption.
func CheckMedia(m engine.MediaLink, caption string) error {
	captioned, known := mediaKinds[m.Kind]
	if !known {
		return refusal.Wrong("WhatsApp has no media of the kind %q; use image, document, video, audio or sticker", m.Kind)
	}
	if err := checkLink(m.URL); err != nil {
		return err
	}
	if caption == "" {
		return nil
	}
	if !captioned {
		return refusal.Wrong("a message of the kind %q cannot carry text; send the text on its own", m.Kind)
	}
	if n := utf8.RuneCountInString(caption); n > CaptionMax {
		return refusal.Wrong("the text under the %s has %d characters; WhatsApp allows %d", m.Kind, n, CaptionMax)
	}
	return nil
}

// CheckHeader checks media above a text, in a template or over buttons.
func CheckHeader(m engine.MediaLink) error {
	if m.Kind != "image" && m.Kind != "document" && m.Kind != "video" {
		return refusal.Wrong("media of the kind %q cannot stand above options or in a template; use image, document or video", m.Kind)
	}
	return checkLink(m.URL)
}

var link = regexp.MustCompile(`https?://\S`)

// HasLink says whether a text has something to preview.
func HasLink(text string) bool { return link.MatchString(text) }

func checkLink(address string) error {
	if at := link.FindStringIndex(address); at == nil || at[0] != 0 {
		return refusal.Wrong("the media address must begin with https:// (or http://)")
	}
	return nil
}

// Filename is the last part of an address, which people see as a document's name;
// "" when there is none.
func Filename(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.Trim(path.Base(u.Path), "./")
}
