package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1 by definition
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"

	"jornada/activities/channel"
)

// signed proves that a call comes from Twilio, and returns its form.
//
// The signature is base64(HMAC-SHA1(auth token, address + each parameter's name
// and value, sorted by name)). The address is the public one, which Twilio
// writes now with the standard port and now without, so all spellings are
// tried. Every parameter counts, also ones we have never heard of. A body that
// is not a form is covered by its SHA-256 in the address instead; without that
// it is not covered at all and is refused.
func (d *Driver) signed(r channel.Request) (url.Values, bool) {
	given := r.Header.Get("X-Twilio-Signature")
	if given == "" || r.URL == nil {
		return nil, false
	}
	form := url.Values{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch hash := r.URL.Query().Get("bodySHA256"); {
	case kind == formType || (kind == "" && hash == ""):
		parsed, err := url.ParseQuery(string(r.Body))
		if err != nil {
			return nil, false
		}
		form = parsed
	case hash != "":
		sum := sha256.Sum256(r.Body)
		if !hmac.Equal([]byte(strings.ToLower(hash)), []byte(hex.EncodeToString(sum[:]))) {
			return nil, false
		}
	case len(r.Body) > 0:
		return nil, false
	}
	valid := false
	for _, address := range spellings(r.URL) {
		valid = hmac.Equal([]byte(given), []byte(signature(d.authToken, address, form))) || valid
	}
	return form, valid
}

// signature computes X-Twilio-Signature. A name that occurs several times
// contributes its different values, sorted, as Twilio's own libraries for
// Python and Ruby do.
func signature(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			mac.Write([]byte(name + value))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// spellings are an address as it is, without its port, and with the standard one.
func spellings(u *url.URL) []string {
	plain, ported := *u, *u
	plain.Host = u.Hostname()
	if strings.Contains(plain.Host, ":") { // IPv6
		plain.Host = "[" + plain.Host + "]"
	}
	ported.Host = plain.Host + map[bool]string{true: ":443", false: ":80"}[u.Scheme == "https"]
	all := []string{u.String(), plain.String(), ported.String()}
	slices.Sort(all)
	return slices.Compact(all)
}
