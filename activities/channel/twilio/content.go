package twilio

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"jornada/activities/channel"
)

// A Content for choices has these variables, and as many buttons or rows as its
// name says:
//
//	buttons_2  twilio/quick-reply  {{text}}; {{title1}} {{id1}}, {{title2}} {{id2}}
//	list_4     twilio/list-picker  {{text}}, {{button}}; {{title1}} {{id1}}, … {{title4}} {{id4}}
//
// It needs no approval, since it is sent in an open conversation only. Twilio takes
// no empty value (21656), which is why rows have no description and why a Content
// for four rows cannot carry three.

var (
	contentSID   = regexp.MustCompile(`^HX[0-9a-fA-F]{32}$`)
	templateName = regexp.MustCompile(`^[^/]+/[^/]+$`)
	choicesName  = regexp.MustCompile(`^(buttons_[1-3]|list_([1-9]|10))$`)
)

// contents reads a setting that names Contents by their sids.
func contents(settings channel.Settings, setting string, name *regexp.Regexp, example string) (map[string]string, error) {
	sids := map[string]string{}
	for pair := range strings.FieldsFuncSeq(settings.Value(setting, ""), func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }) {
		key, sid, _ := strings.Cut(pair, "=")
		if !name.MatchString(key) || !contentSID.MatchString(sid) {
			return nil, settings.Refuse("settings."+setting, "must be pairs such as "+example+"=HXb5b62575e6e4ff6129ad7c8efe1f983e, separated by commas; the sid stands in Twilio Console > Messaging > Content Template Builder. This one is not: "+pair)
		}
		sids[languageKey(key)] = sid
	}
	return sids, nil
}

// payloads reads the setting template_payloads: templates whose Content takes the ids
// of its quick replies from us, in the variables id1, id2, … The parameter `actions` of
// twilio/quick-reply supports variables (twilio.com/docs/content/twilio-quick-reply).
func payloads(settings channel.Settings) (map[string]bool, error) {
	named := map[string]bool{}
	for key := range strings.FieldsFuncSeq(settings.Value("template_payloads", ""), func(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }) {
		if !templateName.MatchString(key) {
			return nil, settings.Refuse("settings.template_payloads", "must be templates such as appointment_confirm/pt_BR, separated by commas. This one is not: "+key)
		}
		named[languageKey(key)] = true
	}
	return named, nil
}

func templateKey(name, language string) string { return languageKey(name + "/" + language) }

// languageKey writes the language of name/language as WhatsApp does: pt_BR.
func languageKey(key string) string {
	name, language, there := strings.Cut(key, "/")
	if !there {
		return key
	}
	return name + "/" + strings.ReplaceAll(language, "-", "_")
}

// most is how many choices the largest Content of a kind has.
func (d *Driver) most(kind string) int {
	most := 0
	for name := range d.choices {
		if count, ours := strings.CutPrefix(name, kind); ours {
			n, _ := strconv.Atoi(count) // choicesName lets nothing else in
			most = max(most, n)
		}
	}
	return most
}

// contentHost is where the Content API lives: beside the Messages API, in whatever
// region that is; under one address with it when base_url is not Twilio's.
func contentHost(base string) string {
	u, err := url.Parse(base)
	if err != nil || !strings.HasSuffix(u.Hostname(), ".twilio.com") {
		return base
	}
	if rest, ours := strings.CutPrefix(u.Host, "api."); ours {
		u.Host = "content." + rest
	}
	return u.String()
}
