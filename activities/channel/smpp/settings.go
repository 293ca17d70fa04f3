package smpp

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"jornada/activities/channel"
	"jornada/engine"
)

// options are an integration's settings, read.
type options struct {
	settings channel.Settings
	address  string // host:port
	host     string
	tls      bool

	systemID, password string
	systemType         string
	serviceType        string
	source             address
	destTON, destNPI   byte
	latin              bool // data_coding 0 is Latin-1 at this SMSC
	long               string
	ids                string
	window             int
	region             string
}

// Ways to send a long text, and to write message ids.
const (
	longUDH, longSAR, longPayload      = "udh", "sar", "payload"
	idsSame, idsHexDecimal, idsDecimal = "same", "hex_decimal", "decimal_hex"
)

// Bounds of what fits into the fields. SMPP 3.4 (§5.2.1, §5.2.2) has 15 characters
// for system_id and 8 for password; many SMSCs give and take longer ones.
const (
	credentialMax               = 64
	systemTypeMax               = 12
	serviceTypeMax              = 5
	addressMax, alphanumericMax = 20, 11
	shortCodeMax                = 8
	windowDefault, windowMax    = 10, 200
)

// optionsOf reads the settings; its error names the one that is wrong.
func optionsOf(s channel.Settings) (o options, err error) {
	o.settings = s
	if s.Channel != engine.SMS && s.Channel != "" {
		return o, s.Refuse("channel", "must be sms: this provider carries nothing else")
	}
	o.host, err = s.Require("host", "the connection sheet of your SMS carrier or aggregator (SMPP host)")
	if err != nil {
		return o, err
	}
	switch tls := s.Value("tls", "none"); tls {
	case "none":
	case "implicit":
		o.tls = true
	default:
		return o, s.Refuse("settings.tls", "must be none or implicit")
	}
	port := s.Value("port", map[bool]string{false: "2775", true: "3550"}[o.tls])
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strings.ContainsAny(o.host, ":/ ") && net.ParseIP(o.host) == nil {
		return o, s.Refuse("settings.host", "must be a name or an address without a port, and settings.port a number, such as 2775")
	}
	o.address = net.JoinHostPort(o.host, port)
	if o.systemID, err = s.RequireSecret("system_id", "the connection sheet (system id, the name of the SMPP account)"); err != nil {
		return o, err
	}
	if o.password, err = s.RequireSecret("password", "the connection sheet (SMPP password)"); err != nil {
		return o, err
	}
	o.systemType, o.serviceType = s.Value("system_type", ""), s.Value("service_type", "")
	for _, bound := range []struct {
		field, value string
		max          int
	}{
		{"secrets.system_id", o.systemID, credentialMax}, {"secrets.password", o.password, credentialMax},
		{"settings.system_type", o.systemType, systemTypeMax}, {"settings.service_type", o.serviceType, serviceTypeMax},
	} {
		if len(bound.value) > bound.max || strings.ContainsRune(bound.value, 0) {
			return o, s.Refuse(bound.field, "has more than the "+strconv.Itoa(bound.max)+" characters that SMPP carries; copy it again")
		}
	}
	from, err := s.Require("from", "the connection sheet: your number with its country code (+55…), your short code, or the name (up to 11 letters) that is registered for you")
	if err != nil {
		return o, err
	}
	if o.source, err = sourceOf(s, from); err != nil {
		return o, err
	}
	o.destTON, o.destNPI = 1, 1
	for name, into := range map[string]*byte{
		"source_ton": &o.source.ton, "source_npi": &o.source.npi, "dest_ton": &o.destTON, "dest_npi": &o.destNPI,
	} {
		if v := s.Value(name, ""); v != "" {
			n, err := strconv.ParseUint(v, 10, 8)
			if err != nil || n > 18 {
				return o, s.Refuse("settings."+name, "must be a number from 0 to 18, as the connection sheet says")
			}
			*into = byte(n)
		}
	}
	if o.window, err = strconv.Atoi(s.Value("window", strconv.Itoa(windowDefault))); err != nil || o.window < 1 || o.window > windowMax {
		return o, s.Refuse("settings.window", "must be a number from 1 to 200: how many messages may wait for their answer")
	}
	o.region = s.Value("region", "BR")
	return o, o.words()
}

// words reads the settings that are one word of a few.
func (o *options) words() error {
	for _, choice := range []struct {
		name  string
		into  *string
		words []string
	}{
		{"long_text", &o.long, []string{longUDH, longSAR, longPayload}},
		{"message_ids", &o.ids, []string{idsSame, idsHexDecimal, idsDecimal}},
	} {
		*choice.into = o.settings.Value(choice.name, choice.words[0])
		if !slices.Contains(choice.words, *choice.into) {
			return o.settings.Refuse("settings."+choice.name, "must be one of "+strings.Join(choice.words, ", "))
		}
	}
	switch alphabet := o.settings.Value("alphabet", "gsm7"); alphabet {
	case "gsm7":
	case "latin1":
		o.latin = true
	default:
		return o.settings.Refuse("settings.alphabet", "must be gsm7 or latin1: what data_coding 0 means at this SMSC")
	}
	return nil
}

// sourceOf finds the type of a sender: a number, a short code or a name.
func sourceOf(s channel.Settings, from string) (address, error) {
	digits := strings.TrimPrefix(from, "+")
	number := digits != "" && strings.Trim(digits, "0123456789") == ""
	switch {
	case number && len(digits) <= shortCodeMax && digits == from:
		return address{3, 0, digits}, nil // network specific
	case number && len(digits) <= addressMax:
		return address{1, 1, digits}, nil // international, E.164
	case number, len(from) > alphanumericMax, strings.ContainsFunc(from, func(r rune) bool { return r < ' ' || r > '~' }):
		return address{}, s.Refuse("settings.from", "must be a number with its country code (+55…), a short code, or a name of up to 11 plain letters and digits")
	}
	return address{5, 0, from}, nil // alphanumeric
}
