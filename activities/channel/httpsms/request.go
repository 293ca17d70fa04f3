package httpsms

import (
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"jornada/activities/channel"
	"jornada/activities/channel/sms"
)

// request is how a message is written.
type request struct {
	method   string
	base     string
	path     template
	testPath template
	header   map[string]template
	body     template
	format   format
	fixed    values // the sender and the secrets
	toFormat string
	code     string // country calling code of the region
}

// filled is a request ready to leave.
type filled struct {
	address string
	header  http.Header
	body    []byte
}

// forms of {to}.
const (
	e164     = "e164"
	digits   = "digits"
	national = "national"
)

func newRequest(settings channel.Settings) (request, error) {
	r := request{fixed: values{"from": settings.Value("from", "")}, header: map[string]template{}}
	if _, err := settings.Require("base_url", "the gateway's manual: the address up to the path, such as https://sms.example.com"); err != nil {
		return r, err
	}
	var err error
	if r.base, err = settings.BaseURL("https://sms.example.com"); err != nil {
		return r, err
	}
	if r.method, err = oneOf(settings, "method", http.MethodPost, http.MethodPut, http.MethodGet); err != nil {
		return r, err
	}
	if r.toFormat, err = oneOf(settings, "to_format", e164, digits, national); err != nil {
		return r, err
	}
	code := phonenumbers.GetCountryCodeForRegion(region(settings))
	if code == 0 {
		return r, settings.Refuse("settings.region", "must be the two letters of a country, such as BR")
	}
	r.code = strconv.Itoa(code)
	for name, secret := range settings.AllSecrets() {
		r.fixed[secretPrefix+name] = secret
	}
	if r.path, err = address(settings, "path"); err != nil {
		return r, err
	}
	if r.testPath, err = address(settings, "test_path"); err != nil {
		return r, err
	}
	if err := r.readBody(settings); err != nil {
		return r, err
	}
	if err := r.readHeader(settings); err != nil {
		return r, err
	}
	for _, name := range []string{"to", "text"} {
		if !r.path.uses(name) && !r.body.uses(name) {
			return r, settings.Refuse("settings.body", "has no {"+name+"}, and neither has settings.path: no message could leave")
		}
	}
	if r.uses("from") && r.fixed["from"] == "" {
		return r, settings.Refuse("settings.from", "is missing; a template calls it {from}")
	}
	return r, nil
}

func region(settings channel.Settings) string {
	return strings.ToUpper(settings.Value("region", "BR"))
}

// address reads a template of what follows base_url. It begins with a slash or a
// question mark, so that it cannot change the host.
func address(settings channel.Settings, name string) (template, error) {
	allowed := []string{"to", "from", "text", "id"}
	if name == "test_path" {
		allowed = []string{"from"} // a test tells nobody anything
	}
	t, err := parse(settings, name, allowed...)
	if err != nil {
		return nil, err
	}
	source := settings.Value(name, "")
	if source == "" {
		return nil, nil
	}
	if source[0] != '/' && source[0] != '?' || strings.ContainsAny(source, "# \r\n\t") {
		return nil, settings.Refuse("settings."+name, "must begin with / or ?, and have neither # nor blanks")
	}
	sample := values{"to": "+5511987654321", "from": hostile, "text": hostile, "id": hostile}
	if _, err := url.Parse("https://sms.example.com" + t.fill(sample, inAddress)); err != nil {
		return nil, settings.Refuse("settings."+name, "is no part of an address: write other characters than letters and digits as %20 and so on")
	}
	return t, nil
}

func (r *request) readBody(settings channel.Settings) error {
	name, err := oneOf(settings, "format", "json", "form", "xml")
	if err != nil {
		return err
	}
	r.format = formats[name]
	if r.body, err = parse(settings, "body", "to", "from", "text", "id"); err != nil {
		return err
	}
	body := settings.Value("body", "")
	switch {
	case r.method == http.MethodGet && body != "":
		return settings.Refuse("settings.body", "has no place in a GET; put the placeholders into settings.path, or set method to POST")
	case r.method == http.MethodGet:
		r.body = nil
		return nil
	case body == "":
		return settings.Refuse("settings.body", `is missing; for a JSON gateway it looks like {"to": "{to}", "text": "{text}"}`)
	}
	to, err := r.number("+" + r.code + "11987654321")
	if err != nil {
		return err
	}
	if problem := r.format.tried(r.body, to); problem != "" {
		return settings.Refuse("settings.body", problem)
	}
	return nil
}

// headerName is what a header may be called (RFC 9110 allows more).
var headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// notOurs are headers that the HTTP client writes, or that make it send a message
// twice.
var notOurs = []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Te", "Upgrade", "Expect", "Idempotency-Key", "X-Idempotency-Key"}

func (r *request) readHeader(settings channel.Settings) error {
	given := settings.Family("header.")
	for _, name := range slices.Sorted(maps.Keys(given)) {
		setting := "header." + name
		if given[name] == "" {
			continue
		}
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !headerName.MatchString(name):
			return settings.Refuse("settings."+setting, "is no name of a header: letters, digits and - only")
		case slices.Contains(notOurs, canonical):
			return settings.Refuse("settings."+setting, "must not be set: the HTTP client writes it itself, or would send messages twice because of it")
		}
		t, err := parse(settings, setting, "to", "from", "id")
		if err != nil {
			return err
		}
		if strings.ContainsFunc(t.fill(r.fixed, plain), unprintable) {
			return settings.Refuse("settings."+setting, "must be one line; so must every secret that it names")
		}
		r.header[canonical] = t
	}
	user := settings.Value("auth_user", "")
	if user == "" {
		return nil
	}
	password, err := settings.RequireSecret("auth_password", "the gateway's account, next to the user in settings.auth_user")
	if err != nil {
		return err
	}
	if r.header["Authorization"] != nil {
		return settings.Refuse("settings.auth_user", "and settings.header.Authorization cannot both be set: they are one header")
	}
	r.header["Authorization"] = template{{text: basic(user, password)}}
	return nil
}

func unprintable(c rune) bool { return c < ' ' || c == 0x7f }

// uses says whether any part of the request has a placeholder.
func (r *request) uses(name string) bool {
	for _, t := range r.header {
		if t.uses(name) {
			return true
		}
	}
	return r.path.uses(name) || r.body.uses(name)
}

// number writes a phone number as the gateway wants it.
func (r *request) number(value string) (string, error) {
	value = "+" + sms.Digits(value)
	switch r.toFormat {
	case digits:
		return value[1:], nil
	case national:
		local, ok := strings.CutPrefix(value, "+"+r.code)
		if !ok {
			return "", &channel.SendError{Class: channel.SwitchChannel, Message: "this gateway takes numbers of its own country only (to_format is national); this one begins with another country code"}
		}
		return local, nil
	}
	return value, nil
}

// fill writes a message's request.
func (r *request) fill(v values) filled {
	maps.Copy(v, r.fixed)
	ready := filled{address: r.base + r.path.fill(v, inAddress), header: r.headers(v)}
	if r.body != nil {
		ready.body = []byte(r.body.fill(v, r.format.escape))
		if ready.header.Get("Content-Type") == "" {
			ready.header.Set("Content-Type", r.format.contentType)
		}
	}
	return ready
}

// probe writes the request of a test, without an address when there is none.
func (r *request) probe() filled {
	ready := filled{header: r.headers(r.fixed)}
	if r.testPath != nil {
		ready.address = r.base + r.testPath.fill(r.fixed, inAddress)
	}
	return ready
}

func (r *request) headers(v values) http.Header {
	header := http.Header{"User-Agent": {"jornada/1.0"}, "Accept": {"*/*"}}
	for name, t := range r.header {
		header.Set(name, t.fill(v, plain))
	}
	return header
}
