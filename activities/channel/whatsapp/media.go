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
	if err := CheckAlone(m, caption); err != nil {
		return err
	}
	return checkAddress(m.URL, "media")
}

// CheckHeader checks media above a text, in a template or over buttons.
func CheckHeader(m engine.MediaLink) error {
	if err := CheckTop(m); err != nil {
		return err
	}
	return checkAddress(m.URL, "media")
}

// upload is the form of the ids that WhatsApp gives to uploads.
var upload = regexp.MustCompile(`^[0-9A-Za-z_-]{1,200}$`)

// Source is where media comes from, as WhatsApp's own JSON has it: the id of an
// upload, or an address. Companies that take addresses only use CheckMedia and
// CheckHeader, which refuse an id.
func Source(m engine.MediaLink) (field, value string, err error) {
	if id, ok := m.Uploaded(); ok {
		if !upload.MatchString(id) {
			return "", "", refusal.Wrong("the media is named by an id that WhatsApp gives to uploads (letters, digits, - and _), after id:")
		}
		return "id", id, nil
	}
	return "link", m.URL, checkAddress(m.URL, "media")
}

// CheckAlone checks all of media that is a message of its own but where it comes from.
func CheckAlone(m engine.MediaLink, caption string) error {
	captioned, known := mediaKinds[m.Kind]
	if !known {
		return refusal.Wrong("WhatsApp has no media of the kind %q; use image, document, video, audio or sticker", m.Kind)
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

// CheckTop checks all of media above a text but where it comes from.
func CheckTop(m engine.MediaLink) error {
	if m.Kind != "image" && m.Kind != "document" && m.Kind != "video" {
		return refusal.Wrong("media of the kind %q cannot stand above options or in a template; use image, document or video", m.Kind)
	}
	return nil
}

// CheckLink checks a button that opens a page, and its title.
func CheckLink(l engine.Link) error {
	if err := checkAddress(l.URL, "link"); err != nil {
		return err
	}
	switch n := utf8.RuneCountInString(l.Title); {
	case strings.TrimSpace(l.Title) == "":
		return refusal.Wrong("the link has no title")
	case n > LinkTitleMax:
		return refusal.Wrong("the title of the link has %d characters; WhatsApp allows %d", n, LinkTitleMax)
	case len(l.URL) > LinkMax:
		return refusal.Wrong("the address of the link has %d bytes; WhatsApp allows %d", len(l.URL), LinkMax)
	}
	return nil
}

// CheckForm checks a button that opens a Flow.
func CheckForm(f engine.Form) error {
	switch n := utf8.RuneCountInString(f.Title); {
	case strings.TrimSpace(f.ID) == "":
		return refusal.Wrong("the form has no id; you find it in WhatsApp Manager > Flows")
	case strings.TrimSpace(f.Title) == "":
		return refusal.Wrong("the button that opens the form has no title")
	case n > FormTitleMax:
		return refusal.Wrong("the button that opens the form has %d characters; WhatsApp allows %d", n, FormTitleMax)
	}
	return nil
}

var link = regexp.MustCompile(`https?://\S`)

// HasLink says whether a text has something to preview.
func HasLink(text string) bool { return link.MatchString(text) }

func checkAddress(address, of string) error {
	if at := link.FindStringIndex(address); at == nil || at[0] != 0 {
		return refusal.Wrong("the %s address must begin with https:// (or http://)", of)
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
